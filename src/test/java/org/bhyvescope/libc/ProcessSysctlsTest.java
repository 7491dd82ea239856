package org.bhyvescope.libc;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProcessSysctlsTest {
    private final FakeVmm fake = FakeVmm.fresh();
    private final ProcessSysctls sysctls = new ProcessSysctls();

    @Test
    void aProcessIsDecoded() {
        fake.tell(
                "proc 812 web0 start 1700000000 250000 vcpus 2",
                "ppid 812 800",
                "jail 812 3",
                "uid 812 1001",
                "rss 812 5000000000",
                "cpu 812 1500000 3600000001");

        assertThat(sysctls.process(812))
                .isEqualTo(new ProcessAnswer.Got<>(new ProcessRecord(
                        812,
                        800,
                        1001,
                        3,
                        "bhyve",
                        false,
                        1_700_000_000_250_000L,
                        5_000_000_000L,
                        1_500_000,
                        3_600_000_001L,
                        181_200,
                        "",
                        "")));
    }

    @Test
    void onlyProcessesOfTheCommandAreListed() {
        fake.tell(
                "proc 10 a start 1 0 vcpus 1",
                "proc 11 b start 1 0 vcpus 1",
                "comm 11 bhyvectl",
                "proc 12 c start 1 0 vcpus 1",
                "comm 12 bhyv",
                "proc 13 d start 1 0 vcpus 1",
                "zombie 13 256");

        assertThat(value(sysctls.ofCommand("bhyve")))
                .extracting(ProcessRecord::pid, ProcessRecord::zombie)
                .containsExactly(tuple(10, false), tuple(13, true));
    }

    @Test
    void threadsHaveTheirOwnNamesTimesAndWaitChannels() {
        fake.tell("proc 10 a start 1 0 vcpus 2", "vcpu 10 0 1000001 2000002 vmidle", "vcpu 10 1 5 6 -");

        assertThat(value(sysctls.threads(10)))
                .extracting(
                        ProcessRecord::threadName,
                        ProcessRecord::userMicros,
                        ProcessRecord::systemMicros,
                        ProcessRecord::waitChannel)
                .containsExactly(
                        tuple("mevent", 0L, 0L, "kqread"),
                        tuple("vcpu 0", 1_000_001L, 2_000_002L, "vmidle"),
                        tuple("vcpu 1", 5L, 6L, ""));
    }

    @Test
    void aThreadsNameIsPutTogetherFromItsTwoFields() {
        ByteBuffer bytes = record();
        put(bytes, KinfoProcLayout.THREAD_NAME, "0123456789abcdef");
        put(bytes, KinfoProcLayout.MORE_THREAD_NAME, "ghi");

        assertThat(new ProcessRecords(bytes).all())
                .extracting(ProcessRecord::threadName)
                .containsExactly("0123456789abcdefghi");
    }

    @Test
    void argumentsAreSplitAtTheirZeros() {
        fake.tell(
                "proc 10 web0 start 1 0 vcpus 1",
                "proc 11 x start 1 0 vcpus 1 untitled bhyve -c 2 -H caf\u00e9",
                "proc 12 y start 1 0 vcpus 1",
                "noargs 12");

        assertThat(sysctls.arguments(10)).isEqualTo(new ProcessAnswer.Got<>(List.of("bhyve: web0")));
        assertThat(value(sysctls.arguments(11))).hasSize(5).startsWith("bhyve", "-c", "2", "-H");
        assertThat(sysctls.arguments(12)).isEqualTo(new ProcessAnswer.Got<>(List.of()));
    }

    @Test
    void oneThatHasGoneOrIsHiddenIsGone() {
        fake.tell("proc 10 a start 1 0 vcpus 1", "proc 11 b start 1 0 vcpus 1", "hide 11", "exit 10 0");

        for (int pid : new int[] {10, 11, 12}) {
            assertThat(sysctls.process(pid)).isEqualTo(new ProcessAnswer.Gone<>());
            assertThat(sysctls.threads(pid)).isEqualTo(new ProcessAnswer.Gone<>());
            assertThat(sysctls.arguments(pid)).isEqualTo(new ProcessAnswer.Gone<>());
        }
        assertThat(value(sysctls.ofCommand("bhyve"))).isEmpty();
    }

    @Test
    void theMemoryGrowsWithTheHost() {
        fake.tell("proc 80000 a start 1 0 vcpus 1");
        assertThat(value(sysctls.ofCommand("bhyve"))).hasSize(1);
        assertThat(fake.log()).doesNotContain("sysctl kern.proc 8 0 size = errno 0");

        fake.tell("others 300", "proc 80001 b start 1 0 vcpus 1");

        assertThat(value(sysctls.ofCommand("bhyve")))
                .extracting(ProcessRecord::pid)
                .containsExactly(80000, 80001);
        assertThat(fake.log()).contains("sysctl kern.proc 8 0 = errno 12", "sysctl kern.proc 8 0 size = errno 0");
    }

    @Test
    void aKernelThatNeverHasEnoughIsGivenUp() {
        fake.tell("error kern.proc 12 0 -1");

        assertThat(sysctls.ofCommand("bhyve")).isEqualTo(new ProcessAnswer.Failed<>("sysctl kern.proc: ENOMEM (12)"));
        assertThat(fake.count("calls")).isLessThan(30);
    }

    @Test
    void anotherErrorIsTold() {
        fake.tell("proc 10 a start 1 0 vcpus 1", "error kern.proc 1 0 1", "error kern.proc.args 1 0 1");

        assertThat(sysctls.process(10)).isEqualTo(new ProcessAnswer.Failed<>("sysctl kern.proc: EPERM (1)"));
        assertThat(sysctls.arguments(10)).isEqualTo(new ProcessAnswer.Failed<>("sysctl kern.proc: EPERM (1)"));
        assertThat(sysctls.process(10)).isInstanceOf(ProcessAnswer.Got.class);
    }

    @Test
    void aStructureOfAnotherSizeIsNotDecoded() {
        fake.tell("proc 10 a start 1 0 vcpus 1", "structsize 1096");

        assertThat(sysctls.ofCommand("bhyve"))
                .isEqualTo(new ProcessAnswer.Failed<>("struct kinfo_proc of 1096 bytes instead of 1088"));
        assertThat(sysctls.process(10)).isInstanceOf(ProcessAnswer.Failed.class);
        assertThat(sysctls.threads(10)).isInstanceOf(ProcessAnswer.Failed.class);
    }

    @Test
    void aLengthThatIsNoNumberOfStructuresIsRefused() {
        assertThat(new ProcessRecords(ByteBuffer.allocate(1089)).problem())
                .contains("1089 bytes are no number of struct kinfo_proc of 1088");
        assertThat(new ProcessRecords(record()).problem()).isEmpty();
        assertThat(new ProcessRecords(ByteBuffer.allocate(0)).problem(5)).isEmpty();
    }

    @Test
    void anotherProcessThanTheOneAskedForIsRefused() {
        ByteBuffer bytes = record().putInt(KinfoProcLayout.PID, 7);

        assertThat(new ProcessRecords(bytes).problem(7)).isEmpty();
        assertThat(new ProcessRecords(bytes).problem(8)).contains("struct kinfo_proc of process 7 instead of 8");
    }

    @Test
    void nothingButKernProcIsAskedAndNothingWritten() {
        sysctls.ofCommand("bhyve");
        sysctls.process(1);
        sysctls.threads(1);
        sysctls.arguments(1);

        assertThat(fake.count("violations")).isZero();
    }

    private static ByteBuffer record() {
        return ByteBuffer.allocate(KinfoProcLayout.SIZE)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(KinfoProcLayout.STRUCT_SIZE, KinfoProcLayout.SIZE);
    }

    private static void put(ByteBuffer bytes, int at, String text) {
        bytes.put(at, text.getBytes(US_ASCII));
    }

    private static <T> T value(ProcessAnswer<T> answer) {
        assertThat(answer).isInstanceOf(ProcessAnswer.Got.class);
        return ((ProcessAnswer.Got<T>) answer).value();
    }
}
