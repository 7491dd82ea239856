package org.bhyvescope.e2e;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.bhyvescope.decode.explain.Explainer;
import org.bhyvescope.decode.explain.Report;
import org.bhyvescope.dump.DumpParser;
import org.bhyvescope.dump.MemoryMapping;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the simulated host's look-alike prints for {@code --get-all}: the real one's lines, under every awk there is. */
class DemoStateTest {
    private static final Path DEMO = Path.of("src/demo");

    /** A moment at which every guest answers. */
    private static final String NOW = "1795621264.5";

    /** In the second silence of win-gpu's devices, after two of its storms. */
    private static final String SILENT = "1795621652.25";

    private static final String EPOCH = "1795621200";

    @TempDir
    Path directory;

    private static byte[] run(List<String> command) throws Exception {
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        byte[] out = process.getInputStream().readAllBytes();
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(String.join(" ", command)).isZero();
        return out;
    }

    private static byte[] model(String awk, String vm, int cpu) throws Exception {
        return model(awk, vm, cpu, "", NOW);
    }

    private static byte[] model(String awk, String vm, int cpu, String born, String now) throws Exception {
        List<String> command = new ArrayList<>(List.of(awk.split(" ", -1)));
        command.addAll(List.of(
                "-f",
                DEMO.resolve("model.awk").toString(),
                "-f",
                DEMO.resolve("state.awk").toString()));
        command.addAll(List.of(now, EPOCH, born, vm, Integer.toString(cpu), "0", "0", "0", "0", "1"));
        // As the look-alike's tr does.
        return new String(run(command), ISO_8859_1).replace('\1', '\0').getBytes(ISO_8859_1);
    }

    private static Report explained(byte[] text) {
        return Explainer.load().explain(DumpParser.parse(text), Optional.empty());
    }

    @ParameterizedTest
    @CsvSource({
        "win-gpu, 0, amd",
        "win-gpu, 6, amd",
        "linux-idle, 1, intel",
        "bsd-reboot, 0, intel",
        "flaky, 0, amd",
        "frozen, 0, intel",
        "roulette, 0, amd",
        "triple, 0, intel",
        "off, 0, amd",
        "visitor, 0, intel"
    })
    void everyGuestPrintsAWholeDumpOfWhichNothingIsUnknown(String vm, int cpu, String vendor) throws Exception {
        Report report = explained(model("awk", vm, cpu));

        assertThat(report.about().vendor()).isEqualTo(vendor);
        assertThat(report.about().release()).isEqualTo("14");
        assertThat(report.about().cuts()).isEmpty();
        assertThat(report.about().complete()).isTrue();
        assertThat(report.unknown().first()).isEmpty();
        assertThat(report.vcpus()).singleElement().satisfies(vcpu -> {
            assertThat(vcpu.vcpu()).isEqualTo(cpu);
            assertThat(vcpu.exit()).isNotNull();
            assertThat(vcpu.fields()).extracting(Report.Field::kind).doesNotContain("unknown");
            assertThat(vcpu.capabilities()).hasSize(11);
        });
        assertThat(report.findings()).extracting(Report.Finding::severity).doesNotContain("cause");
    }

    /** One whose kernel has no handler for a triple fault would abort; exit 3 comes from a fault in a queued double fault. */
    @Test
    void theGuestThatTripleFaultsStoodSuspendedWithADoubleFaultQueued() throws Exception {
        Report report = explained(model("awk", "triple", 0, "1795621259", NOW));

        assertThat(report.findings()).extracting(Report.Finding::id).contains("double-fault", "vm-suspended");
        assertThat(report.findings()).extracting(Report.Finding::id).doesNotContain("triple-fault", "shutdown-ud-loop");
    }

    @ParameterizedTest
    @ValueSource(strings = {"mawk", "gawk", "busybox awk", "original-awk"})
    void everyAwkPrintsTheSame(String awk) throws Exception {
        String program = awk.split(" ", -1)[0];
        assumeTrue(Files.isExecutable(Path.of("/usr/bin", program)), "skipped: there is no " + program);
        for (String vm : List.of("win-gpu", "linux-idle", "off", "frozen", "triple", "roulette")) {
            assertThat(new String(model(awk, vm, 0), ISO_8859_1))
                    .as(vm)
                    .isEqualTo(new String(model("awk", vm, 0), ISO_8859_1));
        }
        assertThat(new String(model(awk, "win-gpu", 1, "", SILENT), ISO_8859_1))
                .isEqualTo(new String(model("awk", "win-gpu", 1, "", SILENT), ISO_8859_1));
    }

    @Test
    void theProgramPrintsTheNulBeforeTheFlagsAndWindowsKeepsLocalTime() throws Exception {
        for (String file : List.of("bhyvectl", "model.awk", "state.awk")) {
            Files.copy(DEMO.resolve(file), directory.resolve(file));
        }
        Files.createDirectory(directory.resolve("vmm"));
        Files.createFile(directory.resolve("vmm/win-gpu"));
        long now = System.currentTimeMillis() / 1000;
        Files.writeString(directory.resolve("epoch"), (now - 100) + "\n");

        byte[] text = run(List.of("/bin/sh", directory.resolve("bhyvectl").toString(), "--vm=win-gpu", "--get-all"));

        assertThat(new String(text, ISO_8859_1)).contains("RWX   \0wired/iommu\n");
        assertThat(DumpParser.parse(text).vm().mappings())
                .filteredOn(m -> m.segment().equals("sysmem"))
                .hasSize(2)
                .allMatch(MemoryMapping::wired)
                .allMatch(MemoryMapping::iommu);
        assertThat(DumpParser.parse(text).vm().rtc().orElseThrow().epochSeconds())
                .isBetween(now + 7200, now + 7230);
    }

    @Test
    void theExampleIsAWholeDumpThatShowsATripleFaultLoop() throws Exception {
        Report report = explained(Files.readAllBytes(DEMO.resolve("example.get-all.txt")));

        assertThat(report.about().complete()).isTrue();
        assertThat(report.unknown().lines()).isZero();
        assertThat(report.findings()).extracting(Report.Finding::id).contains("shutdown-ud-loop", "unaccounted-exits");
    }
}
