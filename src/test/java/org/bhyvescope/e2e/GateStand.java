package org.bhyvescope.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.bhyvescope.os.Root;

/**
 * The gate of an installation behind a set-uid stand-in for doas (src/test/c/asroot.c), and a user who may not open a
 * VM's node. Where the tests do not run as root, all of it is the same user.
 */
final class GateStand {
    static final boolean ROOT = Root.isThisUser();
    static final String NOBODY = "65534";

    /** What check says. Who is not root here may open the nodes that it has made. */
    static final String PRIVILEGES = ROOT ? "privileges: gate: no right" : "privileges: devfs group: ";

    private final Path directory;
    private final Path prefix;
    private final Path gate;
    private final Path by;

    /** Makes the stand-in and a state directory; the installation is there already. */
    GateStand(Path directory, Path prefix) throws Exception {
        this.directory = directory;
        this.prefix = prefix;
        gate = prefix.resolve("libexec/bhyvescope/bhyvescope-gate");
        by = directory.resolve("asroot");
        mode(directory, "rwxr-xr-x");
        if (ROOT) {
            run(Program.PROJECT, "gcc", "-O2", "-DGATE=\"" + gate + "\"", "-o", by.toString(), "src/test/c/asroot.c");
            run(directory, "chmod", "4755", by.toString());
        } else {
            Files.writeString(by, "#!/bin/sh\n[ \"$1\" = -n ] && shift && exec \"$@\"\n");
            mode(by, "rwxr-xr-x");
        }
        forNobody(Files.createDirectory(directory.resolve("state")));
    }

    Path gate() {
        return gate;
    }

    Path by() {
        return by;
    }

    /** A host whose nodes are root's alone. The gate reads it: two of its lines are others now. */
    TestHost host(List<String> vms) throws Exception {
        TestHost host = new TestHost(Files.createDirectory(directory.resolve("host")), vms);
        String text = Files.readString(gate);
        String there = host.directory() + "/";
        String pointed =
                text.replace("\nbhyvectl=/usr/sbin/", "\nbhyvectl=" + there).replace("\nvmm=/dev/", "\nvmm=" + there);
        mode(gate, "rwxr-xr-x");
        Files.writeString(gate, pointed);
        mode(gate, "r-xr-xr-x");
        try (Stream<Path> nodes = Files.list(host.directory().resolve("vmm"))) {
            for (Path node : nodes.toList()) {
                mode(node, "rw-------");
            }
        }
        return host;
    }

    /** Starts a launcher's command as nobody, reading through the gate, which one beside it finds by itself. */
    Program start(Path launcher, TestHost host, String command, String... more) throws IOException {
        List<String> line = new ArrayList<>(asNobody(launcher.toString(), command));
        line.addAll(host.flags());
        line.removeIf(flag -> flag.startsWith("--bhyvectl.path=") || flag.startsWith("--state-dir="));
        line.addAll(List.of("--source=gate", "--gate.by=" + by, "--state-dir=" + directory.resolve("state")));
        if (!launcher.startsWith(prefix)) {
            line.add("--gate.path=" + gate);
        }
        line.addAll(List.of(more));
        return Program.startOther(host.directory(), line);
    }

    /** Processes that the gate is, or has started. */
    long roots() {
        return ProcessHandle.allProcesses()
                .filter(process -> process.info()
                        .commandLine()
                        .filter(line -> line.contains(gate.toString()) || line.contains("/host/bhyvectl"))
                        .filter(line -> line.contains(directory.toString()) && !line.contains("-Dbhyvescope.gate="))
                        .isPresent())
                .count();
    }

    /** The command line that runs this one without rights. */
    static List<String> asNobody(String... command) {
        List<String> line = new ArrayList<>();
        if (ROOT) {
            line.addAll(List.of("setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups"));
        }
        line.addAll(List.of(command));
        return line;
    }

    /** Gives a file or directory to nobody. */
    static void forNobody(Path file) throws Exception {
        if (ROOT) {
            run(file.getParent(), "chown", NOBODY + ":" + NOBODY, file.toString());
        }
    }

    static void mode(Path file, String mode) throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
    }

    /** Runs a program to its good end, and returns what it printed. */
    static String run(Path where, String... command) throws Exception {
        return run(where, List.of(command));
    }

    static String run(Path where, List<String> command) throws Exception {
        Process process = new ProcessBuilder(command)
                .directory(where.toFile())
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor())
                .as(String.join(" ", command) + ": " + said)
                .isZero();
        return said;
    }
}
