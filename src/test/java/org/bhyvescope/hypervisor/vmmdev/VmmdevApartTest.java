package org.bhyvescope.hypervisor.vmmdev;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.bhyvescope.hypervisor.Reading;
import org.bhyvescope.hypervisor.Reading.Cause;
import org.bhyvescope.hypervisor.Reading.Failure;
import org.bhyvescope.hypervisor.Snapshot;
import org.bhyvescope.hypervisor.StateReading;
import org.bhyvescope.hypervisor.VmId;
import org.bhyvescope.hypervisor.VmListing;
import org.bhyvescope.os.Scripts;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Real readers, each with the look-alike of the kernel module as its C library. */
@Timeout(180)
class VmmdevApartTest {
    /** Enough for a JVM to start on a busy machine, short enough to be waited for. */
    private static final Duration DEADLINE = Duration.ofSeconds(4);

    @TempDir
    Path dir = Path.of("");

    private final List<ReaderHost> hosts = new ArrayList<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();

    private ReaderHost host(String... script) throws IOException {
        ReaderHost host = ReaderHost.in(dir, script);
        hosts.add(host);
        return host;
    }

    @AfterEach
    void close() throws IOException {
        threads.shutdownNow();
        for (ReaderHost host : hosts) {
            host.close();
            Scripts.await("no reader is left", () -> host.processes().isEmpty());
        }
    }

    // ---- statistics

    @Test
    void oneReaderReadsAllVmsOneAfterTheOther() throws Exception {
        ReaderHost host = host("release 15", "vm web0 2", "vm db 3", "set db 2 7 4711");
        VmId web = host.node("web0");
        VmId db = host.node("db");

        Snapshot first = host.snapshot(web);
        for (int i = 0; i < 20; i++) {
            assertThat(host.snapshot(web).rows()).isEqualTo(2);
            assertThat(host.snapshot(db).value(2, 7)).isEqualTo(4711);
        }

        assertThat(host.source.name()).isEqualTo("vmmdev");
        assertThat(host.source.vms()).isEqualTo(new VmListing.Listed(List.of(db, web), List.of()));
        assertThat(first.vm()).isEqualTo(web);
        assertThat(first.wallMillis()).isEqualTo(ReaderHost.NOW.toEpochMilli());
        assertThat(host.snapshot(db).table()).as("one table for all").isSameAs(first.table());
        assertThat(host.children.starts()).isEqualTo(1);
        assertThat(host.source.vcpuReads()).isEqualTo(2 + 20 * 5 + 3);
        assertThat(host.calls("VM_STATS(")).hasSize(2 + 20 * 5 + 3).allMatch(line -> line.contains("LOCKS"));
        assertThat(host.calls("open ")).as("devices stay open").hasSize(2);
        assertThat(host.calls("VM_STAT_DESC")).as("the list is read once").hasSize(44);
    }

    @Test
    void momentsLieWithinTheReadingAndTheStartOfTheReaderIsNotInThem() throws Exception {
        ReaderHost host = host("release 15", "vm web0 4", "spin 2000");
        VmId vm = host.node("web0");
        for (int i = 0; i < 2; i++) {
            long before = System.nanoTime();
            Snapshot snapshot = host.snapshot(vm);
            long after = System.nanoTime();

            for (int row = 0; row < 4; row++) {
                long previous = row == 0 ? before : snapshot.nanos(row - 1);
                assertThat(snapshot.nanos(row) - previous).isGreaterThanOrEqualTo(row == 0 ? 0 : 2_000_000);
            }
            assertThat(snapshot.endNanos()).isEqualTo(snapshot.nanos(3));
            // A call that spins for 2 ms follows the last row, and half of one belongs to it.
            assertThat(after - snapshot.endNanos()).isBetween(3_000_000L, 1_000_000_000L);
        }
    }

    @Test
    void aListThatChangesIsSentAnew() throws Exception {
        ReaderHost host = host("release 15", "vm web0 1");
        VmId vm = host.node("web0");
        Snapshot before = host.snapshot(vm);
        host.kernel.tell("extra 1");

        assertThat(host.failure(vm, DEADLINE).cause()).isEqualTo(Cause.GARBLED);
        Snapshot after = host.snapshot(vm);
        assertThat(after.table().size()).isEqualTo(before.table().size() + 1);
        assertThat(host.snapshot(vm).table()).isSameAs(after.table());
        assertThat(host.children.starts()).as("a failure is an answer").isEqualTo(1);
    }

