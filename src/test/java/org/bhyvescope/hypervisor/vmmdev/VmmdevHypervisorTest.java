package org.bhyvescope.hypervisor.vmmdev;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import org.bhyvescope.dump.CpuSet;
import org.bhyvescope.dump.Topology;
import org.bhyvescope.hypervisor.Reading;
import org.bhyvescope.hypervisor.Reading.Cause;
import org.bhyvescope.hypervisor.Reading.Failure;
import org.bhyvescope.hypervisor.Snapshot;
import org.bhyvescope.hypervisor.VmDirectory;
import org.bhyvescope.hypervisor.VmId;
import org.bhyvescope.hypervisor.VmListing;
import org.bhyvescope.libc.FakeVmm;
import org.bhyvescope.os.Allowance;
import org.bhyvescope.os.Scripts;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Against the look-alike of the kernel module; the nodes are plain files. */
@Timeout(60)
class VmmdevHypervisorTest {
    private static final Instant NOW = Instant.parse("2026-11-24T00:00:00.123Z");

    @TempDir
    Path dir = Path.of("");

    private final FakeVmm fake = FakeVmm.fresh();
    private VmDirectory directory = new VmDirectory(dir, name -> true);
    private VmmdevHypervisor hypervisor = hypervisor(System::nanoTime);

    @BeforeEach
    void source() {
        directory = new VmDirectory(dir, name -> true);
        hypervisor = hypervisor(System::nanoTime);
    }

    @AfterEach
    void nothingForbiddenWasAskedAndNothingIsLeftOpen() {
        fake.tell("wake");
        hypervisor.close();
        assertThat(fake.count("violations")).as("%s", fake.log()).isZero();
        assertThat(fake.count("open")).as("%s", fake.log()).isZero();
        assertThat(fake.count("closes")).isEqualTo(openedOnce());
    }

    private long openedOnce() {
        return fake.log().stream()
                .filter(line -> line.startsWith("open ") && !line.contains("= -"))
                .count();
    }

    // ---- what is read

    @Test
    void onlyActiveVcpusAreReadAndOnlyListedCallsAreMade() throws Exception {
        VmId vm = vm("web0", 6);
        fake.tell("active web0 0,2,5", "suspended web0 2", "topology web0 1 3 2", "set web0 5 7 4711");

        Snapshot snapshot = snapshot(vm);

        assertThat(snapshot.vm()).isEqualTo(vm);
        assertThat(snapshot.active()).isEqualTo(CpuSet.of(0, 2, 5));
        assertThat(snapshot.suspended()).isEqualTo(CpuSet.of(2));
        assertThat(snapshot.topology()).contains(new Topology(1, 3, 2, 32));
        assertThat(snapshot.wallMillis()).isEqualTo(NOW.toEpochMilli());
        assertThat(snapshot.value(2, snapshot.table().column("total number of vm exits")))
                .isEqualTo(4711);
        List<String> log = new ArrayList<>(fake.log());
        assertThat(log).contains("ioctl VM_STAT_DESC web0 0 = errno 0", "ioctl VM_STAT_DESC web0 43 = errno 22");
        log.removeIf(line -> line.startsWith("ioctl VM_STAT_DESC web0 "));
        assertThat(log)
                .containsExactly(
                        "open web0 flags 0x100000 = 1000000",
                        "ioctl VM_GET_CPUS web0 0 128 = errno 0",
                        "ioctl VM_GET_CPUS web0 1 128 = errno 0",
                        "ioctl VM_STATS(544) web0 0 0 = errno 0",
                        "ioctl VM_STATS(544) web0 2 0 = errno 0",
                        "ioctl VM_STATS(544) web0 5 0 = errno 0",
                        "ioctl VM_GET_TOPOLOGY web0 = errno 0");
    }

