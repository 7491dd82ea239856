package org.bhyvescope.capture;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
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
import org.bhyvescope.os.Ending;
import org.bhyvescope.os.Gate;
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
    static final long PAUSE_MILLIS = 250;

    /** States are read for so long at one incident; the rest is the schedule's. */
    private static final long LONGEST_LOOK_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** Incidents that may wait to be written. */
    private static final int MAX_OPEN = 16;

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
    private final Deque<Fired> noticed = new ArrayDeque<>();

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
     * @param gate runs those that need root, where this process is not
     * @param children runs them
     */
    public record Sources(
            Supplier<Board> board,
            StateSchedule states,
            LastStates lastStates,
            History history,
            Tools tools,
            Optional<Gate> gate,
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
        this.tools = new HostTools(sources.tools(), sources.gate(), sources.children());
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
        notice();
        while (!noticed.isEmpty()) {
            String vm = noticed.getFirst().vm();
            List<Fired> ofVm = noticed.stream().filter(f -> f.vm().equals(vm)).toList();
            noticed.removeAll(ofVm);
            enter(vm, ofVm);
        }
        for (Incident incident : List.copyOf(open)) {
            if (nanoClock.getAsLong() - incident.openedNanos() >= SETTLE_NANOS) {
                open.remove(incident);
                incident.see(board.get());
                try {
                    write(incident);
                } catch (RuntimeException e) {
                    listener.failed();
                    LOG.error("internal error while evidence of VM {} was written", Printable.line(incident.vm()), e);
                }
            }
        }
    }

    /** Looks at the newest board; what happened is entered later, so that looking at one VM does not hide the others. */
    private void notice() {
        Board now = board.get();
        noticed.addAll(triggers.look(now, wallClock.millis()));
        remember(now);
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

    /** All that happened to one VM at the same time is one incident, or a part of one. */
    private void enter(String vm, List<Fired> fired) throws InterruptedException {
        long nanos = nanoClock.getAsLong();
        Optional<Incident> going = open.stream().filter(i -> i.vm().equals(vm)).findFirst();
        if (going.isPresent()) {
            fired.forEach(each -> limit.kept(vm, each.trigger(), nanos));
            going.get().fired().addAll(fired);
            return;
        }
        Optional<Fired> first = open.size() >= MAX_OPEN
                ? Optional.empty()
                : fired.stream()
                        .filter(each -> limit.allows(vm, each.trigger(), each.routine(), nanos))
                        .findFirst();
        if (first.isEmpty()) {
            for (Fired each : fired) {
                listener.suppressed(each.trigger());
                LOG.info("VM \"{}\": {} (no evidence: too soon)", Printable.line(vm), Printable.line(each.text()));
            }
            return;
        }
        Incident incident = new Incident(first.get(), board.get(), Optional.ofNullable(lastSeen.get(vm)), nanos);
        List<Fired> others = new ArrayList<>(fired);
        others.remove(first.get());
        others.forEach(each -> limit.kept(vm, each.trigger(), nanos));
        incident.fired().addAll(others);
        incident.see(board.get());
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
        long until = nanoClock.getAsLong() + LONGEST_LOOK_NANOS;
        String over = "";
        for (int vcpu : active) {
            if (nanoClock.getAsLong() - until >= 0 && over.isEmpty()) {
                over = "reading the others before it took all the time there is";
            }
            if (!over.isEmpty()) {
                incident.states().add(new Incident.OfVcpu(vcpu, Optional.empty(), 0, over));
                continue;
            }
            OutOfTurn read = states.readNow(vm, vcpu);
            if (read instanceof OutOfTurn.Read got) {
                incident.states()
                        .add(new Incident.OfVcpu(
                                vcpu,
                                Optional.of(got.state().text()),
                                got.state().wallMillis(),
                                ""));
                Thread.sleep(PAUSE_MILLIS);
                notice();
            } else if (read instanceof OutOfTurn.NotRead not) {
                over = not.hangs() ? "one before it did not answer" : "";
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
                    what(incident),
                    written.folder(),
                    written.info().firstFinding().isEmpty()
                                    || written.info().firstFinding().startsWith("note")
                            ? ""
                            : " (" + written.info().firstFinding() + ")");
            return new Outcome.Written(written.folder(), written.info().firstFinding());
        } catch (IOException e) {
            if (stopping) {
                throw new InterruptedException("closed");
            }
            listener.failed();
            String text = e.toString();
            String kind = kind(e);
            if (kind.equals(trouble)) {
                LOG.info(
                        "VM \"{}\": {} (no evidence, for the same reason)",
                        Printable.line(incident.vm()),
                        what(incident));
            } else {
                trouble = kind;
                LOG.warn(
                        "VM \"{}\": {}. No evidence could be written to {}: {}",
                        Printable.line(incident.vm()),
                        what(incident),
                        store.folder(),
                        Printable.line(text));
            }
            return new Outcome.Failed(text);
        }
    }

    /** All that happened, in one line. */
    private static String what(Incident incident) {
        return Printable.line(incident.fired().stream().map(Fired::text).collect(Collectors.joining("; ")));
    }

    /** Without the path, which is another each time. */
    private static String kind(IOException e) {
        String reason = e instanceof FileSystemException file ? file.getReason() : e.getMessage();
        return e.getClass().getName() + ": " + reason;
    }

    /** Stops within about a second; a capture that is being written is not finished, and leaves nothing that is listed. */
    @Override
    public void close() {
        stopping = true;
        Ending.of(thread);
    }
}