    @Test
    void devicesOfVmsThatHaveGoneAreClosedByTheReader() throws Exception {
        ReaderHost host = host("release 15", "vm web0 1", "vm db 1");
        VmId web = host.node("web0");
        VmId db = host.node("db");
        host.source.vms();
        host.snapshot(web);
        host.snapshot(db);
        host.kernel.tell("destroy web0");
        host.removeNode("web0");

        assertThat(host.failure(web, DEADLINE).cause()).isEqualTo(Cause.GONE);
        host.removeNode("db");
        host.kernel.tell("destroy db", "vm mail 1");
        VmId mail = host.node("mail");
        host.source.vms();
        host.snapshot(mail);

        assertThat(host.calls("close ")).hasSize(2);
    }

    @ParameterizedTest
    @CsvSource({"--destroy", "'a\tb'", "'a\nb'", "größe", "$(reboot)"})
    void aVmWithAHostileNameIsReadByThatName(String name) throws Exception {
        ReaderHost host = host("release 15");
        VmId vm = host.node(name);

        Failure failure = host.failure(vm, DEADLINE);

        assertThat(failure.cause()).as("%s", failure).isEqualTo(Cause.GONE);
        assertThat(host.calls("open ")).hasSizeBetween(1, 2);
    }

    // ---- hanging

    @Test
    void aVmThatHangsHoldsUpNoOtherAndIsATimeout() throws Exception {
        ReaderHost host = host("release 15", "vm web0 2", "vm db 2");
        VmId web = host.node("web0");
        VmId db = host.node("db");
        host.snapshot(web);
        long hanging = host.processes().get(0);
        host.kernel.tell("hang VM_STATS web0");
        Future<Reading> web0 = threads.submit(() -> host.read(web, Duration.ofSeconds(6)));
        Scripts.await("asked", () -> host.processes().size() == 1 && isReading(host, "VM_GET_CPUS web0 1", 2));
        host.kernel.anew("release 15", "vm web0 2", "vm db 2");

        assertThat(host.snapshot(db).rows()).isEqualTo(2);
        assertThat(web0.isDone()).isFalse();

        assertThat(web0.get(60, TimeUnit.SECONDS))
                .isEqualTo(new Failure(Cause.TIMEOUT, "the kernel did not answer in time, and the reader was killed"));
        Scripts.awaitEnd(hanging);
        assertThat(host.snapshot(web).rows()).isEqualTo(2);
        assertThat(host.children.starts()).as("the second reader reads both").isEqualTo(2);
        assertThat(host.children.abandoned()).isZero();
        assertThat(host.source.vcpuReads()).isEqualTo(2 + 1 + 2 + 2);
    }

