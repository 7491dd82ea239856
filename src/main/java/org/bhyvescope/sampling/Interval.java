package org.bhyvescope.sampling;

import java.time.Duration;
import java.util.Optional;

/**
 * How often every VM is read.
 *
 * @param requested {@code --stats.interval}; empty for {@code auto}
 * @param startsPerSecond how many processes a second the source may start, and needs one of per vCPU
 * @param readingLocks whether reading a vCPU's statistics freezes it on this host
 */
public record Interval(Optional<Duration> requested, int startsPerSecond, boolean readingLocks) {
    static final Duration SHORTEST_AUTO = Duration.ofSeconds(1);
    static final Duration AUTO_WHERE_LOCKING = Duration.ofSeconds(5);

    /** Part of the allowed process starts that is planned with; the rest is room to catch up. */
    private static final double USED = 0.8;

    /** What was asked for, or what {@code auto} stands for on a small host. */
    public Duration wanted() {
        return requested.orElse(readingLocks ? AUTO_WHERE_LOCKING : SHORTEST_AUTO);
    }

    /** The interval in force: what was asked for, or as long as it takes to read so many vCPUs once. */
    Duration effective(int vcpus) {
        Duration needed = Duration.ofMillis((long) Math.ceil(vcpus * 1000.0 / (startsPerSecond * USED)));
        return needed.compareTo(wanted()) > 0 ? needed : wanted();
    }
}
