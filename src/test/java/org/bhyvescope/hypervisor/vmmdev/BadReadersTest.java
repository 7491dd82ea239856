package org.bhyvescope.hypervisor.vmmdev;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.bhyvescope.hypervisor.Reading;
import org.bhyvescope.hypervisor.Reading.Cause;
import org.bhyvescope.hypervisor.Reading.Failure;
import org.bhyvescope.hypervisor.VmDirectory;
import org.bhyvescope.hypervisor.VmId;
import org.bhyvescope.os.AbandoningChildren;
import org.bhyvescope.os.Allowance;
import org.bhyvescope.os.Children;
import org.bhyvescope.os.Command;
import org.bhyvescope.os.ReaderJvm;
import org.bhyvescope.os.Scripts;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Readers that are none: shell scripts that answer nonsense or nothing, and processes that cannot be killed. */
@Timeout(120)
class BadReadersTest {
    private static final Duration SHORT = Duration.ofMillis(200);

    @TempDir
    Path dir = Path.of("");

    private VmDirectory directory = new VmDirectory(Path.of(""), name -> true);
    private final List<AutoCloseable> open = new ArrayList<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();

    @BeforeEach
    void nodes() throws IOException {
        Path nodes = Files.createDirectory(dir.resolve("vmm"));
        for (int i = 0; i < 10; i++) {
            Files.createFile(nodes.resolve("web" + i));
        }
        directory = new VmDirectory(nodes, name -> true);
    }

    @AfterEach
    void close() throws Exception {
        threads.shutdownNow();
        for (AutoCloseable each : open) {
            each.close();
        }
    }

    private VmId vm(int i) {
        return directory.identify("web" + i).orElseThrow();
    }

    private Command command(String body) {
        Path script = Scripts.write(dir.resolve("script"), body);
        return Command.reader(new ReaderJvm(script, "x", List.of(), Optional.empty()), dir.resolve("vmm"));
    }

    private VmmdevApart source(Children children, String body, boolean locks) {
        VmmdevApart source =
                new VmmdevApart(directory, children, command(body), InstantSource.system(), System::nanoTime, locks);
        open.add(source);
        open.add(children);
        return source;
    }

    private static Failure read(VmmdevApart source, VmId vm, Duration time) throws InterruptedException {
        return (Failure) source.read(vm, Allowance.of(time));
    }

    private static Failure state(VmmdevApart source, VmId vm, Duration time) throws InterruptedException {
        return (Failure) source.readState(vm, 0, Allowance.of(time));
    }

    // ---- nonsense

    @ParameterizedTest
    @CsvSource({
        "echo nonsense and no answer, what it wrote is no answer: nonsense and no answer",
        "'printf \"\\000\\000\\000\\004\\000\\000\\000\\000\"', cannot be understood",
        "'printf \"\\000\\000\\000\\005\\000\\000\\000\\000\\011\"', cannot be understood: answer of kind 9",
        "'printf \"\\000\\000\\000\\001okay\"', it wrote more than an answer of 1 bytes"
    })
    void garbageOnThePipeIsAFailureAndTheReaderIsGone(String body, String detail) throws Exception {
        Children children = Scripts.quickChildren();
        VmmdevApart source = source(
                children, "head -c 20 >/dev/null; echo $$ >>" + dir + "/pids; " + body + "; cat >/dev/null", true);

        Failure statistics = read(source, vm(0), Scripts.PATIENCE);
        Failure state = state(source, vm(0), Scripts.PATIENCE);

        assertThat(List.of(statistics, state)).allSatisfy(failure -> {
            assertThat(failure.cause()).isEqualTo(Cause.GARBLED);
            assertThat(failure.detail()).contains(detail);
        });
        List<String> pids = Files.readAllLines(dir.resolve("pids"));
        assertThat(pids).hasSize(2);
        pids.forEach(pid -> Scripts.awaitEnd(Long.parseLong(pid)));
        assertThat(source.vcpuReads()).isEqualTo(1);
        assertThat(source.lockingReads()).hasValue(12);
    }

    @Test
    void aReaderThatCannotBeStartedIsAFailureThatCountsForNothing() throws Exception {
        Children children = Scripts.quickChildren();
        VmmdevApart source = source(children, "exit 0", true);
        Files.delete(dir.resolve("script"));

        assertThat(read(source, vm(0), Scripts.PATIENCE).cause()).isEqualTo(Cause.NOT_STARTED);
        assertThat(state(source, vm(0), Scripts.PATIENCE).cause()).isEqualTo(Cause.NOT_STARTED);
        assertThat(source.vcpuReads()).isZero();
        assertThat(source.lockingReads()).hasValue(0);
    }

    @Test
    void theNinthVmWaitsForAReaderAndSaysSo() throws Exception {
        Children children = Scripts.quickChildren();
        VmmdevApart source = source(children, "exec /bin/sleep 1000", true);
        List<Future<Failure>> eight = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            VmId vm = vm(i);
            eight.add(threads.submit(() -> read(source, vm, Duration.ofSeconds(10))));
        }
        Scripts.await("eight readers", () -> children.starts() == 8);

