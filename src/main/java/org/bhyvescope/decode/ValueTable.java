package org.bhyvescope.decode;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The enumerations, from {@code values.tsv}. */
final class ValueTable {
    private static final int COLUMNS = 6;

    private final Map<String, List<String>> rows;
    private final Map<String, List<Row>> tables = new ConcurrentHashMap<>();

    /** A row: one value, or a range of them. */
    record Row(Numbers values, NamedValue named) {}

    private ValueTable(List<String> rows) {
        this.rows = Tsv.byKey(rows);
    }

    static ValueTable load() {
        return new ValueTable(Tsv.load("values.tsv"));
    }

    /** A table of one's own making. */
    static ValueTable of(String text) {
        return new ValueTable(Tsv.rows(text));
    }

    Set<String> ids() {
        return rows.keySet();
    }

    Optional<NamedValue> find(String table, long value) {
        for (Row row : table(table)) {
            if (row.values().contains(value)) {
                NamedValue n = row.named();
                return Optional.of(
                        n.value() == value ? n : new NamedValue(table, value, n.name(), n.meaning(), n.source()));
            }
        }
        return Optional.empty();
    }

    Optional<NamedValue> named(String table, String name) {
        return table(table).stream()
                .map(Row::named)
                .filter(n -> n.name().equals(name))
                .findFirst();
    }

    /** The rows of a table; empty if there is no such table. */
    List<Row> table(String table) {
        return tables.computeIfAbsent(
                table,
                t -> rows.getOrDefault(t, List.of()).stream()
                        .map(ValueTable::row)
                        .toList());
    }

    private static Row row(String line) {
        String[] c = Tsv.cells(line, COLUMNS);
        try {
            Numbers values = Numbers.parse(c[1], 10);
            return new Row(values, new NamedValue(c[0], values.first(), c[2], Tsv.doubted(c[3], c[5]), c[4]));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(e.getMessage() + " in: " + line, e);
        }
    }
}
