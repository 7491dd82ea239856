package org.bhyvescope.os;

/**
 * Spaces process starts evenly, so that a second never sees more than the limit, and a host never sees a burst. Only the
 * arithmetic: the caller sleeps.
 */
final class Pacer {
    private final long spacingNanos;
    private long nextNanos;
    private boolean started;

    /** @param perSecond process starts a second, at most */
    Pacer(int perSecond) {
        this.spacingNanos = 1_000_000_000L / perSecond;
    }

    /** Reserves the next free moment and returns how long to wait for it, in ns. */
    synchronized long reserve(long nowNanos) {
        long at = started && nextNanos - nowNanos > 0 ? nextNanos : nowNanos;
        started = true;
        nextNanos = at + spacingNanos;
        return at - nowNanos;
    }

    /** So many more were started after the one that was reserved last. */
    synchronized void charge(int starts) {
        nextNanos += starts * spacingNanos;
    }
}
