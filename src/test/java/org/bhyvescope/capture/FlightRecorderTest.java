package org.bhyvescope.capture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.bhyvescope.decode.StatisticsTable;
import org.bhyvescope.host.HostFacts;
import org.bhyvescope.host.Iommu;
import org.bhyvescope.host.VmEnd;
import org.bhyvescope.hypervisor.Dumps;
import org.bhyvescope.hypervisor.Reading;
import org.bhyvescope.hypervisor.Snapshot;
import org.bhyvescope.hypervisor.Snapshots;
import org.bhyvescope.hypervisor.StateReading;
import org.bhyvescope.hypervisor.StateSource;
import org.bhyvescope.hypervisor.VmId;
import org.bhyvescope.hypervisor.recording.History;
import org.bhyvescope.hypervisor.recording.Recorded;
import org.bhyvescope.hypervisor.recording.RecordingReader;
import org.bhyvescope.metrics.TestVm;
import org.bhyvescope.os.Allowance;
import org.bhyvescope.os.Children;
import org.bhyvescope.os.Tools;
import org.bhyvescope.sampling.HostView;
import org.bhyvescope.sampling.HostViews;
import org.bhyvescope.sampling.Interval;
import org.bhyvescope.sampling.Ledger;
import org.bhyvescope.sampling.SampleListener;
import org.bhyvescope.sampling.SamplingListener;
import org.bhyvescope.sampling.StateInterval;
import org.bhyvescope.sampling.StateSchedule;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** With its real thread, real files and look-alike tools. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FlightRecorderTest {
    private static final String TOTAL = "total number of vm exits";
    private static final long WALL = 1_790_000_000_000L;

    @TempDir
    private Path directory;

    private final Ledger ledger = new Ledger(StatisticsTable.load(), TestVm.HOST);
    private final TestVm vm = new TestVm("vm", TestVm.AMD_14).active(0, 1).topology(1, 2, 1);
    private final History history = new History(1 << 20);
    private final LastStates lastStates = new LastStates();
    private final States states = new States();
    private final Counts counts = new Counts();
    private final Children children = new Children(System::nanoTime);
    private double second;
    private Path tools = Path.of("/nonexistent");
    private Path captures = Path.of("/nonexistent");
    private FlightRecorder recorder = recorder(true);

    private static final class States implements StateSource {
        private final ConcurrentLinkedQueue<Integer> asked = new ConcurrentLinkedQueue<>();
        private volatile boolean hangs;

        @Override
        public StateReading readState(VmId vm, int vcpu, Allowance allowance) {
            asked.add(vcpu);
            if (hangs) {
                return new Reading.Failure(Reading.Cause.TIMEOUT, "no answer");
            }
            return Dumps.state(vm, vcpu, 0x400, WALL);
        }
    }

    private static final class Counts implements CaptureListener {
        private final ConcurrentLinkedQueue<Trigger> captured = new ConcurrentLinkedQueue<>();
        private final ConcurrentLinkedQueue<Trigger> suppressed = new ConcurrentLinkedQueue<>();
        private final ConcurrentLinkedQueue<String> failed = new ConcurrentLinkedQueue<>();

        @Override
        public void captured(Trigger trigger) {
            captured.add(trigger);
        }

        @Override
        public void suppressed(Trigger trigger) {
            suppressed.add(trigger);
        }

        @Override
        public void failed() {
            failed.add("");
        }
    }

    private FlightRecorder recorder(boolean statesOn) {
        StateSchedule schedule = new StateSchedule(
                states,
                ledger,
                new StateSchedule.Settings(
                        new StateInterval(Optional.of(statesOn ? Duration.ofMinutes(1) : Duration.ZERO), false),
                        new Interval(Optional.of(Duration.ofSeconds(1)), 20, false),
                        Duration.ofSeconds(3),
                        OptionalLong.empty()),
                SamplingListener.NOBODY,
                lastStates::keep,
                () -> (long) (second * 1e9) + 1_000_000);
        return new FlightRecorder(
                new FlightRecorder.Sources(
                        ledger::board,
                        schedule,
                        lastStates,
                        history,
                        new Tools(Optional.of(tools)),
                        Optional.empty(),
                        children),
                new CaptureAbout("test", () -> "bhyvectl", HostFacts.NONE, false),
                new CaptureStore(captures, 10 << 20, 5, ProcessHandle.current().pid()),
                counts,
                InstantSource.system(),
                System::nanoTime);
    }

    @BeforeEach
    void live() throws IOException {
        captures = directory.resolve("state").resolve("captures");
        tools = Files.createDirectory(directory.resolve("tools"));
        for (String tool : List.of("dmesg", "vmstat", "sysctl", "pciconf", "procstat")) {
            Path program = Files.writeString(
                    tools.resolve(tool), "#!/bin/sh\necho \"" + tool + " $*: mem 0xf7d00000-0xf7dfffff at\"\n");
            Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        recorder = recorder(true);
        ledger.tell(new SampleListener() {
            @Override
            public void accepted(VmId id, Reading reading) {
                if (reading instanceof Snapshot snapshot) {
                    history.add(snapshot);
                }
            }

            @Override
            public void listed(List<VmId> vms) {}
        });
        ledger.reconcile(List.of(vm.id()));
        for (int i = 0; i < 10; i++) {
            sample();
        }
    }

    @AfterEach
    void close() {
        recorder.close();
        children.close();
    }

    /** The samples' clock is the system's, or the history would seem old. */
    private void sample() {
        second = System.nanoTime() / 1e9;
        for (int vcpu = 0; vcpu < 2; vcpu++) {
            vm.add(vcpu, TOTAL, 100).add(vcpu, "vcpu total runtime", 1_000_000_000L);
        }
        vm.read(ledger, second);
    }

    private void end(VmEnd end, long number) {
        ledger.acceptHost(new HostView(
                Map.of(),
                Map.of("vm", HostViews.life(end, number, List.of())),
                true,
                List.of(new HostView.Ppt(HostViews.card(), "vm", Optional.empty())),
                Iommu.NONE,
                Map.of()));
    }

    private static <T> T await(Supplier<Optional<T>> what) throws InterruptedException {
        Optional<T> found = what.get();
        while (found.isEmpty()) {
            Thread.sleep(20);
            found = what.get();
        }
        return found.get();
    }

    private Optional<Path> newest() {
        return folders().stream().findFirst();
    }

    private List<Path> folders() {
        try (Stream<Path> all = Files.list(captures)) {
            return all.filter(p -> !String.valueOf(p.getFileName()).startsWith("."))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    private static CaptureInfo info(Path capture) throws IOException {
        return Objects.requireNonNull(CaptureInfo.parse(Files.readString(capture.resolve("capture.json"))));
    }

    @Test
    void anEndIsKeptWithWhatWasKnown() throws Exception {
        lastStates.keep(Dumps.state(vm.id(), 0, 0x400, WALL));
        recorder.start();
        end(new VmEnd(VmEnd.How.TRIPLE_FAULT, OptionalInt.of(768), "exit 3: triple fault"), 1);

        Path capture = await(this::newest);

        CaptureInfo info = info(capture);
        assertThat(info.triggers()).extracting(CaptureInfo.What::trigger).containsExactly("vm_ended");
        assertThat(info.end()).isNotNull();
        assertThat(info.routine()).isFalse();
        assertThat(info.samples()).isNotNull();
        assertThat(info.host().ppt()).extracting(CaptureInfo.Device::device).containsExactly("ppt0");
        assertThat(info.states()).extracting(CaptureInfo.State::vcpu).contains(0);
        assertThat(capture.resolve("vcpu0.txt")).content().contains("exit_reason[0]");
        assertThat(capture.resolve("report.txt"))
                .content()
                .startsWith("VM \"vm\"\n")
                .contains("vm_ended: bhyve ended: exit 3: triple fault");
        assertThat(capture.resolve("dmesg.txt")).hasContent("dmesg : mem [left out] at");
        assertThat(capture.resolve("pciconf-ppt0.txt")).content().contains("pci0:3:0:0");
        assertThat(samples(capture)).isGreaterThanOrEqualTo(10);
        await(() -> counts.captured.contains(Trigger.VM_ENDED) ? Optional.of(true) : Optional.empty());
    }

    /** A guest that shuts down is suspended first; that must not make it look like a crash. */
    @Test
    void aShutdownIsRoutineAndWhatComesInItsNextLifeIsNotInIt() throws Exception {
        recorder.start();
        Thread.sleep(600);
        vm.suspended(0, 1);
        sample();
        Thread.sleep(600);
        end(new VmEnd(VmEnd.How.POWEROFF, OptionalInt.of(256), "exit 1"), 1);
        VmId next = Snapshots.id("vm", 999);
        ledger.reconcile(List.of(next));
        ledger.accept(
                next, Snapshots.of(next).at(System.nanoTime() / 1e9).vcpu(0, 5).build());

        Path capture = await(this::newest);

        CaptureInfo info = info(capture);
        assertThat(info.triggers()).extracting(CaptureInfo.What::trigger).containsExactly("suspended", "vm_ended");
        assertThat(info.routine()).isTrue();
        assertThat(info.state()).isEqualTo("suspended");
        try (RecordingReader reader =
                ((RecordingReader.Opening.Opened) RecordingReader.open(capture.resolve("samples.jsonl"))).reader()) {
            while (reader.hasNext()) {
                if (reader.next() instanceof Recorded.Sample each) {
                    assertThat(each.snapshot().vm()).isEqualTo(vm.id());
                }
            }
        }
    }

    /** vm-bhyve destroys a VM as soon as its bhyve has ended. */
    @Test
    void aVmThatIsGoneByThenHasItsLastStatesAndSamplesAllTheSame() throws Exception {
        lastStates.keep(Dumps.state(vm.id(), 1, 0x400, WALL));
        end(VmEnd.unseen(), 0);
        recorder.start();
        Thread.sleep(600);
        ledger.reconcile(List.of());
        end(new VmEnd(VmEnd.How.SIGNAL, OptionalInt.of(6), "signal 6"), 1);

        Path capture = await(this::newest);

        CaptureInfo info = info(capture);
        assertThat(info.states()).extracting(CaptureInfo.State::file).containsExactly("", "vcpu1.txt");
        assertThat(info.states().get(1).from()).isEqualTo("schedule");
        assertThat(info.state()).isNotEqualTo("unknown");
        assertThat(samples(capture)).isGreaterThanOrEqualTo(10);
    }

    private static long samples(Path capture) throws IOException {
        RecordingReader.Opening opening = RecordingReader.open(capture.resolve("samples.jsonl"));
        assertThat(opening).isInstanceOf(RecordingReader.Opening.Opened.class);
        long samples = 0;
        try (RecordingReader reader = ((RecordingReader.Opening.Opened) opening).reader()) {
            while (reader.hasNext()) {
                Recorded next = reader.next();
                assertThat(next).isNotInstanceOfAny(Recorded.Refused.class, Recorded.Cut.class);
                samples += next instanceof Recorded.Sample ? 1 : 0;
            }
        }
        return samples;
    }

    @Test
    void onRequestStatesThatMayBeReadAreReadAfterWhatLocksNothing() throws Exception {
        ledger.acceptHost(HostViews.everything());
        sample();

        FlightRecorder.Outcome outcome = recorder.captureNow("vm", "asked for");

        assertThat(outcome).isInstanceOf(FlightRecorder.Outcome.Written.class);
        Path capture = ((FlightRecorder.Outcome.Written) outcome).folder();
        assertThat(states.asked).containsExactly(0, 1);
        assertThat(info(capture).states()).extracting(CaptureInfo.State::from).containsExactly("now", "now");
        assertThat(capture.resolve("procstat-kk.txt")).content().contains("procstat -kk 4711");
        assertThat(capture.resolve("vcpu1.txt"))
                .content()
                .contains("exit_reason[1]")
                .as("addresses of the host")
                .doesNotContain("rvi/npt", "msr_bitmap[");
        CaptureInfo.Bhyve process = info(capture).process();
        assertThat(process).isNotNull();
    }

    @Test
    void afterAReaderThatDoesNotAnswerNoOtherIsAsked() throws Exception {
        states.hangs = true;
        sample();

        Path capture = ((FlightRecorder.Outcome.Written) recorder.captureNow("vm", "asked for")).folder();

        assertThat(states.asked).containsExactly(0);
        assertThat(info(capture).states())
                .extracting(CaptureInfo.State::why)
                .containsExactly("no answer", "one before it did not answer");
    }

    @Test
    void whereStatesAreTurnedOffNoneIsRead() throws Exception {
        recorder = recorder(false);
        FlightRecorder.Outcome outcome = recorder.captureNow("vm", "asked for");

        Path capture = ((FlightRecorder.Outcome.Written) outcome).folder();
        assertThat(states.asked).isEmpty();
        assertThat(info(capture).states())
                .extracting(CaptureInfo.State::why)
                .containsOnly("states are turned off (--state.interval=0)");
    }

    @Test
    void toolsThatAreMissingHangOrFailAreMissingAlone() throws Exception {
        Files.delete(tools.resolve("dmesg"));
        Files.writeString(tools.resolve("vmstat"), "#!/bin/sh\nexec sleep 60\n");
        Files.writeString(tools.resolve("sysctl"), "#!/bin/sh\necho no such thing >&2; exit 1\n");

        Path capture = ((FlightRecorder.Outcome.Written) recorder.captureNow("vm", "asked for")).folder();

        assertThat(info(capture).files())
                .filteredOn(part -> !part.why().isEmpty())
                .extracting(CaptureInfo.Part::name)
                .containsExactly("dmesg.txt", "vmstat-i.txt", "sysctl-vmm.txt");
        assertThat(capture.resolve("report.txt")).content().contains("missing: vmstat-i.txt", "no such thing");
        assertThat(capture.resolve("dmesg.txt")).doesNotExist();
    }

    @Test
    void whereNothingCanBeWrittenItIsCountedLoggedOnceAndGoesOn() throws Exception {
        Files.createDirectories(captures.getParent());
        Files.writeString(captures, "in the way");
        recorder.start();
        end(new VmEnd(VmEnd.How.HALT, OptionalInt.of(512), "exit 2"), 1);
        await(() -> counts.failed.isEmpty() ? Optional.empty() : Optional.of(true));
        assertThat(folders()).isEmpty();

        Files.delete(captures);
        assertThat(recorder.captureNow("vm", "asked for")).isInstanceOf(FlightRecorder.Outcome.Written.class);
    }

    @Test
    void aThousandTriggersLeaveFewCapturesAndTheRestIsCounted() throws Exception {
        recorder.start();
        for (int i = 1; i <= 200; i++) {
            end(new VmEnd(VmEnd.How.ERROR, OptionalInt.of(1024), "exit 4"), i);
            Thread.sleep(5);
        }
        await(() -> counts.captured.isEmpty() ? Optional.empty() : Optional.of(true));
        end(new VmEnd(VmEnd.How.ERROR, OptionalInt.of(1024), "exit 4"), 201);
        await(() -> counts.suppressed.isEmpty() ? Optional.empty() : Optional.of(true));
        assertThat(folders()).hasSize(1);
    }
}
