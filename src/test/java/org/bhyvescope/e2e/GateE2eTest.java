package org.bhyvescope.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The installed program as a user who may not open a VM's node, and the gate as root: through a set-uid stand-in for doas
 * (src/test/c/asroot.c). Where the tests do not run as root, all of it is the same user.
 */
class GateE2eTest {
    private static final boolean ROOT = "root".equals(System.getProperty("user.name"));
    private static final String NOBODY = "65534";
    private static final Duration LONG = Duration.ofSeconds(60);

    @TempDir
    Path directory;

    private Path program;
    private Path gate;
    private Path by;

    @BeforeEach
    void install() throws Exception {
        mode(directory, "rwxr-xr-x");
        Path prefix = directory.resolve("prefix");
        Path jars = Files.createDirectories(prefix.resolve("share/java/bhyvescope"));
        program = Files.createDirectories(prefix.resolve("bin")).resolve("bhyvescope");
        Files.copy(Program.LAUNCHER, program);
        Files.copy(Program.PROJECT.resolve("target/bhyvescope.jar"), jars.resolve("bhyvescope.jar"));
        run("cp", "-R", Program.PROJECT.resolve("target/lib").toString(), jars.toString());
        gate = Files.createDirectories(prefix.resolve("libexec/bhyvescope")).resolve("bhyvescope-gate");
        by = directory.resolve("asroot");
        run("chmod", "-R", "u=rwX,go=rX", prefix.toString());
        mode(program, "rwxr-xr-x");
        Files.createDirectory(directory.resolve("state"));
        if (ROOT) {
            run("gcc", "-O2", "-DGATE=\"" + gate + "\"", "-o", by.toString(), "src/test/c/asroot.c");
            run("chmod", "4755", by.toString());
            run("chown", NOBODY, directory.resolve("state").toString());
        } else {
            Files.writeString(by, "#!/bin/sh\n[ \"$1\" = -n ] && shift && exec \"$@\"\n");
            mode(by, "rwxr-xr-x");
        }
    }

    private TestHost host(List<String> vms) throws Exception {
        TestHost host = new TestHost(Files.createDirectory(directory.resolve("host")), vms);
        installGate(host);
        return host;
    }

    private void installGate(TestHost host) throws Exception {
        String text = Files.readString(Program.PROJECT.resolve("agent/libexec/bhyvescope-gate"));
        Files.writeString(
                gate,
                text.replace("\nbhyvectl=/usr/sbin/", "\nbhyvectl=" + host.directory() + "/")
                        .replace("\nvmm=/dev/", "\nvmm=" + host.directory() + "/"));
        mode(gate, "r-xr-xr-x");
        try (Stream<Path> nodes = Files.list(host.directory().resolve("vmm"))) {
            for (Path node : nodes.toList()) {
                mode(node, "rw-------");
            }
        }
    }

    private static void mode(Path file, String mode) throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
    }

    private static void run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).inheritIO().start();
        assertThat(process.waitFor()).as(String.join(" ", command)).isZero();
    }

    /** The installed program as nobody, reading through the gate. */
    private Program start(TestHost host, String command, String... more) throws IOException {
        List<String> line = new ArrayList<>();
        if (ROOT) {
            line.addAll(List.of("setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups"));
        }
        line.addAll(List.of(program.toString(), command));
        line.addAll(gateFlags(host));
        line.addAll(List.of(more));
        return Program.startOther(host.directory(), line);
    }

    private List<String> gateFlags(TestHost host) {
        List<String> flags = new ArrayList<>(host.flags());
        flags.removeIf(flag -> flag.startsWith("--bhyvectl.path="));
        flags.addAll(List.of(
                "--source=gate",
                "--gate.by=" + by,
                "--gate.path=" + gate,
                "--state-dir=" + directory.resolve("state")));
        return flags;
    }

    @Test
    void theValuesAreThoseOfTheDirectSource() throws Exception {
        TestHost host = host(List.of("steady", "sparse", "single"));
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
        TestHost host = host(List.of("steady"));
        try (Program check = start(host, "check", "--web.listen-address=127.0.0.1:0")) {
            int code = check.exitCode(LONG);
            assertThat(check.out()).contains("privileges: gate: ", "VM steady: ", "active vCPUs 0, 1, 2, 3");
            if (ROOT) {
                assertThat(code).as(check.out()).isZero();
                assertThat(check.out()).contains("ok    gate: " + gate + " answers, by " + by);
                assertThat(check.out()).doesNotContain("protects nothing");
            }
        }
        run("rm", "-f", by.toString());
        try (Program check = start(host, "check", "--web.listen-address=127.0.0.1:0")) {
            assertThat(check.exitCode(LONG)).isEqualTo(1);
            assertThat(check.out())
                    .contains("FAIL  gate: " + by + " is not there", "remedy: pkg install doas", "FAIL  VM steady: ");
        }
    }

    @Test
    void aGuestThatHangsHoldsUpNobodyAndNothingOfRootsIsLeftBehind() throws Exception {
        TestHost host = host(List.of("steady", "single"));
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
            Program.await(LONG, () -> roots() > 0 ? true : null);
            agent.signal("TERM");
            assertThat(agent.exitCode(Duration.ofSeconds(5))).isEqualTo(143);
        }
        Program.await(Duration.ofSeconds(5), () -> roots() == 0 ? true : null);
        assertThat(directory.resolve("state/version")).hasContent("1\n");
        assertThat(host.commandLines())
                .allMatch(line -> line.matches("--vm=(steady|single)( --cpu=\\d)? .*"))
                .anyMatch(line -> line.equals("--vm=single --get-active-cpus"))
                .anyMatch(line -> line.equals("--vm=single --cpu=0 --get-all"));
    }

    /** Processes that the gate is, or has started. */
    private long roots() {
        return ProcessHandle.allProcesses()
                .filter(process -> process.info()
                        .commandLine()
                        .filter(line -> line.contains(gate.toString()) || line.contains("/host/bhyvectl"))
                        .filter(line -> line.contains(directory.toString()) && !line.contains("--gate.path"))
                        .isPresent())
                .count();
    }
}
