package org.bhyvescope.host;

import java.time.Duration;

/** Where the list of bhyve processes comes from. Used by one thread. */
public interface ProcessTable {
    /** Looks for them. */
    ProcessListing list() throws InterruptedException;

    /** How often that may be done at the most: a call is cheap, a process is not. */
    Duration interval();
}
