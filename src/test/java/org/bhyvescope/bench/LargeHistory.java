package org.bhyvescope.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.Writer;
import java.lang.ProcessBuilder.Redirect;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.bhyvescope.dashboards.PrometheusApi;

/**
 * A Prometheus that has scraped a large host for an hour, without the hour: what the agent's own server gives, sample after
 * sample, is written down with the times of the scrapes, made into blocks by promtool, and served by Prometheus.
 */
final class LargeHistory implements AutoCloseable {
    static final int SCRAPE_SECONDS = 15;
    static final int VMS = 60;
    static final int VCPUS = 16;
    private static final Path PROMETHEUS = Path.of("/usr/bin/prometheus");
    private static final Path PROMTOOL = Path.of("/usr/bin/promtool");
    private static final int SECONDS = 3600;
    private static final String LABELS = "instance=\"big:10424\",job=\"bhyvescope\"";
    private static final int TRIES = 600;

    private final Process process;
    private final PrometheusApi api;
    private final long end;
    private final long series;

    LargeHistory(Path directory) throws IOException, InterruptedException {
        // Over when Prometheus starts, so that nothing of it is in the future.
        this.end = System.currentTimeMillis() / 1000 / 60 * 60;
        Path text = directory.resolve("history.om");
        this.series = write(text);
        Path data = directory.resolve("data");
        run(List.of(
                PROMTOOL.toString(), "tsdb", "create-blocks-from", "openmetrics", text.toString(), data.toString()));
        Files.delete(text);
        Path config = Files.writeString(directory.resolve("prometheus.yml"), "scrape_configs: []\n");
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        this.process = new ProcessBuilder(
                        PROMETHEUS.toString(),
                        "--config.file=" + config,
                        "--storage.tsdb.path=" + data,
                        "--web.listen-address=127.0.0.1:" + port)
                .redirectOutput(Redirect.DISCARD)
                .redirectError(Redirect.DISCARD)
                .start();
        this.api = new PrometheusApi("http://127.0.0.1:" + port);
        awaitData();
    }

    /** Whether what it takes is installed. */
    static boolean isPossible() {
        return Files.isExecutable(PROMETHEUS) && Files.isExecutable(PROMTOOL);
    }

    private void awaitData() throws IOException, InterruptedException {
        for (int i = 0; i < TRIES; i++) {
            if (hasData()) {
                return;
            }
            TimeUnit.MILLISECONDS.sleep(100);
        }
        close();
        throw new IOException("Prometheus does not serve the history");
    }

    private boolean hasData() throws InterruptedException {
        try {
            return !api.instant("bhyvescope_build_info", end()).isEmpty();
        } catch (IOException e) {
            return false; // it is starting
        }
    }

    /** Writes all scrapes; returns the series of one. */
    private long write(Path file) throws IOException {
        long lines = 0;
        try (Launched server = Launched.start(ScrapeServer.class, "" + VMS, "" + VCPUS, "host");
                BufferedWriter out = Files.newBufferedWriter(file)) {
            Http http = new Http(Integer.parseInt(server.line()));
            for (long time = end - SECONDS; time <= end; time += SCRAPE_SECONDS) {
                server.ask("tick");
                lines = write(new String(http.text(), UTF_8), time, out);
            }
            out.write("# EOF\n");
        }
        return lines;
    }

    /** One scrape, as Prometheus keeps it: with its labels, its time, and what it says of the scrape itself. */
    private static long write(String page, long time, Writer out) throws IOException {
        List<String> lines = page.lines().filter(line -> !line.startsWith("#")).toList();
        String tail = " " + time + "\n";
        for (String line : lines) {
            int brace = line.indexOf('{');
            int blank = line.lastIndexOf(' ');
            if (brace < 0) {
                out.append(line, 0, blank).append('{').append(LABELS).append('}');
            } else {
                out.append(line, 0, brace + 1).append(LABELS).append(',').append(line, brace + 1, blank);
            }
            out.append(line, blank, line.length()).append(tail);
        }
        out.append("up{" + LABELS + "} 1" + tail);
        out.append("scrape_duration_seconds{" + LABELS + "} 0.05" + tail);
        out.append("scrape_samples_scraped{" + LABELS + "} " + lines.size() + tail);
        return lines.size();
    }

    private static void run(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(Redirect.DISCARD)
                .start();
        if (process.waitFor() != 0) {
            throw new IOException(String.join(" ", command) + " failed");
        }
    }

    PrometheusApi api() {
        return api;
    }

    /** The time of the last scrape, in seconds since 1970. */
    double end() {
        return end;
    }

    /** Of one scrape. */
    long series() {
        return series;
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
