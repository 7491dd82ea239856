package org.bhyvescope.libc;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A kqueue(2) for the ends of processes, and for nothing else. It needs no right over a process but to see it, and takes nothing
 * from its parent, who still waits for it.
 *
 * <p>One thread uses it; any may close. While a call is in progress its return closes it: a wait is made of slices for that.
 */
public final class Kqueue implements AutoCloseable {
    /** Between two looks whether it has been closed, or the thread is to stop. */
    private static final long SLICE_NANOS = 200_000_000;

    /** Events taken at once. */
    private static final int MAX_EVENTS = 16;

    private static final long NANOS = 1_000_000_000;

    /** struct timespec, then the change, then the events. */
    private static final int CHANGE_AT = 16;

    private static final int EVENTS_AT = CHANGE_AT + KeventLayout.SIZE;

    private final Memory block = new Memory(EVENTS_AT + (long) MAX_EVENTS * KeventLayout.SIZE);
    private final Descriptor descriptor;

    private Kqueue(int descriptor) {
        this.descriptor = new Descriptor(descriptor, block);
    }

    /** A new one; empty where the C library cannot be called, or the kernel gives none. */
    public static Optional<Kqueue> open() {
        try {
            Libc.load();
            int descriptor = Libc.kqueue();
            return descriptor < 0 ? Optional.empty() : Optional.of(new Kqueue(descriptor));
        } catch (LinkageError e) {
            return Optional.empty();
        }
    }

    /**
     * The end of a process.
     *
     * @param waitStatus as wait(2) gives it
     */
    public record Exit(int pid, int waitStatus) {}

    /**
     * Watches a process from now on, once: when its end has been told it is watched no more. A zombie's end is told at once.
     *
     * @return 0, or {@code -errno}: ESRCH if there is none that can be seen, EBADF after {@link #close}
     */
    public int watch(int pid) {
        return change(pid, KeventLayout.EV_ADD);
    }

    /** Watches it no more; returns 0, or {@code -errno}. */
    public int forget(int pid) {
        return change(pid, KeventLayout.EV_DELETE);
    }

    /**
     * Waits for ends of the processes that are watched.
     *
     * @param nanos how long at most, in ns
     * @return those that came; empty when the time is over
     * @throws InterruptedException if the thread is interrupted, or {@link #close} has been called
     */
    public List<Exit> await(long nanos) throws InterruptedException {
        long left = nanos;
        do {
            // A slice that a signal ended counts as one: the time is an upper limit.
            List<Exit> exits = look(Math.max(0, Math.min(left, SLICE_NANOS)));
            if (!exits.isEmpty()) {
                return exits;
            }
            left -= SLICE_NANOS;
        } while (left > 0);
        return List.of();
    }

    /** The ends that are there; none after {@link #close}. */
    public List<Exit> poll() {
        if (!descriptor.begin()) {
            return List.of();
        }
        try {
            return read(call(0, MAX_EVENTS, 0));
        } finally {
            descriptor.end();
        }
    }

    private List<Exit> look(long nanos) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        if (!descriptor.begin()) {
            throw new InterruptedException("closed");
        }
        int count;
        List<Exit> exits;
        try {
            count = call(0, MAX_EVENTS, nanos);
            exits = read(count);
        } finally {
            descriptor.end();
        }
        if (count < 0 && count != -Errno.EINTR.number()) {
            TimeUnit.NANOSECONDS.sleep(nanos); // it would fail at once again, and again
        }
        return exits;
    }

    /** What was not asked for is nothing to tell of. */
    private List<Exit> read(int count) {
        List<Exit> exits = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            long at = EVENTS_AT + (long) i * KeventLayout.SIZE;
            boolean error = (block.getShort(at + KeventLayout.FLAGS) & KeventLayout.EV_ERROR) != 0;
            boolean exit = (block.getInt(at + KeventLayout.FILTER_FLAGS) & KeventLayout.NOTE_EXIT) != 0;
            if (!error && exit && block.getShort(at + KeventLayout.FILTER) == KeventLayout.EVFILT_PROC) {
                exits.add(new Exit(
                        (int) block.getLong(at + KeventLayout.IDENT), (int) block.getLong(at + KeventLayout.DATA)));
            }
        }
        return exits;
    }

    private int change(int pid, short action) {
        if (!descriptor.begin()) {
            return -Errno.EBADF.number();
        }
        try {
            block.setMemory(CHANGE_AT, KeventLayout.SIZE, (byte) 0);
            block.setLong(CHANGE_AT + KeventLayout.IDENT, pid);
            block.setShort(CHANGE_AT + KeventLayout.FILTER, KeventLayout.EVFILT_PROC);
            block.setShort(CHANGE_AT + KeventLayout.FLAGS, (short) (action | KeventLayout.EV_RECEIPT));
            block.setInt(CHANGE_AT + KeventLayout.FILTER_FLAGS, KeventLayout.NOTE_EXIT);
            int count = call(1, 1, 0);
            if (count <= 0) {
                return count;
            }
            return (block.getShort(EVENTS_AT + KeventLayout.FLAGS) & KeventLayout.EV_ERROR) != 0
                    ? (int) -block.getLong(EVENTS_AT + KeventLayout.DATA)
                    : 0;
        } finally {
            descriptor.end();
        }
    }

    /** The number of events, or {@code -errno}. */
    private int call(int changes, int events, long nanos) {
        block.setLong(0, nanos / NANOS);
        block.setLong(Long.BYTES, nanos % NANOS);
        long address = Pointer.nativeValue(block);
        int count =
                Libc.kevent(descriptor.number(), address + CHANGE_AT, changes, address + EVENTS_AT, events, address);
        return count < 0 ? -Native.getLastError() : count;
    }

    /** Again is harmless. A wait in progress ends within a slice, 0.2 s. */
    @Override
    public void close() {
        descriptor.close();
    }
}
