package org.bhyvescope.sampling;

import java.time.Duration;

/** How old may be what the states are read by, and what is shown of them. */
public final class StateFreshness {
    private static final int INTERVALS = 3;

    /** Room for a sample that comes late on a busy host. */
    private static final Duration LEAST = Duration.ofSeconds(3);

    private StateFreshness() {}

    /** Age in ns from which a sample of statistics does not allow a state to be read: a few of its intervals. */
    public static long ofStatistics(Duration interval) {
        Duration few = interval.multipliedBy(INTERVALS);
        return (few.compareTo(LEAST) > 0 ? few : LEAST).toNanos();
    }

    /** Age in ns from which a state is withheld: it has not been renewed for three intervals. */
    static long oldest(Duration interval) {
        return interval.multipliedBy(INTERVALS).toNanos();
    }
}
