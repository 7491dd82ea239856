package org.bhyvescope.e2e;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.bhyvescope.dashboards.PrometheusApi;

/**
 * Two simulated hosts and a calm one, watched by one Prometheus that scrapes and judges the rules of dashboards/prometheus
 * once a second, until the script of the simulated hosts has shown all that there is to see.
 */
final class Watched implements AutoCloseable {
    /** The last incident of the first five minutes is over at 200 s; its rates over a minute last longer. */
    static final double END = 215;

    private static final Path RULES = Program.PROJECT.resolve("dashboards/prometheus");
    private static final Duration SCRIPT = Duration.ofSeconds((long) END + 60);

    private final List<Runnable> endings = new ArrayList<>();
    private final DemoProgram first;
    private final DemoProgram second;
    private final Program calm;
    private final PrometheusApi prometheus;

    /** Takes as long as the script: some 220 s. */
    Watched(Path directory) throws Exception {
        try {
            TestHost host = new TestHost(Files.createDirectory(directory.resolve("calm")), List.of("steady", "sparse"));
            calm = Program.agent(host, "--stats.interval=1s");
            endings.add(calm::close);
            first = DemoProgram.start(directory);
            endings.add(first::close);
            second = DemoProgram.start(directory);
            endings.add(second::close);
            Prometheus server = Prometheus.start(directory, config(calmInstance()));
            endings.add(server::close);
            prometheus = new PrometheusApi(server.url());
            Program.await(SCRIPT, () -> second.now() > END ? true : null);
        } catch (Exception | AssertionError e) {
            close();
            throw e;
        }
    }

    /** Rules and scrapes at the pace of the samples: all moments of the script are told to a second or two. */
    private String config(String calmInstance) {
        String targets = String.join("', '", first.instance(), second.instance(), calmInstance);
        return """
                global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}
                rule_files: ['%s', '%s']
                scrape_configs:
                - job_name: bhyvescope
                  static_configs: [{targets: ['%s']}]
                """.formatted(RULES.resolve("rules.yml"), RULES.resolve("alerts.yml"), targets);
    }

    DemoProgram first() {
        return first;
    }

    List<DemoProgram> hosts() {
        return List.of(first, second);
    }

    String calmInstance() throws Exception {
        return URI.create(calm.url()).getAuthority();
    }

    PrometheusApi prometheus() {
        return prometheus;
    }

    static boolean hasRules() {
        return Stream.of("rules.yml", "alerts.yml").allMatch(file -> Files.exists(RULES.resolve(file)));
    }

    @Override
    public void close() {
        Collections.reverse(endings);
        endings.forEach(Runnable::run);
    }
}
