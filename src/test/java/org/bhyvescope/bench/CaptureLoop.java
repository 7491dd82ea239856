package org.bhyvescope.bench;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.bhyvescope.capture.CaptureAbout;
import org.bhyvescope.capture.CaptureListener;
import org.bhyvescope.capture.CaptureStore;
import org.bhyvescope.capture.FlightRecorder;
import org.bhyvescope.capture.LastStates;
import org.bhyvescope.decode.StatisticsTable;
import org.bhyvescope.host.HostFacts;
import org.bhyvescope.hypervisor.Dumps;
import org.bhyvescope.hypervisor.Reading;
import org.bhyvescope.hypervisor.Snapshot;
import org.bhyvescope.hypervisor.recording.History;
import org.bhyvescope.os.Children;
import org.bhyvescope.os.Tools;
import org.bhyvescope.sampling.Interval;
import org.bhyvescope.sampling.Ledger;
import org.bhyvescope.sampling.SamplingListener;
import org.bhyvescope.sampling.StateInterval;
import org.bhyvescope.sampling.StateSchedule;
import org.slf4j.LoggerFactory;

/**
 * Child of {@link CaptureBench}: enters a sample of one of 10 VMs of 16 vCPUs each 10 ms, with no capture and while captures of
 * 15 minutes and 16 states are written one after the other. Prints for both the ns by which half, and all but one in a
 * hundred, of the samples were in the books later than they were due; then captures, ns and bytes of one.
 */
final class CaptureLoop {
    private static final int VMS = 10;
    private static final int VCPUS = 16;
    private static final int HISTORY_SECONDS = 900;
    private static final int SAMPLES = 1500;
    private static final long EVERY_NANOS = 10_000_000;

    private final BusyGuests guests = new BusyGuests(VMS, VCPUS);
    private final Ledger ledger = new Ledger(StatisticsTable.load(), HostFacts.NONE);
    private final History history = new History(16L << 20);
    private final AtomicLong clock = new AtomicLong();

    private CaptureLoop() {}

    public static void main(String[] args) throws Exception {
        ((Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)).setLevel(Level.OFF);
        // The launcher's own come first.
        new CaptureLoop().run(Path.of(args[args.length - 1]));
    }

    private void run(Path directory) throws Exception {
        LastStates states = new LastStates();
        for (int second = 0; second < HISTORY_SECONDS; second++) {
            List<Snapshot> all = guests.next();
            if (second == 0) {
                ledger.reconcile(all.stream().map(Snapshot::vm).toList());
                for (int vcpu = 0; vcpu < VCPUS; vcpu++) {
                    states.keep(Dumps.state(all.get(0).vm(), vcpu, 0x78, 0));
                }
            }
            all.forEach(this::enter);
        }
        try (Children children = new Children(System::nanoTime)) {
            FlightRecorder recorder = recorder(directory, states, children);
            String name = ledger.board().vms().get(0).name();
            recorder.captureNow(name, "warm");
            samples();
            long[] alone = samples();
            AtomicBoolean over = new AtomicBoolean();
            AtomicLong captures = new AtomicLong();
            long begun = System.nanoTime();
            Thread writer = new Thread(() -> {
                try {
                    while (!over.get()) {
                        recorder.captureNow(name, "bench");
                        captures.incrementAndGet();
                    }
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            writer.start();
            long[] meanwhile = samples();
            over.set(true);
            writer.join();
            long each = (System.nanoTime() - begun) / captures.get();
            System.out.println(half(alone) + " " + most(alone) + " " + half(meanwhile) + " " + most(meanwhile) + " "
                    + captures.get() + " " + each + " " + bytes(directory) / Math.max(1, folders(directory)));
        }
    }

    private void enter(Snapshot snapshot) {
        clock.set(snapshot.endNanos());
        ledger.accept(snapshot.vm(), (Reading) snapshot);
        history.add(snapshot);
    }

    /** Lateness of each, sorted. */
    private long[] samples() {
        long[] late = new long[SAMPLES];
        long due = System.nanoTime();
        List<Snapshot> round = List.of();
        for (int i = 0; i < SAMPLES; i++) {
            if (i % VMS == 0) {
                round = guests.next();
            }
            due += EVERY_NANOS;
            while (due - System.nanoTime() > 0) {
                LockSupport.parkNanos(due - System.nanoTime());
            }
            enter(round.get(i % VMS));
            late[i] = System.nanoTime() - due;
        }
        Arrays.sort(late);
        return late;
    }

    private static long half(long[] sorted) {
        return sorted[sorted.length / 2];
    }

    private static long most(long[] sorted) {
        return sorted[sorted.length - 1 - sorted.length / 100];
    }

    private FlightRecorder recorder(Path directory, LastStates states, Children children) {
        StateSchedule none = new StateSchedule(
                (vm, vcpu, allowance) -> new Reading.Failure(Reading.Cause.GONE, "none"),
                ledger,
                new StateSchedule.Settings(
                        new StateInterval(Optional.of(Duration.ZERO), false),
                        new Interval(Optional.of(Duration.ofSeconds(1)), 20, false),
                        Duration.ofSeconds(3),
                        OptionalLong.empty()),
                SamplingListener.NOBODY,
                state -> {},
                clock::get);
        return new FlightRecorder(
                new FlightRecorder.Sources(
                        ledger::board,
                        none,
                        states,
                        history,
                        new Tools(Optional.of(directory.resolve("no-tools"))),
                        Optional.empty(),
                        children),
                new CaptureAbout("bench", () -> "bench", HostFacts.NONE, false),
                new CaptureStore(directory.resolve("captures"), 1L << 30, 5, 1),
                CaptureListener.NOBODY,
                InstantSource.system(),
                clock::get);
    }

    private static long bytes(Path directory) throws IOException {
        try (var all = Files.walk(directory)) {
            return all.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }

    private static long folders(Path directory) throws IOException {
        try (var all = Files.list(directory.resolve("captures"))) {
            return all.count();
        }
    }
}
