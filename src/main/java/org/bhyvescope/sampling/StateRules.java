package org.bhyvescope.sampling;

import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.bhyvescope.decode.StatPlan;
import org.bhyvescope.dump.CpuSet;
import org.bhyvescope.hypervisor.Snapshot;

/** Decides a VM's state from what was read. Pure. */
final class StateRules {
    static final long STALL_NANOS = TimeUnit.SECONDS.toNanos(10);
    static final int MISSED_LIMIT = 3;

    /** A guest whose started vCPUs run less of the time than this is idle. */
    static final double IDLE_SHARE = 0.02;

    private StateRules() {}

    /**
     * The state of a VM that was read.
     *
     * @param standingNanos for how long none of its started vCPUs has moved
     */
    static VmState of(Change change, StatPlan plan, OptionalLong tscHz, long standingNanos) {
        Snapshot now = change.after();
        if (now.active().isEmpty()) {
            return VmState.NO_PROCESS;
        }
        if (now.suspended().containsAll(now.active())) {
            return VmState.SUSPENDED;
        }
        if (standingNanos >= STALL_NANOS) {
            return VmState.STALLED;
        }
        return isIdle(change, plan, tscHz) ? VmState.IDLE : VmState.RUNNING;
    }

    /**
     * Whether anything that shows life grew since the snapshot before: exits, run time or idle ticks of a started vCPU. A
     * vCPU that the guest has not started has no exits and tells nothing; if none is started there is nothing to stall.
     */
    static boolean moved(Change change, StatPlan plan) {
        boolean started = false;
        for (int row = 0; row < change.after().rows(); row++) {
            if (!isStarted(change.after(), row, plan)) {
                continue;
            }
            started = true;
            if (!change.hasDelta(row) || grew(change, row, plan)) {
                return true;
            }
        }
        return !started;
    }

    /** The started vCPUs of which it is known that exits, run time or idle ticks grew since the snapshot before. */
    static CpuSet movedVcpus(Change change, StatPlan plan) {
        Snapshot now = change.after();
        return CpuSet.of(IntStream.range(0, now.rows())
                .filter(row -> change.hasDelta(row) && isStarted(now, row, plan) && grew(change, row, plan))
                .map(now::vcpu)
                .toArray());
    }

    private static boolean grew(Change change, int row, StatPlan plan) {
        return grew(change, row, plan.totalColumn())
                || grew(change, row, plan.runtimeColumn())
                || grew(change, row, plan.idleColumn());
    }

    private static boolean isIdle(Change change, StatPlan plan, OptionalLong tscHz) {
        if (tscHz.isEmpty() || plan.runtimeColumn() < 0) {
            return false;
        }
        double ran = 0;
        double seconds = 0;
        boolean known = false;
        for (int row = 0; row < change.after().rows(); row++) {
            boolean started = isStarted(change.after(), row, plan);
            if (!change.hasDelta(row)) {
                if (started) {
                    return false;
                }
                continue;
            }
            known = true;
            if (started) {
                ran += change.delta(row, plan.runtimeColumn()) / (double) tscHz.getAsLong();
                seconds += change.seconds(row);
            }
        }
        return known && ran <= IDLE_SHARE * seconds;
    }

    /** Whether the guest has started it, as far as its exits tell. */
    static boolean isStarted(Snapshot snapshot, int row, StatPlan plan) {
        return plan.totalColumn() < 0 || snapshot.value(row, plan.totalColumn()) != 0;
    }

    private static boolean grew(Change change, int row, int column) {
        return column >= 0 && change.delta(row, column) != 0;
    }
}
