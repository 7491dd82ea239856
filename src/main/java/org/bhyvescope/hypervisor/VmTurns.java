package org.bhyvescope.hypervisor;

import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.bhyvescope.os.Children;
import org.bhyvescope.os.Owner;

/**
 * Who may read a VM through a child now. Of one VM at most one child may end up asleep in the kernel (design.md §3, rule 6):
 * none is set to work beside one that sleeps there and would not wake, and where statistics wait for the vCPU as the state
 * does, the two take turns.
 */
public final class VmTurns {
    private final Children children;
    private final BooleanSupplier readingLocks;
    private final LongSupplier nanoClock;
    private final Set<String> busy = new HashSet<>();

    /** What became of waiting for a turn. */
    public enum Turn {
        /** It has come; {@link #end} is to follow in any case. */
        HAS_COME,
        /** Another did not end in time. */
        TOO_LATE,
        /** The one that had the turn has stayed in the kernel. */
        HELD_UP
    }

    /**
     * @param readingLocks whether reading a vCPU's statistics waits for it on this host, as far as that is known by now
     * @param nanoClock monotonic clock in ns
     */
    public VmTurns(Children children, BooleanSupplier readingLocks, LongSupplier nanoClock) {
        this.children = children;
        this.readingLocks = readingLocks;
        this.nanoClock = nanoClock;
    }

    /**
     * Whether a child sleeps in the kernel that one of this owner would join. One that reads the state says nothing about
     * statistics, unless they wait for the same vCPU; where statistics sleep, registers would as well.
     */
    public boolean isHeldUp(Owner owner) {
        Owner statistics = Owner.statistics(owner.name());
        Owner state = Owner.state(owner.name());
        return children.hasAbandoned(statistics)
                || ((readingLocks.getAsBoolean() || owner.equals(state)) && children.hasAbandoned(state));
    }

    /**
     * Waits for this owner's turn; where none are taken it has come at once.
     *
     * @param nanos how long at most, in ns
     */
    public Turn begin(Owner owner, long nanos) throws InterruptedException {
        if (!readingLocks.getAsBoolean()) {
            return Turn.HAS_COME;
        }
        if (!takes(owner.name(), nanos)) {
            return Turn.TOO_LATE;
        }
        if (isHeldUp(owner)) {
            end(owner);
            return Turn.HELD_UP;
        }
        return Turn.HAS_COME;
    }

    private synchronized boolean takes(String vm, long nanos) throws InterruptedException {
        long deadline = nanoClock.getAsLong() + nanos;
        while (!busy.add(vm)) {
            long left = deadline - nanoClock.getAsLong();
            if (left <= 0) {
                return false;
            }
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        return true;
    }

    /** The turn is over. */
    public synchronized void end(Owner owner) {
        if (busy.remove(owner.name())) {
            notifyAll();
        }
    }
}
