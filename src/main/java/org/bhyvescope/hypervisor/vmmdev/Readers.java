package org.bhyvescope.hypervisor.vmmdev;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The readers' processes: one as a rule, more while one of them is held up, so that it holds up no other VM. One that has been
 * idle for half a minute ends unless it is the last: readings that overlapped once do so again, and a start costs a hundred times
 * what a reading does. Thread-safe.
 */
final class Readers implements AutoCloseable {
    /** Processes at a time, not counting abandoned ones. */
    static final int MOST = 8;

    /** Of these, for VMs whose last reading did not end in time: the others are for those that answer. */
    static final int MOST_DOUBTFUL = MOST / 2;

    private static final long SPARE_NANOS = TimeUnit.SECONDS.toNanos(30);

    /** A reading takes a few milliseconds, a start a few hundred: so long another's reader is waited for first. */
    private static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    private static final int PATIENCE_SHARE = 4;

    private final Supplier<Reader> maker;
    private final LongSupplier nanoClock;
    private final Deque<Reader> idle = new ArrayDeque<>();
    private final Set<Reader> busy = new HashSet<>();
    private boolean closed;

    /**
     * @param maker makes one whose process has not been started
     * @param nanoClock monotonic clock in ns
     */
    Readers(Supplier<Reader> maker, LongSupplier nanoClock) {
        this.maker = maker;
        this.nanoClock = nanoClock;
    }

    /**
     * Takes a reader; {@link #giveBack} or {@link #discard} is to follow.
     *
     * @param nanos how long to wait for one
     * @return null if there was none in that time, or this is closed
     */
    synchronized @Nullable Reader take(long nanos) throws InterruptedException {
        long begun = nanoClock.getAsLong();
        long patience = Math.min(PATIENCE_NANOS, nanos / PATIENCE_SHARE);
        while (!closed) {
            Reader reader = idleOne();
            long waited = nanoClock.getAsLong() - begun;
            boolean room = busy.size() < MOST;
            if (reader == null && room && (busy.isEmpty() || waited >= patience)) {
                reader = maker.get();
            }
            if (reader != null) {
                busy.add(reader);
                return reader;
            }
            if (waited >= nanos) {
                return null;
            }
            TimeUnit.NANOSECONDS.timedWait(this, Math.max(1, (room ? patience : nanos) - waited));
        }
        return null;
    }

    /** The one that was used last, so that those that are too many grow old; none that has ended meanwhile. */
    private @Nullable Reader idleOne() {
        endOld();
        Reader reader;
        do {
            reader = idle.pollFirst();
        } while (reader != null && !reader.worker.isUsable() && isClosed(reader));
        return reader;
    }

    private static boolean isClosed(Reader reader) {
        reader.worker.close();
        return true;
    }

    private void endOld() {
        while (idle.size() > 1 && nanoClock.getAsLong() - idle.getLast().idleNanos > SPARE_NANOS) {
            idle.removeLast().worker.close();
        }
    }

    /** It can be asked again. */
    synchronized void giveBack(Reader reader) {
        busy.remove(reader);
        if (closed || !reader.worker.isUsable()) {
            reader.worker.close();
        } else {
            reader.idleNanos = nanoClock.getAsLong();
            idle.addFirst(reader);
        }
        endOld();
        notifyAll();
    }

    /** It cannot. */
    synchronized void discard(Reader reader) {
        busy.remove(reader);
        reader.worker.close();
        notifyAll();
    }

    synchronized boolean isClosed() {
        return closed;
    }

    /** Kills all of them. */
    @Override
    public synchronized void close() {
        closed = true;
        idle.forEach(reader -> reader.worker.close());
        idle.clear();
        busy.forEach(reader -> reader.worker.close());
        notifyAll();
    }
}
