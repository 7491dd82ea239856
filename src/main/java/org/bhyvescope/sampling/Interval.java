package org.bhyvescope.sampling;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * How often every VM is read.
 *
 * @param requested {@code --stats.interval}; empty for {@code auto}
 * @param readsPerSecond how many vCPUs a second the source in use can read at most; empty for no limit
 * @param readingLocks whether reading a vCPU's statistics freezes it on this host
 */
public record Interval(
        Optional<Duration> requested, Supplier<OptionalInt> readsPerSecond, BooleanSupplier readingLocks) {
    static final Duration SHORTEST_AUTO = Duration.ofSeconds(1);
    static final Duration AUTO_WHERE_LOCKING = Duration.ofSeconds(5);

    /** Part of the possible readings that is planned with; the rest is room to catch up. */
    private static final double USED = 0.8;

    public Interval(Optional<Duration> requested, int readsPerSecond, boolean readingLocks) {
        this(requested, () -> OptionalInt.of(readsPerSecond), () -> readingLocks);
    }

    /** What was asked for, or what {@code auto} stands for on a small host. */
    public Duration wanted() {
        return requested.orElse(readingLocks.getAsBoolean() ? AUTO_WHERE_LOCKING : SHORTEST_AUTO);
    }

    /** The interval in force: what was asked for, or as long as it takes to read so many vCPUs once. */
    Duration effective(int vcpus) {
        OptionalInt most = readsPerSecond.get();
        if (most.isEmpty()) {
            return wanted();
        }
        Duration needed = Duration.ofMillis((long) Math.ceil(vcpus * 1000.0 / (most.getAsInt() * USED)));
        return needed.compareTo(wanted()) > 0 ? needed : wanted();
    }
}
