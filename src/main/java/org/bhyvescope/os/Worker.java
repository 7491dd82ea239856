package org.bhyvescope.os;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A child that lives on from one request to the next: one process at most, started when it is first asked. A request, and its
 * answer, is a frame: its length as four bytes, the highest first, then so many bytes. The child takes the end of its standard
 * input for the order to end, so that it does not outlive this program, however that ends.
 *
 * <p>Nothing here blocks on a pipe: what is there is read ({@link java.io.InputStream#available}), and a request is smaller
 * than the empty pipe that it is written to. One thread asks at a time; any may close.
 */
public final class Worker implements AutoCloseable {
    /** With its length it fits a pipe of any FreeBSD, and below what is written directly (sys/kern/sys_pipe.c). */
    public static final int MAX_REQUEST_BYTES = 4096 - Integer.BYTES;

    /** An answer beyond this is none. */
    public static final int MAX_ANSWER_BYTES = Children.MAX_OUTPUT_BYTES;

    /**
     * Between two looks at the pipe: a share of the time that the answer has taken so far, so that looking adds little to it,
     * and costs little however long it takes.
     */
    private static final int PAUSE_SHARE = 8;

    private static final long SHORTEST_PAUSE_NANOS = 50_000;
    private static final long LONGEST_PAUSE_NANOS = 2_000_000;

    /** What a child wrote just before it ended may still be on its way through the JDK's hands. */
    private static final long LAST_WORDS_NANOS = 5_000_000;

    /** A JVM that crashes writes a report meanwhile. */
    private static final long DYING_NANOS = 2_000_000_000;

    private final Children children;
    private final Command command;
    private final LongSupplier nanoClock;
    private final ByteArrayOutputStream stdout = new ByteArrayOutputStream(4096);
    private final ByteArrayOutputStream stderr = new ByteArrayOutputStream(0);
    private volatile @Nullable Process process;
    private volatile boolean over;

    Worker(Children children, Command command, LongSupplier nanoClock) {
        this.children = children;
        this.command = command;
        this.nanoClock = nanoClock;
    }

    /** Whether it can be asked: it has not been closed, and has not ended as far as one can see. */
    public boolean isUsable() {
        Process child = process;
        return !over && (child == null || child.isAlive());
    }

    /**
     * Asks, and waits for the answer.
     *
     * @param request at most {@link #MAX_REQUEST_BYTES}
     * @param owner on whose behalf: whom it is held against if it cannot be killed
     * @param allowance how long it may take, the start of the process included; what it took is deducted
     * @throws InterruptedException if the caller is to stop; the child has been killed then
     */
    public WorkerResult ask(byte[] request, Owner owner, Allowance allowance) throws InterruptedException {
        if (request.length > MAX_REQUEST_BYTES) {
            throw new IllegalArgumentException("a request of " + request.length + " bytes");
        }
        if (over) {
            return new WorkerResult.NotStarted("it is over");
        }
        if (allowance.leftNanos() <= 0) {
            return new WorkerResult.TimedOut(false);
        }
        Process child = process;
        long begun;
        if (child == null) {
            try {
                Children.Launched launched = children.launch(command);
                child = launched.process();
                begun = launched.begunNanos();
            } catch (IOException e) {
                over = true;
                return new WorkerResult.NotStarted(Objects.requireNonNullElse(e.getMessage(), e.toString()));
            }
            process = child;
            if (over) {
                Children.kill(child); // close() came between, and saw no process
            }
        } else {
            begun = nanoClock.getAsLong();
        }
        allowance.childBegins(begun);
        boolean good = false;
        try {
            WorkerResult result = exchange(child, request, owner, begun, begun + allowance.leftNanos());
            good = result instanceof WorkerResult.Answered;
            return result;
        } finally {
            allowance.childEnds(nanoClock.getAsLong());
            if (!good) {
                end(child);
            }
        }
    }

    private WorkerResult exchange(Process child, byte[] request, Owner owner, long begun, long deadlineNanos)
            throws InterruptedException {
        stdout.reset();
        drain(child);
        stderr.reset();
        if (stdout.size() > 0) {
            return new WorkerResult.Garbled("it wrote without being asked: " + firstLine(stdout));
        }
        send(child, request);
        while (true) {
            // Before what it wrote is looked at: what a child writes before it ends is in the pipe by then.
            boolean alive = child.isAlive();
            drain(child);
            WorkerResult result = answer();
            if (result instanceof WorkerResult.Garbled) {
                return endsSoon(child, deadlineNanos) ? ended(child) : result;
            } else if (result != null) {
                return result;
            }
            if (!alive) {
                return ended(child);
            }
            long now = nanoClock.getAsLong();
            if (now - deadlineNanos >= 0) {
                return new WorkerResult.TimedOut(!children.killed(child, owner));
            }
            long share = Math.max(SHORTEST_PAUSE_NANOS, (now - begun) / PAUSE_SHARE);
            pause(Math.min(Math.min(share, LONGEST_PAUSE_NANOS), deadlineNanos - now));
        }
    }

    /** A child that has gone, or closed its input, does not take it: that shows in the answer that does not come. */
    private static void send(Process child, byte[] request) {
        try {
            OutputStream out = child.getOutputStream();
            out.write(ByteBuffer.allocate(Integer.BYTES).putInt(request.length).array());
            out.write(request);
            out.flush();
        } catch (IOException ignored) {
            // See above.
        }
    }

    private void drain(Process child) {
        Children.drain(child.getInputStream(), stdout, Integer.BYTES + MAX_ANSWER_BYTES + 1);
        Children.drain(child.getErrorStream(), stderr, Children.MAX_ERROR_BYTES);
    }

    /** Null: it is not whole yet. */
    private @Nullable WorkerResult answer() {
        if (stdout.size() < Integer.BYTES) {
            return null;
        }
        // Copied at each look that finds something; an answer is written at once, so that is one or two.
        byte[] all = stdout.toByteArray();
        int length = ByteBuffer.wrap(all).getInt();
        if (length < 0 || length > MAX_ANSWER_BYTES) {
            return new WorkerResult.Garbled("what it wrote is no answer: " + firstLine(stdout));
        }
        int whole = Integer.BYTES + length;
        if (all.length > whole) {
            return new WorkerResult.Garbled("it wrote more than an answer of " + length + " bytes");
        }
        byte[] bytes = Arrays.copyOfRange(all, Integer.BYTES, whole);
        return all.length < whole ? null : new WorkerResult.Answered(bytes, nanoClock.getAsLong());
    }

    /** A JVM whose native code crashes says so on standard output, and then ends. */
    private boolean endsSoon(Process child, long deadlineNanos) throws InterruptedException {
        long until = nanoClock.getAsLong() + DYING_NANOS;
        while (child.isAlive()) {
            long now = nanoClock.getAsLong();
            if (now - until >= 0 || now - deadlineNanos >= 0) {
                return false;
            }
            drain(child);
            pause(LONGEST_PAUSE_NANOS);
        }
        return true;
    }

    private WorkerResult ended(Process child) throws InterruptedException {
        if (stderr.size() == 0) {
            pause(LAST_WORDS_NANOS);
            drain(child);
        }
        String said = words(stderr);
        return new WorkerResult.Ended(child.exitValue(), said.isEmpty() ? words(stdout) : said);
    }

    /** The first line with a word in it. */
    private static String words(ByteArrayOutputStream text) {
        String line = text.toString(ISO_8859_1)
                .lines()
                .filter(each -> each.chars().anyMatch(Character::isLetter))
                .findFirst()
                .orElse("");
        return Children.firstLine(line.getBytes(ISO_8859_1));
    }

    private static String firstLine(ByteArrayOutputStream text) {
        return Children.firstLine(text.toByteArray());
    }

    private static void pause(long nanos) throws InterruptedException {
        LockSupport.parkNanos(nanos);
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
    }

    private void end(Process child) {
        over = true;
        Children.kill(child);
        children.forget(child);
    }

    /** Kills the child. A request in progress ends with a result that nobody wants. */
    @Override
    public void close() {
        over = true;
        Process child = process;
        if (child != null) {
            end(child);
        }
    }
}
