package org.bhyvescope.sampling;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells listeners what happened, in the order in which it was noted, without holding the lock under which it was.
 */
final class Announcements {
    private static final Logger LOG = LoggerFactory.getLogger(Announcements.class);

    private final List<SampleListener> listeners = new CopyOnWriteArrayList<>();
    private final Queue<Consumer<SampleListener>> noted = new ConcurrentLinkedQueue<>();

    void add(SampleListener listener) {
        listeners.add(listener);
    }

    /** To be called under the lock that orders what happens. */
    void note(Consumer<SampleListener> what) {
        if (!listeners.isEmpty()) {
            noted.add(what);
        }
    }

    /** To be called without that lock. When it returns, what this thread noted has been told, by it or by another. */
    synchronized void tell() {
        Consumer<SampleListener> next = noted.poll();
        while (next != null) {
            for (SampleListener listener : listeners) {
                tell(listener, next);
            }
            next = noted.poll();
        }
    }

    /** A bug in one listener must not end sampling, nor keep another from hearing. */
    private static void tell(SampleListener listener, Consumer<SampleListener> what) {
        try {
            what.accept(listener);
        } catch (RuntimeException | Error e) {
            LOG.error("internal error while a sample was kept", e);
        }
    }
}
