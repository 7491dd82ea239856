package org.bhyvescope.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.bhyvescope.host.InterruptReading.Counted;
import org.bhyvescope.host.InterruptReading.Failed;
import org.bhyvescope.host.InterruptReading.Source;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InterruptTextTest {
    private static final Source[] ALL = {
        new Source("irq16", "ppt3 ehci0", 998),
        new Source("irq256", "ppt0", 1234),
        new Source("irq257", "ppt0", 0),
        new Source("irq260", "ppt1", 55500)
    };

    @Test
    void sysctlsListIsReadFromTheRight() {
        assertThat(sources(InterruptText.intrs(5, Texts.of("hw.intrs.txt")))).containsExactly(ALL);
        assertThat(InterruptText.intrs(5, Texts.of("hw.intrs.txt")))
                .isInstanceOfSatisfying(
                        Counted.class, c -> assertThat(c.nanos()).isEqualTo(5));
    }

    @Test
    void vmstatsTableIsReadWithItsZeros() {
        assertThat(sources(InterruptText.vmstat(5, Texts.of("vmstat-ai.txt")))).containsExactly(ALL);
    }

    @Test
    void vmstatWithoutZerosMissesAVectorThatHasNotInterrupted() {
        assertThat(sources(InterruptText.vmstat(5, Texts.of("vmstat-i.txt")))).containsExactly(ALL[0], ALL[1], ALL[3]);
    }

    @Test
    void vmstatsJsonTellsTheSame() {
        assertThat(sources(InterruptText.vmstat(5, Texts.of("vmstat-i.json")))).containsExactly(ALL);
    }

    @Test
    void aWideCounterRunsIntoNothing() {
        String row = String.format("%-19s %20s %10s%n", "interrupt", "total", "rate")
                + String.format("%-19s %20s %10s%n", "irq10000: ppt0 xhci+", "9223372036854775807", "4294967295");
        assertThat(sources(InterruptText.vmstat(1, row)))
                .containsExactly(new Source("irq10000", "ppt0 xhci+", Long.MAX_VALUE));
    }

    @Test
    void aHostWithoutPassthroughHasNoSource() {
        assertThat(sources(InterruptText.intrs(1, "irq9: acpi0:19 @cpu0(domain0): 3\n")))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "\n", "vmstat: unknown option", "{}", "{\"interrupt-statistics\":[]}", "{", "[]", "{\"a\":"})
    void whatIsNoTableIsAFailureAndNotSilence(String text) {
        assertThat(InterruptText.vmstat(1, text)).isInstanceOf(Failed.class);
        assertThat(InterruptText.intrs(1, text)).isInstanceOf(Failed.class);
    }

    @Test
    void damagedTextsNeverGiveAnImpossibleSource() {
        Random random = new Random(20261125);
        String vmstat = Texts.of("vmstat-ai.txt");
        String json = Texts.of("vmstat-i.json");
        String intrs = Texts.of("hw.intrs.txt");
        int failures = damage(vmstat, random, text -> InterruptText.vmstat(1, text))
                + damage(json, random, text -> InterruptText.vmstat(1, text))
                + damage(intrs, random, text -> InterruptText.intrs(1, text));
        assertThat(failures).isBetween(100, 5000);
    }

    private static int damage(String original, Random random, Function<String, InterruptReading> parser) {
        int failures = 0;
        for (int i = 0; i < 3000; i++) {
            String text = Texts.damaged(original, random);
            if (parser.apply(text) instanceof Counted counted) {
                assertThat(counted.sources()).as(text).allSatisfy(source -> {
                    assertThat(source.irq()).doesNotContainAnyWhitespaces().isNotEmpty();
                    assertThat(source.handlers()).contains("ppt");
                });
            } else {
                failures++;
            }
        }
        return failures;
    }

    private static List<Source> sources(InterruptReading reading) {
        assertThat(reading).isInstanceOf(Counted.class);
        return ((Counted) reading).sources();
    }
}
