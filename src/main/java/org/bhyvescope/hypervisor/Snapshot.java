package org.bhyvescope.hypervisor;

import java.util.List;
import java.util.Optional;
import org.bhyvescope.dump.CpuSet;
import org.bhyvescope.dump.StatTable;
import org.bhyvescope.dump.Topology;

/**
 * One reading of one VM: a {@code long[vcpu][stat]} table, one row for each active vCPU in ascending order of ids, one
 * column for each description of the shared table. Immutable.
 */
public final class Snapshot implements Reading {
    private final VmId vm;
    private final long wallMillis;
    private final long endNanos;
    private final CpuSet active;
    private final CpuSet suspended;
    private final Optional<Topology> topology;
    private final StatTable table;
    private final long[][] values;
    private final long[] nanos;

    /**
     * @param wallMillis wall clock at the end of the reading, ms since 1970
     * @param endNanos monotonic clock when the last vCPU was read
     * @param rows one row per member of {@code active}, in its order
     */
    public Snapshot(
            VmId vm,
            long wallMillis,
            long endNanos,
            CpuSet active,
            CpuSet suspended,
            Optional<Topology> topology,
            StatTable table,
            List<Row> rows) {
        if (rows.size() != active.size()) {
            throw new IllegalArgumentException(rows.size() + " rows for " + active.size() + " active vCPUs");
        }
        this.vm = vm;
        this.wallMillis = wallMillis;
        this.endNanos = endNanos;
        this.active = active;
        this.suspended = suspended;
        this.topology = topology;
        this.table = table;
        this.values = new long[rows.size()][];
        this.nanos = new long[rows.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = rows.get(i).values();
            nanos[i] = rows.get(i).nanos();
        }
    }

    /**
     * The statistics of one vCPU.
     *
     * @param nanos monotonic clock when they were read; each vCPU has its own, since they are read one after the other
     * @param values one value per column; owned by the snapshot from now on
     */
    public record Row(long nanos, long[] values) {}

    public VmId vm() {
        return vm;
    }

    public long wallMillis() {
        return wallMillis;
    }

    /** Monotonic clock when the last vCPU was read, in ns. */
    public long endNanos() {
        return endNanos;
    }

    public CpuSet active() {
        return active;
    }

    public CpuSet suspended() {
        return suspended;
    }

    public Optional<Topology> topology() {
        return topology;
    }

    public StatTable table() {
        return table;
    }

    /** Number of rows, which is the number of active vCPUs. */
    public int rows() {
        return values.length;
    }

    /** The vCPU id of a row. */
    public int vcpu(int row) {
        return active.get(row);
    }

    /** The 64 bits of a counter; unsigned. */
    public long value(int row, int column) {
        return values[row][column];
    }

    /** Monotonic clock when the row was read, in ns. */
    public long nanos(int row) {
        return nanos[row];
    }
}
