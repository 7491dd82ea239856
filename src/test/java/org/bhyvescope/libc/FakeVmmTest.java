package org.bhyvescope.libc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.sun.jna.Function;
import com.sun.jna.Memory;
import com.sun.jna.NativeLibrary;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.bhyvescope.os.Scripts;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** That the look-alike sees what must never be done, and can be told from outside a process. */
@Timeout(60)
class FakeVmmTest {
    private static final int READ_ONLY = 0x0010_0000;
    private static final int EINVAL = 22;

    private final FakeVmm fake = FakeVmm.fresh("vm web0 2");
    private final NativeLibrary library =
            NativeLibrary.getInstance(FakeVmm.library().toString());

    @AfterEach
    void clean() {
        FakeVmm.fresh();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, READ_ONLY | 2, 0x0008_0000})
    void otherFlagsOfOpenAreAViolation(int flags) {
        assertThat(call("open", "/dev/vmm/web0", flags)).isEqualTo(-1);
        assertViolation("open web0 with flags");
    }

    @ParameterizedTest
    @ValueSource(longs = {0xC0107601L, 0x20007605L, 0xC0107615L, 0x8010765CL})
    void anyOtherRequestIsAViolation(long request) {
        int device = call("open", "/dev/vmm/web0", READ_ONLY);
        try (Memory block = new Memory(1024)) {
            assertThat(call("ioctl", device, request, block)).isEqualTo(-1);
        }
        call("close", device);
        assertViolation("ioctl 0x" + Long.toHexString(request));
    }

    @Test
    void readingAVcpuThatIsNotActiveIsAViolation() {
        try (VmmDevice device = ((VmmOpening.Opened) VmmDevice.open(Path.of("/dev/vmm/web0"), new VmmAbi())).device()) {
            assertThat(device.stats(1, new long[64])).isEqualTo(43);
            assertThat(fake.count("violations")).isZero();
            assertThat(device.stats(2, new long[64])).isEqualTo(-EINVAL);
            assertThat(fake.count("violations")).isEqualTo(1);
            assertThat(device.registers(2, new int[] {20}, new long[1])).isEqualTo(-EINVAL);
            assertThat(device.capability(2, 0)).isEqualTo(-EINVAL);
        }
        assertThat(fake.count("violations")).isEqualTo(3);
    }

    @Test
    void readingTheMemoryMapOn12IsAViolationSinceItLocksAVcpu() {
        fake.tell("release 12");
        try (VmmDevice device = ((VmmOpening.Opened) VmmDevice.open(Path.of("/dev/vmm/web0"), new VmmAbi())).device()) {
            device.nextMapping(0, new long[VmmDevice.MAPPING_WORDS]);
        }
        assertViolation("VM_MMAP_GETNEXT web0");
    }

    @Test
    void writingASysctlIsAViolation() {
        try (Memory value = new Memory(8)) {
            assertThat(call("sysctlbyname", "kern.hz", null, null, value, 4L)).isEqualTo(-1);
            assertViolation("sysctl kern.hz");
            assertThat(call("sysctlbyname", "hw.vmm.destroy", value, value, null, 0L))
                    .isEqualTo(-1);
        }
        assertThat(fake.count("violations")).isEqualTo(2);
    }

    @Test
    void closingWhatIsNotOpenIsAViolation() {
        assertThat(call("close", 1_000_000)).isEqualTo(-1);
        assertViolation("close 1000000");
    }

    @Test
    void aLineThatIsNotUnderstoodIsAnError() {
        for (String line : List.of("vm web0 1", "destroy nobody", "release 11", "set web0 2 0 1", "nonsense")) {
            assertThatExceptionOfType(IllegalArgumentException.class).isThrownBy(() -> fake.tell(line));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"call", "ms"})
    void countersGrow(String how) throws Exception {
        fake.tell("grow web0 " + how + " 3");
        long[] before = new long[64];
        long[] after = new long[64];
        try (VmmDevice device = ((VmmOpening.Opened) VmmDevice.open(Path.of("/dev/vmm/web0"), new VmmAbi())).device()) {
            device.stats(0, before);
            Thread.sleep(20);
            device.stats(0, after);
        }
        assertThat(after[0] - before[0])
                .isGreaterThanOrEqualTo(how.equals("call") ? 3 : 57)
                .isLessThan(100_000);
        assertThat(how.equals("call") ? after[0] - before[0] : 3).isEqualTo(3);
        assertThat(after[4]).as("resident memory").isEqualTo(before[4]).isPositive();
    }

    @Test
    void anotherProcessFollowsItsScriptAndNotesItsCalls(@TempDir Path dir) throws Exception {
        Path script = Files.writeString(dir.resolve("script"), "release 13\nvm web0 1\nhang VM_GET_CPUS web0\n");
        Path log = dir.resolve("log");
        Process program = bhyvectl(script, log);
        Scripts.await("open", () -> Scripts.read(log).contains("open web0"));
        assertThat(program.isAlive()).isTrue();

        Files.writeString(script, "suspended web0 0\nwake", StandardOpenOption.APPEND);
        Thread.sleep(100);
        assertThat(program.isAlive()).as("the last line is not whole yet").isTrue();
        Files.writeString(script, "\n", StandardOpenOption.APPEND);

        assertThat(new String(program.getInputStream().readAllBytes(), UTF_8))
                .startsWith("active cpus:\t 0\nsuspended cpus:\t 0\nvcpu0 stats:\n")
                .endsWith("cpu_topology:\tsockets=1, cores=1, threads=1, maxcpus=16\n");
        assertThat(program.waitFor()).isZero();
        assertThat(Files.readAllLines(log)).contains("ioctl VM_STATS(536) web0 0 0 = errno 0");
    }

    @Test
    void aCrashIsARealOne(@TempDir Path dir) throws Exception {
        Path script = Files.writeString(dir.resolve("script"), "vm web0 1\ncrash VM_STATS\n");

        assertThat(bhyvectl(script, dir.resolve("log")).waitFor()).isEqualTo(128 + 11);
    }

    private static Process bhyvectl(Path script, Path log) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(
                FakeVmm.bhyvectl().toString(),
                "--vm=web0",
                "--cpu=0",
                "--get-active-cpus",
                "--get-suspended-cpus",
                "--get-cpu-topology",
                "--get-stats");
        builder.environment().put("FAKEVMM_SCRIPT", script.toString());
        builder.environment().put("FAKEVMM_LOG", log.toString());
        return builder.start();
    }

    private int call(String name, @org.jspecify.annotations.Nullable Object... arguments) {
        Function function = library.getFunction(name);
        return function.invokeInt(arguments);
    }

    private void assertViolation(String text) {
        assertThat(fake.count("violations")).isEqualTo(1);
        assertThat(fake.log()).anyMatch(line -> line.startsWith("VIOLATION " + text));
    }
}
