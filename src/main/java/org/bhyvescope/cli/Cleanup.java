package org.bhyvescope.cli;

import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes what a command has opened, newest first, once: at its end, or when a signal ends the JVM. A thing is opened under
 * the lock, so that a signal comes before it or after it, never in between.
 */
final class Cleanup implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Cleanup.class);

    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private boolean closed;

    Cleanup() {
        try {
            Runtime.getRuntime().addShutdownHook(new Thread(this::close, "cleanup"));
        } catch (IllegalStateException e) {
            // A signal came first: the JVM is ending, and this must not open anything.
            closed = true;
        }
    }

    /** Opens something that has to be closed. */
    interface Opening<T extends AutoCloseable, E extends Exception> {
        T open() throws E, InterruptedException;
    }

    /**
     * Opens something now and remembers to close it.
     *
     * @throws InterruptedException if the program is ending: then nothing is opened
     */
    synchronized <T extends AutoCloseable, E extends Exception> T open(Opening<T, E> opening)
            throws E, InterruptedException {
        if (closed) {
            throw new InterruptedException("the program is ending");
        }
        T thing = opening.open();
        opened.push(thing);
        return thing;
    }

    @Override
    public synchronized void close() {
        closed = true;
        while (!opened.isEmpty()) {
            try {
                opened.pop().close();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (Exception e) {
                LOG.warn("while ending", e);
            }
        }
    }
}
