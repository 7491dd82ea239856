package org.bhyvescope.libc;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.bhyvescope.libc.SysctlBuffer.Opaque;
import org.junit.jupiter.api.Test;

class SysctlBufferTest {
    private final FakeVmm fake = FakeVmm.fresh();
    private final SysctlBuffer names = new SysctlBuffer(Opaque.INTERRUPT_NAMES);
    private final SysctlBuffer counts = new SysctlBuffer(Opaque.INTERRUPT_COUNTS);

    @Test
    void whatIsReadIsAsLongAsTheKernelSays() {
        fake.tell("irq 3 4242 irq256: ppt0");

        assertThat(names.read()).isEmpty();
        assertThat(counts.read()).isEmpty();

        assertThat(names.length()).isEqualTo(4 * 20);
        assertThat(new String(names.bytes(), 60, 20, ISO_8859_1)).isEqualTo("irq256: ppt0       \0");
        assertThat(new String(names.bytes(), 20, 20, ISO_8859_1)).isEqualTo("\0".repeat(20));
        assertThat(counts.length()).isEqualTo(4 * 8);
        assertThat(ByteBuffer.wrap(counts.bytes())
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .getLong(24))
                .isEqualTo(4242);
    }

    @Test
    void itGrowsAndShrinksWithWhatThereIs() {
        names.read();
        fake.tell("irqs 9000", "irq 8999 1 irq4000: ppt1");

        assertThat(names.read()).isEmpty();
        assertThat(names.length()).isEqualTo(180_000);
        assertThat(new String(names.bytes(), 179_980, 13, ISO_8859_1)).isEqualTo("irq4000: ppt1");

        fake.tell("reset");
        assertThat(names.read()).isEmpty();
        assertThat(names.length()).isEqualTo(20);
    }

    @Test
    void whatGrewBetweenTheTwoCallsIsReadAgain() {
        fake.tell("irq 1 1 irq9: acpi0", "error sysctl 12 1 1");

        assertThat(names.read()).isEmpty();
        assertThat(names.length()).isEqualTo(40);
    }

    @Test
    void whatCannotBeReadSaysWhyAndLeavesNothing() {
        names.read();
        fake.tell("error sysctl 1 0 1");
        assertThat(names.read()).contains("hw.intrnames: EPERM (1)");
        assertThat(names.length()).isZero();

        fake.tell("error sysctl 2 1 1");
        assertThat(counts.read()).contains("hw.intrcnt: ENOENT (2)");

        fake.tell("reset", "error sysctl 12 1 1", "error sysctl 12 2 1", "error sysctl 12 3 1");
        assertThat(names.read()).contains("hw.intrnames: it grows faster than it can be read");
    }

    @Test
    void twoReadingsAreComparedByWhatTheyRead() {
        SysctlBuffer again = new SysctlBuffer(Opaque.INTERRUPT_NAMES);
        fake.tell("irq 1 1 irq256: ppt0");
        names.read();
        again.read();
        assertThat(names.sameAs(again)).isTrue();

        fake.tell("irq 1 1 irq256:");
        again.read();
        assertThat(names.sameAs(again)).isFalse();
    }

    @Test
    void nothingIsEverWritten() {
        names.read();
        counts.read();

        assertThat(fake.count("violations")).isZero();
        assertThat(fake.log()).allMatch(line -> line.startsWith("sysctl hw.intr"));
    }
}
