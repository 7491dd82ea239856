package org.bhyvescope.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** VMs that are replaced, reset, shrink and grow, and counters at the end of their range, in the real program. */
class LifeE2eTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final String VM = "scripted";
    private static final String TOTAL = "bhyve_vcpu_exits_total{vcpu=\"0\",vm=\"scripted\"}";
    private static final String RATE = "bhyve_vm_exit_rate{reason=\"hlt\",vm=\"scripted\"}";
    private static final String PEAK = "bhyve_vm_exit_rate_peak{reason=\"hlt\",vm=\"scripted\"}";
    private static final String RESETS = "bhyve_vm_resets_total{vm=\"scripted\"}";
    private static final String START = "bhyve_vm_start_time_seconds{vm=\"scripted\"}";

    @TempDir
    Path directory;

    private TestHost host(String active) throws Exception {
        TestHost host = TestHost.hostile(directory, List.of());
        host.active(VM, active);
        for (int vcpu = 0; vcpu < 3; vcpu++) {
            host.exits(VM, vcpu, "1000");
        }
        host.create(VM);
        host.create("ok");
        return host;
    }

    private static void theRestIsWell(Program agent) throws Exception {
        Page page = agent.metrics();
        Health.isFresh(page, "ok");
        assertThat(page.value("bhyve_vm_resets_total{vm=\"ok\"}")).isZero();
        Health.isBounded(agent, page);
        Health.leavesNoProcess(agent);
    }

    @ParameterizedTest
    @ValueSource(ints = {900_000, 10})
    void aVmReplacedWithinAnIntervalHasNoRateOutOfTheDifference(int exits) throws Exception {
        TestHost host = host("0");
        try (Program agent = Program.agent(host)) {
            double start = agent.metricsWhen(LONG, page -> page.is(TOTAL, 1000)).value(START);
            host.destroy(VM);
            host.exits(VM, 0, Integer.toString(exits));
            host.create(VM);
            agent.metricsWhen(LONG, page -> {
                page.find(PEAK).ifPresent(peak -> assertThat(peak).isZero());
                return page.is(TOTAL, exits) && page.is(RATE, 0);
            });
            assertThat(agent.metrics().value(START)).isGreaterThan(start);
            assertThat(agent.metrics().value(RESETS)).isZero();
            theRestIsWell(agent);
        }
    }

    @Test
    void aResetInPlaceIsCountedAndNeverANegativeRate() throws Exception {
        TestHost host = host("0, 1");
        try (Program agent = Program.agent(host)) {
            agent.metricsWhen(LONG, page -> page.is(RATE, 0));
            host.exits(VM, 0, "10");
            host.exits(VM, 1, "20");
            Page page = agent.metricsWhen(LONG, now -> {
                now.find(RATE).ifPresent(rate -> assertThat(rate).isNotNegative());
                return now.is(RESETS, 1) && now.is(RATE, 0);
            });
            assertThat(page.is(TOTAL, 10)).isTrue();
            assertThat(page.value(START)).as("the moment of the reset").isGreaterThan(0);
            theRestIsWell(agent);
        }
    }

    @Test
    void theSetOfVcpusMayShrinkAndGrow() throws Exception {
        TestHost host = host("0, 1");
        String third = "bhyve_vcpu_exits_total{vcpu=\"2\",vm=\"scripted\"}";
        String second = "bhyve_vcpu_exits_total{vcpu=\"1\",vm=\"scripted\"}";
        try (Program agent = Program.agent(host)) {
            agent.metricsWhen(LONG, page -> page.is(second, 1000));
            host.active(VM, "0");
            agent.metricsWhen(LONG, page -> page.find(second).isEmpty() && page.is(TOTAL, 1000));
            host.active(VM, "0, 1, 2");
            Page page = agent.metricsWhen(LONG, now -> now.is(third, 1000));
            assertThat(page.value(RATE))
                    .as("a vCPU that appears brings no rate")
                    .isZero();
            assertThat(page.value("bhyve_vm_vcpus{set=\"active\",vm=\"scripted\"}"))
                    .isEqualTo(3);
            theRestIsWell(agent);
        }
    }

    @Test
    void countersNearTheEndOfTheirRangeStayPositive() throws Exception {
        TestHost host = host("0");
        host.exits(VM, 0, Long.toString(Long.MAX_VALUE - 10));
        try (Program agent = Program.agent(host)) {
            agent.metricsWhen(LONG, page -> page.is(TOTAL, 0x1p63) && page.is(RATE, 0));
            host.exits(VM, 0, Long.toString(Long.MIN_VALUE + 89));
            agent.metricsWhen(LONG, page -> {
                double peak = page.find(PEAK).orElse(0);
                assertThat(peak).as("100 exits over a second or more").isBetween(0.0, 200.0);
                return peak > 0;
            });
            host.exits(VM, 0, "-1");
            agent.metricsWhen(LONG, page -> page.is(TOTAL, 0x1p64));
            host.exits(VM, 0, "5");
            agent.metricsWhen(LONG, page -> page.is(TOTAL, 5) && page.is(RESETS, 1) && page.is(RATE, 0));
            theRestIsWell(agent);
        }
    }
}
