package org.bhyvescope.sampling;

import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * How often the state of every vCPU is read.
 *
 * @param requested {@code --state.interval}, zero for never; empty for the default
 * @param readingLocks whether reading statistics freezes a vCPU on this host, too
 */
public record StateInterval(Optional<Duration> requested, BooleanSupplier readingLocks) {
    static final Duration DEFAULT = Duration.ofSeconds(60);
    static final Duration DEFAULT_WHERE_LOCKING = Duration.ofMinutes(5);

    /** Reads a second on the whole host, at most: beside the 16 of 20 process starts that statistics plan with. */
    static final int MAX_PER_SECOND = 2;

    private static final Duration SHORTEST_SPACING = Duration.ofSeconds(1).dividedBy(MAX_PER_SECOND);

    public StateInterval(Optional<Duration> requested, boolean readingLocks) {
        this(requested, () -> readingLocks);
    }

    /** What was asked for; zero: states are never read. */
    public Duration wanted() {
        return requested.orElse(readingLocks.getAsBoolean() ? DEFAULT_WHERE_LOCKING : DEFAULT);
    }

    /** Whether states are read at all. */
    public boolean isOn() {
        return !wanted().isZero();
    }

    /** The interval in force: what was asked for, or as long as it takes to read so many vCPUs once. */
    Duration effective(int vcpus) {
        Duration needed = SHORTEST_SPACING.multipliedBy(vcpus);
        return needed.compareTo(wanted()) > 0 ? needed : wanted();
    }

    /** From the start of one read to the next, so that the reads of so many vCPUs are spread evenly. */
    Duration spacing(int vcpus) {
        return effective(vcpus).dividedBy(Math.max(1, vcpus));
    }
}
