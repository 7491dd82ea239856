package org.bhyvescope.hypervisor.bhyvectl;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.IntStream;
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
import org.bhyvescope.os.Gate;
import org.bhyvescope.os.Scripts;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The real gate, as this user, with a look-alike of bhyvectl in its place; then gates that misbehave. */
@Timeout(120)
class GateBhyvectlTest {
    private static final Instant NOW = Instant.parse("2026-11-24T00:00:00.123Z");

    @TempDir
    Path dir = Path.of("");

    private final Children children = Scripts.quickChildren();
    private Path nodes = Path.of("");
    private Path bhyvectl = Path.of("");
    private Path gate = Path.of("");
    private Path by = Path.of("");

    @BeforeEach
    void host() throws IOException {
        nodes = Files.createDirectory(dir.resolve("vmm"));
        bhyvectl = Scripts.write(dir.resolve("bhyvectl"), """
                D='%s'
                echo "$*" >>"$D/argv"
                vm=${1#--vm=} cpu=${2#--cpu=}
                case $vm.$cpu in
                hangs.0 | late.5) exec sleep 30 ;;
                fails.5) echo "errno = 22"; exit 255 ;;
                silent.5) exit 0 ;;
                esac
                case $* in
                *--get-active-cpus*) printf 'active cpus:\\t 0, 2, 5\\nsuspended cpus:\\t 2\\n' ;;
                esac
                case $* in
                *--get-stats*) printf 'vcpu%%s stats:\\ntotal number of vm exits\\t%%s7\\n' "$cpu" "$cpu" ;;
                *--get-all*) printf 'efer[%%s]\\t\\t0x0000000000001d01\\nrip[%%s]\\t\\t0xffffffff81000000\\n' "$cpu" "$cpu" ;;
                esac
                """.formatted(dir));
        gate = dir.resolve("gate");
        String program = Files.readString(Path.of("agent/libexec/bhyvescope-gate"));
        String ours = program.replace("\nbhyvectl=/usr/sbin/bhyvectl\n", "\nbhyvectl=" + bhyvectl + "\n")
                .replace("\nvmm=/dev/vmm\n", "\nvmm=" + nodes + "\n");
        assertThat(ours).contains(bhyvectl.toString()).contains(nodes.toString());
        Files.writeString(gate, ours);
        Files.setPosixFilePermissions(gate, PosixFilePermissions.fromString("r-xr-xr-x"));
        by = Scripts.write(dir.resolve("by"), "[ \"$1\" = -n ] && shift && exec \"$@\"\n");
    }

    @AfterEach
    void killAll() {
        children.close();
    }

    @Test
    void aSampleIsThatOfTheDirectSourceInOneProcess() throws Exception {
        VmId vm = node("web");
        Snapshot direct = (Snapshot) new BhyvectlHypervisor(bhyvectl, directory(), turns(children), clock())
                .read(vm, Allowance.of(Scripts.PATIENCE));
        List<String> calls = Files.readAllLines(dir.resolve("argv"));
        Files.delete(dir.resolve("argv"));
        long before = children.starts();

        BhyvectlHypervisor hypervisor = hypervisor();
        Snapshot through = (Snapshot) hypervisor.read(vm, Allowance.of(Scripts.PATIENCE));

        assertThat(Files.readAllLines(dir.resolve("argv"))).isEqualTo(calls);
        assertThat(through.active()).isEqualTo(direct.active());
        assertThat(through.suspended()).isEqualTo(direct.suspended());
        assertThat(through.table()).isEqualTo(direct.table());
        assertThat(values(through)).containsExactly("0=7", "2=27", "5=57").isEqualTo(values(direct));
        assertThat(children.starts() - before)
                .as("the gate and its three bhyvectls")
                .isEqualTo(4);
        assertThat(hypervisor.vcpuReads()).isEqualTo(3);
        assertThat(hypervisor.name()).isEqualTo("gate");
        assertThat(hypervisor.processesBesides()).isEqualTo(1);
    }

    private static List<String> values(Snapshot snapshot) {
        return IntStream.range(0, snapshot.rows())
                .mapToObj(row -> snapshot.vcpu(row) + "=" + snapshot.value(row, 0))
                .toList();
    }

