package org.bhyvescope.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clocks that are set, and a machine that sleeps: the rates of the real program stay true. */
class ClockE2eTest {
    private static final Duration LONG = Duration.ofSeconds(90);

    /**
     * Between what an exit rate of 1000/s may read on a machine so busy that a look-alike's start slips by a third of the
     * interval. A clock that leaked into it would bend it sixfold at the least.
     */
    private static final double SLOWEST = 400;

    private static final double FASTEST = 2500;

    private static final Path FAKETIME = Path.of("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1");
    private static final String STAMP = "bhyve_vm_last_sample_timestamp_seconds{vm=\"single\"}";
    private static final String RATE = "bhyve_vm_exit_rate{reason=\"instruction_emulation\",vm=\"single\"}";
    private static final String PEAK = "bhyve_vm_exit_rate_peak{reason=\"instruction_emulation\",vm=\"single\"}";

    @TempDir
    Path directory;

    /** The environment in which the agent's clocks, and not its children's, follow the file "wall". */
    private Map<String, String> faked(boolean monotonicToo) throws Exception {
        assumeTrue(Files.exists(FAKETIME), "skipped: Debian's faketime is not installed");
        Map<String, String> environment = new HashMap<>(Map.of(
                "LD_PRELOAD",
                FAKETIME.toString(),
                "FAKETIME_TIMESTAMP_FILE",
                setClock("+0").toString(),
                "FAKETIME_NO_CACHE",
                "1"));
        if (!monotonicToo) {
            environment.put("DONT_FAKE_MONOTONIC", "1");
        }
        return environment;
    }

    private Path setClock(String offset) throws Exception {
        return Files.writeString(directory.resolve("wall"), offset);
    }

    private static void ratesAreTrue(Program agent, String when, int seconds) throws Exception {
        for (int i = 0; i < seconds; i++) {
            assertThat(agent.metrics().value(RATE)).as(when).isBetween(SLOWEST, FASTEST);
            TimeUnit.SECONDS.sleep(1);
        }
    }

    @Test
    void aWallClockThatIsSetDoesNotBendTheRates() throws Exception {
        TestHost host = new TestHost(directory, List.of("single"));
        try (Program agent = Program.agent(host, faked(false))) {
            double before = new Page(agent.metricsWithRates()).value(STAMP);
            for (int hours : List.of(1, -1)) {
                setClock((hours > 0 ? "+" : "") + hours + "h");
                agent.metricsWhen(LONG, page -> Math.abs(page.value(STAMP) - before - hours * 3600) < 60);
                ratesAreTrue(agent, "with the clock off by " + hours + " h", 3);
            }
            Health.isBounded(agent, agent.metrics());
            Health.leavesNoProcess(agent);
        }
    }

    /** Both clocks leap and the guest has not run meanwhile: the machine was suspended. */
    @Test
    void anHourOfSuspensionBendsNoRateAndIsNotCaughtUpWith() throws Exception {
        TestHost host = new TestHost(directory, List.of("single"));
        try (Program agent = Program.agent(host, faked(true))) {
            Page before = new Page(agent.metricsWithRates());
            setClock("+1h");
            Page across = agent.metricsWhen(LONG, page -> page.value(STAMP) - before.value(STAMP) > 3600);
            assertThat(across.value("bhyvescope_forks_total") - before.value("bhyvescope_forks_total"))
                    .as("an hour's missed samples are not caught up with")
                    .isLessThan(40);
            // The sample over the hour may be followed at once by the next: the old beat goes on.
            Page after = agent.metricsWhen(LONG, page -> page.value(RATE) > SLOWEST);
            assertThat(after.value(PEAK)).as("no rate out of the hour").isBetween(SLOWEST, FASTEST);
            assertThat(after.isState("single", "running")).isTrue();
            ratesAreTrue(agent, "after the suspension", 3);
            assertThat(agent.get("/-/healthy")).isEqualTo("OK\n");
            Health.isBounded(agent, after);
            Health.leavesNoProcess(agent);
        }
    }

    @Test
    void anAgentThatWasStoppedForAWhileGoesOnWithTrueRates() throws Exception {
        TestHost host = new TestHost(directory, List.of("single"));
        try (Program agent = Program.agent(host)) {
            agent.metricsWithRates();
            agent.signal("STOP");
            TimeUnit.SECONDS.sleep(6);
            agent.signal("CONT");
            ratesAreTrue(agent, "after SIGCONT", 4);
            Health.leavesNoProcess(agent);
        }
    }
}
