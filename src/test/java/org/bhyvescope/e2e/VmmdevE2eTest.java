package org.bhyvescope.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.bhyvescope.libc.OtherVmm;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The real agent with the look-alike of the kernel's module as its C library. */
@Timeout(300)
class VmmdevE2eTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final String SOURCE = "bhyvescope_source_info{source=\"%s\"}";

    @TempDir
    Path directory = Path.of("");

    private final List<String> script = new ArrayList<>();
    private Path stateDir = Path.of("");
    private @Nullable OtherVmm kernel;

    @BeforeEach
    void host() throws IOException {
        kernel = OtherVmm.in(Files.createDirectory(directory.resolve("kernel")));
        stateDir = Files.createDirectory(directory.resolve("db"));
        Files.createDirectory(directory.resolve("vmm"));
    }

    private OtherVmm kernel() {
        return Objects.requireNonNull(kernel);
    }

    /** Adds lines to the host's script. */
    private void tell(String... lines) throws IOException {
        script.addAll(List.of(lines));
        kernel().tell(lines);
    }

    /** Takes a line back: the look-alike of a new process reads the script from its beginning. */
    private void takeBack(String line) throws IOException {
        script.remove(line);
        kernel().anew(script.toArray(String[]::new));
    }

    /** A host of a release, with one VM of two vCPUs that runs. */
    private void start(String release, long osreldate) throws IOException {
        tell(
                "release " + release,
                "sysctl kern.osreldate int " + osreldate,
                "sysctl kern.hz int 1000",
                "sysctl machdep.tsc_freq long 2000000000",
                "sysctl hw.model text Look-alike CPU",
                "sysctl hw.vmm.ppt.devices int 1",
                "ppt 0 pci0:3:0:0 0x1002 0x73af 0x030000",
                "irqs 4",
                "vm web 2",
                "grow web ms 3");
        Files.createFile(directory.resolve("vmm/web"));
    }

    private Program agent(String... more) throws IOException {
        return agent(Map.of(), more);
    }

    private Program agent(Map<String, String> further, String... more) throws IOException {
        Map<String, String> environment = new HashMap<>(environment());
        environment.putAll(further);
        List<String> args = new ArrayList<>(List.of(
                "agent",
                "--web.listen-address=127.0.0.1:0",
                "--vmm.dir=" + directory.resolve("vmm"),
                "--bhyvectl.path=" + directory.resolve("no-bhyvectl"),
                "--state-dir=" + stateDir));
        if (Stream.of(more).noneMatch(flag -> flag.startsWith("--state.interval"))) {
            args.add("--state.interval=0");
        }
        args.addAll(List.of(more));
        return Program.start(directory, args, environment);
    }

    private Map<String, String> environment() {
        return Map.of(
                "BHYVESCOPE_JAVA_OPTS",
                "-Dbhyvescope.libc=" + kernel().library() + " -Dbhyvescope.tools=" + directory.resolve("no-tools"));
    }

    private static boolean reads(Page page, String source) {
        return page.is(SOURCE.formatted(source), 1);
    }

    @Test
    void autoReadsTheKernelDirectlyAndStartsNoProcess() throws Exception {
        start("14", 1_403_000);
        try (Program agent = agent()) {
            Page page = agent.metricsWhen(
                    LONG, p -> p.toString().contains("\nbhyve_vm_exit_rate{") && p.is("bhyve_host_ppt_devices", 1));

            assertThat(reads(page, "vmmdev")).isTrue();
            assertThat(page.value("bhyvescope_forks_total")).isZero();
            assertThat(page.value("bhyve_host_info{model=\"Look-alike CPU\",release=\"14.3\",vendor=\"amd\"}"))
                    .isEqualTo(1);
            assertThat(page.value("bhyve_vcpu_exits_total{vcpu=\"0\",vm=\"web\"}"))
                    .isPositive();
            assertThat(page.value("bhyve_vcpu_exits_total{vcpu=\"1\",vm=\"web\"}"))
                    .isPositive();
            assertThat(agent.err()).contains("source vmmdev").doesNotContain("WARN");
        }
        assertThat(kernel().log()).isNotEmpty().noneMatch(line -> line.contains("VIOLATION"));
    }

    @Test
    void whereReadingLocksAutoTakesProcessesAndSaysWhy() throws Exception {
        start("15", 1_500_068);
        try (Program agent = agent()) {
            agent.metricsWhen(LONG, p -> reads(p, "bhyvectl") && p.is("bhyve_host_ppt_devices", 1));

            assertThat(agent.err()).contains("source bhyvectl: FreeBSD 15 and later lock a vCPU");
        }
        assertThat(kernel().log()).noneMatch(line -> line.contains("VM_"));
    }

    @Test
    void aKernelWithAnUnknownCallMakesAutoTurnToProcesses() throws Exception {
        start("14", 1_403_000);
        tell("error VM_STATS 25 0 -1");
        try (Program agent = agent()) {
            agent.metricsWhen(LONG, p -> reads(p, "bhyvectl"));

            assertThat(agent.err())
                    .contains("source bhyvectl from now on, not vmmdev: VM_STATS")
                    .contains("ENOTTY (25)");
        }
    }

    /** One locking call per reading after the first, in a process apart, and no bhyvectl. */
    @Test
    void statesAreReadInAProcessApart() throws Exception {
        start("14", 1_403_000);
        tell("reg web 0 0x80080070 0x78", "reg web 1 0x80080070 0x88", "cap web 0 0 1", "rtc web 1700000000");
        try (Program agent = agent("--state.interval=1s", "--stats.interval=250ms")) {
            Page page = agent.metricsWhen(
                    LONG,
                    p -> p.is("bhyve_vcpu_last_exit_info{name=\"VMEXIT_HLT\",vcpu=\"0\",vm=\"web\"}", 1)
                            && p.is("bhyve_vcpu_last_exit_info{name=\"VMEXIT_ICEBP\",vcpu=\"1\",vm=\"web\"}", 1)
                            && p.value("bhyvescope_locking_reads_total") >= 2 * 12 + 2
                            && p.value("bhyvescope_samples_total") > 25);

            assertThat(page.is("bhyve_vcpu_capability{capability=\"hlt_exit\",vcpu=\"0\",vm=\"web\"}", 1))
                    .isTrue();
            assertThat(page.find("bhyve_vm_rtc_offset_seconds{vm=\"web\"}")).isPresent();
            assertThat(page.value("bhyvescope_forks_total")).as("one reader").isEqualTo(1);
            assertThat(reads(page, "vmmdev")).isTrue();
        }
        assertThat(kernel().log()).noneMatch(line -> line.contains("VIOLATION"));
    }

    /** FreeBSD 15: its statistics never come. */
    @Test
    void aVmWhoseReaderHangsHoldsUpNobody() throws Exception {
        start("15", 1_500_068);
        tell("vm web2 1", "grow web2 ms 3");
        Files.createFile(directory.resolve("vmm/web2"));
        try (Program agent = agent("--source=vmmdev", "--stats.interval=500ms", "--read.timeout=1s")) {
            agent.metricsWhen(
                    LONG,
                    p -> p.find("bhyve_vcpu_exits_total{vcpu=\"0\",vm=\"web\"}").isPresent()
                            && p.find("bhyve_vcpu_exits_total{vcpu=\"0\",vm=\"web2\"}")
                                    .isPresent());
            tell("hang VM_STATS web");

            Page page = agent.metricsWhen(
                    LONG,
                    p -> p.find("bhyvescope_read_errors_total{cause=\"timeout\",vm=\"web\"}")
                            .isPresent());

            assertThat(page.age("web2")).isLessThan(10);
            assertThat(page.value("bhyvescope_abandoned_children")).as("killed").isZero();
            assertThat(reads(page, "vmmdev")).isTrue();
            tell("hang VM_STATS web");
            long before = System.nanoTime();
            agent.signal("TERM");
            agent.exitCode(LONG);
            assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(30));
        }
    }

    @Test
    void aVmThatIsCreatedAnewUnderItsNameIsAnotherOne() throws Exception {
        start("14", 1_403_000);
        try (Program agent = agent()) {
            agent.metricsWhen(
                    LONG,
                    p -> p.find("bhyve_vcpu_exits_total{vcpu=\"1\",vm=\"web\"}").isPresent());
            tell("destroy web");
            Files.delete(directory.resolve("vmm/web"));
            agent.metricsWhen(LONG, p -> !p.toString().contains("vm=\"web\""));
            tell("vm web 1");
            Files.createFile(directory.resolve("vmm/web"));

            Page page = agent.metricsWhen(
                    LONG,
                    p -> p.find("bhyve_vcpu_exits_total{vcpu=\"0\",vm=\"web\"}").isPresent());
            assertThat(page.find("bhyve_vcpu_exits_total{vcpu=\"1\",vm=\"web\"}"))
                    .isEmpty();
            assertThat(reads(page, "vmmdev")).isTrue();
        }
    }

    private List<Path> crashReports() throws IOException {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(stateDir, "hs_err*")) {
            files.forEach(found::add);
        }
        return found;
    }

    @Test
    void afterACrashInNativeCodeTheNextStartTakesProcessesUntilItWasLookedAt() throws Exception {
        start("14", 1_403_000);
        try (Program agent = agent()) {
            agent.metricsWhen(
                    LONG,
                    p -> p.find("bhyve_vcpu_exits_total{vcpu=\"0\",vm=\"web\"}").isPresent());
            tell("crash VM_STATS");
            assertThat(agent.exitCode(LONG)).isNotZero();
        }
        assertThat(crashReports()).hasSize(1);
        String report = crashReports().get(0).toString();
        takeBack("crash VM_STATS");
        for (String source : List.of("auto", "vmmdev")) {
            try (Program agent = agent("--source=" + source)) {
                agent.metricsWhen(LONG, p -> reads(p, "bhyvectl"));
                assertThat(agent.err())
                        .contains("source bhyvectl: an earlier run crashed in native code; look at " + report);
            }
        }
        Files.delete(Path.of(report));
        try (Program agent = agent()) {
            agent.metricsWhen(LONG, p -> reads(p, "vmmdev"));
        }
    }

    /** FreeBSD 14: its registers crash the reader. The states are bhyvectl's from then on, and the statistics go on. */
    @Test
    void aReaderThatCrashedIsNotStartedAgain() throws Exception {
        start("14", 1_403_000);
        tell("crash VM_GET_REGISTER_SET");
        try (Program agent = agent("--state.interval=1s", "--stats.interval=250ms")) {
            Page page = agent.metricsWhen(
                    LONG,
                    p -> p.find("bhyvescope_read_errors_total{cause=\"state_not_started\",vm=\"web\"}")
                            .isPresent());

            assertThat(reads(page, "vmmdev")).isTrue();
            assertThat(agent.err()).contains("states by bhyvectl from now on: a reader has crashed in native code");
            assertThat(crashReports()).hasSize(1);
        }
    }

    @Test
    void aKillIsNoCrash() throws Exception {
        start("14", 1_403_000);
        try (Program agent = agent()) {
            agent.metricsWhen(
                    LONG,
                    p -> p.find("bhyve_vcpu_exits_total{vcpu=\"0\",vm=\"web\"}").isPresent());
            agent.signal("KILL");
            agent.exitCode(LONG);
        }
        assertThat(crashReports()).isEmpty();
        try (Program agent = agent()) {
            agent.metricsWhen(LONG, p -> reads(p, "vmmdev"));
        }
    }

    /** Every Java of this machine, since the newer ones warn about native access. */
    @Test
    void noJavaWarnsAboutNativeAccess() throws Exception {
        start("14", 1_403_000);
        List<Path> homes = new ArrayList<>();
        Path all = Path.of("/usr/lib/jvm");
        assumeTrue(Files.isDirectory(all), "no " + all);
        try (Stream<Path> entries = Files.list(all)) {
            entries.filter(home -> Files.isExecutable(home.resolve("bin/java"))).forEach(homes::add);
        }
        for (Path home : homes) {
            try (Program agent = agent(Map.of("BHYVESCOPE_JAVA_HOME", home.toString()))) {
                agent.metricsWhen(
                        LONG,
                        p -> reads(p, "vmmdev")
                                && p.find("bhyve_vcpu_exits_total{vcpu=\"0\",vm=\"web\"}")
                                        .isPresent());
                assertThat(agent.err() + agent.out()).as("%s", home).doesNotContainIgnoringCase("warning");
            }
        }
    }

    @Test
    void checkSaysWhichSourceAndThatItWasNotRunOnFreeBsd() throws Exception {
        start("14", 1_403_000);
        List<String> args = List.of(
                "check",
                "--web.listen-address=127.0.0.1:0",
                "--vmm.dir=" + directory.resolve("vmm"),
                "--bhyvectl.path=" + directory.resolve("no-bhyvectl"),
                "--state-dir=" + stateDir,
                "--state.interval=0");
        try (Program check = Program.start(directory, args, environment())) {
            assertThat(check.exitCode(LONG)).as(check.out()).isZero();
            assertThat(check.out())
                    .contains("ok    VM web: amd, active vCPUs 0, 1")
                    .contains("ok    source: vmmdev")
                    .contains("not run on FreeBSD")
                    .contains("ok    CPU: Look-alike CPU");
        }
    }
}
