package org.bhyvescope.decode;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Every statistic of FreeBSD 12 to main, from the resource {@code statistics.tsv}. */
public final class StatisticsTable {
    private static final int COLUMNS = 11;
    private static final String ANY_INDEX = "[*]";
    private static final Pattern INDEXED = Pattern.compile(".*\\[\\d+]");

    private final Map<String, Statistic> exact = new LinkedHashMap<>();
    private final Map<String, Statistic> arrays = new LinkedHashMap<>();

    private StatisticsTable(List<Statistic> rows) {
        for (Statistic row : rows) {
            String name = row.description();
            boolean array = name.endsWith(ANY_INDEX);
            String key = array ? name.substring(0, name.length() - ANY_INDEX.length()) : name;
            if ((array ? arrays : exact).put(key, row) != null) {
                throw new IllegalArgumentException("row twice: " + name);
            }
        }
    }

    /** Loads the table that is in the jar. */
    public static StatisticsTable load() {
        return of(Tsv.load("statistics.tsv"));
    }

    /**
     * Parses a table.
     *
     * @throws IllegalArgumentException naming the line, if a row is malformed
     */
    static StatisticsTable parse(String tsv) {
        return of(Tsv.rows(tsv));
    }

    private static StatisticsTable of(List<String> rows) {
        return new StatisticsTable(rows.stream().map(StatisticsTable::row).toList());
    }

    private static Statistic row(String line) {
        String[] cells = Tsv.cells(line, COLUMNS);
        try {
            return statistic(cells);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(e.getMessage() + " in: " + line, e);
        }
    }

    private static Statistic statistic(String[] cells) {
        String[] label = cells[2].isEmpty() ? new String[] {"", ""} : cells[2].split("=", -1);
        if (label.length != 2) {
            throw new IllegalArgumentException("not NAME=VALUE: " + cells[2]);
        }
        return new Statistic(
                cells[0],
                cells[1],
                label[0],
                label[1],
                Statistic.Unit.valueOf(cells[3].toUpperCase(Locale.ROOT)),
                Statistic.Kind.valueOf(cells[4].toUpperCase(Locale.ROOT)),
                Statistic.Scope.valueOf(cells[5].toUpperCase(Locale.ROOT)),
                Where.parse(cells[6]),
                Where.parse(cells[7]),
                cells[8],
                cells[9],
                cells[10]);
    }

    /** All rows in the order of the resource, arrays last. */
    public List<Statistic> rows() {
        List<Statistic> all = new ArrayList<>(exact.values());
        all.addAll(arrays.values());
        return all;
    }

    /** The row for a description that bhyvectl printed; empty for one that the table does not know. */
    public Optional<Statistic> find(String description) {
        Statistic row = exact.get(description);
        if (row == null && INDEXED.matcher(description).matches()) {
            row = arrays.get(description.substring(0, description.lastIndexOf('[')));
        }
        return Optional.ofNullable(row);
    }
}
