package org.bhyvescope.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.bhyvescope.hypervisor.Snapshots.HLT;
import static org.bhyvescope.hypervisor.Snapshots.RUNTIME;
import static org.bhyvescope.hypervisor.Snapshots.TOTAL;

import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import org.bhyvescope.decode.StatisticsTable;
import org.bhyvescope.host.HostFacts;
import org.bhyvescope.hypervisor.Reading;
import org.bhyvescope.hypervisor.Reading.Cause;
import org.bhyvescope.hypervisor.Snapshots;
import org.bhyvescope.hypervisor.VmId;
import org.bhyvescope.hypervisor.recording.Moment;
import org.bhyvescope.hypervisor.recording.RecordingFiles;
import org.bhyvescope.hypervisor.recording.RecordingHeader;
import org.bhyvescope.hypervisor.recording.RecordingReader;
import org.bhyvescope.hypervisor.recording.RecordingReader.Opening;
import org.bhyvescope.hypervisor.recording.RecordingWriter;
import org.bhyvescope.metrics.Exposition;
import org.bhyvescope.metrics.VmCollector;
import org.bhyvescope.sampling.Ledger;
import org.bhyvescope.sampling.SampleListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PlayerTest {
    private static final HostFacts HOST =
            new HostFacts(OptionalLong.of(1_000_000_000), OptionalLong.of(1000), OptionalLong.empty());
    private static final RecordingHeader HEADER =
            new RecordingHeader("0", Instant.EPOCH.toString(), HOST.tscHz(), HOST.hz(), HOST.release(), "vmmdev");
    private static final long SECOND = 1_000_000_000;

    @TempDir
    Path directory;

    private final List<String> complaints = new ArrayList<>();
    private long now = 5 * SECOND;

    private static Ledger ledger() {
        return new Ledger(StatisticsTable.load(), HOST);
    }

    /** Everything that is on the board, as the page shows it: counters, rates, peaks, states, errors, resets. */
    private static String page(Ledger ledger) {
        try {
            ByteArrayOutputStream page = new ByteArrayOutputStream();
            MetricSnapshots snapshots = new VmCollector(ledger::board, HOST).collect();
            Exposition.TEXT.write(page, snapshots);
            return ledger.board().listingErrors() + " " + page.toString(StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Notes the page after each thing that was entered. */
    private static List<String> pagesOf(Ledger ledger) {
        List<String> pages = new ArrayList<>();
        ledger.tell(new SampleListener() {
            @Override
            public void accepted(VmId vm, Reading reading) {
                pages.add(page(ledger));
            }

            @Override
            public void listed(List<VmId> vms) {
                // The same list again is not recorded, and changes nothing.
                if (pages.isEmpty() || !pages.get(pages.size() - 1).equals(page(ledger))) {
                    pages.add(page(ledger));
                }
            }

            @Override
            public void listingFailed() {
                pages.add(page(ledger));
            }
        });
        return pages;
    }

    private RecordingReader open(Path file) {
        return ((Opening.Opened) RecordingReader.open(file)).reader();
    }

    private Player player(Path file, Ledger ledger) {
        return new Player(open(file), ledger, name -> !name.equals("hidden"), complaints::add);
    }

    /** A life of VMs that come, go, are made anew, reset, fail, stand still, gain and lose vCPUs, from a seed. */
    private void live(Ledger ledger, Random random) {
        List<VmId> vms = new ArrayList<>(List.of(Snapshots.id("a", 1), Snapshots.id("b", 2)));
        ledger.reconcile(vms);
        long[] counters = new long[3];
        for (int second = 0; second < 400; second++) {
            now += SECOND + random.nextInt(1_000_000);
            switch (random.nextInt(25)) {
                case 0 -> vms.set(0, Snapshots.id("a", random.nextInt(100)));
                case 1 -> vms.removeIf(vm -> vm.name().equals("b"));
                case 2 -> {
                    if (vms.size() < 2) {
                        vms.add(Snapshots.id("b", 2));
                    }
                }
                case 3 -> ledger.listingFailed();
                case 4 -> counters = new long[3];
                default -> {}
            }
            ledger.reconcile(List.copyOf(vms));
            for (VmId vm : vms) {
                if (random.nextInt(6) == 0) {
                    ledger.accept(vm, new Reading.Failure(Cause.TIMEOUT, "no answer"));
                    continue;
                }
                boolean moves = second % 60 < 40;
                String[] table = second < 300 ? new String[] {TOTAL, HLT, RUNTIME} : new String[] {TOTAL, RUNTIME, HLT};
                Snapshots snapshot = Snapshots.of(vm).table(table).wall(1_760_000_000_000L + now / 1_000_000);
                for (int vcpu = 0; vcpu <= random.nextInt(2) + second / 100; vcpu++) {
                    for (int i = 0; i < counters.length; i++) {
                        counters[i] += moves ? random.nextInt(100_000) : 0;
                    }
                    snapshot.atNanos(now + vcpu * 1000L).vcpu(vcpu, counters.clone());
                }
                if (random.nextInt(10) == 0) {
                    snapshot.suspended(0);
                }
                ledger.accept(vm, snapshot.build());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void whatIsPlayedGivesBoardByBoardWhatTheLiveLedgerHad(long seed) throws IOException {
        Path file = directory.resolve("a.jsonl.gz");
        Ledger live = ledger();
        List<String> expected = pagesOf(live);
        RecordingWriter writer =
                new RecordingWriter(RecordingFiles.create(file), HEADER, new RecordingWriter.Flush(SECOND));
        Recorder recorder =
                new Recorder(writer, InstantSource.system(), () -> now, () -> complaints.add("not written"));
        live.tell(recorder);
        live(live, new Random(seed));
        assertThat(recorder.end()).isEmpty();

        Ledger replayed = ledger();
        List<String> pages = pagesOf(replayed);
        player(file, replayed).playAtOnce();

        assertThat(complaints).isEmpty();
        assertThat(pages).hasSizeGreaterThan(500).isEqualTo(expected);
        assertThat(String.join("", pages))
                .contains("bhyve_vm_exit_rate_peak{", "state=\"stalled\"", "bhyve_vm_resets_total");
    }

    private Path recorded(double... seconds) throws IOException {
        Path file = directory.resolve("b.jsonl");
        try (RecordingWriter writer =
                new RecordingWriter(RecordingFiles.create(file), HEADER, RecordingWriter.Flush.EACH_LINE)) {
            writer.listed(List.of(Snapshots.id("web", 1), Snapshots.id("hidden", 2)), new Moment(1, (long)
                    (seconds[0] * SECOND)));
            for (double second : seconds) {
                writer.sample(
                        Snapshots.of("web").at(second).vcpu(0, (long) second).build());
                writer.sample(Snapshots.of(Snapshots.id("hidden", 2))
                        .at(second)
                        .vcpu(0, 1)
                        .build());
            }
        }
        return file;
    }

    private List<Double> waits(Path file, double speed) throws InterruptedException {
        List<Double> waits = new ArrayList<>();
        player(file, ledger()).play(speed, () -> now, nanos -> {
            now += nanos;
            waits.add(nanos / 1e9);
        });
        return waits;
    }

    @Test
    void itIsPlayedInItsOwnTimeOrSoManyTimesAsFast() throws Exception {
        Path file = recorded(10, 11, 13.5, 13.5, 20);
        assertThat(waits(file, 1)).containsExactly(1.0, 2.5, 6.5);
        assertThat(waits(file, 10)).containsExactly(0.1, 0.25, 0.65);
        assertThat(waits(file, 0.5)).containsExactly(2.0, 5.0, 13.0);
    }

    @Test
    void onlyTheWantedVmsArePlayed() throws IOException {
        Ledger ledger = ledger();
        Player player = player(recorded(1, 2, 3), ledger);
        player.playAtOnce();
        assertThat(player.samples()).isEqualTo(3);
        assertThat(ledger.board().vms()).extracting(vm -> vm.name()).containsExactly("web");
    }

    @Test
    void whatCannotBeUsedIsTold() throws IOException {
        Path file = recorded(1);
        Files.writeString(file, Files.readString(file) + "?\n{\"sam");
        player(file, ledger()).playAtOnce();
        assertThat(complaints).hasSize(2);
        assertThat(complaints.get(0)).isEqualTo("line 6: it is not JSON");
        assertThat(complaints.get(1)).startsWith("line 7: the file ends within this line");
    }

    @Test
    void anInterruptEndsIt() throws IOException {
        Player player = player(recorded(1, 2), ledger());
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> player.play(1, () -> now, nanos -> {})).isInstanceOf(InterruptedException.class);
        assertThat(player.samples()).isZero();
    }
}