    private static boolean isReading(ReaderHost host, String call, int times) {
        try {
            return host.calls(call).size() >= times;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aStateThatHangsIsATimeoutAndAllItsLockingCallsCount() throws Exception {
        ReaderHost host = host("vm web0 2", "hang VM_GET_REGISTER_SET web0");
        VmId vm = host.node("web0");

        assertThat(host.readState(vm, 1, DEADLINE))
                .isInstanceOfSatisfying(
                        Failure.class, f -> assertThat(f.cause()).isEqualTo(Cause.TIMEOUT));
        Scripts.await("the reader is gone", () -> host.processes().isEmpty());
        assertThat(host.source.lockingReads()).hasValue(1 + 11);
        host.kernel.anew("vm web0 2");
        host.state(vm, 1);
        assertThat(host.source.lockingReads()).hasValue(12 + 12);
        assertThat(host.snapshot(vm).rows()).isEqualTo(2);
    }

    // ---- dying

    @ParameterizedTest
    @ValueSource(strings = {"VM_STATS", "VM_GET_REGISTER_SET"})
    void aReaderThatCrashesIsAFailureAndTheLastOfThisRun(String call) throws Exception {
        ReaderHost host = host("release 15", "vm web0 1", "crash " + call);
        VmId vm = host.node("web0");
        boolean state = call.equals("VM_GET_REGISTER_SET");

        Object reading = state ? host.readState(vm, 0, Scripts.PATIENCE) : host.read(vm, Scripts.PATIENCE);

        assertThat(reading).isInstanceOfSatisfying(Failure.class, failure -> {
            assertThat(failure.cause()).isEqualTo(Cause.EXIT_STATUS);
            assertThat(failure.detail())
                    .isEqualTo("the reader ended with status 134: # A fatal error has been detected by the Java "
                            + "Runtime Environment:");
        });
        host.kernel.anew("release 15", "vm web0 1");
        for (Object next : List.of(host.read(vm, Scripts.PATIENCE), host.readState(vm, 0, Scripts.PATIENCE))) {
            assertThat(next).isInstanceOfSatisfying(Failure.class, failure -> {
                assertThat(failure.cause()).isEqualTo(Cause.NOT_STARTED);
                assertThat(failure.detail()).contains("crashed in native code");
            });
        }
        assertThat(host.children.starts()).isEqualTo(1);
    }

    /** VMs that hang once more share half of the readers; what answers finds the other half. */
    @Test
    void vmsThatHungBeforeDoNotTakeEveryReader() throws Exception {
        ReaderHost host = host("release 15", "vm good 1");
        List<VmId> hanging = new ArrayList<>();
        for (int i = 0; i < Readers.MOST; i++) {
            host.kernel.tell("vm bad" + i + " 1", "hang VM_STATS bad" + i);
            hanging.add(host.node("bad" + i));
        }
        VmId good = host.node("good");
        for (VmId vm : hanging) {
            assertThat(host.read(vm, Duration.ofMillis(700))).isInstanceOf(Failure.class);
        }
        hanging.forEach(vm -> tell(host, "hang VM_STATS " + vm.name()));
        List<Thread> readings = new ArrayList<>();
        for (VmId vm : hanging) {
            Thread thread = new Thread(() -> {
                try {
                    host.read(vm, Duration.ofSeconds(20));
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            readings.add(thread);
            thread.start();
        }
        Scripts.await("the doubtful half is taken", () -> host.processes().size() >= Readers.MOST_DOUBTFUL);

        assertThat(host.read(good, Duration.ofSeconds(10))).isInstanceOf(Snapshot.class);
        assertThat(host.processes()).hasSizeLessThanOrEqualTo(Readers.MOST_DOUBTFUL + 1);
        readings.forEach(Thread::interrupt);
        for (Thread reading : readings) {
            reading.join();
        }
    }

    private static void tell(ReaderHost host, String line) {
        try {
            host.kernel.tell(line);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aReaderThatIsKilledWhileIdleIsReplacedUnnoticed() throws Exception {
        ReaderHost host = host("release 15", "vm web0 1");
        VmId vm = host.node("web0");
        host.snapshot(vm);
        long first = host.processes().get(0);
        ProcessHandle.of(first).orElseThrow().destroyForcibly();
        Scripts.awaitEnd(first);
        Scripts.await("noticed", () -> ProcessHandle.of(first).isEmpty());

        StateReading reading = host.readState(vm, 0, Scripts.PATIENCE);

        // In the moment between its end and the JDK's notice of it, it may still be asked.
        if (reading instanceof Failure failure) {
            assertThat(failure.detail()).isEqualTo("the reader ended with status 137");
        }
        assertThat(host.snapshot(vm).rows()).isEqualTo(1);
        assertThat(host.children.starts()).isEqualTo(2);
    }

    @Test
    void aReaderThatIsKilledWhileItReadsIsAFailure() throws Exception {
        ReaderHost host = host("release 15", "vm web0 1", "hang VM_STATS");
        VmId vm = host.node("web0");
        Future<Reading> reading = threads.submit(() -> host.read(vm, Scripts.PATIENCE));
        Scripts.await("asked", () -> isReading(host, "VM_STAT_DESC", 44));
        ProcessHandle.of(host.processes().get(0)).orElseThrow().destroyForcibly();

        assertThat(reading.get(60, TimeUnit.SECONDS))
                .isEqualTo(new Failure(Cause.EXIT_STATUS, "the reader ended with status 137"));
    }

    // ---- stopping

    @Test
    void closingEndsAllReadersWithinTwoSeconds() throws Exception {
        ReaderHost host = host("release 15", "vm web0 1", "vm db 1", "hang VM_STATS web0");
        VmId web = host.node("web0");
        VmId db = host.node("db");
        Future<Reading> hanging = threads.submit(() -> host.read(web, Scripts.PATIENCE));
        Scripts.await("asked", () -> isReading(host, "VM_STAT_DESC", 44));
        host.snapshot(db);
        assertThat(host.processes()).hasSize(2);

        long begun = System.nanoTime();
        host.source.close();
        host.children.close();
        Scripts.await("all are gone", () -> host.processes().isEmpty());

        assertThat(System.nanoTime() - begun).isLessThan(TimeUnit.SECONDS.toNanos(2));
        assertThat(hanging.get(60, TimeUnit.SECONDS)).isInstanceOf(Failure.class);
        assertThat(host.failure(db, DEADLINE)).isEqualTo(new Failure(Cause.NOT_STARTED, "the source is closed"));
        assertThat(host.children.starts()).isEqualTo(2);
    }

    @Test
    void aReaderDoesNotOutliveAProgramThatIsKilled() throws Exception {
        ReaderHost host = host("release 15", "vm web0 1");
        host.node("web0");
        Process program = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Dbhyvescope.libc=" + host.kernel.library(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        ReaderOwner.class.getName(),
                        dir.resolve("vmm").toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        assertThat(program.inputReader().readLine()).isEqualTo("read 1");
        List<ProcessHandle> readers = program.children().toList();
        assertThat(readers).hasSize(1);

        program.destroyForcibly().waitFor();

        Scripts.awaitEnd(readers.get(0).pid());
    }
}
