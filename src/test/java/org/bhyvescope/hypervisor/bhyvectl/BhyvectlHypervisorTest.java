package org.bhyvescope.hypervisor.bhyvectl;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.bhyvescope.dump.CpuSet;
import org.bhyvescope.dump.DumpFixtures;
import org.bhyvescope.dump.Topology;
import org.bhyvescope.hypervisor.Reading;
import org.bhyvescope.hypervisor.Reading.Cause;
import org.bhyvescope.hypervisor.Reading.Failure;
import org.bhyvescope.hypervisor.Snapshot;
import org.bhyvescope.hypervisor.VmDirectory;
import org.bhyvescope.hypervisor.VmId;
import org.bhyvescope.hypervisor.VmListing;
import org.bhyvescope.os.Allowance;
import org.bhyvescope.os.Children;
import org.bhyvescope.os.Scripts;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Against a look-alike of bhyvectl: it notes its arguments, then prints the file {@code VM.VCPU.out}, after running
 * {@code VM.VCPU.sh} where there is one.
 */
@Timeout(120)
class BhyvectlHypervisorTest {
    private static final Instant NOW = Instant.parse("2026-11-24T00:00:00.123Z");
    private static final String SETS = "--get-active-cpus --get-suspended-cpus --get-cpu-topology --get-stats";

    @TempDir
    Path dir = Path.of("");

    private final Children children = Scripts.quickChildren();
    private Path nodes = Path.of("");
    private Path bhyvectl = Path.of("");

    @BeforeEach
    void lookAlike() throws IOException {
        nodes = Files.createDirectory(dir.resolve("vmm"));
        bhyvectl = Scripts.write(dir.resolve("bhyvectl"), """
                D='%s'
                echo "$*" >>"$D/argv"
                for a; do
                    case $a in
                    --vm=*) vm=${a#--vm=} ;;
                    --cpu=*) cpu=${a#--cpu=} ;;
                    esac
                done
                if [ -f "$D/$vm.$cpu.sh" ]; then . "$D/$vm.$cpu.sh"; fi
                exec /bin/cat "$D/$vm.$cpu.out"
                """.formatted(dir));
    }

    @AfterEach
    void killAll() {
        children.close();
    }

    @Test
    void onlyActiveVcpusAreReadAndVcpu0TogetherWithTheSets() throws Exception {
        VmId vm = vm("web0", "0, 2, 5", "(none)", "total\t10\n");
        vcpu("web0", 2, "total\t20\n");
        vcpu("web0", 5, "total\t50\n");

        Snapshot snapshot = snapshot(vm);

        assertThat(argv())
                .containsExactly(
                        "--vm=web0 --cpu=0 " + SETS, "--vm=web0 --cpu=2 --get-stats", "--vm=web0 --cpu=5 --get-stats");
        assertThat(children.starts()).isEqualTo(3);
        assertThat(snapshot.active()).isEqualTo(CpuSet.of(0, 2, 5));
        assertThat(IntStream.range(0, 3).mapToObj(r -> snapshot.vcpu(r) + "=" + snapshot.value(r, 0)))
                .containsExactly("0=10", "2=20", "5=50");
    }

    @Test
    void whatVcpu0PrintedAroundIsInTheSnapshot() throws Exception {
        VmId vm = node("web0");
        Files.write(dir.resolve("web0.0.out"), DumpFixtures.bytes(DumpFixtures.AMD_14));
        for (int i = 1; i < 4; i++) {
            String other = DumpFixtures.text(DumpFixtures.AMD_14).replace("vcpu0 stats", "vcpu" + i + " stats");
            Files.writeString(dir.resolve("web0." + i + ".out"), statisticsOf(other), ISO_8859_1);
        }

        long before = System.nanoTime();
        Snapshot snapshot = snapshot(vm);
        long after = System.nanoTime();

        assertThat(snapshot.vm()).isEqualTo(vm);
        assertThat(snapshot.topology()).contains(new Topology(1, 2, 2, 32));
        assertThat(snapshot.suspended()).isEqualTo(CpuSet.NONE);
        assertThat(snapshot.wallMillis()).isEqualTo(NOW.toEpochMilli());
        assertThat(snapshot.table().size()).isEqualTo(43);
        assertThat(snapshot.rows()).isEqualTo(4);
        assertThat(snapshot.value(3, snapshot.table().column("total number of vm exits")))
                .isEqualTo(902211);
        assertThat(snapshot.nanos(0)).isBetween(before, snapshot.nanos(1));
        assertThat(snapshot.nanos(1)).isLessThan(snapshot.nanos(2));
        assertThat(snapshot.endNanos()).isBetween(snapshot.nanos(3), after);
    }

