package org.bhyvescope.capture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import org.bhyvescope.host.PptDevice;
import org.bhyvescope.os.Children;
import org.bhyvescope.os.Gate;
import org.bhyvescope.os.Scripts;
import org.bhyvescope.os.Tools;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What needs root comes through the real gate, the rest does not. The tools print who ran them. */
class HostToolsTest {
    @TempDir
    Path dir = Path.of("");

    private Path tools = Path.of("");
    private Path root = Path.of("");
    private Gate gate = new Gate(Path.of(""), Path.of(""));

    @BeforeEach
    void host() throws IOException {
        tools = Files.createDirectory(dir.resolve("tools"));
        root = Files.createDirectory(dir.resolve("root"));
        for (String tool : List.of("dmesg", "vmstat", "sysctl", "pciconf", "procstat")) {
            Scripts.write(tools.resolve(tool), "echo \"user: " + tool + " $*\"\n");
        }
        Scripts.write(root.resolve("procstat"), "echo \"root: procstat $*\"\n");
        Scripts.write(
                root.resolve("pciconf"),
                "case $1 in -l) echo \"ppt0@$2:\tclass\" ;; *) echo \"root: pciconf $*\" ;; esac\n");
        Scripts.write(root.resolve("ps"), "case $4 in 100) echo bhyve ;; *) echo other ;; esac\n");
        Path program = dir.resolve("gate");
        Files.writeString(
                program,
                Files.readString(Path.of("agent/libexec/bhyvescope-gate"))
                        .replace("procstat=/usr/bin/", "procstat=" + root + "/")
                        .replace("pciconf=/usr/sbin/", "pciconf=" + root + "/")
                        .replace(" /bin/ps ", " " + root + "/ps "));
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("r-xr-xr-x"));
        gate = new Gate(Scripts.write(dir.resolve("by"), "shift; exec \"$@\"\n"), program);
    }

    private List<HostTools.Said> said(Optional<Gate> way, int pid) throws InterruptedException {
        try (Children children = Scripts.quickChildren()) {
            return new HostTools(new Tools(Optional.of(tools)), way, children).ofProcess(pid);
        }
    }

    @Test
    void kernelStacksComeThroughTheGate() throws Exception {
        assertThat(said(Optional.of(gate), 100))
                .containsExactly(
                        new HostTools.Said("procstat-t.txt", Optional.of("user: procstat -t 100\n"), ""),
                        new HostTools.Said("procstat-kk.txt", Optional.of("root: procstat -kk 100\n"), ""));
        assertThat(said(Optional.empty(), 100).get(1).text()).contains("user: procstat -kk 100\n");
    }

    @Test
    void ofAnotherProcessThereAreNoneAndThatIsSaid() throws Exception {
        assertThat(said(Optional.of(gate), 101).get(1).why()).contains("process 101 is no bhyve");
    }

    @Test
    void devicesComeThroughTheGate() throws Exception {
        PptDevice device = new PptDevice("ppt0", "pci0:3:0:0", 0x10de, 1, 0x030000, Optional.empty(), Optional.empty());
        try (Children children = Scripts.quickChildren()) {
            List<HostTools.Said> all =
                    new HostTools(new Tools(Optional.of(tools)), Optional.of(gate), children).ofHost(List.of(device));

            assertThat(all)
                    .extracting(HostTools.Said::text)
                    .containsExactly(
                            Optional.of("user: dmesg \n"),
                            Optional.of("user: vmstat -ai\n"),
                            Optional.of("user: sysctl hw.vmm\n"),
                            Optional.of("root: pciconf -lvbc pci0:3:0:0\n"));
        }
    }
}
