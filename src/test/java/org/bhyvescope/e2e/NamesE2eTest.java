package org.bhyvescope.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** VMs with names that nobody should choose, in the real program. */
class NamesE2eTest {
    private static final Duration LONG = Duration.ofSeconds(60);

    @TempDir
    Path directory;

    /** Names, and what they are in a label of either text format. */
    private static final Map<String, String> NAMES = Map.of(
            "with space",
            "with space",
            "with.dot",
            "with.dot",
            "with\"quote",
            "with\\\"quote",
            "with\\backslash",
            "with\\\\backslash",
            "with\nnewline",
            "with\\nnewline",
            "\u00fcml\u00e4ut \u4e2d",
            "\u00fcml\u00e4ut \u4e2d",
            "-rf",
            "-rf",
            "--destroy",
            "--destroy",
            "$(id)",
            "$(id)",
            "x".repeat(229),
            "x".repeat(229));

    @Test
    void namesGoThroughUnchangedOrAreRefusedAloud() throws Exception {
        TestHost host = new TestHost(directory, List.copyOf(NAMES.keySet()));
        host.create("y".repeat(230));
        Program raw = Program.startOther(directory, List.of("sh", "-c", ": > vmm/$(printf 'not\\377utf8')"));
        assertThat(raw.exitCode(LONG)).as(raw.err()).isZero();
        try (Program agent = Program.agent(host)) {
            Page page = agent.metricsWhen(
                    LONG,
                    now -> NAMES.values().stream()
                            .allMatch(label -> now.find("bhyve_vm_exit_rate{reason=\"hlt\",vm=\"" + label + "\"}")
                                    .isPresent()));
            assertThat(page.toString()).doesNotContain("yyyy").doesNotContain("utf8");
            assertThat(agent.err().lines().filter(line -> line.contains("not monitored")))
                    .hasSize(2)
                    .anyMatch(line -> line.contains("has 230 bytes; vmm accepts at most 229"))
                    .anyMatch(line -> line.contains("is not UTF-8"));
            assertThat(agent.err().lines()).as("no name breaks a log line").allMatch(line -> line.matches("\\d{4}-.*"));
        }
        assertThat(host.commandLines()).anyMatch(line -> line.startsWith("--vm=--destroy --cpu=0 --get-"));
    }
}