    @Test
    void aSuspendedVcpuIsReadToo() throws Exception {
        VmId vm = vm("web0", "0, 1", "1", "total\t10\n");
        vcpu("web0", 1, "total\t20\n");

        assertThat(snapshot(vm).suspended()).isEqualTo(CpuSet.of(1));
    }

    @Test
    void vcpu0ThatIsNotActiveHasNoRow() throws Exception {
        VmId vm = vm("web0", "1", "(none)", "total\t10\n");
        vcpu("web0", 1, "total\t20\n");

        Snapshot snapshot = snapshot(vm);

        assertThat(snapshot.rows()).isEqualTo(1);
        assertThat(snapshot.vcpu(0)).isEqualTo(1);
        assertThat(snapshot.value(0, 0)).isEqualTo(20);
    }

    @Test
    void aVmWithoutActiveVcpusIsASnapshotWithoutRows() throws Exception {
        Snapshot snapshot = snapshot(vm("web0", "(none)", "(none)", "total\t0\n"));

        assertThat(snapshot.rows()).isZero();
        assertThat(snapshot.active()).isEqualTo(CpuSet.NONE);
        assertThat(argv()).hasSize(1);
    }

    @Test
    void theVmsAreTheNodesOfTheDirectory() throws Exception {
        VmId vm = node("web0");

        assertThat(hypervisor().vms()).isEqualTo(new VmListing.Listed(List.of(vm), List.of()));
        assertThat(hypervisor().name()).isEqualTo("bhyvectl");
        assertThat(dir.resolve("argv")).as("listing runs nothing").doesNotExist();
    }

    // ---- one table for all

    @Test
    void allSnapshotsOfAHostShareOneTable() throws Exception {
        VmId web = vm("web0", "0, 1", "(none)", "total\t1\nidle\t2\n");
        vcpu("web0", 1, "total\t3\nidle\t4\n");
        VmId db = vm("db", "0", "(none)", "total\t5\nidle\t6\n");
        BhyvectlHypervisor hypervisor = hypervisor();

        Snapshot first = (Snapshot) read(hypervisor, web);

        assertThat(((Snapshot) read(hypervisor, web)).table()).isSameAs(first.table());
        assertThat(((Snapshot) read(hypervisor, db)).table()).isSameAs(first.table());
    }

    @Test
    void aVcpuThatPrintsItsLinesInAnotherOrderIsAlignedByName() throws Exception {
        VmId vm = vm("web0", "0, 1, 2", "(none)", "total\t1\nidle\t2\nhlt\t3\n");
        vcpu("web0", 1, "hlt\t30\ntotal\t10\nidle\t20\n");
        vcpu("web0", 2, "total\t100\nidle\t200\nhlt\t300\n");
        BhyvectlHypervisor hypervisor = hypervisor();

        for (int again = 0; again < 3; again++) {
            Snapshot snapshot = (Snapshot) read(hypervisor, vm);

            assertThat(snapshot.table().names()).containsExactly("total", "idle", "hlt");
            assertThat(IntStream.range(0, 3).mapToObj(r -> row(snapshot, r)))
                    .containsExactly("1 2 3", "10 20 30", "100 200 300");
        }
    }

    @ParameterizedTest
    @CsvSource({"'total\t1\n'", "'total\t1\nidle\t2\nhlt\t3\n'", "'total\t1\nhlt\t2\n'"})
    void aVcpuWithOtherStatisticsThanVcpu0IsGarbled(String rows) throws Exception {
        VmId vm = vm("web0", "0, 1", "(none)", "total\t1\nidle\t2\n");
        vcpu("web0", 1, rows);

        assertThat(failure(vm)).isEqualTo(new Failure(Cause.GARBLED, "vCPU 1 has other statistics than vCPU 0"));
    }

    @Test
    void aNewKernelWithAnotherListIsFollowed() throws Exception {
        VmId vm = vm("web0", "0", "(none)", "total\t1\nidle\t2\n");
        BhyvectlHypervisor hypervisor = hypervisor();
        read(hypervisor, vm);
        vm("db", "0", "(none)", "total\t1\nnovelty\t2\n");

        Snapshot snapshot = (Snapshot) read(hypervisor, identify("db"));

        assertThat(snapshot.table().names()).containsExactly("total", "novelty");
    }

    // ---- failures

    @Test
    void aVmThatVanishesBetweenTwoVcpusIsGone() throws Exception {
        VmId vm = vm("web0", "0, 1, 2", "(none)", "total\t1\n");
        script("web0", 1, "echo 'vm_open: web0 could not be opened: No such file or directory' >&2; exit 1");

        Failure failure = failure(vm);

        assertThat(failure.cause()).isEqualTo(Cause.GONE);
        assertThat(failure.detail()).contains("No such file or directory");
        assertThat(argv()).as("the first failure ends the reading").hasSize(2);
    }

