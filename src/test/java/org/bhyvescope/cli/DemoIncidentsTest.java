package org.bhyvescope.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What happens to {@code win-gpu} by model.awk and by the interrupt sources, which must have the same moments. */
class DemoIncidentsTest {
    private static final long EPOCH = 1_795_621_200L;
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
            Map<String, Long> before = statistics(vcpu, period + 110);
            for (double at = 140; at <= 200; at += 30) {
                Map<String, Long> after = statistics(vcpu, period + at);
                double mmio = grown(MMIO, before, after);
                assertThat(mmio / grown(TOTAL, before, after))
                        .as("share of vCPU %d up to %.0f s", vcpu, period + at)
                        .isBetween(0.6, 0.8);
                assertThat(grown(USERSPACE, before, after)).isGreaterThan(0.8 * mmio);
                assertThat(mmio / 30).isLessThan(7_000);
                before = after;
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
            long now = statistics(1, at).getOrDefault(MMIO, 0L);
            assertThat(now).as("at %.0f s", at).isGreaterThan(before);
            before = now;
        }
    }

    private static double rate(int vcpu, String statistic, double from, double to) throws Exception {
        return grown(statistic, statistics(vcpu, from), statistics(vcpu, to)) / (to - from);
    }

    private static double grown(String statistic, Map<String, Long> before, Map<String, Long> after) {
        return after.getOrDefault(statistic, 0L) - before.getOrDefault(statistic, 0L);
    }

    private static Map<String, Long> statistics(int vcpu, double at) throws Exception {
        String text = awk(List.of(
                "-f",
                "src/demo/model.awk",
                "-f",
                "src/demo/state.awk",
                seconds(at),
                String.valueOf(EPOCH),
                "",
                "win-gpu",
                String.valueOf(vcpu),
                "0",
                "0",
                "1",
                "0",
                "0"));
        return text.lines()
                .filter(line -> line.contains("\t"))
                .collect(Collectors.toMap(
                        line -> line.substring(0, line.indexOf('\t')).strip(),
                        line -> Long.parseLong(line.substring(line.indexOf('\t') + 1))));
    }

    private static double interrupts(String device, double from, double to) throws Exception {
        return (interrupts(device, to) - interrupts(device, from)) / (to - from);
    }

    private static long interrupts(String device, double at) throws Exception {
        return awk(List.of(
                        "-f",
                        "src/demo/interrupts.awk",
                        seconds(at),
                        String.valueOf(EPOCH),
                        "intrs",
                        "src/demo/interrupts"))
                .lines()
                .filter(line -> line.contains(": " + device + ":"))
                .mapToLong(line -> Long.parseLong(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    private static String awk(List<String> operands) throws Exception {
        List<String> command = new ArrayList<>(List.of("awk"));
        command.addAll(operands);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String text = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(text).isZero();
        return text;
    }

    private static String seconds(double ofHost) {
        return DemoVm.seconds(Math.round((EPOCH + ofHost) * 1000));
    }
}
