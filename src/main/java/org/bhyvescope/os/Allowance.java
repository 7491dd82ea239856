package org.bhyvescope.os;

import java.time.Duration;

/**
 * The time that all children of one reading may run together: the one deadline of a VM's sample. Waiting for a turn is
 * not counted, or a VM with many vCPUs could never be read. Used by one thread; others may ask {@link #childNanos}.
 */
public final class Allowance {
    private long leftNanos;
    private volatile long childBegun;
    private volatile boolean childRuns;

    private Allowance(long nanos) {
        this.leftNanos = nanos;
    }

    public static Allowance of(Duration time) {
        return new Allowance(time.toNanos());
    }

    /** What is left, in ns; not positive when it is used up. */
    public long leftNanos() {
        return leftNanos;
    }

    /** A child begins, or a reading within this process that the kernel may hold up like one. */
    public void childBegins(long nowNanos) {
        childBegun = nowNanos;
        childRuns = true;
    }

    /** What {@link #childBegins} told of has ended; the time it took is used. */
    public void childEnds(long nowNanos) {
        childRuns = false;
        use(nowNanos - childBegun);
    }

    void use(long nanos) {
        leftNanos -= nanos;
    }

    /** For how long the child that runs now has been running, in ns; 0 if none does. */
    public long childNanos(long nowNanos) {
        return childRuns ? nowNanos - childBegun : 0;
    }
}
