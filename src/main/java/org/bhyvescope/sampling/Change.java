package org.bhyvescope.sampling;

import java.util.Arrays;
import org.bhyvescope.decode.StatPlan;
import org.bhyvescope.dump.CpuSet;
import org.bhyvescope.hypervisor.Snapshot;
import org.jspecify.annotations.Nullable;

/**
 * What changed from one snapshot of a VM to the next: per vCPU a number of seconds and a delta for each counter.
 *
 * <p>A vCPU has none when this is its first snapshot, or when a new epoch began: another VM under the name, another list
 * of statistics, or any of its counters went down. So no delta is ever negative.
 */
public final class Change {
    private static final double NANOS = 1e9;

    private final @Nullable Snapshot before;
    private final Snapshot after;
    private final int[] rowBefore;
    private final CpuSet reset;

    private Change(@Nullable Snapshot before, Snapshot after, int[] rowBefore, CpuSet reset) {
        this.before = before;
        this.after = after;
        this.rowBefore = rowBefore;
        this.reset = reset;
    }

    /**
     * Compares two snapshots.
     *
     * @param before the snapshot before it, or null if there is none
     * @param plan what the columns of {@code after}'s table mean
     */
    public static Change between(@Nullable Snapshot before, Snapshot after, StatPlan plan) {
        int[] rowBefore = new int[after.rows()];
        Arrays.fill(rowBefore, -1);
        if (before == null || !before.vm().equals(after.vm()) || !before.table().equals(after.table())) {
            return new Change(before, after, rowBefore, CpuSet.NONE);
        }
        int[] reset = new int[after.rows()];
        int resets = 0;
        for (int row = 0; row < after.rows(); row++) {
            int old = rowOf(before, after.vcpu(row));
            if (old >= 0 && decreased(before, old, after, row, plan)) {
                reset[resets++] = after.vcpu(row);
            } else if (old >= 0 && after.nanos(row) - before.nanos(old) > 0) {
                rowBefore[row] = old;
            }
        }
        return new Change(before, after, rowBefore, CpuSet.of(Arrays.copyOf(reset, resets)));
    }

    private static int rowOf(Snapshot snapshot, int vcpu) {
        for (int row = 0; row < snapshot.rows(); row++) {
            if (snapshot.vcpu(row) == vcpu) {
                return row;
            }
        }
        return -1;
    }

    private static boolean decreased(Snapshot before, int old, Snapshot after, int row, StatPlan plan) {
        for (int column = 0; column < after.table().size(); column++) {
            long now = after.value(row, column);
            long then = before.value(old, column);
            // The second half: no counter grows by 2^63 between two samples, and as a delta that would be negative.
            if (plan.isCounter(column) && (Long.compareUnsigned(now, then) < 0 || now - then < 0)) {
                return true;
            }
        }
        return false;
    }

    public Snapshot after() {
        return after;
    }

    /** Whether this vCPU has deltas. */
    public boolean hasDelta(int row) {
        return rowBefore[row] >= 0;
    }

    /** Seconds between the two readings of this vCPU by the monotonic clock; only where {@link #hasDelta}. */
    public double seconds(int row) {
        return (after.nanos(row) - old().nanos(rowBefore[row])) / NANOS;
    }

    /** Growth of a counter; never negative for one that the plan knows; only where {@link #hasDelta}. */
    public long delta(int row, int column) {
        return after.value(row, column) - old().value(rowBefore[row], column);
    }

    /** Growth of several counters together. */
    public double delta(int row, int[] columns) {
        double sum = 0;
        for (int column : columns) {
            sum += delta(row, column);
        }
        return sum;
    }

    /** The vCPUs whose counters went down under one identity. */
    public CpuSet reset() {
        return reset;
    }

    private Snapshot old() {
        if (before == null) {
            throw new IllegalStateException("no delta");
        }
        return before;
    }
}
