package org.bhyvescope.decode;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The tables of decoding and of the metrics: lines of cells between TABs, {@code #} comments, a header line, {@code -} for none. Lines
 * are cut into cells only when a row is asked for, so that a command which needs ten rows does not pay for a thousand.
 */
public final class Tsv {
    private static final String NONE = "-";

    private Tsv() {}

    /** The rows of a resource of this package, uncut. */
    static List<String> load(String resource) {
        return load(Tsv.class, resource);
    }

    /** The rows of a resource beside a class, uncut. */
    public static List<String> load(Class<?> beside, String resource) {
        try (InputStream in = Objects.requireNonNull(beside.getResourceAsStream(resource), resource)) {
            return rows(new String(in.readAllBytes(), UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(resource, e);
        }
    }

    /** The rows of a text: its lines without the comments and the header. */
    static List<String> rows(String text) {
        List<String> rows = new ArrayList<>();
        boolean header = true;
        int start = 0;
        while (start < text.length()) {
            int end = text.indexOf('\n', start);
            String line = text.substring(start, end < 0 ? text.length() : end);
            start = end < 0 ? text.length() : end + 1;
            if (!line.startsWith("#")) {
                if (!header) {
                    rows.add(line);
                }
                header = false;
            }
        }
        return rows;
    }

    /**
     * Cuts a row.
     *
     * @return its cells, an empty text for {@code -}
     * @throws IllegalArgumentException naming the row, if it has more or fewer
     */
    public static String[] cells(String row, int columns) {
        String[] cells = row.split("\t", -1);
        if (cells.length != columns) {
            throw new IllegalArgumentException(cells.length + " columns instead of " + columns + ": " + row);
        }
        for (int i = 0; i < columns; i++) {
            if (cells[i].equals(NONE)) {
                cells[i] = "";
            }
        }
        return cells;
    }

    /** The first cell of a row. */
    static String key(String row) {
        int tab = row.indexOf('\t');
        return tab < 0 ? row : row.substring(0, tab);
    }

    /** Rows by their first cell, both in order. */
    static Map<String, List<String>> byKey(List<String> rows) {
        Map<String, List<String>> groups = new LinkedHashMap<>();
        for (String row : rows) {
            groups.computeIfAbsent(key(row), k -> new ArrayList<>()).add(row);
        }
        return groups;
    }

    /** A text with the table's doubt about it, if there is one. */
    static String doubted(String text, String doubt) {
        if (doubt.isEmpty()) {
            return text;
        }
        return text.isEmpty() ? doubt : String.join("", text, " (", doubt, ")");
    }
}
