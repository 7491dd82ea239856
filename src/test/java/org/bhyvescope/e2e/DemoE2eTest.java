package org.bhyvescope.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code bhyvescope demo}, as {@code make demo} starts it. */
class DemoE2eTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final Pattern FOLDER = Pattern.compile("A simulated host in (\\S+),");

    @TempDir
    Path directory;

    /** One that is killed leaves its directory behind. */
    private static void end(Program demo) throws Exception {
        demo.signal("INT");
        assertThat(demo.exitCode(Duration.ofSeconds(10))).isEqualTo(130);
    }

    @Test
    void itShowsRatesAndCtrlCLeavesNothingBehind() throws Exception {
        try (Program demo = Program.start(directory, List.of("demo", "--web.listen-address=127.0.0.1:0"))) {
            String page = Program.await(LONG, () -> {
                String now = demo.get("/metrics");
                return now.contains("bhyve_vm_exit_rate{reason=\"instruction_emulation\",vm=\"win-gpu\"}") ? now : null;
            });
            assertThat(page)
                    .contains("bhyve_vm_info{topology=\"1x4x2\",vendor=\"amd\",vm=\"win-gpu\"} 1")
                    .contains("bhyve_vm_info{topology=\"1x2x1\",vendor=\"intel\",vm=\"linux-idle\"} 1");
            Program.await(LONG, () -> demo.out().contains("win-gpu     running") ? true : null);
            Matcher folder = FOLDER.matcher(demo.out());
            assertThat(folder.find()).isTrue();
            assertThat(Path.of(folder.group(1))).exists();
            List<ProcessHandle> children = demo.handle().descendants().toList();
            end(demo);
            assertThat(Path.of(folder.group(1))).doesNotExist();
            Program.await(LONG, () -> children.stream().noneMatch(ProcessHandle::isAlive) ? true : null);
        }
        try (var left = Files.list(directory)) {
            assertThat(left).allMatch(file -> file.getFileName().toString().startsWith("program"));
        }
    }

    @Test
    void itShowsTheStatesAndStateExplainsOneOfItsVms() throws Exception {
        List<String> args = List.of("demo", "--no-prometheus", "--web.listen-address=127.0.0.1:0");
        try (Program demo = Program.start(directory, args)) {
            Page page = demo.metricsWhen(
                    LONG,
                    now -> now.find("bhyve_vm_rtc_offset_seconds{vm=\"win-gpu\"}")
                                    .isPresent()
                            && now.toString().contains("\nbhyve_vcpu_last_exit_info{name=")
                            && now.find("bhyve_vm_rtc_offset_seconds{vm=\"linux-idle\"}")
                                    .isPresent());
            assertThat(page.value("bhyve_vm_rtc_offset_seconds{vm=\"win-gpu\"}"))
                    .as("Windows keeps local time")
                    .isBetween(7190.0, 7210.0);
            assertThat(page.toString())
                    .contains("bhyve_vm_memory_segment_bytes{flags=\"wired/iommu\",segment=\"sysmem\",vm=\"win-gpu\"}")
                    .contains("bhyve_vcpu_capability{capability=\"hlt_exit\",vcpu=\"0\",vm=\"win-gpu\"}");
            Matcher folder = FOLDER.matcher(demo.out());
            assertThat(folder.find()).isTrue();
            List<String> state = List.of(
                    "state",
                    "win-gpu",
                    "--cpu=0",
                    "--bhyvectl.path=" + folder.group(1) + "/bhyvectl",
                    "--vmm.dir=" + folder.group(1) + "/vmm");
            try (Program program = Program.start(directory, state)) {
                assertThat(program.exitCode(LONG)).as(program.err()).isZero();
                assertThat(program.out()).contains("What this is").contains("How vCPU 0 stood");
            }
            end(demo);
        }
    }

    /** A triple fault after 6.5 s, an end of roulette after 25 s; of these a capture is made, and the screen says so. */
    @Test
    void itsVmsEndItsDevicesInterruptAndEvidenceIsKept() throws Exception {
        Path kept = directory.resolve("kept");
        List<String> args =
                List.of("demo", "--no-prometheus", "--web.listen-address=127.0.0.1:0", "--state-dir=" + kept);
        try (Program demo = Program.start(directory, args)) {
            Page page = demo.metricsWhen(
                    LONG,
                    now -> now.is("bhyve_vm_ends_total{how=\"reset\",vm=\"roulette\"}", 1)
                            && now.find("bhyve_vm_ends_total{how=\"triple_fault\",vm=\"triple\"}")
                                            .orElse(0)
                                    > 0
                            && now.isState("off", "no_process"));
            assertThat(page.value("bhyve_ppt_interrupt_rate{device=\"ppt0\"}")).isBetween(600.0, 800.0);
            assertThat(page.value("bhyve_ppt_interrupt_rate{device=\"ppt2\"}")).isZero();
            assertThat(page.value("bhyve_ppt_interrupt_vectors{device=\"ppt2\"}"))
                    .isEqualTo(1);
            assertThat(page.value("bhyve_vm_process_cpu_seconds_total{mode=\"system\",vm=\"win-gpu\"}"))
                    .isPositive();
            assertThat(page.toString())
                    .containsPattern("bhyve_ppt_info\\{device=\"ppt0\",pci=\"pci0:3:0:0\",.*,vm=\"win-gpu\"\\} 1")
                    .containsPattern("bhyve_ppt_info\\{device=\"ppt2\",pci=\"pci0:4:0:0\",.*,vm=\"linux-idle\"\\} 1");
            Program.await(LONG, () -> demo.out().contains("-triple-") ? true : null);
            end(demo);
        }
        try (Stream<Path> captures = Files.list(kept.resolve("captures"))) {
            assertThat(captures.filter(path -> !path.getFileName().toString().startsWith(".")))
                    .isNotEmpty()
                    .allMatch(path -> Files.isRegularFile(path.resolve("report.txt")));
        }
    }

    /** The agent on the simulated host as it stands 46 s after its start: a second ago a guest has frozen. */
    @Test
    void aGuestThatFreezesIsStalledAndNothingOfItSleepsInHlt() throws Exception {
        Path host = Files.createDirectory(directory.resolve("host"));
        try (Stream<Path> files = Files.list(Program.PROJECT.resolve("src/demo"))) {
            for (Path file : files.toList()) {
                Files.copy(file, host.resolve(file.getFileName()), StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
        long start = System.currentTimeMillis() / 1000 - 46;
        Files.writeString(host.resolve("epoch"), Long.toString(start));
        Files.createDirectory(host.resolve("vmm"));
        Files.createFile(host.resolve("vmm/frozen"));
        Files.createFile(host.resolve("vmm/flaky"));
        Files.createDirectory(host.resolve("processes"));
        Files.writeString(
                host.resolve("processes/2004"),
                "vm frozen\nstart %d\nidle 0\nstopped 0 %d\n".formatted(start, start + 45));
        Files.writeString(host.resolve("processes/2003"), "vm flaky\nstart %d\nidle 0\n".formatted(start));
        List<String> args = List.of(
                "agent",
                "--web.listen-address=127.0.0.1:0",
                "--source=bhyvectl",
                "--bhyvectl.path=" + host.resolve("bhyvectl"),
                "--vmm.dir=" + host.resolve("vmm"),
                "--state-dir=" + directory.resolve("state"));
        try (Program agent =
                Program.start(directory, args, Map.of("BHYVESCOPE_JAVA_OPTS", "-Dbhyvescope.tools=" + host))) {
            Page page = agent.metricsWhen(LONG, now -> now.isState("frozen", "stalled"));
            assertThat(page.is("bhyve_vcpu_thread_info{vcpu=\"0\",vm=\"frozen\",waits=\"umtxn\"}", 1))
                    .isTrue();
            assertThat(page.is("bhyve_vcpu_thread_info{vcpu=\"0\",vm=\"flaky\",waits=\"vmidle\"}", 1))
                    .isTrue();
        }
    }

    @Test
    void aSignalDuringTheStartLeavesNothingBehindEither() throws Exception {
        Path temporary = Files.createDirectory(directory.resolve("tmp"));
        for (int millis = 300; millis <= 1500; millis += 200) {
            try (Program demo = Program.start(
                    directory,
                    List.of("demo", "--web.listen-address=127.0.0.1:0"),
                    Map.of("BHYVESCOPE_JAVA_OPTS", "-Djava.io.tmpdir=" + temporary))) {
                TimeUnit.MILLISECONDS.sleep(millis);
                List<ProcessHandle> children = demo.handle().descendants().toList();
                demo.signal("TERM");
                assertThat(demo.exitCode(Duration.ofSeconds(15))).isEqualTo(143);
                Program.await(LONG, () -> children.stream().noneMatch(ProcessHandle::isAlive) ? true : null);
                assertThat(demo.err()).as("after %d ms", millis).isEmpty();
            }
            try (Stream<Path> left = Files.list(temporary)) {
                assertThat(left.filter(path -> path.getFileName().toString().startsWith("bhyvescope")))
                        .as("after %d ms", millis)
                        .isEmpty();
            }
        }
    }

    @Test
    void itEndsByItselfAfterADurationWithAScrape() throws Exception {
        List<String> args = List.of("demo", "--no-prometheus", "--web.listen-address=127.0.0.1:0", "--duration=3s");
        try (Program demo = Program.start(directory, args)) {
            assertThat(demo.exitCode(LONG)).isZero();
            assertThat(demo.out())
                    .containsPattern("[1-9]\\d{2,} series scraped from http://127\\.0\\.0\\.1:\\d+/metrics");
        }
    }
}