    @Test
    void aStateIsReadOfAnActiveVcpuOnly() throws Exception {
        VmId vm = node("web");

        StateReading state = states().readState(vm, 5, Allowance.of(Scripts.PATIENCE));
        StateReading none = states().readState(vm, 1, Allowance.of(Scripts.PATIENCE));

        assertThat(state).isInstanceOf(VcpuState.class);
        assertThat(((VcpuState) state).vcpu()).isEqualTo(5);
        assertThat(none).isEqualTo(new Failure(Cause.EXIT_STATUS, "bhyvectl exited with 1: vCPU 1 is not active"));
        assertThat(Files.readAllLines(dir.resolve("argv")))
                .containsExactly(
                        "--vm=web --get-active-cpus", "--vm=web --cpu=5 --get-all", "--vm=web --get-active-cpus");
    }

    @ParameterizedTest
    @CsvSource({
        "hangs, TIMEOUT, bhyvectl did not answer in time",
        "late, TIMEOUT, bhyvectl did not answer in time",
        "fails, EXIT_STATUS, bhyvectl exited with 255: errno = 22",
        "silent, NO_OUTPUT, bhyvectl exited with 0 and printed nothing",
    })
    void whatGoesWrongWithBhyvectlIsToldAsIfItWereOurs(String name, Cause cause, String detail) throws Exception {
        Failure failure = failure(node(name), Duration.ofMillis(1500));

        assertThat(failure.cause()).as(failure.detail()).isEqualTo(cause);
        assertThat(failure.detail()).startsWith(detail);
        assertThat(children.abandoned()).isZero();
    }

    @Test
    void aVmThatWasDestroyedIsGoneAndNotDenied() throws Exception {
        VmId vm = node("web");
        Files.delete(nodes.resolve("web"));

        assertThat(failure(vm, Scripts.PATIENCE).cause()).isEqualTo(Cause.GONE);
        assertThat(dir.resolve("argv")).doesNotExist();
    }

    @Test
    void aNameThatTheGateRefusesStartsNothing() throws Exception {
        VmId vm = node("a b");

        assertThat(failure(vm, Scripts.PATIENCE).detail()).startsWith("the gate takes only names of letters");
        assertThat(((Failure) states().readState(vm, 0, Allowance.of(Scripts.PATIENCE))).cause())
                .isEqualTo(Cause.NOT_STARTED);
        assertThat(children.starts()).isZero();
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '"',
            value = {
                "exit 1, NOT_STARTED, the gate did not answer (status 1)",
                "\"echo 'doas: Operation not permitted' >&2; exit 1\", NOT_STARTED, "
                        + "the gate did not answer (status 1): doas: Operation not permitted",
                "kill -9 $$, NOT_STARTED, the gate did not answer (status 137)",
                "\"echo hello; exit 0\", GARBLED, \"the gate's answer is not whole, or none; it begins: hello\"",
                "head -c 2000000 /dev/zero, TOO_MUCH_OUTPUT, bhyvectl printed more than",
                "\"printf 'vcpu0 stats:\\ntotal\\t1\\n'\", GARBLED, \"the gate's answer is not whole\"",
                "\"sed 's/vcpu5 stats/vcpu2 stats/'\", GARBLED, \"asked for vCPU 5, got\"",
                "\"sed 's/call 5/call 3/'\", GARBLED, the gate's answer holds nothing of vCPU 5",
                "\"sed 's/: 0, 2, 5/: 0, 2, 5, 7/;s/active cpus:.*/active cpus:\\t 0, 2, 5, 7/'\", GARBLED, "
                        + "the gate's answer holds nothing of vCPU 7",
                "\"sed '/call 2/,/gate: exit/d'\", GARBLED, the gate's answer holds nothing of vCPU 2",
                "\"sed '$d'\", GARBLED, \"the gate's answer is not whole\"",
                "\"sed 's/exit 0/exit 3/'\", EXIT_STATUS, bhyvectl exited with 3",
            })
    void aGateThatDiesLiesOrPrintsGarbageIsNotBelieved(String instead, Cause cause, String detail) throws Exception {
        String body = instead.startsWith("sed") ? "shift; \"$@\" | " + instead : instead;
        by = Scripts.write(dir.resolve("by"), "PATH=/bin:/usr/bin\n" + body + "\n");

        Failure failure = failure(node("web"), Scripts.PATIENCE);

        assertThat(failure.cause()).as(failure.detail()).isEqualTo(cause);
        assertThat(failure.detail()).startsWith(detail);
    }