    @Test
    void aVmThatVanishesBeforeTheStatisticsOfAVcpuPrintsNothing() throws Exception {
        VmId vm = vm("web0", "0, 1", "(none)", "total\t1\n");
        Files.createFile(dir.resolve("web0.1.out"));

        assertThat(failure(vm).cause()).isEqualTo(Cause.NO_OUTPUT);
    }

    @Test
    void onRelease12AVmWhoseNodeIsNotThereAnyMoreIsGone() throws Exception {
        VmId vm = vm("web0", "0, 1", "(none)", "total\t1\n");
        script("web0", 1, "/bin/rm '" + nodes + "/web0'; echo 'VM:web0 is not created.'; exit 1");

        assertThat(failure(vm).cause()).isEqualTo(Cause.GONE);
    }

    @Test
    void aVmThatIsCreatedAgainWhileItIsReadIsReplaced() throws Exception {
        VmId vm = vm("web0", "0, 1", "(none)", "total\t1\n");
        vcpu("web0", 1, "total\t2\n");
        script("web0", 1, "echo >'" + nodes + "/new'; /bin/mv '" + nodes + "/new' '" + nodes + "/web0'");

        assertThat(failure(vm).cause()).isEqualTo(Cause.REPLACED);
        Files.delete(dir.resolve("web0.1.sh"));
        assertThat(snapshot(identify("web0")).vm()).isNotEqualTo(vm);
    }

    @Test
    void aVmThatIsDestroyedAfterItsLastVcpuWasReadIsReplaced() throws Exception {
        VmId vm = vm("web0", "0", "(none)", "total\t1\n");
        script("web0", 0, "/bin/rm '" + nodes + "/web0'");

        assertThat(failure(vm).cause()).isEqualTo(Cause.REPLACED);
    }

    @ParameterizedTest
    @CsvSource({
        "'echo \"vm_open: web0 could not be opened: Permission denied\" >&2; exit 1', DENIED",
        "'echo \"errno = 6\"; exit 255', GONE",
        "'echo \"errno = 1\"; exit 255', DENIED",
        "'echo \"Usage: bhyvectl --vm=<vmname>\" >&2; exit 1', EXIT_STATUS",
        "'echo \"Unknown cpu vendor\" >&2; exit 1', EXIT_STATUS",
        "'kill -KILL $$', EXIT_STATUS",
        "'exit 0', NO_OUTPUT",
        "'echo nonsense; exit 0', GARBLED",
        "'exec /bin/dd if=/dev/zero bs=1048576 count=9', TOO_MUCH_OUTPUT"
    })
    void everyFailureOfBhyvectlHasItsCause(String script, Cause cause) throws Exception {
        VmId vm = vm("web0", "0", "(none)", "total\t1\n");
        script("web0", 0, script);

        assertThat(failure(vm).cause()).isEqualTo(cause);
    }

    @Test
    void withoutBhyvectlNothingIsStarted() throws Exception {
        VmId vm = node("web0");
        Files.delete(bhyvectl);

        assertThat(failure(vm).cause()).isEqualTo(Cause.NOT_STARTED);
    }

    @ParameterizedTest
    @CsvSource({
        "'suspended cpus:\t (none)\n'",
        "'active cpus:\t 0\n'",
        "''",
        "'active cpus:\t 0, 1,\nsuspended cpus:\t (none)\n'"
    })
    void vcpu0WithoutBothSetsIsGarbledAndNoOtherVcpuIsGuessed(String sets) throws Exception {
        VmId vm = node("web0");
        Files.writeString(dir.resolve("web0.0.out"), sets + "vcpu0 stats:\ntotal\t1\n");

        assertThat(failure(vm).cause()).isEqualTo(Cause.GARBLED);
        assertThat(argv()).hasSize(1);
    }

    @Test
    void theAllowanceIsForAllVcpusTogether() throws Exception {
        VmId vm = vm("web0", "0, 1, 2, 3", "(none)", "total\t1\n");
        for (int i = 1; i < 4; i++) {
            script("web0", i, i == 3 ? "exec /bin/sleep 1000" : "/bin/sleep 0.2");
            vcpu("web0", i, "total\t1\n");
        }

        long begun = System.nanoTime();
        Reading reading = hypervisor().read(vm, Allowance.of(Duration.ofSeconds(4)));

        assertThat(reading)
                .isInstanceOfSatisfying(
                        Failure.class, f -> assertThat(f.cause()).isEqualTo(Cause.TIMEOUT));
        assertThat(System.nanoTime() - begun).isLessThan(Scripts.PATIENCE.toNanos());
    }

