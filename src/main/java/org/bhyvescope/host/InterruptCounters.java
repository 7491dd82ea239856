package org.bhyvescope.host;

import java.time.Duration;

/** Where the host's interrupt counters come from. Used by one thread. */
public interface InterruptCounters {
    /** Reads them. */
    InterruptReading read() throws InterruptedException;

    /** How often that may be done at the most: a call is cheap, a process is not. */
    Duration interval();
}
