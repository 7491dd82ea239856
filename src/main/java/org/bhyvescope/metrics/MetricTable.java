package org.bhyvescope.metrics;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Objects;

/** The metric families that are exported, from the resource {@code metrics.tsv}. */
final class MetricTable {
    private static final String RESOURCE = "metrics.tsv";
    private static final int COLUMNS = 4;

    private final List<Row> rows;

    /**
     * One family.
     *
     * @param name as scraped, counters with {@code _total}
     * @param type counter, gauge, histogram or untyped
     * @param labels names of its labels
     * @param help one line
     */
    record Row(String name, String type, List<String> labels, String help) {}

    private MetricTable(List<Row> rows) {
        this.rows = rows;
    }

    static MetricTable load() {
        try (InputStream in = Objects.requireNonNull(MetricTable.class.getResourceAsStream(RESOURCE), RESOURCE)) {
            String text = new String(in.readAllBytes(), UTF_8);
            return new MetricTable(text.lines()
                    .filter(line -> !line.startsWith("#"))
                    .skip(1)
                    .map(MetricTable::row)
                    .toList());
        } catch (IOException e) {
            throw new UncheckedIOException(RESOURCE, e);
        }
    }

    private static Row row(String line) {
        String[] cells = line.split("\t", -1);
        if (cells.length != COLUMNS) {
            throw new IllegalArgumentException(cells.length + " columns instead of " + COLUMNS + ": " + line);
        }
        List<String> labels = cells[2].equals("-") ? List.of() : List.of(cells[2].split(" ", -1));
        return new Row(cells[0], cells[1], labels, cells[3]);
    }

    List<Row> rows() {
        return rows;
    }

    /** @throws IllegalArgumentException if there is no such family: a bug */
    Row find(String name) {
        return rows.stream()
                .filter(row -> row.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("not in " + RESOURCE + ": " + name));
    }
}
