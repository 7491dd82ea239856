package org.bhyvescope.decode;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bhyvescope.dump.StatTable;

/**
 * What the columns of one kernel's {@link StatTable} mean, worked out once, so that a sample or a scrape is loops over
 * numbers.
 */
public final class StatPlan {
    /** The last release whose kernels list the IPI matrix; telling it from later ones is all that is needed. */
    private static final int OLD_RELEASE = 13;

    private static final int NEW_RELEASE = 15;

    private final StatTable table;
    private final Vendor vendor;
    private final List<Series> series;
    private final List<Series> reasons;
    private final int[] unknown;
    private final boolean[] counter;
    private final int total;
    private final int runtime;
    private final int idle;
    private final int idleRequested;

    /**
     * One series of a family for every vCPU (or VM): the sum of some columns.
     *
     * @param statistic the first row of the statistics table that belongs to it
     * @param columns columns of the StatTable; several for an array, or where two lines mean the same
     * @param counted whether this kernel ever bumps any of them; if not, a 0 says nothing and is withheld
     */
    public record Series(Statistic statistic, int[] columns, boolean counted) {}

    private StatPlan(StatTable table, StatisticsTable meanings) {
        this.table = table;
        List<Optional<Statistic>> rows =
                table.names().stream().map(meanings::find).toList();
        this.vendor = vendor(rows.stream().flatMap(Optional::stream).toList());
        boolean old =
                rows.stream().flatMap(Optional::stream).anyMatch(r -> r.listed().endsBy(OLD_RELEASE));
        this.series = series(rows, vendor, old ? OLD_RELEASE : NEW_RELEASE);
        this.reasons = series.stream()
                .filter(s -> s.statistic().metric().equals(Statistic.EXIT_REASONS))
                .toList();
        this.unknown = IntStream.range(0, rows.size())
                .filter(i -> rows.get(i).isEmpty())
                .toArray();
        this.counter = new boolean[rows.size()];
        for (int i = 0; i < counter.length; i++) {
            counter[i] =
                    rows.get(i).filter(r -> r.kind() == Statistic.Kind.COUNTER).isPresent();
        }
        this.total = columnOf("bhyve_vcpu_exits_total", "");
        this.runtime = columnOf("bhyve_vcpu_run_seconds_total", "");
        this.idle = columnOf("bhyve_vcpu_idle_seconds_total", "");
        this.idleRequested = columnOf("bhyve_vcpu_returns_total", "idle_requested");
    }

    /** Works out the plan for a table. */
    public static StatPlan of(StatTable table, StatisticsTable meanings) {
        return new StatPlan(table, meanings);
    }

    private static Vendor vendor(List<Statistic> rows) {
        for (Vendor candidate : List.of(Vendor.AMD, Vendor.INTEL, Vendor.ARM64)) {
            if (rows.stream().anyMatch(r -> r.listed().isOnly(candidate))) {
                return candidate;
            }
        }
        boolean riscv = !rows.isEmpty()
                && rows.stream().allMatch(r -> r.listed().isOn(Vendor.RISCV))
                && rows.stream().anyMatch(r -> !r.listed().isOn(Vendor.AMD));
        return riscv ? Vendor.RISCV : Vendor.UNKNOWN;
    }

    private static List<Series> series(List<Optional<Statistic>> rows, Vendor vendor, int release) {
        Map<List<String>, List<Integer>> columns = new LinkedHashMap<>();
        for (int i = 0; i < rows.size(); i++) {
            int column = i;
            rows.get(i)
                    .ifPresent(row -> columns.computeIfAbsent(
                                    List.of(row.metric(), row.labelName(), row.labelValue()), k -> new ArrayList<>())
                            .add(column));
        }
        List<Series> series = new ArrayList<>();
        for (List<Integer> group : columns.values()) {
            int[] members = group.stream().mapToInt(Integer::intValue).toArray();
            boolean counted = Arrays.stream(members)
                    .mapToObj(i -> rows.get(i).orElseThrow())
                    .anyMatch(r -> vendor == Vendor.UNKNOWN || r.counted().includes(vendor, release));
            series.add(new Series(rows.get(members[0]).orElseThrow(), members, counted));
        }
        return List.copyOf(series);
    }

    private int columnOf(String metric, String labelValue) {
        return series.stream()
                .filter(s -> s.statistic().metric().equals(metric)
                        && s.statistic().labelValue().equals(labelValue)
                        && s.counted())
                .mapToInt(s -> s.columns()[0])
                .findFirst()
                .orElse(-1);
    }

    public StatTable table() {
        return table;
    }

    public Vendor vendor() {
        return vendor;
    }

    /** All known series, in column order of their first line. */
    public List<Series> series() {
        return series;
    }

    /** The series that are hardware exit reasons. */
    public List<Series> reasons() {
        return reasons;
    }

    /** Columns whose description the statistics table does not know. */
    public int[] unknownColumns() {
        return unknown.clone();
    }

    /** Whether a column is known to be a counter, so that a decrease means a reset. */
    public boolean isCounter(int column) {
        return counter[column];
    }

    /** Column of the total number of exits, or -1 where this kernel has none. */
    public int totalColumn() {
        return total;
    }

    /** Column of the run time in TSC cycles, or -1 where this kernel does not count it. */
    public int runtimeColumn() {
        return runtime;
    }

    /** Column of the idle ticks, or -1. */
    public int idleColumn() {
        return idle;
    }

    /** Column of the requests to stop a vCPU for a moment, which its locking readers cause, or -1. */
    public int idleRequestedColumn() {
        return idleRequested;
    }

    /**
     * Whether the total minus the reasons says anything: not on Intel, where ordinary APIC exits have no counter, and
     * not on riscv, where most exits have none.
     */
    public boolean accountsForAll() {
        return vendor == Vendor.AMD || vendor == Vendor.ARM64;
    }
}