    @Test
    void anInterruptEndsTheReading() throws Exception {
        VmId vm = vm("web0", "0", "(none)", "total\t1\n");
        script("web0", 0, "echo $$ >'" + dir + "/pid'; exec /bin/sleep 1000");
        ExecutorService thread = Executors.newSingleThreadExecutor();
        Future<Reading> reading = thread.submit(() -> read(hypervisor(), vm));
        long child = Scripts.pid(dir.resolve("pid"));

        thread.shutdownNow();

        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(() -> reading.get(30, TimeUnit.SECONDS))
                .withCauseInstanceOf(InterruptedException.class);
        Scripts.awaitEnd(child);
    }

    // ---- names, many at a time

    @ParameterizedTest
    @CsvSource({"--destroy", "-x", "'a b'", "$(reboot)", "a;b", "a=b"})
    void aVmWithAHostileNameIsReadByThatName(String name) throws Exception {
        VmId vm = vm(name, "0", "(none)", "total\t1\n");

        assertThat(snapshot(vm).vm().name()).isEqualTo(name);
        assertThat(argv()).containsExactly("--vm=" + name + " --cpu=0 " + SETS);
    }

    @Test
    void sixteenVmsAreReadAtATimeEachWithItsOwnValues() throws Exception {
        List<Callable<Reading>> readings = new ArrayList<>();
        BhyvectlHypervisor hypervisor = hypervisor();
        for (int i = 0; i < 16; i++) {
            VmId vm = vm("vm" + i, "0, 1", "(none)", "total\t" + i + "\nidle\t7\n");
            vcpu(
                    "vm" + i,
                    1,
                    i % 2 == 0 ? "total\t" + (100 + i) + "\nidle\t8\n" : "idle\t8\ntotal\t" + (100 + i) + "\n");
            readings.add(() -> read(hypervisor, vm));
        }
        ExecutorService threads = Executors.newFixedThreadPool(16);
        try {
            for (int again = 0; again < 3; again++) {
                List<Future<Reading>> done = threads.invokeAll(readings);
                for (int i = 0; i < 16; i++) {
                    Snapshot snapshot = (Snapshot) done.get(i).get();
                    int total = snapshot.table().column("total");

                    assertThat(snapshot.vm().name()).isEqualTo("vm" + i);
                    assertThat(snapshot.value(0, total)).isEqualTo(i);
                    assertThat(snapshot.value(1, total)).isEqualTo(100 + i);
                    assertThat(snapshot.value(1, 1 - total)).isEqualTo(8);
                }
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(argv()).hasSize(16 * 2 * 3);
    }

    private BhyvectlHypervisor hypervisor() {
        return new BhyvectlHypervisor(
                bhyvectl,
                new VmDirectory(nodes, n -> true),
                new VmChildren(children, false, System::nanoTime),
                InstantSource.fixed(NOW));
    }

    private static Reading read(BhyvectlHypervisor hypervisor, VmId vm) throws InterruptedException {
        return hypervisor.read(vm, Allowance.of(Scripts.PATIENCE));
    }

    private Snapshot snapshot(VmId vm) throws InterruptedException {
        Reading reading = read(hypervisor(), vm);
        assertThat(reading).isInstanceOf(Snapshot.class);
        return (Snapshot) reading;
    }

    private Failure failure(VmId vm) throws InterruptedException {
        Reading reading = read(hypervisor(), vm);
        assertThat(reading).isInstanceOf(Failure.class);
        return (Failure) reading;
    }

    /** A VM with its node and what its vCPU 0 prints. */
    private VmId vm(String name, String active, String suspended, String rows) throws IOException {
        Files.writeString(
                dir.resolve(name + ".0.out"),
                "active cpus:\t " + active + "\nsuspended cpus:\t " + suspended + "\nvcpu0 stats:\n" + rows
                        + "cpu_topology:\tsockets=1, cores=1, threads=1, maxcpus=16\n");
        return node(name);
    }

    private VmId node(String name) throws IOException {
        Files.createFile(nodes.resolve(name));
        return identify(name);
    }

    private VmId identify(String name) {
        return new VmDirectory(nodes, n -> true).identify(name).orElseThrow();
    }

    private void vcpu(String vm, int vcpu, String rows) throws IOException {
        Files.writeString(dir.resolve(vm + "." + vcpu + ".out"), "vcpu" + vcpu + " stats:\n" + rows);
    }

    private void script(String vm, int vcpu, String body) throws IOException {
        Files.writeString(dir.resolve(vm + "." + vcpu + ".sh"), body + "\n");
    }

    private List<String> argv() throws IOException {
        return Files.readAllLines(dir.resolve("argv"));
    }

    private static String statisticsOf(String text) {
        return text.substring(text.indexOf("vcpu"), text.indexOf("cpu_topology"));
    }

    private static String row(Snapshot snapshot, int row) {
        return snapshot.value(row, 0) + " " + snapshot.value(row, 1) + " " + snapshot.value(row, 2);
    }
}
