package org.bhyvescope.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The real program records a simulated host, and plays it again. */
class RecordE2eTest {
    private static final Duration LONG = Duration.ofSeconds(60);

    @TempDir
    Path directory;

    private TestHost host;

    @BeforeEach
    void host() throws IOException {
        host = new TestHost(directory, List.of("steady", "sparse"));
    }

    private Program record(String... more) throws IOException {
        List<String> args = new ArrayList<>(List.of("record"));
        args.addAll(host.flags());
        args.addAll(List.of(more));
        return Program.start(directory, args);
    }

    private Program replay(Path file, String... more) throws IOException {
        List<String> args = new ArrayList<>(List.of("agent", "--web.listen-address=127.0.0.1:0", "--replay=" + file));
        args.addAll(List.of(more));
        return Program.start(directory, args);
    }

    /** The lines of a recording that is whole, or was cut. */
    private static List<String> lines(Path file) throws IOException {
        StringBuilder text = new StringBuilder();
        try (var in = file.toString().endsWith(".gz")
                ? new GZIPInputStream(Files.newInputStream(file))
                : Files.newInputStream(file)) {
            byte[] some = new byte[1000];
            for (int n = in.read(some); n >= 0; n = in.read(some)) {
                text.append(new String(some, 0, n, UTF_8));
            }
        } catch (IOException e) {
            // Cut within compressed data, or not there yet: so far it is text.
        }
        return text.toString().lines().toList();
    }

    private static long samples(Path file, String vm) throws IOException {
        return lines(file).stream()
                .filter(line -> line.startsWith("{\"sample\":\"" + vm + "\""))
                .count();
    }

    private static String counters(String page) {
        return page.lines()
                .filter(line -> line.startsWith("bhyve_vcpu_") && line.contains("_total{"))
                .sorted()
                .reduce("", (all, line) -> all + line + "\n");
    }

