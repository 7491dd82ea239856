package org.bhyvescope.libc;

import com.sun.jna.Memory;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An open descriptor with the memory of its calls. One thread calls, any may close. Its number is another's as soon as it is
 * closed: so while a call is in progress {@link #close} only says so, and the end of the call closes it.
 */
final class Descriptor {
    private static final int IDLE = 0;
    private static final int IN_CALL = 1;
    private static final int CLOSING = 2;
    private static final int CLOSED = 3;

    private final int number;
    private final Memory block;
    private final AtomicInteger state = new AtomicInteger(IDLE);

    /** @param block freed when it is closed */
    Descriptor(int number, Memory block) {
        this.number = number;
        this.block = block;
    }

    int number() {
        return number;
    }

    /**
     * Begins a call, which {@link #end} is to follow; false if it has been closed, and then nothing is to follow.
     *
     * @throws IllegalStateException if another call is in progress
     */
    boolean begin() {
        if (state.compareAndSet(IDLE, IN_CALL)) {
            return true;
        }
        if (state.get() == IN_CALL) {
            throw new IllegalStateException("used by two threads at a time");
        }
        return false;
    }

    void end() {
        if (!state.compareAndSet(IN_CALL, IDLE)) {
            release(); // close() came meanwhile
        }
    }

    /** Again is harmless. */
    void close() {
        while (true) {
            if (state.compareAndSet(IDLE, CLOSING)) {
                release();
                return;
            }
            // The call may end between the two: then it is idle again.
            if (state.compareAndSet(IN_CALL, CLOSING) || state.get() >= CLOSING) {
                return;
            }
        }
    }

    /** Not repeated after EINTR: the descriptor is gone, and its number may be another's already. */
    private void release() {
        state.set(CLOSED);
        Libc.close(number);
        block.close();
    }
}
