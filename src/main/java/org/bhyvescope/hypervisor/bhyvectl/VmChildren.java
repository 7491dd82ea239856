package org.bhyvescope.hypervisor.bhyvectl;

import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.bhyvescope.os.Allowance;
import org.bhyvescope.os.ChildResult;
import org.bhyvescope.os.Children;
import org.bhyvescope.os.Command;
import org.bhyvescope.os.Owner;

/**
 * The children that read VMs. Of one VM at most one may end up asleep in the kernel (design.md §3, rule 6): none is started
 * beside one that sleeps there and would not wake, and where statistics wait for the vCPU as the state does, the two take
 * turns.
 */
public final class VmChildren {
    private final Children children;
    private final boolean readingLocks;
    private final LongSupplier nanoClock;
    private final Set<String> busy = new HashSet<>();

    /**
     * @param readingLocks whether reading a vCPU's statistics waits for it on this host (FreeBSD 15 and later)
     * @param nanoClock monotonic clock in ns
     */
    public VmChildren(Children children, boolean readingLocks, LongSupplier nanoClock) {
        this.children = children;
        this.readingLocks = readingLocks;
        this.nanoClock = nanoClock;
    }

    /**
     * Whether a child sleeps in the kernel that one of this owner would join. One that reads the state says nothing about
     * statistics, unless they wait for the same vCPU; where statistics sleep, registers would as well.
     */
    boolean isHeldUp(Owner owner) {
        Owner statistics = Owner.statistics(owner.name());
        Owner state = Owner.state(owner.name());
        return children.hasAbandoned(statistics)
                || ((readingLocks || owner.equals(state)) && children.hasAbandoned(state));
    }

    /** Runs one; where children take turns, waits for its turn as long as the child might have run. */
    ChildResult run(Command command, Owner owner, Allowance allowance) throws InterruptedException {
        if (!readingLocks) {
            return children.run(command, owner, allowance);
        }
        if (!begin(owner.name(), allowance.leftNanos())) {
            return new ChildResult.TimedOut(false);
        }
        try {
            // The one that had the turn may have stayed in the kernel.
            return isHeldUp(owner) ? new ChildResult.TimedOut(true) : children.run(command, owner, allowance);
        } finally {
            end(owner.name());
        }
    }

    private synchronized boolean begin(String vm, long nanos) throws InterruptedException {
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

    private synchronized void end(String vm) {
        busy.remove(vm);
        notifyAll();
    }
}