    /** A sudo in front of it could be killed, and the gate would be left without anybody who knows of it. */
    @Test
    void aGateThatHangsIsNotWaitedForNorKilledAndIsTheOnlyOneUntilItEnds() throws Exception {
        by = Scripts.write(
                dir.resolve("by"),
                "[ -e '" + dir + "/pid' ] && shift && exec \"$@\"\necho $$ >'" + dir + "/pid'\nexec /bin/sleep 4\n");
        VmId vm = node("web");

        assertThat(failure(vm, Duration.ofMillis(300)).cause()).isEqualTo(Cause.ABANDONED);
        long pid = Scripts.pid(dir.resolve("pid"));
        assertThat(Scripts.isRunning(pid)).isTrue();
        assertThat(failure(vm, Scripts.PATIENCE).detail()).isEqualTo(Failures.STILL_ABANDONED);
        assertThat(children.starts()).isEqualTo(1);

        Scripts.await("its end", () -> children.abandoned() == 0);
        assertThat(hypervisor().read(vm, Allowance.of(Scripts.PATIENCE))).isInstanceOf(Snapshot.class);
    }

    /** The caller's end of its pipes is all that tells it. */
    @Test
    void aGateWhoseReadingIsInterruptedEndsAtItsLimit() throws Exception {
        by = Scripts.write(dir.resolve("by"), "echo $$ >'" + dir + "/pid'\nshift\nexec \"$@\"\n");
        VmId vm = node("late");
        Thread reader = new Thread(() -> {
            try {
                hypervisor().read(vm, Allowance.of(Duration.ofSeconds(3)));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        reader.start();
        long pid = Scripts.pid(dir.resolve("pid"));
        Scripts.await("its first call", () -> Scripts.read(dir.resolve("argv")).contains("--cpu=5"));
        reader.interrupt();
        reader.join();

        assertThat(Scripts.isRunning(pid)).isTrue();
        Scripts.awaitEnd(pid);
    }

    @Test
    void noDoasIsSaid() throws Exception {
        by = dir.resolve("nowhere");

        assertThat(failure(node("web"), Scripts.PATIENCE))
                .satisfies(f -> assertThat(f.cause()).isEqualTo(Cause.NOT_STARTED))
                .satisfies(f -> assertThat(f.detail()).contains("nowhere"));
    }

    /** As one that belongs to root: killing it fails, and it stays as long as its bhyvectl sleeps in the kernel. */
    @Test
    void aGateThatStaysIsCountedAndNoOtherIsStarted() throws Exception {
        AbandoningChildren root =
                new AbandoningChildren(command -> command.toString().contains(" -n "));
        try (Children all = root.children()) {
            BhyvectlHypervisor hypervisor =
                    new BhyvectlHypervisor(new GateBhyvectl(new Gate(by, gate), turns(all)), directory(), clock());
            VmId vm = node("web");

            Failure first = (Failure) hypervisor.read(vm, Allowance.of(Duration.ofMillis(100)));
            Failure second = (Failure) hypervisor.read(vm, Allowance.of(Scripts.PATIENCE));

            assertThat(first.cause()).isEqualTo(Cause.ABANDONED);
            assertThat(second.cause()).isEqualTo(Cause.ABANDONED);
            assertThat(all.starts()).isEqualTo(1);
            assertThat(all.abandoned()).isEqualTo(1);
            root.letGo();
            assertThat(all.abandoned()).isZero();
        }
    }

    private VmDirectory directory() {
        return new VmDirectory(nodes, n -> true);
    }

    private static VmChildren turns(Children children) {
        return new VmChildren(children, false, System::nanoTime);
    }

    private static InstantSource clock() {
        return InstantSource.fixed(NOW);
    }

    private BhyvectlHypervisor hypervisor() {
        return new BhyvectlHypervisor(new GateBhyvectl(new Gate(by, gate), turns(children)), directory(), clock());
    }

    private BhyvectlState states() {
        return new BhyvectlState(new GateBhyvectl(new Gate(by, gate), turns(children)), directory(), clock());
    }

    private Failure failure(VmId vm, Duration allowed) throws InterruptedException {
        Reading reading = hypervisor().read(vm, Allowance.of(allowed));
        assertThat(reading).isInstanceOf(Failure.class);
        return (Failure) reading;
    }

    private VmId node(String name) throws IOException {
        Files.write(nodes.resolve(name), "".getBytes(ISO_8859_1));
        return directory().identify(name).orElseThrow();
    }
}
