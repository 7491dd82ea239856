package org.bhyvescope.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The installed program as a user who may not open a VM's node, and the gate as root: see {@link GateStand}. */
class GateE2eTest {
    private static final Duration LONG = Duration.ofSeconds(60);

    @TempDir
    Path directory;

    private Path program;
    private GateStand stand;

    @BeforeEach
    void install() throws Exception {
        Path prefix = directory.resolve("prefix");
        GateStand.run(Program.PROJECT, "sh", "agent/install.sh", "install", prefix.toString());
        program = prefix.resolve("bin/bhyvescope");
        stand = new GateStand(directory, prefix);
    }

    private Program start(TestHost host, String command, String... more) throws IOException {
        return stand.start(program, host, command, more);
    }

    @Test
    void theValuesAreThoseOfTheDirectSource() throws Exception {
        TestHost host = stand.host(List.of("steady", "sparse", "single"));
        host.freeze();
        List<String> direct = new ArrayList<>(List.of("agent", "--once", "--source=bhyvectl"));
        direct.addAll(host.flags());
        try (Program own = Program.start(host.directory(), direct);
                Program through = start(host, "agent", "--once")) {
            assertThat(own.exitCode(LONG)).as(own.err()).isZero();
            assertThat(through.exitCode(LONG)).as(through.err()).isZero();
            assertThat(vcpus(through.out())).hasSizeGreaterThan(90).isEqualTo(vcpus(own.out()));
        }
        assertThat(host.commandLines())
                .allMatch(line -> line.matches("--vm=(steady|sparse|single) --cpu=\\d+"
                        + "( --get-active-cpus --get-suspended-cpus --get-cpu-topology)? --get-stats"));
        assertThat(host.commandLines().stream().filter(line -> line.startsWith("--vm=sparse")))
                .allMatch(line -> line.matches("--vm=sparse --cpu=[025] .*"));
    }

    private static List<String> vcpus(String page) {
        return page.lines().filter(line -> line.startsWith("bhyve_vcpu_")).toList();
    }

    @Test
    void checkNamesTheModeAndTriesTheGate() throws Exception {
        TestHost host = stand.host(List.of("steady"));
        try (Program check = start(host, "check", "--web.listen-address=127.0.0.1:0")) {
            int code = check.exitCode(LONG);
            assertThat(check.out()).contains(GateStand.PRIVILEGES, "VM steady: ", "active vCPUs 0, 1, 2, 3");
            if (GateStand.ROOT) {
                assertThat(code).as(check.out()).isZero();
                assertThat(check.out()).contains("ok    gate: " + stand.gate() + " answers, by " + stand.by());
                assertThat(check.out()).doesNotContain("protects nothing");
            }
        }
        Files.delete(stand.by());
        try (Program check = start(host, "check", "--web.listen-address=127.0.0.1:0")) {
            assertThat(check.exitCode(LONG)).isEqualTo(1);
            assertThat(check.out())
                    .contains(
                            "FAIL  gate: " + stand.by() + " is not there",
                            "remedy: pkg install doas",
                            "FAIL  VM steady: ",
                            GateStand.ROOT ? "privileges: gate: it does not work" : GateStand.PRIVILEGES);
        }
    }

    @Test
    void aGuestThatHangsHoldsUpNobodyAndNothingOfRootsIsLeftBehind() throws Exception {
        TestHost host = stand.host(List.of("steady", "single"));
        try (Program agent =
                start(host, "agent", "--web.listen-address=127.0.0.1:0", "--read.timeout=1s", "--state.interval=1s")) {
            agent.metricsWithRates();
            host.hang("steady");
            Predicate<Page> late = page -> page.toString()
                    .lines()
                    .anyMatch(line -> line.contains("cause=\"timeout\"")
                            && line.contains("vm=\"steady\"")
                            && !line.endsWith(" 0.0"));
            agent.metricsWhen(LONG, late);
            int before = host.commandLines().size();
            Program.await(
                    LONG,
                    () -> host.commandLines().stream()
                                            .skip(before)
                                            .filter(line -> line.contains("--vm=single"))
                                            .count()
                                    > 3
                            ? true
                            : null);
            Program.await(LONG, () -> stand.roots() > 0 ? true : null);
            agent.signal("TERM");
            assertThat(agent.exitCode(Duration.ofSeconds(5))).isEqualTo(143);
        }
        Program.await(Duration.ofSeconds(5), () -> stand.roots() == 0 ? true : null);
        assertThat(directory.resolve("state/version")).hasContent("1\n");
        assertThat(host.commandLines())
                .allMatch(line -> line.matches("--vm=(steady|single)( --cpu=\\d)? .*"))
                .anyMatch(line -> line.equals("--vm=single --get-active-cpus"))
                .anyMatch(line -> line.equals("--vm=single --cpu=0 --get-all"));
    }
}
