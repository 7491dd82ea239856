package org.bhyvescope.hypervisor.bhyvectl;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import org.bhyvescope.hypervisor.Reading;
import org.bhyvescope.hypervisor.Reading.Cause;
import org.bhyvescope.hypervisor.Reading.Failure;
import org.bhyvescope.hypervisor.Snapshot;
import org.bhyvescope.hypervisor.StateReading;
import org.bhyvescope.hypervisor.VcpuState;
import org.bhyvescope.hypervisor.VmDirectory;
import org.bhyvescope.hypervisor.VmId;
import org.bhyvescope.os.AbandoningChildren;
import org.bhyvescope.os.Allowance;
import org.bhyvescope.os.Scripts;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A bhyvectl that sleeps in the kernel while it reads the state of VM web0: who is held up by it, and who is not. */
@Timeout(120)
class AbandonedStateTest {
    @TempDir
    Path dir = Path.of("");

    private final AbandoningChildren runner = new AbandoningChildren(
            command -> command.argv().contains("--vm=web0") && command.argv().contains("--get-all"));
    private Path bhyvectl = Path.of("");
    private VmDirectory directory = new VmDirectory(Path.of(""), name -> true);

    @BeforeEach
    void host() throws IOException {
        Path nodes = Files.createDirectory(dir.resolve("vmm"));
        Files.createFile(nodes.resolve("web0"));
        Files.createFile(nodes.resolve("web1"));
        directory = new VmDirectory(nodes, name -> true);
        bhyvectl = Scripts.write(dir.resolve("bhyvectl"), """
                case "$*" in
                *--get-all) printf 'rip[0]\\t\\t0x0000000000001000\\n' ;;
                *) printf 'active cpus:\\t 0\\nsuspended cpus:\\t (none)\\n'
                   printf 'vcpu0 stats:\\n%-40s\\t7\\n' 'total number of vm exits' ;;
                esac
                """);
    }

    @AfterEach
    void close() {
        runner.letGo();
        runner.children().close();
    }

    private VmId vm(String name) {
        return directory.identify(name).orElseThrow();
    }

    private StateReading readState(String name, Duration allowed) throws InterruptedException {
        return new BhyvectlState(bhyvectl, directory, runner.children(), InstantSource.system())
                .readState(vm(name), 0, Allowance.of(allowed));
    }

    private Reading readStatistics(String name, boolean readingLocks) throws InterruptedException {
        return new BhyvectlHypervisor(bhyvectl, directory, runner.children(), InstantSource.system(), readingLocks)
                .read(vm(name), Allowance.of(Scripts.PATIENCE));
    }

    private void abandon() throws InterruptedException {
        Failure failure = (Failure) readState("web0", Duration.ofMillis(30));
        assertThat(failure.cause()).isEqualTo(Cause.ABANDONED);
        assertThat(runner.children().abandoned()).isEqualTo(1);
    }

    @Test
    void theStatisticsOfItsVmGoOnWhereTheyDoNotLock() throws Exception {
        abandon();

        assertThat(readStatistics("web0", false)).isInstanceOf(Snapshot.class);
    }

    @Test
    void theStatisticsOfItsVmWaitWhereTheyWouldJoinItAndOnlyTheirs() throws Exception {
        abandon();

        assertThat(readStatistics("web0", true))
                .isInstanceOfSatisfying(
                        Failure.class, f -> assertThat(f.cause()).isEqualTo(Cause.ABANDONED));
        assertThat(readStatistics("web1", true)).isInstanceOf(Snapshot.class);
        runner.letGo();
        assertThat(readStatistics("web0", true)).isInstanceOf(Snapshot.class);
    }

    @Test
    void noFurtherStateOfItsVmIsReadUntilItIsGone() throws Exception {
        abandon();
        long starts = runner.children().starts();

        assertThat(readState("web0", Scripts.PATIENCE))
                .isInstanceOfSatisfying(
                        Failure.class, f -> assertThat(f.cause()).isEqualTo(Cause.ABANDONED));
        assertThat(runner.children().starts()).as("nothing was started").isEqualTo(starts);
        assertThat(runner.children().abandoned()).isEqualTo(1);
        assertThat(readState("web1", Scripts.PATIENCE)).isInstanceOf(VcpuState.class);
    }
}
