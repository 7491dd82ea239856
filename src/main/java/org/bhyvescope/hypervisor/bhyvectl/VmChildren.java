package org.bhyvescope.hypervisor.bhyvectl;

import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.bhyvescope.hypervisor.VmTurns;
import org.bhyvescope.os.Allowance;
import org.bhyvescope.os.ChildResult;
import org.bhyvescope.os.Children;
import org.bhyvescope.os.Command;
import org.bhyvescope.os.Owner;

/** The children that read VMs, each when it is its turn ({@link VmTurns}). */
public final class VmChildren {
    private final Children children;
    private final VmTurns turns;

    /**
     * @param readingLocks whether reading a vCPU's statistics waits for it on this host, as far as that is known by now
     * @param nanoClock monotonic clock in ns
     */
    public VmChildren(Children children, BooleanSupplier readingLocks, LongSupplier nanoClock) {
        this.children = children;
        this.turns = new VmTurns(children, readingLocks, nanoClock);
    }

    public VmChildren(Children children, boolean readingLocks, LongSupplier nanoClock) {
        this(children, () -> readingLocks, nanoClock);
    }

    /** Whether a child sleeps in the kernel that one of this owner would join. */
    boolean isHeldUp(Owner owner) {
        return turns.isHeldUp(owner);
    }

    /** Processes that a child has started for us ({@link Children#alsoStarted}). */
    void alsoStarted(int processes) {
        children.alsoStarted(processes);
    }

    /** Runs one; where children take turns, waits for its turn as long as the child might have run. */
    ChildResult run(Command command, Owner owner, Allowance allowance) throws InterruptedException {
        return switch (turns.begin(owner, allowance.leftNanos())) {
            case TOO_LATE -> new ChildResult.TimedOut(false);
            case HELD_UP -> new ChildResult.TimedOut(true);
            case HAS_COME -> {
                try {
                    yield children.run(command, owner, allowance);
                } finally {
                    turns.end(owner);
                }
            }
        };
    }
}
