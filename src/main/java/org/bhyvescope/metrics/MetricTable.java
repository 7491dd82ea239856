package org.bhyvescope.metrics;

import java.util.List;
import org.bhyvescope.decode.Tsv;

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
        return new MetricTable(Tsv.load(MetricTable.class, RESOURCE).stream()
                .map(MetricTable::row)
                .toList());
    }

    private static Row row(String line) {
        String[] cells = Tsv.cells(line, COLUMNS);
        List<String> labels = cells[2].isEmpty() ? List.of() : List.of(cells[2].split(" ", -1));
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
