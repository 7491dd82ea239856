package org.bhyvescope.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.bhyvescope.host.VmEnd.How;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VmEndTest {
    /** host.md, section 2: the table of wait statuses, and that of bhyve's exit codes. */
    @ParameterizedTest
    @CsvSource({
        "0, RESET, exit 0: rebooted",
        "256, POWEROFF, 'exit 1: powered off, or '",
        "512, HALT, exit 2: halted",
        "768, TRIPLE_FAULT, exit 3: triple fault",
        "1024, ERROR, exit 4: an error",
        "1280, ERROR, exit 5: an error with a code that bhyve is not known to have",
        "16384, ERROR, exit 64: an option that bhyve does not understand",
        "18176, ERROR, exit 71: the system refused",
        "25600, ERROR, exit 100: the VM was suspended for a reason",
        "65280, ERROR, exit 255: ",
        "6, SIGNAL, signal 6: SIGABRT (",
        "134, SIGNAL, 'signal 6: SIGABRT, core dumped ('",
        "9, SIGNAL, signal 9: SIGKILL",
        "11, SIGNAL, signal 11: SIGSEGV (bhyve crashed)",
        "139, SIGNAL, 'signal 11: SIGSEGV, core dumped'",
        "15, SIGNAL, signal 15: SIGTERM",
        "40, SIGNAL, signal 40: ended by it",
        "4479, UNKNOWN, 'wait status 4479, which is no end'",
    })
    void aWaitStatusIsDecoded(int status, How how, String text) {
        VmEnd end = VmEnd.of(status);

        assertThat(end.how()).isEqualTo(how);
        assertThat(end.waitStatus()).hasValue(status);
        assertThat(end.text()).startsWith(text);
    }

    @Test
    void exitCodeOneIsNotSaidToBePoweringOffAlone() {
        assertThat(VmEnd.of(256).text())
                .isEqualTo(
                        "exit 1: powered off, or one of the errors that end so, too (vm_run failed, MSI or MSI-X of a"
                                + " passthrough device could not be set up, the gdb stub or a restore failed, or bhyve was called wrongly)");
    }

    @Test
    void thatOfAShellIsAnother() {
        assertThat(VmEnd.of(134).text()).as("raw 134 is a core").contains("core dumped");
        assertThat(VmEnd.of(134 << 8).how()).as("a program that exits with 134").isEqualTo(How.ERROR);
    }

    @Test
    void oneThatNobodySawIsUnknown() {
        assertThat(VmEnd.unseen().how()).isEqualTo(How.UNKNOWN);
        assertThat(VmEnd.unseen().waitStatus()).isEmpty();
    }

    @Test
    void everyStatusHasAnEnd() {
        assertThat(IntStream.range(0, 1 << 16).mapToObj(VmEnd::of))
                .allSatisfy(end -> assertThat(end.text()).isNotBlank());
    }

    @Test
    void theLabelsAreThoseOfTheMetric() {
        assertThat(How.values())
                .extracting(How::label)
                .containsExactly("reset", "poweroff", "halt", "triple_fault", "error", "signal", "unknown");
    }
}