        assertThat(read(source, vm(8), SHORT))
                .isEqualTo(new Failure(Cause.TIMEOUT, "all 8 readers are held up by other VMs"));
        for (Future<Failure> each : eight) {
            assertThat(each.get(60, TimeUnit.SECONDS).cause()).isEqualTo(Cause.TIMEOUT);
        }
        assertThat(children.starts()).isEqualTo(8);
    }

    @Test
    void nothingIsLeftOfTwoHundredReadersThatFailed() throws Exception {
        Children children = Scripts.quickChildren();
        VmmdevApart source = source(children, "head -c 20 >/dev/null; echo nonsense; exit 7", true);
        for (int i = 0; i < 20; i++) {
            read(source, vm(0), Scripts.PATIENCE);
        }
        int descriptors = descriptors();
        int threadsBefore = Thread.activeCount();
        for (int i = 0; i < 200; i++) {
            assertThat(read(source, vm(i % 10), Scripts.PATIENCE).cause()).isEqualTo(Cause.EXIT_STATUS);
        }

        assertThat(children.starts()).isEqualTo(220);
        Scripts.await("descriptors are closed", () -> descriptors() <= descriptors + 3);
        Scripts.await("threads end", () -> Thread.activeCount() <= threadsBefore + 3);
        assertThat(ProcessHandle.current().children().filter(p -> Scripts.isRunning(p.pid())))
                .noneMatch(p -> p.info().commandLine().orElse("").contains(dir.toString()));
    }

    private static int descriptors() {
        try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
            return (int) all.count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    // ---- asleep in the kernel

    private VmmdevApart unkillable(AbandoningChildren runner, boolean locks) {
        open.add(runner::letGo);
        return source(runner.children(), "exit 0", locks);
    }

    @Test
    void aReaderThatSleepsInTheKernelIsAbandonedAndNoneJoinsIt() throws Exception {
        AbandoningChildren runner = new AbandoningChildren(command -> true);
        VmmdevApart source = unkillable(runner, true);

        assertThat(state(source, vm(0), SHORT).cause()).isEqualTo(Cause.ABANDONED);
        assertThat(runner.children().abandoned()).isEqualTo(1);
        long starts = runner.children().starts();

        assertThat(state(source, vm(0), SHORT)).isEqualTo(new Failure(Cause.ABANDONED, ReaderFailures.STILL_ABANDONED));
        assertThat(read(source, vm(0), SHORT))
                .as("its statistics would join it")
                .isEqualTo(state(source, vm(0), SHORT));
        assertThat(runner.children().starts()).isEqualTo(starts);
        assertThat(read(source, vm(1), SHORT).cause()).as("another VM is tried").isEqualTo(Cause.ABANDONED);
        assertThat(runner.children().starts()).isEqualTo(starts + 1);
        runner.letGo();
        assertThat(runner.children().abandoned()).isZero();
        assertThat(state(source, vm(0), SHORT).detail()).isNotEqualTo(ReaderFailures.STILL_ABANDONED);
    }

    @Test
    void whereStatisticsDoNotLockTheyGoOnBesideAStateThatSleeps() throws Exception {
        AbandoningChildren runner = new AbandoningChildren(command -> true);
        VmmdevApart source = unkillable(runner, false);
        state(source, vm(0), SHORT);
        long starts = runner.children().starts();

        read(source, vm(0), SHORT);

        assertThat(runner.children().starts()).isEqualTo(starts + 1);
        assertThat(state(source, vm(0), SHORT).detail())
                .as("where statistics sleep, a state would")
                .isEqualTo(ReaderFailures.STILL_ABANDONED);
    }

    @Test
    void whereStatisticsLockTheTwoOfAVmTakeTurns() throws Exception {
        AbandoningChildren runner = new AbandoningChildren(command -> true);
        VmmdevApart source = unkillable(runner, true);
        VmId vm = vm(0);
        Future<Reading> first = threads.submit(() -> source.read(vm, Allowance.of(Duration.ofMillis(500))));
        Scripts.await("begun", () -> runner.children().starts() == 1);

        Failure second = state(source, vm, Scripts.PATIENCE);

        assertThat(first.get(60, TimeUnit.SECONDS))
                .isInstanceOfSatisfying(
                        Failure.class, f -> assertThat(f.cause()).isEqualTo(Cause.ABANDONED));
        assertThat(second).isEqualTo(new Failure(Cause.ABANDONED, ReaderFailures.STILL_ABANDONED));
        assertThat(runner.children().starts()).isEqualTo(1);
        assertThat(runner.children().abandoned()).isEqualTo(1);
    }

    @Test
    void aTurnThatDoesNotComeIsATimeout() throws Exception {
        VmmdevApart source = source(Scripts.quickChildren(), "exec /bin/sleep 1000", true);
        VmId vm = vm(0);
        Future<Reading> first = threads.submit(() -> source.read(vm, Allowance.of(Duration.ofSeconds(5))));
        Scripts.await("begun", () -> source.vcpuReads() == 0 && isTaken(vm, source));

        assertThat(first.get(60, TimeUnit.SECONDS))
                .isEqualTo(new Failure(Cause.TIMEOUT, "the kernel did not answer in time, and the reader was killed"));
    }

    private static boolean isTaken(VmId vm, VmmdevApart source) {
        try {
            return state(source, vm, SHORT).detail().equals("another reading of this VM did not end in time");
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void noTimeIsNoReading() throws Exception {
        Children children = Scripts.quickChildren();
        VmmdevApart source = source(children, "exit 0", true);

        assertThat(read(source, vm(0), Duration.ZERO)).isEqualTo(new Failure(Cause.TIMEOUT, "no time is left"));
        assertThat(children.starts()).isZero();
        assertThat(source.vcpuReads()).isZero();
    }
}
