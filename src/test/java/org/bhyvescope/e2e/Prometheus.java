package org.bhyvescope.e2e;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.File;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

/** A real Prometheus with its data in a temporary directory. */
final class Prometheus implements AutoCloseable {
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final Program program;
    private final String url;

    private Prometheus(Program program, String url) {
        this.program = program;
        this.url = url;
    }

    /** Where a program of Debian's package is; empty if it is not installed. */
    static Optional<String> find(String name) {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1))
                .map(folder -> Path.of(folder, name))
                .filter(Files::isExecutable)
                .map(Path::toString)
                .findFirst();
    }

    /** Starts it with these scrape intervals in seconds, one job each, named by it. */
    static Prometheus start(Path directory, String target, List<Integer> intervals) throws Exception {
        StringBuilder config = new StringBuilder("scrape_configs:\n");
        for (int seconds : intervals) {
            config.append("- job_name: every").append(seconds).append("s\n");
            config.append("  scrape_interval: ").append(seconds).append("s\n");
            config.append("  scrape_timeout: ").append(Math.min(seconds, 10)).append("s\n");
            config.append("  static_configs: [{targets: ['").append(target).append("']}]\n");
        }
        return start(directory, config.toString());
    }

    /** Starts it with this configuration. */
    static Prometheus start(Path directory, String config) throws Exception {
        Path file = Files.writeString(directory.resolve("prometheus.yml"), config);
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        Program program = Program.startOther(
                directory,
                List.of(
                        find("prometheus").orElseThrow(),
                        "--config.file=" + file,
                        "--storage.tsdb.path=" + directory.resolve("tsdb"),
                        "--web.listen-address=127.0.0.1:" + port));
        Prometheus prometheus = new Prometheus(program, "http://127.0.0.1:" + port);
        Program.await(Duration.ofSeconds(30), () -> prometheus.isReady() ? true : null);
        return prometheus;
    }

    String url() {
        return url;
    }

    private boolean isReady() throws InterruptedException {
        try {
            return Program.get(HTTP, URI.create(url + "/-/ready")).contains("Ready");
        } catch (java.io.IOException e) {
            return false;
        }
    }

    /** The result of an instant query: the values by these labels, joined with blanks. */
    Map<String, Double> query(String promql, String... labels) throws Exception {
        String query = URLEncoder.encode(promql, StandardCharsets.UTF_8);
        String body = Program.get(HTTP, URI.create(url + "/api/v1/query?query=" + query));
        JsonObject answer = JsonParser.parseString(body).getAsJsonObject();
        if (!answer.get("status").getAsString().equals("success")) {
            throw new AssertionError(promql + ": " + body);
        }
        JsonArray result = answer.getAsJsonObject("data").getAsJsonArray("result");
        Map<String, Double> values = new TreeMap<>();
        for (JsonElement element : result) {
            JsonObject metric = element.getAsJsonObject().getAsJsonObject("metric");
            String key = String.join(
                    " ",
                    Stream.of(labels)
                            .map(label -> metric.get(label).getAsString())
                            .toList());
            JsonArray value = element.getAsJsonObject().getAsJsonArray("value");
            values.put(key, Double.parseDouble(value.get(1).getAsString()));
        }
        return values;
    }

    /** Waits until exactly these jobs are up (1) or not (0). */
    void isUp(Map<String, Double> expected) throws Exception {
        AtomicReference<Map<String, Double>> last = new AtomicReference<>(Map.of());
        try {
            Program.await(Duration.ofSeconds(40), () -> {
                last.set(query("up", "job"));
                return last.get().equals(expected) ? true : null;
            });
        } catch (AssertionError e) {
            throw new AssertionError("up is " + last.get() + ", not " + expected, e);
        }
    }

    @Override
    public void close() {
        program.close();
    }
}
