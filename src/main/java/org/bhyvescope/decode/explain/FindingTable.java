package org.bhyvescope.decode.explain;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bhyvescope.decode.Tsv;

/** The words of the findings, from the resource {@code findings.tsv}. */
final class FindingTable {
    private static final int COLUMNS = 7;
    private static final List<String> SEVERITIES = List.of("cause", "problem", "hint", "note");

    private final Map<String, Row> rows = new LinkedHashMap<>();

    /** A row: see {@link Report.Finding}. */
    record Row(String id, String severity, String title, String text, String notFollowing, String next, String source) {
        boolean isCause() {
            return rank() == 0;
        }

        /** Its place: the gravest first. */
        int rank() {
            return SEVERITIES.indexOf(severity);
        }
    }

    private FindingTable() {}

    /** Loads the table that is in the jar. */
    static FindingTable load() {
        FindingTable table = new FindingTable();
        for (String line : Tsv.load(FindingTable.class, "findings.tsv")) {
            String[] cells = Tsv.cells(line, COLUMNS);
            Row row = new Row(cells[0], cells[1], cells[2], cells[3], cells[4], cells[5], cells[6]);
            if (row.rank() < 0 || table.rows.put(row.id(), row) != null) {
                throw new IllegalArgumentException("findings.tsv: row " + row.id());
            }
        }
        return table;
    }

    /** Every row. */
    List<Row> rows() {
        return List.copyOf(rows.values());
    }

    /** @throws IllegalArgumentException if there is no such row */
    Row find(String id) {
        Row row = rows.get(id);
        if (row == null) {
            throw new IllegalArgumentException("findings.tsv has no row " + id);
        }
        return row;
    }
}
