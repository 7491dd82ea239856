package org.bhyvescope.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.bhyvescope.libc.OtherVmm;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A VM that dies under the real agent, on the look-alike of the kernel: processes, kqueue, ioctls, states. */
@Timeout(300)
class CaptureE2eTest {
    private static final Duration LONG = Duration.ofSeconds(60);

    /** Everything of the VM that a replay can show, but for what the clock of the agent decides. */
    private static final List<String> SHOWN = List.of(
            "bhyve_vcpu_exits_total",
            "bhyve_vcpu_exit_reasons_total",
            "bhyve_vcpu_run_seconds_total",
            "bhyve_vm_exit_rate{",
            "bhyve_vm_exit_rate_peak{",
            "bhyve_vcpu_exit_rate{");

    @TempDir
    Path directory = Path.of("");

    private Optional<OtherVmm> kernel = Optional.empty();
    private Path state = Path.of("");

    @BeforeEach
    void host() throws IOException {
        kernel = Optional.of(OtherVmm.in(Files.createDirectory(directory.resolve("kernel"))));
        state = directory.resolve("db");
        Files.createDirectory(directory.resolve("vmm"));
        Files.createFile(directory.resolve("vmm/web"));
        tell(
                "release 14",
                "sysctl kern.osreldate int 1403000",
                "sysctl machdep.tsc_freq long 2000000000",
                "vm web 2",
                "grow web ms 3",
                "reg web 0 0x80080070 0x78",
                "reg web 1 0x80080070 0x88",
                "proc 4711 web start 1795600000 0 vcpus 2");
    }

    private void tell(String... lines) throws IOException {
        kernel.orElseThrow().tell(lines);
    }

    private Map<String, String> environment() {
        return Map.of(
                "BHYVESCOPE_JAVA_OPTS",
                "-Dbhyvescope.libc=" + kernel.orElseThrow().library() + " -Dbhyvescope.tools="
                        + directory.resolve("no-tools"));
    }

    private Program run(String... args) throws IOException {
        return Program.start(directory, List.of(args), environment());
    }

    private Program agent(String... more) throws IOException {
        List<String> args = new ArrayList<>(List.of(
                "agent",
                "--web.listen-address=127.0.0.1:0",
                "--vmm.dir=" + directory.resolve("vmm"),
                "--bhyvectl.path=" + directory.resolve("no-bhyvectl"),
                "--stats.interval=200ms",
                "--state.interval=2s",
                "--state-dir=" + state));
        args.addAll(List.of(more));
        return run(args.toArray(String[]::new));
    }

    private List<Path> captures() throws IOException {
        if (!Files.isDirectory(state.resolve("captures"))) {
            return List.of();
        }
        try (Stream<Path> all = Files.list(state.resolve("captures"))) {
            return all.filter(p -> !String.valueOf(p.getFileName()).startsWith("."))
                    .sorted()
                    .toList();
        }
    }

    /** All counters of the look-alike grow, that of unknown exits, too: that capture comes before. */
    private Optional<Path> ended() throws IOException {
        return captures().stream()
                .filter(path -> path.toString().endsWith("-web-vm_ended"))
                .findFirst();
    }

    private static List<String> shown(String page) {
        return page.lines()
                .filter(line -> SHOWN.stream().anyMatch(line::startsWith))
                .toList();
    }

