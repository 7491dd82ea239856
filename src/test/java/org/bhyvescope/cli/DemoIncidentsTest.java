package org.bhyvescope.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.List;
import org.assertj.core.data.Percentage;
import org.bhyvescope.demo.DemoModel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What happens to {@code win-gpu} by model.awk and by the interrupt sources, which must have the same moments. */
class DemoIncidentsTest {
    private static final DemoModel MODEL = new DemoModel(Path.of("src/demo"), 1_795_621_200);
    private static final int STARTED = 7;
    private static final String MMIO = "vm exits for instruction emulation";
    private static final String USERSPACE = "number of vm exits handled in userspace";
    private static final String TOTAL = "total number of vm exits";

    @ParameterizedTest
    @ValueSource(doubles = {40, 100, 220, 280, 340})
    void aStormIsOnVcpu1AloneAndOfPpt0(double from) throws Exception {
        for (int vcpu = 0; vcpu < STARTED; vcpu++) {
            double before = rate(vcpu, MMIO, from - 2, from);
            double rate = rate(vcpu, MMIO, from, from + 2);
            if (vcpu == 1) {
                assertThat(rate).isBetween(100_000.0, 106_000.0);
            } else {
                assertThat(rate).as("vCPU %d", vcpu).isLessThan(6_000);
            }
            assertThat(before).as("vCPU %d before", vcpu).isLessThan(6_000);
            assertThat(rate(vcpu, MMIO, from + 2, from + 4))
                    .as("vCPU %d after", vcpu)
                    .isLessThan(6_000);
        }
        assertThat(interrupts("ppt0", from - 2, from)).isCloseTo(680, within(1.0));
        assertThat(interrupts("ppt0", from, from + 2)).isCloseTo(45_060, within(1.0));
        assertThat(interrupts("ppt0", from + 2, from + 4)).isCloseTo(680, within(1.0));
    }

    /** With no storm in it, though one would be due at 160 s. */
    @ParameterizedTest
    @ValueSource(doubles = {0, 300, 3600})
    void inTheSilenceMostExitsAreTrappedAccessesOfAllStartedVcpus(double period) throws Exception {
        for (int vcpu = 0; vcpu < STARTED; vcpu++) {
            for (double from = period + 110; from < period + 200; from += 30) {
                double mmio = rate(vcpu, MMIO, from, from + 30);
                assertThat(mmio / rate(vcpu, TOTAL, from, from + 30))
                        .as("share of vCPU %d from %.0f s", vcpu, from)
                        .isBetween(0.6, 0.8);
                assertThat(rate(vcpu, USERSPACE, from, from + 30)).isGreaterThan(0.8 * mmio);
                assertThat(mmio).isLessThan(7_000);
            }
        }
        for (String device : List.of("ppt0", "ppt1")) {
            assertThat(interrupts(device, period + 110, period + 200)).isZero();
            assertThat(interrupts(device, period + 109, period + 110)).isPositive();
            assertThat(interrupts(device, period + 200, period + 201)).isPositive();
        }
    }

    @Test
    void outsideOfTheSilenceAccessesAreAsBefore() throws Exception {
        // Five seconds of burst and fifteen without, of all the waves some part.
        for (double from : List.of(60.0, 200.0, 360.0)) {
            assertThat(rate(0, MMIO, from, from + 20))
                    .as("from %.0f s", from)
                    .isCloseTo(1.12 * (700 + 4300 * 5 / 20.0), Percentage.withPercentage(10));
        }
    }

    @Test
    void countersNeverFall() throws Exception {
        long before = 0;
        for (double at = 90; at < 420; at += 7) {
            long now = MODEL.statistic("win-gpu", 1, MMIO, at);
            assertThat(now).as("at %.0f s", at).isGreaterThan(before);
            before = now;
        }
    }

    private static double rate(int vcpu, String statistic, double from, double to) throws Exception {
        return MODEL.rate("win-gpu", vcpu, statistic, from, to);
    }

    private static double interrupts(String device, double from, double to) throws Exception {
        return (MODEL.interrupts(device, to) - MODEL.interrupts(device, from)) / (to - from);
    }
}
