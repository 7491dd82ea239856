package org.bhyvescope.host;

import java.util.List;
import java.util.OptionalInt;

/** Tells how bhyve processes end. Used by one thread; any may close. */
public interface ProcessExits extends AutoCloseable {
    /**
     * One has ended.
     *
     * @param waitStatus as wait(2) would give it; empty if it went unseen
     */
    record ProcessExit(BhyveProcess.Id process, OptionalInt waitStatus) {}

    /** Watches a process from now on. One that has gone by now, or may not be watched, is told of as one that went unseen. */
    void watch(BhyveProcess.Id process);

    /**
     * Waits for ends.
     *
     * @param nanos how long at most, in ns
     * @return those that came; empty when the time is over
     */
    List<ProcessExit> await(long nanos) throws InterruptedException;

    /** Whether it learns exit statuses on this host. */
    boolean learnsStatus();

    @Override
    void close();
}