    @Test
    void aTripleFaultIsKeptAndPlayedAgain() throws Exception {
        try (Program agent = agent()) {
            agent.metricsWhen(
                    LONG,
                    p -> p.is("bhyve_vcpu_last_exit_info{name=\"VMEXIT_ICEBP\",vcpu=\"1\",vm=\"web\"}", 1)
                            && p.value("bhyvescope_samples_total") > 30
                            && p.find("bhyve_vm_process_start_time_seconds{vm=\"web\"}")
                                    .isPresent());
            // It stands still: two scrapes alike are the last word on its rates and peaks.
            tell("grow web ms 0");
            String live = Program.await(LONG, () -> {
                String page = agent.get("/metrics");
                Thread.sleep(1000);
                return shown(page).equals(shown(agent.get("/metrics"))) ? page : null;
            });
            tell("exit 4711 768", "destroy web");
            Files.delete(directory.resolve("vmm/web"));

            Path capture = Program.await(LONG, () -> ended().orElse(null));

            assertThat(capture.resolve("report.txt"))
                    .content()
                    .startsWith("VM \"web\"\n")
                    .contains("exit 3: triple fault", "VMEXIT_ICEBP");
            assertThat(capture.resolve("capture.json"))
                    .content()
                    .contains("\"how\": \"triple_fault\"", "\"waitStatus\": 768", "\"from\": \"schedule\"");
            assertThat(capture.resolve("vcpu0.txt")).content().contains("exit_reason[0]");
            assertThat(capture.resolve("vcpu1.txt")).content().contains("exit_reason[1]\t\t0x88");
            assertThat(agent.err()).contains("bhyve ended: exit 3: triple fault", capture.toString());
            Page after = agent.metricsWhen(LONG, p -> p.is("bhyvescope_captures_total{trigger=\"vm_ended\"}", 1));
            assertThat(after.value("bhyve_vm_ends_total{how=\"triple_fault\",vm=\"web\"}"))
                    .isEqualTo(1);

            try (Program replay = run("agent", "--once", "--replay=" + capture.resolve("samples.jsonl"))) {
                assertThat(replay.exitCode(LONG)).isZero();
                assertThat(shown(live)).isNotEmpty();
                assertThat(shown(replay.out())).isEqualTo(shown(live));
            }
        }
        assertThat(kernel.orElseThrow().log()).noneMatch(line -> line.contains("VIOLATION"));
        try (Program list = run("captures", "--state-dir=" + state)) {
            assertThat(list.exitCode(LONG)).isZero();
            assertThat(list.out()).contains("-web-vm_ended", "triple fault");
        }
        try (Program show = run("captures", "show", "--state-dir=" + state)) {
            assertThat(show.exitCode(LONG)).isZero();
            assertThat(show.out()).contains("samples.jsonl", "VM \"web\"", "VMEXIT_ICEBP");
        }
    }

    @Test
    void anAgentThatIsKilledWhileItWritesLeavesNothingThatIsListed() throws Exception {
        try (Program agent = agent()) {
            agent.metricsWhen(
                    LONG,
                    p -> p.find("bhyve_vm_process_start_time_seconds{vm=\"web\"}")
                            .isPresent());
            tell("exit 4711 6");
            // At any moment of the writing: as soon as something is there.
            Program.await(LONG, () -> {
                try (Stream<Path> all = Files.list(state.resolve("captures"))) {
                    return all.findAny().orElse(null);
                } catch (IOException e) {
                    return null;
                }
            });
            agent.handle().destroyForcibly();
            agent.exitCode(LONG);
        }
        List<Path> whole = captures();
        assertThat(whole).allMatch(path -> Files.isRegularFile(path.resolve("report.txt")));

        try (Program agent = agent()) {
            agent.metricsWhen(LONG, p -> p.value("bhyvescope_samples_total") > 5);
            Program.await(LONG, () -> {
                try (Stream<Path> all = Files.list(state.resolve("captures"))) {
                    return all.noneMatch(
                                    path -> String.valueOf(path.getFileName()).startsWith("."))
                            ? true
                            : null;
                }
            });
        }
    }

    @Test
    void onRequestALivingVmIsKept() throws Exception {
        try (Program capture = run(
                "capture",
                "web",
                "--duration=3s",
                "--vmm.dir=" + directory.resolve("vmm"),
                "--bhyvectl.path=" + directory.resolve("no-bhyvectl"),
                "--state-dir=" + state)) {
            assertThat(capture.exitCode(LONG)).as(capture.err()).isZero();
            assertThat(capture.out()).contains(captures().get(0).toString());
        }
        assertThat(captures().get(0).resolve("capture.json"))
                .content()
                .contains("\"from\": \"now\"", "\"trigger\": \"manual\"", "\"pid\": 4711");
        assertThat(captures().get(0).resolve("vcpu0.txt")).content().contains("exit_reason[0]");

        try (Program capture = run("capture", "nobody", "--vmm.dir=" + directory.resolve("vmm"))) {
            assertThat(capture.exitCode(LONG)).isEqualTo(1);
            assertThat(capture.err()).contains("there is no VM \"nobody\"");
        }
    }
}
