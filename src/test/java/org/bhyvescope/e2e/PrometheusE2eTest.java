package org.bhyvescope.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real Prometheus scrapes the real program; promtool checks what it would scrape. */
class PrometheusE2eTest {
    private static final Percentage TOLERANCE = Percentage.withPercentage(2);
    /** A scrape shows the sample of up to a second before: of the 28 s between the first and the last one that is 3.6 %. */
    private static final Percentage RATE_TOLERANCE = Percentage.withPercentage(4);

    private static final Duration LONG = Duration.ofSeconds(60);

    @TempDir
    Path directory;

    @BeforeEach
    void prometheusIsInstalled() {
        boolean installed = Prometheus.find("prometheus").isPresent()
                && Prometheus.find("promtool").isPresent();
        assumeTrue(installed || System.getenv("CI") != null, "skipped: prometheus and promtool are not installed");
    }

    /**
     * Takes about 80 s: rates need a window, and the point of the peak gauge is a scrape interval much longer than the
     * storm.
     */
    @Test
    void ratesAreTrueAndAStormBetweenTwoScrapesShows() throws Exception {
        TestHost host = new TestHost(directory, List.of("steady", "sparse"));
        try (Program agent = Program.agent(host, "--stats.interval=1s")) {
            agent.metricsWithRates();
            String target = URI.create(agent.url()).getAuthority();
            try (Prometheus prometheus = Prometheus.start(directory, target, List.of(2, 15))) {
                Program.await(LONG, () -> {
                    Map<String, Double> scrapes = prometheus.query("count_over_time(up{job=\"every2s\"}[1m])", "job");
                    return scrapes.getOrDefault("every2s", 0.0) >= 18 ? true : null;
                });
                assertThat(prometheus.query("min_over_time(up[1m])", "job"))
                        .allSatisfy((job, up) -> assertThat(up).as(job).isEqualTo(1));
                ratesAreTrue(prometheus);
                stormShows(host, prometheus);
            }
        }
    }

    private static void ratesAreTrue(Prometheus prometheus) throws Exception {
        Map<String, Double> rates = prometheus.query(
                "rate(bhyve_vcpu_exit_reasons_total{job=\"every2s\",reason=~\"hlt|inout|instruction_emulation\"}[30s])",
                "vm",
                "vcpu",
                "reason");
        assertThat(rates).hasSize(3 * (4 + 3));
        rates.forEach((key, rate) -> {
            int vcpu = Integer.parseInt(key.split(" ", -1)[1]);
            double truth = truth(key.split(" ", -1)[2], vcpu);
            assertThat(rate).as("rate() of " + key).isCloseTo(truth, RATE_TOLERANCE);
        });
        Map<String, Double> truth = Map.of(
                "steady hlt", 100.0 + 200 + 300 + 400,
                "sparse hlt", 100.0 + 300 + 600,
                "steady inout", 160.0,
                "sparse inout", 120.0,
                "steady instruction_emulation", 4000.0,
                "sparse instruction_emulation", 3000.0);
        String gauge = "(bhyve_vm_exit_rate{job=\"every2s\",reason=~\"hlt|inout|instruction_emulation\"}[30s])";
        for (String statistic : List.of("avg_over_time" + gauge, "quantile_over_time(0.5," + gauge.substring(1))) {
            Map<String, Double> gauges = prometheus.query(statistic, "vm", "reason");
            assertThat(gauges).hasSameSizeAs(truth);
            gauges.forEach(
                    (key, rate) -> assertThat(rate).as(statistic + " of " + key).isCloseTo(truth.get(key), TOLERANCE));
        }
        assertThat(prometheus.query("rate(bhyve_vcpu_run_seconds_total{job=\"every2s\",vm=\"steady\"}[30s])", "vcpu"))
                .hasSize(4)
                .allSatisfy((vcpu, share) ->
                        assertThat(share).as("run share of vCPU " + vcpu).isCloseTo(0.25, RATE_TOLERANCE));
        assertThat(prometheus.query("rate(bhyve_vcpu_idle_seconds_total{job=\"every2s\",vm=\"steady\"}[30s])", "vcpu"))
                .allSatisfy((vcpu, share) ->
                        assertThat(share).as("idle share of vCPU " + vcpu).isCloseTo(0.5, RATE_TOLERANCE));
        assertThat(prometheus.query("avg_over_time(bhyve_vm_unaccounted_exit_rate{job=\"every2s\"}[30s])", "vm"))
                .allSatisfy((vm, rate) ->
                        assertThat(rate).as("unaccounted of " + vm).isBetween(20.0, 50.0));
    }

    private static double truth(String reason, int vcpu) {
        return switch (reason) {
            case "hlt" -> 100.0 * (vcpu + 1);
            case "inout" -> 40;
            default -> 1000;
        };
    }

    private static void stormShows(TestHost host, Prometheus prometheus) throws Exception {
        double last = prometheus.query("timestamp(up{job=\"every15s\"})", "job").getOrDefault("every15s", 0.0);
        // The storm begins 3 s after a scrape and is over 10 s before the next one.
        long from = (long) (last * 1000) + 18_000;
        host.storm(from, from + 2_000);
        TimeUnit.MILLISECONDS.sleep(Math.max(0, from + 2_000 - System.currentTimeMillis()));
        double peak = Program.await(LONG, () -> {
            Double now = prometheus
                    .query(
                            "bhyve_vm_exit_rate_peak{job=\"every15s\",vm=\"steady\",reason=\"instruction_emulation\"}",
                            "vm")
                    .get("steady");
            return now != null && now > 10_000 ? now : null;
        });
        assertThat(peak).as("peak of the storm").isBetween(45_000.0, 60_000.0);
        double highest = prometheus
                .query(
                        "max_over_time(bhyve_vm_exit_rate{job=\"every15s\",vm=\"steady\",reason=\"instruction_emulation\"}[2m])",
                        "vm")
                .getOrDefault("steady", 0.0);
        assertThat(highest)
                .as("the last-sample gauge alone, scraped every 15 s, misses it")
                .isLessThan(10_000);
    }

    @Test
    void promtoolFindsNothingToComplainOf() throws Exception {
        TestHost host = new TestHost(directory, List.of("steady", "a \"b\" \\ c\nd", "\u00fcml\u00e4ut"));
        try (Program agent = Program.agent(host)) {
            Path page = Files.writeString(directory.resolve("page"), agent.metricsWithRates());
            Program check = Program.startOther(directory, List.of("sh", "-c", "promtool check metrics < " + page));
            assertThat(check.exitCode(LONG)).as(check.out() + check.err()).isZero();
            assertThat(check.out() + check.err()).isEmpty();
        }
    }

    @Test
    void theScrapeExampleIsValid() throws Exception {
        Path example = Program.PROJECT.resolve("dashboards/prometheus/prometheus.yml");
        Program check = Program.startOther(directory, List.of("promtool", "check", "config", example.toString()));
        assertThat(check.exitCode(LONG)).as(check.out() + check.err()).isZero();
    }
}
