package org.bhyvescope.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.bhyvescope.host.BhyveProcess;
import org.bhyvescope.host.ProcessExits;
import org.bhyvescope.host.ProcessExits.ProcessExit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoProcessesTest {
    private static final long EPOCH = 1_795_621_200_000L;

    @TempDir
    Path directory = Path.of("");

    private DemoProcesses started() throws IOException {
        DemoProcesses processes = new DemoProcesses(directory, EPOCH);
        processes.start();
        return processes;
    }

    private List<String> names(String folder) throws IOException {
        try (Stream<Path> all = Files.list(directory.resolve(folder))) {
            return all.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void aVmHasANodeAndAProcessAsLongAsItRuns() throws Exception {
        DemoProcesses processes = started();

        assertThat(names("vmm"))
                .containsExactly("bsd-reboot", "flaky", "frozen", "linux-idle", "off", "roulette", "triple", "win-gpu");
        assertThat(names("processes")).containsExactly("2000", "2001", "2002", "2003", "2004", "2005", "2006");

        processes.update(EPOCH + 6_600);
        assertThat(names("vmm")).doesNotContain("triple").contains("roulette", "off");
        assertThat(names("processes")).doesNotContain("2006").contains("2005");

        processes.update(EPOCH + 8_000);
        assertThat(Files.readString(directory.resolve("vmm/triple"))).isEqualTo("1795621208.000\n");
        assertThat(Files.readString(directory.resolve("processes/2022")))
                .startsWith("vm triple\nstart 1795621208.000\n");
        assertThat(Files.readString(directory.resolve("processes/2005"))).doesNotContain("args");
    }

    @Test
    void aProcessFollowsAnotherUnderTheSameNode() throws Exception {
        DemoProcesses processes = started();
        Object node = Files.getAttribute(directory.resolve("vmm/bsd-reboot"), "unix:ino");

        processes.update(EPOCH + 90_050);

        assertThat(names("processes")).doesNotContain("2002").contains("2018");
        assertThat(Files.getAttribute(directory.resolve("vmm/bsd-reboot"), "unix:ino"))
                .isEqualTo(node);
    }

    @Test
    void endsAreToldToWhoeverWatches() throws Exception {
        DemoProcesses processes = started();
        try (ProcessExits first = processes.exits();
                ProcessExits second = processes.exits()) {
            BhyveProcess.Id triple = new BhyveProcess.Id(2006, EPOCH * 1000);
            BhyveProcess.Id roulette = new BhyveProcess.Id(2005, EPOCH * 1000);
            first.watch(triple);
            second.watch(roulette);

            processes.update(EPOCH + 26_000);

            assertThat(first.await(0)).containsExactly(new ProcessExit(triple, OptionalInt.of(3 << 8)));
            assertThat(second.await(0)).containsExactly(new ProcessExit(roulette, OptionalInt.of(0)));
        }
    }

    @Test
    void theKernelLogsTheSignalsThatLeaveACore() throws Exception {
        DemoProcesses processes = started();
        for (long seconds = 0; seconds < 240; seconds++) {
            processes.update(EPOCH + seconds * 1000);
        }

        assertThat(Files.readString(directory.resolve("messages"))).isEqualTo("""
                pid 2085 (bhyve), jid 0, uid 0: exited on signal 6
                pid 2101 (bhyve), jid 0, uid 0: exited on signal 11 (core dumped)
                """);
    }
}