    @Test
    void theNextSampleOpensNothingAndAsksForNoDescription() throws Exception {
        VmId vm = vm("web0", 2);
        Snapshot first = snapshot(vm);
        int before = fake.log().size();

        Snapshot second = snapshot(vm);

        assertThat(fake.log().subList(before, fake.log().size()))
                .hasSize(5)
                .noneMatch(line -> line.startsWith("open") || line.contains("DESC"));
        assertThat(second.table()).isSameAs(first.table());
        assertThat(second.active()).isSameAs(first.active());
        assertThat(hypervisor.vcpuReads()).isEqualTo(4);
    }

    @Test
    void setsAndTopologyAreFollowed() throws Exception {
        VmId vm = vm("web0", 4);
        fake.tell("suspended web0 0,1,2,3");
        assertThat(snapshot(vm).suspended().size()).isEqualTo(4);
        fake.tell("active web0 1,3", "suspended web0 none", "topology web0 2 1 1");

        Snapshot snapshot = snapshot(vm);

        assertThat(snapshot.active()).isEqualTo(CpuSet.of(1, 3));
        assertThat(snapshot.suspended()).isEqualTo(CpuSet.NONE);
        assertThat(snapshot.topology()).contains(new Topology(2, 1, 1, 32));
        assertThat(snapshot.vcpu(1)).isEqualTo(3);
    }

    @Test
    void aVmWithoutActiveVcpusIsASnapshotWithoutRows() throws Exception {
        VmId vm = vm("web0", 1);
        fake.tell("active web0 none");

        assertThat(snapshot(vm).rows()).isZero();
        assertThat(hypervisor.vcpuReads()).isZero();
    }

    @Test
    void eachVcpuHasTheMiddleOfItsCallAsItsTime() throws Exception {
        AtomicLong clock = new AtomicLong();
        VmmdevHypervisor ticking = hypervisor(() -> clock.addAndGet(100));
        VmId vm = vm("web0", 3);

        Snapshot snapshot = (Snapshot) ticking.read(vm, Allowance.of(Scripts.PATIENCE));
        ticking.close();

        // Asked at 100 to begin, at 200 and 300 around the sets; then twice for each vCPU.
        assertThat(IntStream.range(0, 3).mapToLong(snapshot::nanos).toArray()).containsExactly(450, 650, 850);
        assertThat(snapshot.endNanos()).isEqualTo(850);
    }

    @ParameterizedTest
    @CsvSource({"12, 0", "13, 0", "14, 0", "15, 16"})
    void samplingLocksNoVcpuBefore15(int release, int locking) throws Exception {
        fake.tell("release " + release);
        snapshot(vm("web0", 16));

        assertThat(fake.count("locking")).isEqualTo(locking);
    }

    @Test
    void allVmsShareOneTable() throws Exception {
        Snapshot web = snapshot(vm("web0", 1));
        Snapshot db = snapshot(vm("db", 2));

        assertThat(db.table()).isSameAs(web.table());
        assertThat(fake.count("descriptions")).isEqualTo(43 + 1);
    }

    @Test
    void sixteenVmsAreReadAtATimeEachWithItsOwnValues() throws Exception {
        List<VmId> vms = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            vms.add(vm("vm" + i, 3));
            fake.tell("set vm" + i + " 2 0 " + (100 + i));
        }
        ExecutorService threads = Executors.newFixedThreadPool(16);
        try {
            for (int again = 0; again < 50; again++) {
                List<Future<Reading>> readings = threads.invokeAll(vms.stream()
                        .map(vm -> (java.util.concurrent.Callable<Reading>) () -> read(vm))
                        .toList());
                for (int i = 0; i < 16; i++) {
                    Snapshot snapshot = (Snapshot) readings.get(i).get(30, TimeUnit.SECONDS);
                    assertThat(snapshot.vm()).isEqualTo(vms.get(i));
                    assertThat(snapshot.value(2, 0)).isEqualTo(100 + i);
                }
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(openedOnce()).isEqualTo(16);
    }

    @Test
    void aSampleAllocatesItsTableAndLittleElse() throws Exception {
        VmId vm = vm("web0", 16);
        Allowance allowance = Allowance.of(Duration.ofHours(1));
        for (int i = 0; i < 200; i++) {
            hypervisor.read(vm, allowance);
        }
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 5; round++) {
            long before = allocated();
            for (int i = 0; i < 100; i++) {
                hypervisor.read(vm, allowance);
            }
            least = Math.min(least, (allocated() - before) / 100);
        }
        int table = 16 * (16 + 43 * Long.BYTES);

        assertThat(least).isBetween((long) table, table + 1200L);
    }

