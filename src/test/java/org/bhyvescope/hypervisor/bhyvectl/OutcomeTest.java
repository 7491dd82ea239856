package org.bhyvescope.hypervisor.bhyvectl;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import org.bhyvescope.Captures;
import org.bhyvescope.dump.DumpFixtures;
import org.bhyvescope.dump.StatTable;
import org.bhyvescope.hypervisor.Reading.Cause;
import org.bhyvescope.os.ChildResult;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OutcomeTest {
    private static final String OPENED = "vm_open: web0 could not be opened: ";

    @Test
    void wholeStatisticsOfTheVcpuAskedForAreGood() {
        Outcome outcome = of(0, DumpFixtures.text(DumpFixtures.AMD_14), "", 0, false);

        assertThat(outcome).isInstanceOfSatisfying(Outcome.Good.class, good -> {
            assertThat(good.block().table().size()).isEqualTo(43);
            assertThat(good.nanos()).isEqualTo(4711);
        });
    }

    @Test
    void aChatOnStandardErrorDoesNotSpoilWholeStatistics() {
        assertThat(of(0, DumpFixtures.text(DumpFixtures.RISCV_15), "some warning\n", 2, false))
                .isInstanceOf(Outcome.Good.class);
    }

    @ParameterizedTest
    @CsvSource({"0", "1", "3", "22"})
    void statisticsOfAnotherVcpuAreGarbled(int asked) {
        assertThat(cause(0, DumpFixtures.text(DumpFixtures.RISCV_15), "", asked))
                .isEqualTo(Cause.GARBLED);
    }

    @Test
    void silenceWithStatus0IsNoOutput() {
        assertThat(cause(0, "", "", 0)).isEqualTo(Cause.NO_OUTPUT);
    }

    @Test
    void setsWithoutStatisticsAreNoOutput() {
        assertThat(cause(0, "active cpus:\t 0\nsuspended cpus:\t (none)\n", "", 0))
                .isEqualTo(Cause.NO_OUTPUT);
    }

    @Test
    void aHeaderWithoutStatisticsIsNoOutput() {
        assertThat(cause(0, "vcpu0 stats:\n", "", 0)).isEqualTo(Cause.NO_OUTPUT);
    }

    @ParameterizedTest
    @CsvSource({
        "'nonsense\n'",
        "'vcpu0 stats:'",
        "'vcpu0 stats:\na\t1\nb\t'",
        "'vcpu0 stats:\na\t1\nmore nonsense\nthan statistics\n'",
        "'vcpu0 stats:\na\t1\nvcpu1 stats:\na\t1\n'",
        "'\0\0\0'"
    })
    void whatBhyvectlDoesNotPrintIsGarbled(String stdout) {
        assertThat(cause(0, stdout, "", 0)).isEqualTo(Cause.GARBLED);
    }

    @Test
    void aStrangeLineAmongWholeStatisticsIsLeftOut() {
        String later = DumpFixtures.text(DumpFixtures.RISCV_15) + "vcpu2 mood:\tcheerful\n";

        Outcome.Good good = (Outcome.Good) of(0, later, "", 2, false);
        assertThat(good.block().table().size()).isEqualTo(4);
        assertThat(good.text().firstUnknown()).isEqualTo("vcpu2 mood:\tcheerful");
    }

    @Test
    void nullRowsMeanThatTheVmWentAway() {
        assertThat(cause(0, "vcpu0 stats:\na\t1\n(null)\t2\n", "", 0)).isEqualTo(Cause.GONE);
    }

    @ParameterizedTest
    @CsvSource({"1, DENIED", "2, GONE", "6, GONE", "13, DENIED", "22, EXIT_STATUS"})
    void anErrorNumberAfterWholeStatisticsIsAFailure(int errno, Cause cause) {
        String stdout = DumpFixtures.text(DumpFixtures.RISCV_15) + "errno = " + errno + "\n";

        assertThat(cause(255, stdout, "", 2)).isEqualTo(cause);
        assertThat(cause(0, stdout, "", 2)).isEqualTo(cause);
    }

    @Test
    void anErrorStatusAfterWholeStatisticsIsAFailure() {
        assertThat(cause(139, DumpFixtures.text(DumpFixtures.RISCV_15), "", 2)).isEqualTo(Cause.EXIT_STATUS);
    }

    @ParameterizedTest
    @CsvSource({
        "No such file or directory, GONE",
        "Device not configured, GONE",
        "Permission denied, DENIED",
        "Operation not permitted, DENIED",
        "Too many open files, EXIT_STATUS"
    })
    void aVmThatCannotBeOpenedSinceRelease13FailsForTheReasonInTheText(String strerror, Cause cause) {
        assertThat(cause(1, "", OPENED + strerror + "\n", 0)).isEqualTo(cause);
    }

    @Test
    void aVmThatCannotBeOpenedOnRelease12IsDeniedOnlyWhereItsNodeIsThereAndClosed() {
        String said = "VM:web0 is not created.\n";

        assertThat(cause(of(1, said, "", 0, true))).isEqualTo(Cause.DENIED);
        assertThat(cause(of(1, said, "", 0, false))).isEqualTo(Cause.GONE);
    }

    @Test
    void theNodeIsLookedAtOnlyWhereTheTextDoesNotTell() {
        Outcome.of(exited(1, "", OPENED + "Permission denied\n"), 0, StatTable.EMPTY, () -> {
            throw new AssertionError("looked");
        });
        Outcome outcome = Outcome.of(exited(0, "", ""), 0, StatTable.EMPTY, () -> {
            throw new AssertionError("looked");
        });

        assertThat(cause(outcome)).isEqualTo(Cause.NO_OUTPUT);
    }

    @Test
    void whatHappenedToTheChildIsTold() {
        assertThat(cause(of(new ChildResult.TimedOut(false)))).isEqualTo(Cause.TIMEOUT);
        assertThat(cause(of(new ChildResult.TimedOut(true)))).isEqualTo(Cause.ABANDONED);
        assertThat(cause(of(new ChildResult.TooMuchOutput(5)))).isEqualTo(Cause.TOO_MUCH_OUTPUT);
        assertThat(detail(of(new ChildResult.TooMuchOutput(5)))).contains("5 bytes");
        assertThat(cause(of(new ChildResult.NotStarted("no memory")))).isEqualTo(Cause.NOT_STARTED);
        assertThat(detail(of(new ChildResult.NotStarted("no memory")))).isEqualTo("no memory");
    }

    @Test
    void theDetailOfARefusalIsWhatBhyvectlSaid() {
        assertThat(detail(of(1, "", OPENED + "Permission denied\nmore\n", 0, false)))
                .isEqualTo("bhyvectl exited with 1: " + OPENED + "Permission denied");
        assertThat(detail(of(1, "VM:web0 is not created.\n", "", 0, false)))
                .isEqualTo("bhyvectl exited with 1: VM:web0 is not created.");
    }

    @Test
    void theDetailOfGarbageIsPrintable() {
        assertThat(detail(of(0, "x\0\u001b[31m\u0085" + "y".repeat(500) + "\n", "", 0, false)))
                .matches("[\\x20-\\x7e]{1,300}")
                .contains("x??[31m?y");
    }

    @ParameterizedTest
    @CsvSource({
        "absent.get-stats, 1, GONE",
        "eacces.get-stats, 1, GONE",
        "jail-eperm.get-stats, 0, NO_OUTPUT",
        "cpu-out-of-range.get-stats, 0, NO_OUTPUT",
        "destroyed-before-stats.get-stats, 0, NO_OUTPUT",
        "jail-eperm.get-active-cpus, 255, DENIED",
        "destroyed-midway.get-all, 255, GONE",
        "cpu-inactive.get-stats, 0, GARBLED",
        "killed-midway.get-all, 137, EXIT_STATUS",
        "killed-midway-4096.get-all, 137, EXIT_STATUS",
        "unknown-cpu-vendor, 1, EXIT_STATUS",
        "unknown-option, 1, EXIT_STATUS",
        "usage-intel, 1, EXIT_STATUS",
        "no-action, 0, NO_OUTPUT"
    })
    void theFailuresOfRelease12AreCauses(String capture, int status, Cause cause) {
        String stdout = new String(Captures.bytes("reference-12.1/errors/" + capture + ".stdout"), ISO_8859_1);
        String stderr = new String(Captures.bytes("reference-12.1/errors/" + capture + ".stderr"), ISO_8859_1);

        assertThat(cause(status, stdout, stderr, 0)).isEqualTo(cause);
    }

    private static ChildResult.Exited exited(int status, String stdout, String stderr) {
        return new ChildResult.Exited(status, stdout.getBytes(ISO_8859_1), stderr.getBytes(ISO_8859_1), 4711);
    }

    private static Outcome of(ChildResult result) {
        return Outcome.of(result, 0, StatTable.EMPTY, () -> false);
    }

    private static Outcome of(int status, String stdout, String stderr, int vcpu, boolean denied) {
        return Outcome.of(exited(status, stdout, stderr), vcpu, StatTable.EMPTY, () -> denied);
    }

    private static Cause cause(int status, String stdout, String stderr, int vcpu) {
        return cause(of(status, stdout, stderr, vcpu, false));
    }

    private static Cause cause(Outcome outcome) {
        return bad(outcome).failure().cause();
    }

    private static String detail(Outcome outcome) {
        return bad(outcome).failure().detail();
    }

    private static Outcome.Bad bad(Outcome outcome) {
        assertThat(outcome).isInstanceOf(Outcome.Bad.class);
        return (Outcome.Bad) outcome;
    }
}
