package org.bhyvescope.sampling;

import java.util.concurrent.TimeUnit;
import org.bhyvescope.hypervisor.Reading;
import org.bhyvescope.hypervisor.Reading.Cause;
import org.bhyvescope.hypervisor.Reading.Failure;
import org.bhyvescope.hypervisor.Snapshot;
import org.bhyvescope.hypervisor.VmId;

/** When a VM is to be read next. Guarded by the scheduler, except for {@link #vm}. */
final class VmTask {
    private static final int MAX_DOUBLINGS = 6;
    private static final long MAX_BACKOFF_NANOS = TimeUnit.SECONDS.toNanos(60);

    final VmId vm;
    private long dueNanos;
    private boolean running;
    private boolean tried;
    private int failures;
    private boolean trusted;
    private int vcpus = 1;

    VmTask(VmId vm, long dueNanos) {
        this.vm = vm;
        this.dueNanos = dueNanos;
    }

    boolean isDue(long nowNanos) {
        return !running && dueNanos - nowNanos <= 0;
    }

    /** Nanoseconds until it is due; meaningless while it runs. */
    long untilDue(long nowNanos) {
        return dueNanos - nowNanos;
    }

    boolean isRunning() {
        return running;
    }

    /** Whether it has been read, or failed to be, at least once. */
    boolean isTried() {
        return tried;
    }

    /** Whether its last reading answered in time: those that did not share half of the workers. */
    boolean isTrusted() {
        return trusted;
    }

    /** Processes that one reading takes, as far as is known. */
    int vcpus() {
        return vcpus;
    }

    void begin() {
        running = true;
    }

    void end(Reading reading, long nowNanos, long intervalNanos) {
        running = false;
        tried = true;
        if (reading instanceof Snapshot snapshot) {
            failures = 0;
            trusted = true;
            vcpus = Math.max(1, snapshot.rows());
            // Keeps its phase; what could not be kept is skipped, never caught up in a burst.
            dueNanos += intervalNanos;
            if (dueNanos - nowNanos < 0) {
                dueNanos = nowNanos;
            }
        } else {
            Cause cause = ((Failure) reading).cause();
            trusted = cause != Cause.TIMEOUT && cause != Cause.ABANDONED;
            failures++;
            dueNanos = nowNanos + backoffNanos(failures);
        }
    }

    /** 1 s after the first failure, then twice as long each time, at most 60 s. */
    static long backoffNanos(int failures) {
        long seconds = 1L << Math.min(failures - 1, MAX_DOUBLINGS);
        return Math.min(TimeUnit.SECONDS.toNanos(seconds), MAX_BACKOFF_NANOS);
    }
}
