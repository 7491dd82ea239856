package org.bhyvescope.sampling;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/** A monotonic clock that stands still until it is set, and somewhere to wait for what threads do. */
final class ManualClock implements LongSupplier {
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final long LOOK_MILLIS = 2;

    private long nanos = Long.MAX_VALUE - TimeUnit.SECONDS.toNanos(20);

    @Override
    public synchronized long getAsLong() {
        return nanos;
    }

    synchronized void advance(long millis) {
        nanos += TimeUnit.MILLISECONDS.toNanos(millis);
        notifyAll();
    }

    /** Waits until this clock shows so much more. */
    synchronized void pass(long millis) throws InterruptedException {
        long end = nanos + TimeUnit.MILLISECONDS.toNanos(millis);
        while (end - nanos > 0) {
            wait();
        }
    }

    /** Something happened: whoever awaits may look. */
    synchronized void ring() {
        notifyAll();
    }

    /** Waits, by the real clock, until something holds; the test fails if it does not within half a minute. */
    void await(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + PATIENCE_NANOS;
        try {
            // Looked at without holding the lock: the condition may take others.
            while (!condition.getAsBoolean()) {
                if (end - System.nanoTime() < 0) {
                    throw new AssertionError("waited in vain: " + what);
                }
                synchronized (this) {
                    wait(LOOK_MILLIS);
                }
            }
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted: " + what, e);
        }
    }
}
