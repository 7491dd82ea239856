package org.bhyvescope.capture;

import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.bhyvescope.hypervisor.VmId;
import org.bhyvescope.hypervisor.recording.History;
import org.bhyvescope.os.Children;
import org.bhyvescope.os.Printable;
import org.bhyvescope.os.Tools;
import org.bhyvescope.sampling.Board;
import org.bhyvescope.sampling.HostView;
import org.bhyvescope.sampling.StateSchedule;
import org.bhyvescope.sampling.StateSchedule.OutOfTurn;
import org.bhyvescope.sampling.VmView;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that keeps evidence: it looks at each board, and when something happens to a VM it looks at once at what goes
 * away soonest, first what locks no vCPU, then the states that may be read; waits a moment for what follows; and writes all of
 * it. Sampling knows nothing of it and never waits for it.
 */
public final class FlightRecorder implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FlightRecorder.class);

    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    /** A triple fault, say, is seen first as suspended vCPUs, then as an end. */
    private static final long SETTLE_NANOS = TimeUnit.SECONDS.toNanos(3);

    /** Between two processes, so that sampling by processes keeps its pace: four of the twenty a second. */
    private static final long PAUSE_MILLIS = 250;

    /** Incidents that may wait to be written. */
    private static final int MAX_OPEN = 16;

    private static final long STOP_MILLIS = 1000;

    private final Supplier<Board> board;
    private final StateSchedule states;
    private final HostTools tools;
    private final CaptureStore store;
    private final CaptureWriter writer;
    private final CaptureListener listener;
    private final InstantSource wallClock;
    private final LongSupplier nanoClock;
    private final Triggers triggers = new Triggers();
    private final RateLimit limit = new RateLimit();
    private final List<Incident> open = new ArrayList<>();

    /** VMs as they were last seen with a sample: one that dies may be gone from the board when its end is known. */
    private final Map<String, VmView> lastSeen = new HashMap<>();

    private final Thread thread;
    private String trouble = "";
    private volatile boolean stopping;

    /**
     * What it looks at.
     *
     * @param board the newest
     * @param states reads a state if that is allowed
     * @param lastStates those of the schedule
     * @param history the samples of the last minutes
     * @param tools of the host
     * @param children runs them
     */
    public record Sources(
            Supplier<Board> board,
            StateSchedule states,
            LastStates lastStates,
            History history,
            Tools tools,
            Children children) {}

    /** What became of asking for evidence. */
    public sealed interface Outcome {
        /**
         * It is there.
         *
         * @param finding the first of the report; empty if there is none
         */
        record Written(Path folder, String finding) implements Outcome {}

        /** It could not be written. */
        record Failed(String why) implements Outcome {}
    }

    /**
     * @param about what does not change
     * @param store where captures go
     * @param nanoClock monotonic clock in ns
     */
    public FlightRecorder(
            Sources sources,
            CaptureAbout about,
            CaptureStore store,
            CaptureListener listener,
            InstantSource wallClock,
            LongSupplier nanoClock) {
        this.board = sources.board();
        this.states = sources.states();
        this.tools = new HostTools(sources.tools(), sources.children());
        this.store = store;
        this.writer = new CaptureWriter(store, about, new Samples(sources.history(), about), sources.lastStates());
        this.listener = listener;
        this.wallClock = wallClock;
        this.nanoClock = nanoClock;
        this.thread = new Thread(this::run, "captures");
        thread.setDaemon(true);
    }

    /** Begins to look. */
    public void start() {
        thread.start();
    }

    /** Keeps evidence of a VM that is on the board because somebody asks for it; for a caller that has not started this. */
    public Outcome captureNow(String vm, String why) throws InterruptedException {
        Fired asked = new Fired(Trigger.MANUAL, vm, why, false, wallClock.millis());
        Incident incident = new Incident(asked, board.get(), Optional.empty(), nanoClock.getAsLong());
        lookAtOnce(incident);
        incident.see(board.get());
        return write(incident);
    }

    private void run() {
        store.removeRemains();
        while (!stopping) {
            try {
                look();
                TimeUnit.NANOSECONDS.sleep(LOOK_NANOS);
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException | Error e) {
                // A bug must not end it; an Error neither (a class that cannot be loaded, a stack overflow).
                LOG.error("internal error in the flight recorder", e);
                open.clear();
            }
        }
    }

    private void look() throws InterruptedException {
        Board now = board.get();
        for (Fired fired : triggers.look(now, wallClock.millis())) {
            enter(fired, now);
        }
        remember(now);
        for (Iterator<Incident> each = open.iterator(); each.hasNext(); ) {
            Incident incident = each.next();
            if (nanoClock.getAsLong() - incident.openedNanos() >= SETTLE_NANOS) {
                each.remove();
                incident.see(board.get());
                write(incident);
            }
        }
    }

    private void remember(Board now) {
        for (VmView vm : now.vms()) {
            if (vm.sample().isPresent()) {
                lastSeen.put(vm.name(), vm);
            }
        }
        // Those that are neither there nor expected to end any more.
        lastSeen.keySet()
                .removeIf(name -> !now.host().lives().containsKey(name)
                        && now.vms().stream().noneMatch(vm -> vm.name().equals(name)));
    }

    private void enter(Fired fired, Board now) throws InterruptedException {
        long nanos = nanoClock.getAsLong();
        for (Incident incident : open) {
            if (incident.vm().equals(fired.vm())) {
                incident.fired().add(fired);
                return;
            }
        }
        if (open.size() >= MAX_OPEN || !limit.allows(fired.vm(), fired.trigger(), nanos)) {
            listener.suppressed(fired.trigger());
            LOG.debug("not kept, too soon: {} of VM {}", fired.trigger().label(), Printable.line(fired.vm()));
            return;
        }
        Incident incident = new Incident(fired, now, Optional.ofNullable(lastSeen.get(fired.vm())), nanos);
        open.add(incident);
        lookAtOnce(incident);
    }

    /** What goes away soonest: what locks nothing first, then the states (design.md §3, rule 6). */
    private void lookAtOnce(Incident incident) throws InterruptedException {
        if (incident.ended().isEmpty() && incident.process().isPresent()) {
            int pid = incident.process().get().now().id().pid();
            incident.early().addAll(tools.ofProcess(pid));
        }
        if (incident.id().isEmpty()) {
            return;
        }
        VmId vm = incident.id().get();
        int[] active = incident.view()
                .flatMap(v -> v.sample())
                .map(s -> s.snapshot().active().stream().toArray())
                .orElse(new int[0]);
        for (int vcpu : active) {
            OutOfTurn read = states.readNow(vm, vcpu);
            if (read instanceof OutOfTurn.Read got) {
                incident.states()
                        .add(new Incident.OfVcpu(
                                vcpu,
                                Optional.of(got.state().text()),
                                got.state().wallMillis(),
                                ""));
                Thread.sleep(PAUSE_MILLIS);
            } else if (read instanceof OutOfTurn.NotRead not) {
                incident.states().add(new Incident.OfVcpu(vcpu, Optional.empty(), 0, not.why()));
            }
        }
    }

    private Outcome write(Incident incident) throws InterruptedException {
        List<HostTools.Said> late = tools.ofHost(incident.board().host().devices().stream()
                .map(HostView.Ppt::device)
                .toList());
        try {
            CaptureWriter.Written written = writer.write(incident, late, wallClock.millis());
            incident.fired().stream().map(Fired::trigger).distinct().forEach(listener::captured);
            if (!trouble.isEmpty()) {
                LOG.info("captures can be written again");
                trouble = "";
            }
            LOG.warn(
                    "VM \"{}\": {}. Evidence: {}{}",
                    Printable.line(incident.vm()),
                    Printable.line(incident.fired().stream().map(Fired::text).collect(Collectors.joining("; "))),
                    written.folder(),
                    written.info().firstFinding().isEmpty()
                            ? ""
                            : " (" + written.info().firstFinding() + ")");
            return new Outcome.Written(written.folder(), written.info().firstFinding());
        } catch (IOException e) {
            if (stopping) {
                throw new InterruptedException("closed");
            }
            listener.failed();
            String text = e.toString();
            if (!text.equals(trouble)) {
                trouble = text;
                LOG.warn(
                        "VM \"{}\": {}. No evidence could be written to {}: {}",
                        Printable.line(incident.vm()),
                        Printable.line(
                                incident.fired().stream().map(Fired::text).collect(Collectors.joining("; "))),
                        store.folder(),
                        Printable.line(text));
            }
            return new Outcome.Failed(text);
        }
    }

    /** Stops within about a second; a capture that is being written is not finished, and leaves nothing that is listed. */
    @Override
    public void close() {
        stopping = true;
        thread.interrupt();
        try {
            thread.join(STOP_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
