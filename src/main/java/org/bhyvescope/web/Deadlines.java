package org.bhyvescope.web;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Ends what a client draws out: a handshake, a request, an answer that it does not fetch. The thread is interrupted, which closes the channel
 * that it reads from or writes to. The JDK's own limits (maxReqTime, maxRspTime) are not enough: over TLS the timer that closes a
 * connection waits for the one that writes to it, for ever, with a lock that every other connection needs (JDK 17 and 25). They are set
 * to twice as long here, and find nothing to do.
 */
final class Deadlines {
    private final ScheduledExecutorService timer;
    private final Limits limits;
    private final ThreadLocal<Optional<Deadline>> current = ThreadLocal.withInitial(Optional::empty);

    /**
     * How long it may take.
     *
     * @param request to send a request, handshake included
     * @param answer to wait for an answer and to fetch it
     */
    record Limits(Duration request, Duration answer) {
        static final Limits USUAL = new Limits(Duration.ofSeconds(10), Duration.ofSeconds(30));
    }

    Deadlines(ScheduledExecutorService timer, Limits limits) {
        this.timer = timer;
        this.limits = limits;
    }

    /** The task, which is interrupted when it takes longer than a request may. */
    Runnable watched(Runnable task) {
        return () -> {
            Deadline deadline = new Deadline(Thread.currentThread());
            deadline.set(limits.request());
            current.set(Optional.of(deadline));
            try {
                task.run();
            } finally {
                current.remove();
                deadline.end();
            }
        };
    }

    /** The request of this thread's task is here; from now on it may take as long as an answer. */
    void answering() {
        current.get().ifPresent(deadline -> deadline.set(limits.answer()));
    }

    private final class Deadline {
        private final Thread thread;
        private Optional<Future<?>> alarm = Optional.empty();
        private boolean ended;

        Deadline(Thread thread) {
            this.thread = thread;
        }

        synchronized void set(Duration limit) {
            alarm.ifPresent(a -> a.cancel(false));
            alarm = Optional.of(timer.schedule(this::expire, limit.toMillis(), TimeUnit.MILLISECONDS));
        }

        private synchronized void expire() {
            if (!ended) {
                thread.interrupt();
            }
        }

        /** From now on the thread is another's. */
        synchronized void end() {
            ended = true;
            alarm.ifPresent(a -> a.cancel(false));
            Thread.interrupted();
        }
    }
}
