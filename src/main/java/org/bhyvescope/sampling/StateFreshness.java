package org.bhyvescope.sampling;

import java.time.Duration;

/** How old may be what the states are read by, and what is shown of them. */
public final class StateFreshness {
    private static final int INTERVALS = 3;

    /** Room for a sample that comes late on a busy host. */
    private static final Duration LEAST = Duration.ofSeconds(3);

    /** However long the interval is: a vCPU that moved minutes ago may have been stopped since. */
    private static final Duration MOST = Duration.ofSeconds(30);

    private StateFreshness() {}

    /** Age in ns from which a sample of statistics does not allow a state to be read: a few intervals, 3 to 30 s. */
    public static long ofStatistics(Duration interval) {
        Duration few = interval.multipliedBy(INTERVALS);
        Duration atMost = few.compareTo(MOST) < 0 ? few : MOST;
        return (atMost.compareTo(LEAST) > 0 ? atMost : LEAST).toNanos();
    }

    /** Age in ns from which a state is withheld: it has not been renewed for three intervals. */
    static long oldest(Duration interval) {
        return interval.multipliedBy(INTERVALS).toNanos();
    }
}
