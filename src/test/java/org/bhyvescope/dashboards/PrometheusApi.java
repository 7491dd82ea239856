package org.bhyvescope.dashboards;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/** A Prometheus that runs, asked over HTTP as Grafana asks it. Times are seconds since 1970. */
public final class PrometheusApi {
    private static final Duration TIMEOUT = Duration.ofSeconds(60);
    private final HttpClient http = HttpClient.newHttpClient();
    private final String url;

    public PrometheusApi(String url) {
        this.url = url;
    }

    public String url() {
        return url;
    }

    /**
     * The answer of an instant query: a point for each series.
     *
     * @throws IOException with the query, if it is refused or fails
     */
    public List<Series> instant(String promql, double time) throws IOException, InterruptedException {
        return series(post("query", Map.of("query", promql, "time", number(time))));
    }

    /** The answer of a range query. */
    public List<Series> range(String promql, double start, double end, double step)
            throws IOException, InterruptedException {
        return series(post(
                "query_range",
                Map.of("query", promql, "start", number(start), "end", number(end), "step", number(step))));
    }

    /** The values of a label among the series of a selector, in a time. */
    public List<String> labelValues(String label, String selector, double start, double end)
            throws IOException, InterruptedException {
        String query = form(Map.of("match[]", selector, "start", number(start), "end", number(end)));
        JsonElement data =
                send(HttpRequest.newBuilder(URI.create(url + "/api/v1/label/" + label + "/values?" + query)));
        return StreamSupport.stream(data.getAsJsonArray().spliterator(), false)
                .map(JsonElement::getAsString)
                .toList();
    }

    /** All rules that are loaded, each with name, type, health, query and, where there is one, its last error. */
    public List<JsonObject> rules() throws IOException, InterruptedException {
        JsonElement data = send(HttpRequest.newBuilder(URI.create(url + "/api/v1/rules")));
        List<JsonObject> rules = new ArrayList<>();
        for (JsonElement group : data.getAsJsonObject().getAsJsonArray("groups")) {
            group.getAsJsonObject().getAsJsonArray("rules").forEach(rule -> rules.add(rule.getAsJsonObject()));
        }
        return rules;
    }

    private JsonElement post(String path, Map<String, String> parameters) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(URI.create(url + "/api/v1/" + path))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString(form(parameters))));
    }

    private JsonElement send(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpResponse<String> response =
                http.send(request.timeout(TIMEOUT).build(), HttpResponse.BodyHandlers.ofString());
        JsonObject answer = JsonParser.parseString(response.body()).getAsJsonObject();
        if (!answer.get("status").getAsString().equals("success")) {
            throw new IOException(response.request().uri() + ": " + response.body());
        }
        return answer.get("data");
    }

    private static List<Series> series(JsonElement data) {
        JsonObject answer = data.getAsJsonObject();
        if (!List.of("vector", "matrix").contains(answer.get("resultType").getAsString())) {
            return List.of(new Series(Map.of(), points(answer, "result")));
        }
        List<Series> all = new ArrayList<>();
        for (JsonElement element : answer.getAsJsonArray("result")) {
            JsonObject one = element.getAsJsonObject();
            Map<String, String> labels = new TreeMap<>();
            one.getAsJsonObject("metric")
                    .entrySet()
                    .forEach(
                            label -> labels.put(label.getKey(), label.getValue().getAsString()));
            all.add(new Series(labels, points(one, one.has("value") ? "value" : "values")));
        }
        return all;
    }

    private static List<Series.Point> points(JsonObject series, String member) {
        JsonArray values = series.getAsJsonArray(member);
        if (!member.equals("values")) {
            return List.of(point(values));
        }
        return StreamSupport.stream(values.spliterator(), false)
                .map(value -> point(value.getAsJsonArray()))
                .toList();
    }

    private static Series.Point point(JsonArray pair) {
        String value = pair.get(1).getAsString();
        return new Series.Point(
                pair.get(0).getAsDouble(),
                Double.parseDouble(value.replace("+Inf", "Infinity").replace("-Inf", "-Infinity")));
    }

    private static String form(Map<String, String> parameters) {
        return parameters.entrySet().stream()
                .map(each -> URLEncoder.encode(each.getKey(), UTF_8) + "=" + URLEncoder.encode(each.getValue(), UTF_8))
                .collect(Collectors.joining("&"));
    }

    private static String number(double seconds) {
        return String.format(Locale.ROOT, "%.3f", seconds);
    }
}