    private static long allocated() {
        return ((com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean())
                .getThreadAllocatedBytes(Thread.currentThread().getId());
    }

    // ---- devices: kept, reopened, closed

    @Test
    void theVmsAreTheNodesAndListingOpensNothing() throws Exception {
        VmId vm = vm("web0", 1);

        assertThat(hypervisor.vms()).isEqualTo(new VmListing.Listed(List.of(vm), List.of()));
        assertThat(hypervisor.name()).isEqualTo("vmmdev");
        assertThat(fake.count("calls")).isZero();
    }

    @Test
    void aVmThatIsNotListedAnyMoreHasItsDeviceClosed() throws Exception {
        VmId web = vm("web0", 1);
        VmId db = vm("db", 1);
        snapshot(web);
        snapshot(db);
        destroy("web0");

        hypervisor.vms();

        assertThat(fake.count("open")).isEqualTo(1);
        assertThat(fake.log()).last().isEqualTo("close web0 1000000");
        assertThat(snapshot(db).rows()).isEqualTo(1);
    }

    @Test
    void withoutTheDirectoryAllDevicesAreClosed() throws Exception {
        Path gone = Files.createDirectory(dir.resolve("vmm"));
        directory = new VmDirectory(gone, name -> true);
        VmmdevHypervisor other = hypervisor(System::nanoTime);
        Files.createFile(gone.resolve("web0"));
        fake.tell("vm web0 1");
        other.read(directory.identify("web0").orElseThrow(), Allowance.of(Scripts.PATIENCE));
        Files.delete(gone.resolve("web0"));
        Files.delete(gone);

        assertThat(other.vms()).isInstanceOf(VmListing.NoVmm.class);
        assertThat(fake.count("open")).isZero();
    }

    @Test
    void aDeviceIsClosedOnlyAfterItsReadingHasEnded() throws Exception {
        VmId vm = vm("web0", 2);
        snapshot(vm);
        fake.tell("hang VM_STATS");
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            Future<Reading> reading = thread.submit(() -> read(vm));
            Scripts.await("hangs", () -> fake.count("hanging") == 1);

            assertThatExceptionOfType(IllegalStateException.class)
                    .isThrownBy(() -> read(vm))
                    .withMessageContaining("two threads");
            destroy("web0");
            hypervisor.vms();
            hypervisor.vms();
            assertThat(fake.count("open")).isEqualTo(1);
            fake.tell("wake");

            assertThat(reading.get(30, TimeUnit.SECONDS))
                    .isInstanceOfSatisfying(
                            Failure.class, f -> assertThat(f.cause()).isEqualTo(Cause.GONE));
            assertThat(fake.count("open")).isZero();
        } finally {
            thread.shutdownNow();
        }
    }

