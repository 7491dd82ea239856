package org.bhyvescope.host;

import java.util.List;
import java.util.OptionalInt;

/** Tells how bhyve processes end. Used by one thread; any may close. Where {@link #learnsStatus} is false it tells of nothing. */
public interface ProcessExits extends AutoCloseable {
    /**
     * One has ended.
     *
     * @param waitStatus as wait(2) would give it; empty if it went unseen
     */
    record ProcessExit(BhyveProcess.Id process, OptionalInt waitStatus) {}

    /**
     * Watches a process from now on. One that has gone by now, whose pid is another's or that may not be watched, is told of as one
     * that went unseen. Its start may differ by 2 s from what the kernel tells, apart from a clock that has been set meanwhile.
     */
    void watch(BhyveProcess.Id process);

    /**
     * Waits for ends.
     *
     * @param nanos how long at most, in ns
     * @return those that came; empty when the time is over
     * @throws InterruptedException if the thread is interrupted, or {@link #close} has been called
     */
    List<ProcessExit> await(long nanos) throws InterruptedException;

    /** Whether it learns exit statuses on this host. */
    boolean learnsStatus();

    @Override
    void close();
}
