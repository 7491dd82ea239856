package org.bhyvescope.os;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs the children: bounded in rate, time and output, both streams drained, standard input empty but for a {@link Worker} and the gate,
 * environment nothing but {@code LC_ALL=C} ({@code C.UTF-8} for a Worker). The number of children at a time is bounded by the callers' threads.
 *
 * <p>One thread does all of it. It reads only bytes that are there ({@link InputStream#available}), so that a grandchild
 * which keeps the pipe open can hold up nobody; what a child wrote before it ended is in the pipe by then.
 *
 * <p>A child that outlives SIGKILL (it sleeps in the kernel, {@code vmstat} wait channel) is abandoned: counted, left
 * behind, and its {@link Owner} is to get no other until it is gone. A gate, which nobody but root can kill, is abandoned when it has
 * not ended by itself.
 */
public final class Children implements AutoCloseable {
    /** Process starts a second, at most, whatever is asked for. */
    public static final int MAX_STARTS_PER_SECOND = 20;

    /** Standard output beyond this is a runaway; a vCPU's statistics are below 4 KiB. */
    static final int MAX_OUTPUT_BYTES = 1 << 20;

    /** Standard error beyond this is read and dropped. */
    static final int MAX_ERROR_BYTES = 4096;

    private static final long POLL_MILLIS = 20;
    private static final long KILL_GRACE_MILLIS = 500;
    private static final File NULL_DEVICE = new File("/dev/null");

    private final LongSupplier nanoClock;
    private final Pacer pacer;
    private final Starter starter;
    private final Set<Process> running = ConcurrentHashMap.newKeySet();

    /** The running ones that are gates. */
    private final Set<Process> gates = ConcurrentHashMap.newKeySet();

    private final Map<Owner, Process> abandoned = new ConcurrentHashMap<>();
    private final AtomicLong starts = new AtomicLong();
    private volatile boolean closed;

    /** @param nanoClock monotonic clock in ns */
    public Children(LongSupplier nanoClock) {
        this(nanoClock, MAX_STARTS_PER_SECOND);
    }

    Children(LongSupplier nanoClock, int startsPerSecond) {
        this(nanoClock, startsPerSecond, Children::start);
    }

    Children(LongSupplier nanoClock, int startsPerSecond, Starter starter) {
        this.nanoClock = nanoClock;
        this.pacer = new Pacer(startsPerSecond);
        this.starter = starter;
    }

    /** Makes a process of a command; a test hands in one that SIGKILL does not end. */
    interface Starter {
        Process start(Command command) throws IOException;
    }

    /** Processes started so far, and those that were {@link #alsoStarted}. */
    public long starts() {
        return starts.get();
    }

    /** Processes that a child has started for us: they count as if this had, and the next start waits for all of them. */
    public void alsoStarted(int processes) {
        starts.addAndGet(processes);
        pacer.charge(processes);
    }

    /** Children that were abandoned and are still there. */
    public int abandoned() {
        abandoned.values().removeIf(process -> !process.isAlive());
        return abandoned.size();
    }

    /** Whether an abandoned child of this owner is still there. */
    public boolean hasAbandoned(Owner owner) {
        Process process = abandoned.get(owner);
        return process != null && process.isAlive();
    }

    /**
     * Runs one command and waits for it.
     *
     * @param owner on whose behalf
     * @param allowance how long it may run; what it took is deducted
     * @throws InterruptedException if the caller is to stop; the child has been killed then
     */
    public ChildResult run(Command command, Owner owner, Allowance allowance) throws InterruptedException {
        if (allowance.leftNanos() <= 0) {
            return new ChildResult.TimedOut(false);
        }
        if (hasAbandoned(owner)) {
            return new ChildResult.TimedOut(true);
        }
        Launched launched;
        try {
            launched = launch(command);
        } catch (IOException e) {
            return new ChildResult.NotStarted(Objects.requireNonNullElse(e.getMessage(), e.toString()));
        }
        Process process = launched.process();
        long begun = launched.begunNanos();
        allowance.childBegins(begun);
        try {
            return supervise(process, owner, begun, begun + allowance.leftNanos());
        } finally {
            allowance.childEnds(nanoClock.getAsLong());
            if (process.isAlive()) {
                end(process);
            }
            // Only now: close() kills what is in there, should the JVM end before this thread has come so far.
            forget(process);
        }
    }

    /** A child that is to be asked again and again; its process is started by the first request. */
    public Worker worker(Command command) {
        return new Worker(this, command, nanoClock);
    }

    /**
     * A process that has been started.
     *
     * @param begunNanos monotonic clock just before
     */
    record Launched(Process process, long begunNanos) {}

    /** Starts a process when its turn has come; it is among the running ones until {@link #forget}. */
    Launched launch(Command command) throws IOException, InterruptedException {
        TimeUnit.NANOSECONDS.sleep(pacer.reserve(nanoClock.getAsLong()));
        if (closed) {
            throw new InterruptedException("closed");
        }
        long begun = nanoClock.getAsLong();
        Process process = starter.start(command);
        starts.incrementAndGet();
        if (!command.request().isEmpty()) {
            gates.add(process);
        }
        running.add(process);
        if (closed) {
            end(process); // close() came between, and may not have seen it
        }
        return new Launched(process, begun);
    }

    /** It has ended, or been left behind. */
    void forget(Process process) {
        running.remove(process);
        gates.remove(process);
    }

    private static Process start(Command command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command.argv());
        builder.environment().clear();
        // A reader is a JVM: this is how it learns that names of files are in UTF-8.
        builder.environment().put("LC_ALL", command.takesRequests() ? "C.UTF-8" : "C");
        if (!command.takesRequests() && command.request().isEmpty()) {
            builder.redirectInput(NULL_DEVICE);
        }
        Process process = builder.start();
        if (!command.request().isEmpty()) {
            ask(process, command.request());
        }
        return process;
    }

    /** In one write, which no pipe is too small for. If the child has ended already, its status says why. */
    private static void ask(Process process, String request) {
        try (OutputStream to = process.getOutputStream()) {
            to.write(request.getBytes(UTF_8));
        } catch (IOException ignored) {
            // As above.
        }
    }

    private ChildResult supervise(Process process, Owner owner, long begun, long deadlineNanos)
            throws InterruptedException {
        ByteArrayOutputStream stdout = new ByteArrayOutputStream(4096);
        ByteArrayOutputStream stderr = new ByteArrayOutputStream(0);
        while (true) {
            long left = TimeUnit.NANOSECONDS.toMillis(deadlineNanos - nanoClock.getAsLong());
            boolean ended = process.waitFor(Math.max(1, Math.min(POLL_MILLIS, left)), TimeUnit.MILLISECONDS);
            long ending = nanoClock.getAsLong();
            drain(process.getInputStream(), stdout, MAX_OUTPUT_BYTES + 1);
            drain(process.getErrorStream(), stderr, MAX_ERROR_BYTES);
            if (stdout.size() > MAX_OUTPUT_BYTES) {
                return killed(process, owner) ? new ChildResult.TooMuchOutput(MAX_OUTPUT_BYTES) : abandon();
            }
            if (ended) {
                return new ChildResult.Exited(
                        process.exitValue(), stdout.toByteArray(), stderr.toByteArray(), begun + (ending - begun) / 2);
            }
            if (ending - deadlineNanos >= 0) {
                return killed(process, owner) ? new ChildResult.TimedOut(false) : abandon();
            }
        }
    }

    private static ChildResult abandon() {
        return new ChildResult.TimedOut(true);
    }

    /** Ends the child and what it started; if it does not go, remembers it as abandoned and returns false. */
    boolean killed(Process process, Owner owner) throws InterruptedException {
        end(process);
        if (process.waitFor(KILL_GRACE_MILLIS, TimeUnit.MILLISECONDS)) {
            return true;
        }
        abandoned.put(owner, process);
        return false;
    }

    private static List<ProcessHandle> descendants(Process process) {
        try {
            return process.descendants().toList();
        } catch (RuntimeException e) {
            return List.of(); // this system cannot tell; the child itself goes all the same
        }
    }

    /**
     * Kills it; a gate is only let go, and ends by itself. It is root's and cannot be killed, but a sudo in front of it may be: then
     * nobody would know whether it is still there.
     */
    private void end(Process process) {
        if (gates.contains(process)) {
            closeStreams(process);
        } else {
            kill(process);
        }
    }

    static void kill(Process process) {
        List<ProcessHandle> below = descendants(process);
        process.destroyForcibly();
        below.forEach(ProcessHandle::destroyForcibly);
        closeStreams(process);
    }

    private static void closeStreams(Process process) {
        close(process.getOutputStream());
        close(process.getInputStream());
        close(process.getErrorStream());
    }

    /** Moves what is there, waiting for nothing; what goes beyond {@code keep} bytes in all is read and dropped. */
    static void drain(InputStream from, ByteArrayOutputStream to, int keep) {
        try {
            byte @Nullable [] buffer = null;
            int available;
            // Bounded per call: a child that writes as fast as this reads must still meet its deadline.
            for (int moved = 0; moved <= MAX_OUTPUT_BYTES && (available = from.available()) > 0; ) {
                buffer = buffer == null ? new byte[8192] : buffer;
                int n = from.read(buffer, 0, Math.min(available, buffer.length));
                if (n <= 0) {
                    return;
                }
                to.write(buffer, 0, Math.min(n, keep - to.size()));
                moved += n;
            }
        } catch (IOException ignored) {
            // Closed under us because the child was killed: what was read until then is all there is.
        }
    }

    private static void close(Closeable stream) {
        try {
            stream.close();
        } catch (IOException ignored) {
            // Nothing is lost: the descriptor is gone either way.
        }
    }

    /** A child's output as text for a message: one line, printable, short. */
    public static String firstLine(byte[] text) {
        String line = new String(text, ISO_8859_1).strip().lines().findFirst().orElse("");
        String printable = line.replaceAll("[^\\x20-\\x7e]", "?");
        return printable.length() <= 160 ? printable : printable.substring(0, 160) + "...";
    }

    /** Kills every running child, and lets go of every gate. Runs in progress end with an InterruptedException or a result that nobody wants. */
    @Override
    public void close() {
        closed = true;
        running.forEach(this::end);
    }
}