    @Test
    void aDeviceWhoseVmIsNoLongerListedIsNotKeptAfterAGoodReading() throws Exception {
        VmId vm = vm("web0", 2);
        snapshot(vm);
        fake.tell("hang VM_STATS");
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            Future<Reading> reading = thread.submit(() -> read(vm));
            Scripts.await("hangs", () -> fake.count("hanging") == 1);

            Files.delete(dir.resolve("web0"));
            hypervisor.vms();
            fake.tell("wake");

            assertThat(reading.get(30, TimeUnit.SECONDS)).isInstanceOf(Snapshot.class);
            assertThat(fake.count("open")).isZero();
        } finally {
            thread.shutdownNow();
        }
    }

    @Test
    void closingTheSourceWaitsForNobody() throws Exception {
        VmId vm = vm("web0", 2);
        fake.tell("hang VM_GET_CPUS");
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            Future<Reading> reading = thread.submit(() -> read(vm));
            Scripts.await("hangs", () -> fake.count("hanging") == 1);

            hypervisor.close();
            assertThat(fake.count("open")).isEqualTo(1);
            fake.tell("wake");

            assertThat(reading.get(30, TimeUnit.SECONDS)).isInstanceOf(Snapshot.class);
            assertThat(fake.count("open")).isZero();
            assertThat(failure(vm).cause()).isEqualTo(Cause.NOT_STARTED);
            assertThat(fake.count("opens")).isEqualTo(1);
        } finally {
            thread.shutdownNow();
        }
    }

    @Test
    void aVmCreatedAgainWithANewNodeIsOpenedAnew() throws Exception {
        VmId before = vm("web0", 2);
        snapshot(before);
        destroy("web0");
        VmId after = vm("web0", 3);

        hypervisor.vms();

        assertThat(after).isNotEqualTo(before);
        assertThat(snapshot(after).rows()).isEqualTo(3);
        assertThat(fake.count("open")).isEqualTo(1);
    }

    @Test
    void aVmCreatedAgainSoQuicklyThatItsNodeLooksTheSameIsOpenedAnew() throws Exception {
        VmId vm = vm("web0", 2);
        fake.tell("set web0 0 7 5000000000");
        snapshot(vm);
        fake.tell("destroy web0", "vm web0 2");

        Snapshot second = snapshot(vm);

        assertThat(second.value(0, 7)).as("lower: a new epoch for the ledger").isLessThan(5_000_000_000L);
        assertThat(fake.count("open")).isEqualTo(1);
    }

    @Test
    void theListIsReadAgainAfterAVmHasGoneSinceTheModuleMayBeAnother() throws Exception {
        Snapshot first = snapshot(vm("web0", 1));
        destroy("web0");
        hypervisor.vms();
        fake.tell("name 0 " + first.table().name(1), "name 1 " + first.table().name(0));

        Snapshot second = snapshot(vm("web1", 1));

        assertThat(second.table().column(first.table().name(0))).isEqualTo(1);
        destroy("web1");
        hypervisor.vms();
        assertThat(snapshot(vm("web2", 1)).table())
                .as("read again, and the same")
                .isSameAs(second.table());
    }

    @Test
    void moreValuesThanDescriptionsIsGarbledOnce() throws Exception {
        VmId vm = vm("web0", 1);
        snapshot(vm);
        fake.tell("extra 1");

        assertThat(failure(vm))
                .isEqualTo(new Failure(Cause.GARBLED, "VM_STATS gave 44 values of vCPU 0 for 43 descriptions"));
        assertThat(snapshot(vm).table().size()).isEqualTo(44);
    }

    // ---- failures

    @ParameterizedTest
    @CsvSource({
        "open, 2, GONE, 'open: ENOENT (2): the VM went away'",
        "open, 6, GONE, 'open: ENXIO (6): the VM went away'",
        "open, 13, DENIED, devfs rule",
        "open, 1, DENIED, jail without allow.vmm",
        "open, 24, EXIT_STATUS, 'EMFILE (24): no file descriptor'",
        "open, 16, EXIT_STATUS, 'open: EBUSY (16)'",
        "VM_GET_CPUS, 1, DENIED, jail",
        "VM_GET_CPUS, 22, EXIT_STATUS, 'VM_GET_CPUS: EINVAL (22)'",
        "VM_GET_CPUS, 34, EXIT_STATUS, 'VM_GET_CPUS: ERANGE (34)'",
        "VM_STAT_DESC, 6, GONE, VM_STAT_DESC",
        "VM_STAT_DESC, 25, EXIT_STATUS, unknown kernel",
        "VM_STATS, 22, NO_OUTPUT, 'VM_STATS of vCPU 0: EINVAL (22)'",
        "VM_STATS, 16, NO_OUTPUT, 'VM_STATS of vCPU 0: EBUSY (16)'",
        "VM_STATS, 4, NO_OUTPUT, 'VM_STATS of vCPU 0: EINTR (4)'",
        "VM_STATS, 25, NO_OUTPUT, unknown kernel",
        "VM_STATS, 6, GONE, went away",
        "VM_STATS, 99, NO_OUTPUT, errno 99",
        "VM_GET_TOPOLOGY, 6, GONE, VM_GET_TOPOLOGY",
        "VM_GET_TOPOLOGY, 22, EXIT_STATUS, VM_GET_TOPOLOGY"
    })
    void everyErrorHasItsCauseAndTheVmIsReadAgainAfterIt(String call, int errno, Cause cause, String text)
            throws Exception {
        VmId vm = vm("web0", 2);
        fake.tell("error " + call + " " + errno + " 0 10");

        Failure failure = failure(vm);

        assertThat(failure.cause()).isEqualTo(cause);
        assertThat(failure.detail()).contains(text);
        assertThat(fake.count("open")).isZero();
        FakeVmm.fresh("vm web0 2");
        assertThat(snapshot(vm).rows()).isEqualTo(2);
    }

    @Test
    void aKernelWithoutTopologyHasNone() throws Exception {
        VmId vm = vm("web0", 1);
        fake.tell("error VM_GET_TOPOLOGY 25 0 -1");

        assertThat(snapshot(vm).topology()).isEmpty();
    }

    @Test
    void aKernelWithoutStatisticsIsAFailure() throws Exception {
        VmId vm = vm("web0", 1);
        fake.tell("error VM_STAT_DESC 22 0 -1");

        assertThat(failure(vm).cause()).isEqualTo(Cause.NO_OUTPUT);
    }

    @Test
    void aVmMayVanishBeforeAnyOfTheCalls() throws Exception {
        int calls = 2 + 44 + 3 + 1;
        for (int first = 1; first >= 0; first--) {
            for (int i = 0; i <= calls; i++) {
                VmId vm = vm("web0", 3);
                if (first == 0) {
                    snapshot(vm);
                }
                fake.tell("vanish web0 " + i);

                Reading reading = read(vm);

                boolean whole = i >= (first == 1 ? calls : 2 + 3 + 1);
                assertThat(reading instanceof Snapshot).as("after %d", i).isEqualTo(whole);
                if (reading instanceof Failure failure) {
                    assertThat(failure.cause()).isEqualTo(Cause.GONE);
                }
                Files.delete(dir.resolve("web0"));
                hypervisor.vms();
                assertThat(fake.count("open")).isZero();
                fake.tell("reset", "log on");
            }
        }
    }

    @Test
    void aVmThatIsBeingDestroyedMayRefuseItsVcpusFirst() throws Exception {
        VmId vm = vm("web0", 2);
        fake.tell("error VM_STATS 22 0 1");
        Files.delete(dir.resolve("web0"));

        assertThat(failure(vm).cause()).isEqualTo(Cause.GONE);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aVmThatIsCreatedAgainWhileItIsReadIsReplaced(boolean openBefore) throws Exception {
        VmId vm = vm("web0", 2);
        if (openBefore) {
            snapshot(vm);
        }
        fake.tell("hang VM_STATS");
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            Future<Reading> reading = thread.submit(() -> read(vm));
            Scripts.await("hangs", () -> fake.count("hanging") == 1);
            destroy("web0");
            VmId after = vm("web0", 2);
            fake.tell("wake");

            assertThat(reading.get(30, TimeUnit.SECONDS))
                    .isInstanceOfSatisfying(
                            Failure.class, f -> assertThat(f.cause()).isEqualTo(Cause.REPLACED));
            hypervisor.vms();
            assertThat(snapshot(after).vm()).isEqualTo(after);
        } finally {
            thread.shutdownNow();
        }
    }

    @Test
    void aNodeThatIsNotThatOfTheListingIsNotReadUnderItsName() throws Exception {
        VmId before = vm("web0", 1);
        destroy("web0");
        vm("web0", 1);

        assertThat(failure(before).cause()).isEqualTo(Cause.REPLACED);
        assertThat(fake.count("open")).isZero();
    }

    @Test
    void theAllowanceIsForAllVcpusTogether() throws Exception {
        AtomicLong clock = new AtomicLong();
        VmmdevHypervisor slow = hypervisor(() -> clock.addAndGet(TimeUnit.SECONDS.toNanos(1)));
        VmId vm = vm("web0", 16);
        Allowance allowance = Allowance.of(Duration.ofSeconds(10));

        assertThat(slow.read(vm, allowance))
                .isEqualTo(new Failure(Cause.TIMEOUT, "the kernel did not answer in time, up to vCPU 4"));
        assertThat(allowance.leftNanos()).isNegative();
        slow.close();
    }

    @Test
    void aReadingThatTheKernelHoldsUpShowsInItsAllowance() throws Exception {
        VmId vm = vm("web0", 1);
        Allowance allowance = Allowance.of(Scripts.PATIENCE);
        fake.tell("hang VM_STATS");
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            Future<Reading> reading = thread.submit(() -> hypervisor.read(vm, allowance));
            Scripts.await("hangs", () -> fake.count("hanging") == 1);
            long hanging = System.nanoTime();

            assertThat(allowance.childNanos(hanging + 1_000_000)).isGreaterThan(1_000_000);
            fake.tell("wake");
            reading.get(30, TimeUnit.SECONDS);
            assertThat(allowance.childNanos(System.nanoTime())).isZero();
        } finally {
            thread.shutdownNow();
        }
    }

    @Test
    void anInterruptEndsTheReading() throws Exception {
        VmId vm = vm("web0", 1);
        Thread.currentThread().interrupt();

        assertThatExceptionOfType(InterruptedException.class).isThrownBy(() -> read(vm));
        assertThat(fake.count("calls")).isZero();
    }

    @ParameterizedTest
    @CsvSource({"--destroy", "-x", "$(reboot)", "a;b", "a=b", "größe"})
    void aVmWithAHostileNameIsReadByThatName(String name) throws Exception {
        assertThat(snapshot(vm(name, 1)).vm().name()).isEqualTo(name);
    }

    private VmmdevHypervisor hypervisor(LongSupplier nanoClock) {
        return new VmmdevHypervisor(directory, InstantSource.fixed(NOW), nanoClock);
    }

    private VmId vm(String name, int vcpus) throws IOException {
        Files.createFile(dir.resolve(name));
        fake.tell("vm " + name + " " + vcpus);
        return directory.identify(name).orElseThrow();
    }

    private void destroy(String name) throws IOException {
        fake.tell("destroy " + name);
        Files.delete(dir.resolve(name));
    }

    private Reading read(VmId vm) throws InterruptedException {
        return hypervisor.read(vm, Allowance.of(Scripts.PATIENCE));
    }

    private Snapshot snapshot(VmId vm) throws InterruptedException {
        Reading reading = read(vm);
        assertThat(reading).isInstanceOf(Snapshot.class);
        return (Snapshot) reading;
    }

    private Failure failure(VmId vm) throws InterruptedException {
        Reading reading = read(vm);
        assertThat(reading).isInstanceOf(Failure.class);
        return (Failure) reading;
    }
}
