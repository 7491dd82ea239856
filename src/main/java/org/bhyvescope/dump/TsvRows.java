package org.bhyvescope.dump;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Objects;

/** Rows of this package's tables, and of those above: TAB separated, lines with {@code #} are comments, the first other line is the header. */
public final class TsvRows {
    private TsvRows() {}

    /**
     * The rows of a resource beside this class.
     *
     * @throws IllegalArgumentException naming the line, if a row has another number of cells than the header or an empty one
     */
    static List<String[]> load(String resource) {
        return load(TsvRows.class, resource);
    }

    /**
     * The rows of a resource beside a class.
     *
     * @throws IllegalArgumentException naming the line, if a row has another number of cells than the header or an empty one
     */
    public static List<String[]> load(Class<?> beside, String resource) {
        try (InputStream in = Objects.requireNonNull(beside.getResourceAsStream(resource), resource)) {
            return parse(new String(in.readAllBytes(), UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(resource, e);
        }
    }

    static List<String[]> parse(String tsv) {
        List<String> lines = tsv.lines().filter(l -> !l.startsWith("#")).toList();
        int columns = lines.get(0).split("\t", -1).length;
        return lines.stream().skip(1).map(line -> row(line, columns)).toList();
    }

    private static String[] row(String line, int columns) {
        String[] cells = line.split("\t", -1);
        if (cells.length != columns) {
            throw new IllegalArgumentException(cells.length + " cells instead of " + columns + ": " + line);
        }
        for (String cell : cells) {
            if (cell.isEmpty()) {
                throw new IllegalArgumentException("empty cell: " + line);
            }
        }
        return cells;
    }
}
