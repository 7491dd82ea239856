package org.bhyvescope.decode;

import java.util.List;
import java.util.OptionalLong;

/** What one {@code bhyvectl --get-all} costs the guest, from {@code state-cost.tsv}. */
public final class StateCost {
    private static final int COLUMNS = 5;

    /** {@code __FreeBSD_version} of 14.3 is 1403000. */
    private static final long VERSIONS_OF_A_RELEASE = 100_000;

    private final List<Row> rows;

    private record Row(long first, long last, String vendor, int lockingReads) {}

    private StateCost(List<Row> rows) {
        this.rows = rows;
    }

    /** The table in the jar. */
    public static StateCost load() {
        return new StateCost(
                Tsv.load("state-cost.tsv").stream().map(StateCost::row).toList());
    }

    private static Row row(String line) {
        String[] cells = Tsv.cells(line, COLUMNS);
        String[] range = cells[0].split("-", 2);
        return new Row(
                Long.parseLong(range[0]),
                range[1].isEmpty() ? Long.MAX_VALUE : Long.parseLong(range[1]),
                cells[1],
                Integer.parseInt(cells[2]));
    }

    /**
     * How often it freezes the vCPU. Where release or vendor is not known, or not in the table, the most that it can be.
     *
     * @param osreldate {@code kern.osreldate} of the host
     */
    public int lockingReads(Vendor vendor, OptionalLong osreldate) {
        List<Row> ofVendor =
                rows.stream().filter(r -> r.vendor().equals(vendor.label())).toList();
        List<Row> candidates = ofVendor.isEmpty() ? rows : ofVendor;
        List<Row> fitting = candidates.stream()
                .filter(r -> osreldate.isEmpty() || contains(r, osreldate.getAsLong() / VERSIONS_OF_A_RELEASE))
                .toList();
        return (fitting.isEmpty() ? candidates : fitting)
                .stream().mapToInt(Row::lockingReads).max().orElseThrow();
    }

    private static boolean contains(Row row, long release) {
        return row.first() <= release && release <= row.last();
    }
}
