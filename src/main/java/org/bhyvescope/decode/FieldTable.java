package org.bhyvescope.decode;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The lines of {@code --get-all}, from {@code fields.tsv}. */
final class FieldTable {
    private static final int COLUMNS = 9;

    private final Map<String, String> rows = new LinkedHashMap<>();

    private FieldTable(List<String> lines) {
        for (String line : lines) {
            if (rows.put(Tsv.key(line), line) != null) {
                throw new IllegalArgumentException("row twice: " + line);
            }
        }
    }

    static FieldTable load() {
        return new FieldTable(Tsv.load("fields.tsv"));
    }

    /** A table of one's own making. */
    static FieldTable of(String text) {
        return new FieldTable(Tsv.rows(text));
    }

    Set<String> names() {
        return rows.keySet();
    }

    Optional<FieldMeaning> find(String name) {
        return Optional.ofNullable(rows.get(name)).map(FieldTable::field);
    }

    private static FieldMeaning field(String line) {
        String[] c = Tsv.cells(line, COLUMNS);
        try {
            return new FieldMeaning(
                    c[0],
                    FieldMeaning.Kind.valueOf(c[1].toUpperCase(Locale.ROOT)),
                    c[2],
                    c[3],
                    c[4].isEmpty() ? Vendor.UNKNOWN : Vendor.valueOf(c[4].toUpperCase(Locale.ROOT)),
                    c[5].equals("sensitive"),
                    Tsv.doubted(c[6], c[8]),
                    c[7]);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(e.getMessage() + " in: " + line, e);
        }
    }
}
