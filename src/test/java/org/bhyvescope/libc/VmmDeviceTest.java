package org.bhyvescope.libc;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;
import org.bhyvescope.os.Scripts;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Against the look-alike of the kernel module. */
@Timeout(60)
class VmmDeviceTest {
    private static final Path NODE = Path.of("/dev/vmm/web0");

    private final FakeVmm fake = FakeVmm.fresh("vm web0 4");
    private final VmmAbi abi = new VmmAbi();
    private final long[] values = new long[64];
    private final long[] set = new long[VmmDevice.CPU_WORDS];

    @AfterEach
    void nothingForbiddenWasAsked() {
        fake.tell("wake");
        assertThat(fake.count("violations")).as("%s", fake.log()).isZero();
    }

    // ---- opening and closing

    @Test
    void theNodeIsOpenedForReadingAndClosedOnExec() {
        open().close();

        assertThat(fake.log()).containsExactly("open web0 flags 0x100000 = 1000000", "close web0 1000000");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 13, 24})
    void whatOpenRefusesHasFreeBsdsNumber(int errno) {
        fake.tell("error open " + errno + " 0 1");

        assertThat(VmmDevice.open(NODE, abi)).isEqualTo(new VmmOpening.Refused(errno));
    }

    @Test
    void aNameThatIsNotAsciiIsHandedOverInUtf8() {
        assertThat(VmmDevice.open(Path.of("/dev/vmm/größe"), abi)).isEqualTo(new VmmOpening.Refused(2));
        assertThat(fake.log().get(0).getBytes(ISO_8859_1)).contains(0xc3, 0xb6);
    }

    @Test
    void closingAgainIsHarmlessAndClosesNobodyElse() {
        VmmDevice first = open();
        first.close();
        VmmDevice second = open();

        first.close();

        assertThat(fake.count("closes")).isEqualTo(1);
        assertThat(second.stats(0, values)).isEqualTo(43);
        second.close();
        assertThat(fake.count("open")).isZero();
    }

    static Stream<ToIntFunction<VmmDevice>> calls() {
        return Stream.of(
                device -> device.cpus(VmmDevice.Cpus.ACTIVE, new long[VmmDevice.CPU_WORDS]),
                device -> device.stats(0, new long[64]),
                device -> device.description(0, new byte[VmmDevice.DESCRIPTION_BYTES]),
                device -> device.topology(new int[4]),
                device -> device.registers(0, new int[] {20}, new long[1]),
                device -> device.capability(0, 3),
                device -> device.nextMapping(0, new long[VmmDevice.MAPPING_WORDS]),
                device -> device.segment(0, new long[1], new byte[VmmDevice.SEGMENT_NAME_BYTES]),
                device -> device.rtc(new long[1]));
    }

    @ParameterizedTest
    @MethodSource("calls")
    void useAfterCloseIsAnException(ToIntFunction<VmmDevice> call) {
        VmmDevice device = open();
        device.close();
        long before = fake.count("calls");

        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> call.applyAsInt(device))
                .withMessage("closed");
        assertThat(fake.count("calls")).isEqualTo(before);
    }

    @ParameterizedTest
    @MethodSource("calls")
    void errorsOfACallAreFreeBsdsNegated(ToIntFunction<VmmDevice> call) {
        try (VmmDevice device = open()) {
            fake.tell("destroy web0");

            assertThat(call.applyAsInt(device)).isEqualTo(-Errno.ENXIO.number());
            fake.tell("vm web0 1");
            assertThat(call.applyAsInt(device)).as("another VM").isEqualTo(-Errno.ENXIO.number());
        }
    }

    @Test
    void aCloseDuringACallTakesEffectWhenItReturns() throws Exception {
        VmmDevice device = open();
        fake.tell("hang VM_STATS");
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            Future<Integer> reading = thread.submit(() -> device.stats(2, values));
            Scripts.await("hangs", () -> fake.count("hanging") == 1);

            assertThatThrownBy(() -> device.stats(0, values)).hasMessage("used by two threads at a time");
            device.close();
            device.close();
            assertThat(fake.count("open")).isEqualTo(1);
            fake.tell("wake");

            assertThat(reading.get(30, TimeUnit.SECONDS)).isEqualTo(43);
            assertThat(fake.count("open")).isZero();
            assertThat(fake.count("closes")).isEqualTo(1);
            assertThatThrownBy(() -> device.stats(0, values)).hasMessage("closed");
        } finally {
            thread.shutdownNow();
        }
    }

    // ---- sets

    @ParameterizedTest
    @CsvSource({"12, 32", "13, 32", "14, 128", "15, 128"})
    void theSizeOfASetIsFoundOncePerHost(int release, int bytes) {
        fake.tell("release " + release, "active web0 0,3,15", "suspended web0 3");
        try (VmmDevice device = open()) {
            assertThat(device.cpus(VmmDevice.Cpus.ACTIVE, set)).isZero();
            assertThat(BitSet.valueOf(set).stream()).containsExactly(0, 3, 15);
            assertThat(device.cpus(VmmDevice.Cpus.SUSPENDED, set)).isZero();
            assertThat(BitSet.valueOf(set).stream()).containsExactly(3);
        }

        List<String> asked =
                fake.log().stream().filter(line -> line.contains("CPUS")).toList();
        assertThat(asked).hasSize(bytes == 128 ? 2 : 3);
        assertThat(asked.subList(asked.size() - 2, asked.size()))
                .containsExactly(
                        "ioctl VM_GET_CPUS web0 0 " + bytes + " = errno 0",
                        "ioctl VM_GET_CPUS web0 1 " + bytes + " = errno 0");
    }

    @Test
    void aSetBeyond1024IsReadWithTheLargerSize() {
        fake.tell("release 15", "maxcpu 1024", "active web0 0,1023");
        try (VmmDevice device = open()) {
            assertThat(device.cpus(VmmDevice.Cpus.ACTIVE, set)).isZero();
        }
        assertThat(BitSet.valueOf(set).stream()).containsExactly(0, 1023);
    }

    @Test
    void aKernelThatTakesNoSizeIsAnError() {
        fake.tell("error VM_GET_CPUS 34 0 -1");
        try (VmmDevice device = open()) {
            assertThat(device.cpus(VmmDevice.Cpus.ACTIVE, set)).isEqualTo(-Errno.ERANGE.number());
        }
        assertThat(fake.log()).filteredOn(line -> line.contains("CPUS")).hasSize(3);
    }

    // ---- statistics

    @ParameterizedTest
    @CsvSource({"12, amd, 57", "13, intel, 56", "14, amd, 43", "14, intel, 42", "15, amd, 43"})
    void theFormOfStatisticsIsFoundOncePerHost(int release, String vendor, int count) {
        fake.tell("release " + release, "vendor " + vendor, "set web0 3 5 4711");
        try (VmmDevice device = open();
                VmmDevice other = open()) {
            assertThat(device.stats(3, values)).isEqualTo(count);
            assertThat(values[5]).isEqualTo(4711);
            assertThat(Arrays.copyOfRange(values, count, values.length)).containsOnly(0);
            assertThat(other.stats(3, values)).isEqualTo(count);
        }

        List<String> asked =
                fake.log().stream().filter(line -> line.contains("STATS")).toList();
        String locks = release == 15 ? " LOCKS" : "";
        if (release < 14) {
            assertThat(asked.get(0)).isEqualTo("ioctl VM_STATS(544) web0 3 0 = errno 25");
            assertThat(asked.subList(1, 3)).allMatch(line -> line.startsWith("ioctl VM_STATS(536) web0 3"));
        } else {
            assertThat(asked).allMatch(("ioctl VM_STATS(544) web0 3 0" + locks + " = errno 0")::equals);
        }
        assertThat(asked).hasSize(release < 14 ? 3 : 2);
        assertThat(abi.statsCalls()).isEqualTo(asked.size());
    }

    @Test
    void moreThan64StatisticsComeInChunks() {
        long[] many = new long[200];
        for (int count = 62; count < 140; count++) {
            fake.tell("extra " + (count - 43), "set web0 1 " + (count - 1) + " " + count);
            Arrays.fill(many, -1);
            try (VmmDevice device = open()) {
                assertThat(device.stats(1, many)).isEqualTo(count);
            }
            assertThat(many[count - 1]).isEqualTo(count);
            assertThat(many[count]).isEqualTo(-1);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 43, 64, 70, 128})
    void moreStatisticsThanThereIsRoomForAreCountedOnly(int room) {
        fake.tell("extra 100");
        long[] few = new long[room];
        Arrays.fill(few, -1);
        try (VmmDevice device = open()) {
            assertThat(device.stats(1, few)).isEqualTo(143);
        }
        assertThat(few).doesNotContain(-1);
    }

    @ParameterizedTest
    @CsvSource({"6, -6", "2, 64"})
    void anErrorOfALaterChunkIsOneUnlessItMeansTheEnd(int errno, int expected) {
        fake.tell("extra 100", "error VM_STATS " + errno + " 1 1");
        try (VmmDevice device = open()) {
            assertThat(device.stats(1, values)).isEqualTo(expected);
        }
    }

    @Test
    void aKernelThatHasNeitherFormIsUnknown() {
        fake.tell("error VM_STATS 25 0 -1");
        try (VmmDevice device = open()) {
            assertThat(device.stats(1, values)).isEqualTo(-Errno.ENOTTY.number());
            fake.tell("reset", "log on", "vm web0 1");
        }
        try (VmmDevice device = open()) {
            assertThat(device.stats(0, values)).as("nothing wrong was learnt").isEqualTo(43);
        }
    }

    @ParameterizedTest
    @CsvSource({"22", "16", "6", "14"})
    void anErrorOfTheStatisticsDoesNotChangeTheForm(int errno) {
        fake.tell("error VM_STATS " + errno + " 0 1");
        try (VmmDevice device = open()) {
            assertThat(device.stats(1, values)).isEqualTo(-errno);
            assertThat(device.stats(1, values)).isEqualTo(43);
        }
        assertThat(abi.statsCalls()).isEqualTo(2);
    }

    @Test
    void anInterruptedCallIsMadeAgainButNotForEver() {
        fake.tell("error VM_STATS 4 0 3", "error open 4 0 2");
        try (VmmDevice device = open()) {
            assertThat(device.stats(1, values)).isEqualTo(43);
            fake.tell("error VM_STATS 4 0 -1");
            assertThat(device.stats(1, values)).isEqualTo(-Errno.EINTR.number());
        }
        fake.tell("error open 4 0 -1");
        assertThat(VmmDevice.open(NODE, abi)).isEqualTo(new VmmOpening.Refused(4));
    }

    @Test
    void descriptionsComeOneByOneUntilThereIsNoMore() {
        List<String> names = new ArrayList<>();
        byte[] text = new byte[VmmDevice.DESCRIPTION_BYTES];
        String longest = "x".repeat(127);
        fake.tell("name 1 " + longest);
        try (VmmDevice device = open()) {
            int length;
            while ((length = device.description(names.size(), text)) >= 0) {
                names.add(new String(text, 0, length, ISO_8859_1));
            }
            assertThat(length).isEqualTo(-Errno.EINVAL.number());
        }
        assertThat(names).hasSize(43).contains("vcpu total runtime", "lvts triggered[6]", longest);
    }

    @Test
    void theTopologyIsReadAsUnsigned() {
        fake.tell("topology web0 2 65535 1", "maxcpu 40000");
        int[] topology = new int[4];
        try (VmmDevice device = open()) {
            assertThat(device.topology(topology)).isZero();
        }
        assertThat(topology).containsExactly(2, 65535, 1, 40000);
    }

    // ---- registers

    @Test
    void registersOfOneMomentIncludeTheControlBlocks() {
        int exitCode = 0x8000_0000 | 8 << 16 | 0x70;
        fake.tell("reg web0 2 20 0xffffffff80123456", "reg web0 2 " + exitCode + " 0x7b");
        long[] into = new long[2];
        try (VmmDevice device = open()) {
            assertThat(device.registers(2, new int[] {20, exitCode}, into)).isZero();
            assertThat(into).containsExactly(0xffffffff80123456L, 0x7b);
            assertThat(device.registers(2, new int[] {20, 49}, into)).isEqualTo(-Errno.EINVAL.number());
            assertThat(into).containsExactly(0xffffffff80123456L, 0x7b);
        }
        assertThat(fake.count("locking")).isEqualTo(1 + 1);
    }

    @ParameterizedTest
    @CsvSource({
        "intel, 0x80004402, 0",
        "amd, 0x80080070, 0",
        "amd, 0x80030070, 22",
        "amd, 0x80080ffc, 22",
        "amd, 49, 22"
    })
    void aFieldOfTheVmcbOrVmcsIsARegisterWithANegativeNumber(String vendor, String number, int errno) {
        fake.tell("vendor " + vendor, "reg web0 1 " + number + " 77");
        long[] into = new long[1];
        try (VmmDevice device = open()) {
            assertThat(device.registers(1, new int[] {Long.decode(number).intValue()}, into))
                    .isEqualTo(-errno);
        }
        assertThat(into[0]).isEqualTo(errno == 0 ? 77 : 0);
    }

    @Test
    void moreRegistersThanThereIsRoomForAreRefused() {
        try (VmmDevice device = open()) {
            assertThatExceptionOfType(IllegalArgumentException.class)
                    .isThrownBy(() -> device.registers(0, new int[65], new long[65]));
            assertThatExceptionOfType(IllegalArgumentException.class)
                    .isThrownBy(() -> device.registers(0, new int[2], new long[1]));
        }
    }

    // ---- capabilities, memory, clock

    @Test
    void aCapabilityIsSetOrNotOrNotAvailableOrUnknown() {
        fake.tell("cap web0 1 0 1", "cap web0 1 2 0", "cap web0 1 3 none");
        try (VmmDevice device = open()) {
            assertThat(device.capability(1, 0)).isEqualTo(1);
            assertThat(device.capability(1, 2)).isZero();
            assertThat(device.capability(1, 3)).isEqualTo(-Errno.ENOENT.number());
            assertThat(device.capability(1, 11)).isEqualTo(-Errno.EINVAL.number());
            assertThat(device.capability(0, 3)).isEqualTo(1);
        }
        assertThat(fake.count("locking")).isEqualTo(5);
        assertThat(fake.log()).contains("ioctl VM_GET_CAPABILITY web0 1 2 LOCKS = errno 0");
    }

    @ParameterizedTest
    @ValueSource(ints = {13, 14, 15})
    void theMemoryMapIsReadFromItsBeginningToItsEnd(int release) {
        fake.tell(
                "release " + release,
                "map web0 0x100000000 0 0xc0000000 0x40000000 7 3",
                "map web0 0 0 0 0xc0000000 7 1",
                "map web0 0xffffc000 1 0 16384 5 0");
        long[] into = new long[VmmDevice.MAPPING_WORDS];
        List<long[]> all = new ArrayList<>();
        try (VmmDevice device = open()) {
            long from = 0;
            while (device.nextMapping(from, into) == 0) {
                all.add(into.clone());
                from = into[0] + into[3];
            }
            assertThat(device.nextMapping(from, into)).isEqualTo(-Errno.ENOENT.number());
        }

        assertThat(all)
                .containsExactly(
                        new long[] {0, 0, 0, 0xc000_0000L, 7, 1},
                        new long[] {0xffff_c000L, 1, 0, 16384, 5, 0},
                        new long[] {0x1_0000_0000L, 0, 0xc000_0000L, 0x4000_0000L, 7, 3});
        assertThat(fake.count("locking")).isZero();
    }

    @ParameterizedTest
    @CsvSource({"12, 25", "13, 0", "14, 0", "15, 25"})
    void segmentsHaveThisFormOnTwoReleasesOnly(int release, int errno) {
        fake.tell("release " + release, "seg web0 0 0x100000000", "seg web0 1 16384 abcdefghijklmnop");
        long[] length = new long[1];
        byte[] name = new byte[VmmDevice.SEGMENT_NAME_BYTES];
        try (VmmDevice device = open()) {
            assertThat(device.segment(1, length, name)).isEqualTo(errno == 0 ? 16 : -errno);
            if (errno == 0) {
                assertThat(length).containsExactly(16384);
                assertThat(new String(name, ISO_8859_1)).isEqualTo("abcdefghijklmnop");
                assertThat(device.segment(0, length, name)).isZero();
                assertThat(length).containsExactly(0x1_0000_0000L);
                assertThat(device.segment(2, length, name)).isZero();
                assertThat(length).containsExactly(0);
                assertThat(device.segment(4, length, name)).isEqualTo(-Errno.EINVAL.number());
            }
        }
        assertThat(fake.count("locking")).isZero();
    }

    @Test
    void theClockShowsItsSeconds() {
        fake.tell("rtc web0 -5000000000");
        long[] seconds = new long[1];
        try (VmmDevice device = open()) {
            assertThat(device.rtc(seconds)).isZero();
        }
        assertThat(seconds).containsExactly(-5_000_000_000L);
        assertThat(fake.count("locking")).isZero();
    }

    @Test
    void noCallAllocates() {
        byte[] text = new byte[VmmDevice.DESCRIPTION_BYTES];
        int[] topology = new int[4];
        int[] numbers = {20, 21};
        long[] registers = new long[2];
        long[] mapping = new long[VmmDevice.MAPPING_WORDS];
        try (VmmDevice device = open()) {
            long least = Long.MAX_VALUE;
            // Allocation may be counted when a buffer of the thread's is filled up, so the least of some rounds.
            for (int round = 0; round < 5; round++) {
                long before = allocated();
                for (int i = 0; i < 1000; i++) {
                    device.cpus(VmmDevice.Cpus.ACTIVE, set);
                    device.stats(1, values);
                    device.description(7, text);
                    device.topology(topology);
                    device.registers(1, numbers, registers);
                    device.capability(1, 3);
                    device.nextMapping(0, mapping);
                    device.segment(0, registers, text);
                    device.rtc(registers);
                }
                least = Math.min(least, allocated() - before);
            }
            assertThat(least).as("bytes of 5000 calls").isLessThan(1000);
        }
    }

    private static long allocated() {
        return ((com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean())
                .getThreadAllocatedBytes(Thread.currentThread().getId());
    }

    private VmmDevice open() {
        VmmOpening opening = VmmDevice.open(NODE, abi);
        assertThat(opening).isInstanceOf(VmmOpening.Opened.class);
        return ((VmmOpening.Opened) opening).device();
    }
}
