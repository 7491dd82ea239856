package org.bhyvescope.sampling;

import java.util.Optional;
import org.bhyvescope.dump.CpuSet;
import org.bhyvescope.hypervisor.Snapshot;

/**
 * Whether the state of a vCPU may be read now (design.md §3, rule 6). The kernel makes a reader wait until the vCPU's
 * thread comes out of the guest; one whose thread is stopped or gone would keep the reader for ever, unkillable.
 */
public enum StateAccess {
    ALLOWED(""),
    NO_SAMPLE("there is no sample of its VM's statistics"),
    STALE("the newest sample of its VM's statistics is too old to tell whether it moves"),
    /** Where statistics lock, too, that is how a stopped bhyve begins to show. */
    MISSED("the newest reading of its VM's statistics failed"),
    NOT_ACTIVE("it is not one of the VM's active vCPUs"),
    NOT_STARTED("the guest has not started it"),
    /** The VM is stalled, has no process, or cannot be read. */
    VM_STANDS_STILL("its VM stands still"),
    STANDS_STILL("its exits, run time and idle ticks did not grow in the newest sample: it might never answer"),
    /** The VM is suspended, but this vCPU is not in the set. */
    NOT_SUSPENDED("it is not among the VM's suspended vCPUs");

    private final String reason;

    StateAccess(String reason) {
        this.reason = reason;
    }

    /** Why not, for a person. */
    public String reason() {
        return reason;
    }

    /**
     * Judges one vCPU.
     *
     * @param nowNanos monotonic clock
     * @param freshNanos age from which a sample is too old, ns
     */
    public static StateAccess of(VmView vm, int vcpu, long nowNanos, long freshNanos) {
        Optional<VmState> state = vm.state();
        if (vm.sample().isEmpty() || state.isEmpty()) {
            return NO_SAMPLE;
        }
        VmView.Sample sample = vm.sample().get();
        Snapshot snapshot = sample.snapshot();
        if (!snapshot.active().contains(vcpu)) {
            return NOT_ACTIVE;
        }
        if (vm.missed() > 0) {
            return MISSED;
        }
        int row = rowOf(snapshot.active(), vcpu);
        if (nowNanos - snapshot.nanos(row) >= freshNanos) {
            return STALE;
        }
        if (!StateRules.isStarted(snapshot, row, sample.plan())) {
            return NOT_STARTED;
        }
        return switch (state.get()) {
            case RUNNING, IDLE -> sample.moved().contains(vcpu) ? ALLOWED : STANDS_STILL;
            case SUSPENDED -> snapshot.suspended().contains(vcpu) ? ALLOWED : NOT_SUSPENDED;
            // Suspended for good: nobody holds a vCPU, so a reader does not wait for it.
            case NO_PROCESS -> snapshot.suspended().containsAll(snapshot.active()) ? ALLOWED : VM_STANDS_STILL;
            case STALLED, UNREADABLE -> VM_STANDS_STILL;
        };
    }

    private static int rowOf(CpuSet active, int vcpu) {
        int row = 0;
        while (active.get(row) != vcpu) {
            row++;
        }
        return row;
    }
}
