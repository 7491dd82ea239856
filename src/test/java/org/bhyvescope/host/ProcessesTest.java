package org.bhyvescope.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.bhyvescope.libc.FakeVmm;
import org.bhyvescope.os.Children;
import org.bhyvescope.os.Scripts;
import org.bhyvescope.os.Tools;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessesTest {
    @TempDir
    Path dir = Path.of("");

    private final FakeVmm fake = FakeVmm.fresh("proc 812 web0 start 1700000000 0 vcpus 1");
    private final Children children = Scripts.quickChildren();

    @AfterEach
    void killAll() {
        children.close();
    }

    private Processes of(Tools tools) {
        return Processes.of(tools, children, System::nanoTime, System::currentTimeMillis);
    }

    @Test
    void theKernelIsAskedWhereItAnswers() throws Exception {
        Processes processes = of(new Tools(Optional.of(dir)));
        try (ProcessExits exits = processes.exits()) {
            assertThat(processes.table()).isInstanceOf(KernelProcesses.class);
            ProcessListing.Listed listing =
                    (ProcessListing.Listed) processes.table().list();
            exits.watch(listing.processes().get(0).id());
            fake.tell("exit 812 512");

            assertThat(exits.await(Scripts.PATIENCE.toNanos()))
                    .singleElement()
                    .satisfies(exit -> assertThat(exit.waitStatus()).hasValue(512));
        }
        assertThat(children.starts()).isZero();
        assertThat(fake.count("queues")).isZero();
    }

    @Test
    void aKernelThatIsNotUnderstoodIsNotAsked() {
        fake.tell("structsize 1104");

        Processes processes = of(new Tools(Optional.of(dir)));
        assertThat(processes.table()).isInstanceOf(ToolProcesses.class);
        assertThat(processes.exits().learnsStatus()).isFalse();
    }

    @Test
    void withoutAKqueueEndsAreNotSeen() {
        fake.tell("error kqueue 24 0 1");

        Processes processes = of(new Tools(Optional.empty()));
        assertThat(processes.table()).isInstanceOf(KernelProcesses.class);
        assertThat(processes.exits().learnsStatus()).isFalse();
    }

    @Test
    void aDirectoryWithAPsIsAHostOfItsOwn() throws Exception {
        Files.createFile(dir.resolve("ps"));

        Processes processes = of(new Tools(Optional.of(dir)));
        assertThat(processes.table()).isInstanceOf(ToolProcesses.class);
        assertThat(processes.exits()).isInstanceOf(UnseenExits.class);
    }
}
