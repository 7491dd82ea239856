package org.bhyvescope.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
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

    @Test
    void itShowsRatesAndCtrlCLeavesNothingBehind() throws Exception {
        try (Program demo = Program.start(directory, List.of("demo", "--web.listen-address=127.0.0.1:0"))) {
            String page = Program.await(LONG, () -> {
                String now = demo.get("/metrics");
                return now.contains("bhyve_vm_exit_rate{reason=\"instruction_emulation\",vm=\"win-gpu\"}") ? now : null;
            });
            assertThat(page)
                    .contains("bhyve_vm_info{topology=\"1x4x2\",vendor=\"amd\",vm=\"win-gpu\"} 1")
                    .contains("bhyve_vm_info{topology=\"1x4x1\",vendor=\"intel\",vm=\"linux-idle\"} 1");
            Program.await(LONG, () -> demo.out().contains("win-gpu     running") ? true : null);
            Matcher folder = FOLDER.matcher(demo.out());
            assertThat(folder.find()).isTrue();
            assertThat(Path.of(folder.group(1))).exists();
            List<ProcessHandle> children = demo.handle().descendants().toList();
            demo.signal("INT");
            assertThat(demo.exitCode(Duration.ofSeconds(10))).isEqualTo(130);
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
