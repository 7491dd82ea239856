package org.bhyvescope.hypervisor.bhyvectl;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
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
import org.bhyvescope.os.Children;
import org.bhyvescope.os.Scripts;
import org.jspecify.annotations.Nullable;
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
    private final VmChildren takingTurns = new VmChildren(runner.children(), true, System::nanoTime);
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

    private VmChildren runs(boolean readingLocks) {
        return readingLocks ? takingTurns : new VmChildren(runner.children(), false, System::nanoTime);
    }

    private StateReading readState(String name, Duration allowed) throws InterruptedException {
        return readState(name, allowed, false);
    }

    private StateReading readState(String name, Duration allowed, boolean readingLocks) throws InterruptedException {
        return new BhyvectlState(bhyvectl, directory, runs(readingLocks), InstantSource.system())
                .readState(vm(name), 0, Allowance.of(allowed));
    }

    private Reading readStatistics(String name, boolean readingLocks) throws InterruptedException {
        return new BhyvectlHypervisor(bhyvectl, directory, runs(readingLocks), InstantSource.system())
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

    /** Both would hang: the one that waits for its turn finds the other abandoned, and is not started. */
    @Test
    void whereStatisticsLockTooThereIsNeverMoreThanOneOfAVm() throws Exception {
        AbandoningChildren all = new AbandoningChildren(command -> true);
        VmChildren runs = new VmChildren(all.children(), true, System::nanoTime);
        CountDownLatch begun = new CountDownLatch(1);
        AtomicReference<@Nullable Reading> first = new AtomicReference<>();
        Thread statistics = new Thread(() -> {
            try {
                begun.countDown();
                first.set(new BhyvectlHypervisor(bhyvectl, directory, runs, InstantSource.system())
                        .read(vm("web0"), Allowance.of(Duration.ofMillis(300))));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        statistics.start();
        begun.await();
        while (all.children().starts() == 0) {
            Thread.sleep(1);
        }

        StateReading second = new BhyvectlState(bhyvectl, directory, runs, InstantSource.system())
                .readState(vm("web0"), 0, Allowance.of(Scripts.PATIENCE));
        statistics.join();

        assertThat(first.get())
                .isInstanceOfSatisfying(
                        Failure.class, f -> assertThat(f.cause()).isEqualTo(Cause.ABANDONED));
        assertThat(second)
                .isInstanceOfSatisfying(
                        Failure.class, f -> assertThat(f.cause()).isEqualTo(Cause.ABANDONED));
        assertThat(all.children().starts()).isEqualTo(1);
        assertThat(all.children().abandoned()).isEqualTo(1);
        all.letGo();
        all.children().close();
    }

    @Test
    void aTurnThatDoesNotComeIsATimeoutAndOtherVmsDoNotWait() throws Exception {
        try (Children children = new Children(System::nanoTime)) {
            VmChildren runs = new VmChildren(children, true, System::nanoTime);
            Path slow = Scripts.write(dir.resolve("slow"), "sleep 60");
            Thread reader = new Thread(() -> {
                try {
                    new BhyvectlHypervisor(slow, directory, runs, InstantSource.system())
                            .read(vm("web0"), Allowance.of(Scripts.PATIENCE));
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            reader.start();
            while (children.starts() == 0) {
                Thread.sleep(1);
            }

            assertThat(new BhyvectlState(bhyvectl, directory, runs, InstantSource.system())
                            .readState(vm("web0"), 0, Allowance.of(Duration.ofMillis(100))))
                    .isInstanceOfSatisfying(
                            Failure.class, f -> assertThat(f.cause()).isEqualTo(Cause.TIMEOUT));
            assertThat(children.starts()).isEqualTo(1);
            assertThat(new BhyvectlState(bhyvectl, directory, runs, InstantSource.system())
                            .readState(vm("web1"), 0, Allowance.of(Scripts.PATIENCE)))
                    .isInstanceOf(VcpuState.class);
            reader.interrupt();
            reader.join();
        }
    }
}
