package org.bhyvescope.os;

/** How a thread of ours is ended. */
public final class Ending {
    private static final long MILLIS = 1000;

    private Ending() {}

    /** Interrupts it and waits for its end, for a second at most: it may be in a call that cannot be interrupted. */
    public static void of(Thread thread) {
        thread.interrupt();
        try {
            thread.join(MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