    /** Killed within a line, it shows what the live agent showed. */
    @ParameterizedTest
    @ValueSource(strings = {"a.jsonl", "a.jsonl.gz"})
    void aRecordingThatWasKilledIsPlayedUpToThereAndShowsWhatTheLiveAgentDid(String name) throws Exception {
        Path file = directory.resolve(name);
        try (Program agent = Program.agent(host);
                Program recorder = record("--output=" + file, "--stats.interval=500ms")) {
            agent.metricsWithRates();
            Program.await(LONG, () -> samples(file, "sparse") > 5 ? true : null);
            host.freeze();
            long frozen = samples(file, "steady");
            // Whole seconds later both have read counters that stand still.
            Program.await(
                    LONG,
                    () -> (samples(file, "steady") > frozen + 8 && samples(file, "sparse") > frozen + 6) ? true : null);
            String live = Program.await(LONG, () -> {
                String page = counters(agent.get("/metrics"));
                Thread.sleep(2500);
                return page.equals(counters(agent.get("/metrics"))) ? page : null;
            });
            recorder.handle().destroyForcibly();
            recorder.exitCode(LONG);
            assertThat(live.lines().count()).isGreaterThan(50);
            if (name.endsWith("jsonl")) {
                Files.writeString(file, Files.readString(file) + "{\"sample\":\"steady\",\"n\":");
            }
            try (Program replay = replay(file, "--replay.speed=max")) {
                replay.metricsWithRates();
                Program.await(LONG, () -> replay.err().contains("its last values stay") ? true : null);
                String played = replay.get("/metrics");
                assertThat(counters(played)).isEqualTo(live);
                assertThat(played).contains("bhyvescope_source_info{source=\"recording\"} 1");
                assertThat(replay.err()).contains("playing " + file, "from bhyvectl by bhyvescope ", name + ", line ");
                assertThat(replay.get("/-/healthy")).isEqualTo(agent.get("/-/healthy"));
                assertThat(replay.get("/-/ready")).isEqualTo(agent.get("/-/ready"));
                assertThat(replay.handle().descendants().count()).isZero();
                replay.signal("TERM");
                assertThat(replay.exitCode(LONG)).isEqualTo(143);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"INT, 130", "TERM, 143"})
    void aSignalEndsItWithAWholeLastLineAndOneLineToRead(String signal, int code) throws Exception {
        Path file = directory.resolve("b.jsonl");
        try (Program recorder = record("--output=" + file, "--vm.include=sparse")) {
            Program.await(LONG, () -> samples(file, "sparse") > 1 ? true : null);
            recorder.signal(signal);
            assertThat(recorder.exitCode(LONG)).isEqualTo(code);
            assertThat(Files.readString(file)).endsWith("}\n");
            assertThat(recorder.out())
                    .isEqualTo("recorded " + samples(file, "sparse") + " samples of 1 VMs, " + Files.size(file)
                            + " bytes: " + file + "\n");
            assertThat(recorder.err()).isEmpty();
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                    .matches("rw-[r-]-----");
        }
    }

    @Test
    void aDurationEndsItAndOncePlaysItAtOnce() throws Exception {
        try (Program recorder = record("--duration=4s")) {
            assertThat(recorder.exitCode(LONG)).as(recorder.err()).isZero();
            Path file;
            try (Stream<Path> files = Files.list(directory)) {
                file = files.filter(
                                path -> path.getFileName().toString().matches("bhyvescope-\\d{8}T\\d{6}Z\\.jsonl\\.gz"))
                        .findFirst()
                        .orElseThrow();
            }
            assertThat(samples(file, "steady")).isGreaterThan(1);
            try (Program once =
                    Program.start(directory, List.of("agent", "--once", "--format=csv", "--replay=" + file))) {
                assertThat(once.exitCode(LONG)).as(once.err()).isZero();
                assertThat(once.err()).isEmpty();
                assertThat(once.out()).contains("\r\nbhyve_vm_exit_rate,steady,,reason=hlt,");
            }
        }
    }

    /** The shell's limit of file sizes stands for a full disk: the JVM is told with an error in both cases. */
    @Test
    void aFullDiskIsToldAndWhatWasWrittenIsReadable() throws Exception {
        Path file = directory.resolve("c.jsonl");
        List<String> command = new ArrayList<>(List.of(
                "bash",
                "-c",
                "trap '' XFSZ; ulimit -f 12; exec \"$@\"",
                "bash",
                Program.LAUNCHER.toString(),
                "record",
                "--stats.interval=200ms",
                "--vm.include=sparse",
                "--output=" + file));
        command.addAll(host.flags());
        try (Program recorder = Program.startOther(directory, command)) {
            assertThat(recorder.exitCode(LONG)).as(recorder.err()).isEqualTo(1);
            assertThat(recorder.err()).startsWith("bhyvescope: " + file + " cannot be written any more (");
            assertThat(recorder.out()).isEmpty();
        }
        try (Program once = Program.start(directory, List.of("agent", "--once", "--replay=" + file))) {
            assertThat(once.exitCode(LONG)).as(once.err()).isZero();
            assertThat(once.out()).contains("\nbhyve_vcpu_exits_total{");
        }
    }

    /** Its own time, twice as fast: some seconds of a recording take half of them. */
    @Test
    void aReplayTakesItsTimeAndKeepsTheClockOfTheRecording() throws Exception {
        Path file = directory.resolve("d.jsonl");
        try (Program recorder = record("--output=" + file, "--duration=8s", "--vm.include=sparse")) {
            assertThat(recorder.exitCode(LONG)).isZero();
        }
        try (Program replay = replay(file, "--replay.speed=2")) {
            Page early = replay.metricsWhen(
                    LONG,
                    page -> page.find("bhyve_vm_last_sample_timestamp_seconds{vm=\"sparse\"}")
                            .isPresent());
            Program.await(LONG, () -> replay.err().contains("its last values stay") ? true : null);
            Page late = replay.metrics();
            String time = "bhyve_vm_last_sample_timestamp_seconds{vm=\"sparse\"}";
            assertThat(late.value(time) - early.value(time)).isBetween(0.5, 8.0);
            assertThat(late.age("sparse")).isGreaterThan(2);
        }
    }
}
