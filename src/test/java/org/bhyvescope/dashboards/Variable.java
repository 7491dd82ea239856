package org.bhyvescope.dashboards;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A variable of a dashboard.
 *
 * @param query what its values are asked by; of type custom, the values
 * @param pick a pattern with a group, which takes the value out of a row; empty for none
 * @param allValue what stands for All; empty if all values do
 * @param several whether it can have several values, and so goes into queries as a pattern
 * @param chosen its value when the dashboard is opened
 */
record Variable(String name, String type, String query, String pick, String allValue, boolean several, String chosen) {
    static final String ALL = "$__all";
    private static final Pattern LABEL_VALUES = Pattern.compile("label_values\\((.+),\\s*(\\w+)\\)");
    private static final Pattern QUERY_RESULT = Pattern.compile("query_result\\((.+)\\)");

    static Variable of(JsonObject json) {
        JsonElement query = json.get("query");
        String pick = text(json, "regex");
        return new Variable(
                text(json, "name"),
                text(json, "type"),
                query.isJsonObject() ? text(query.getAsJsonObject(), "query") : query.getAsString(),
                pick.isEmpty() ? "" : pick.substring(1, pick.length() - 1),
                text(json, "allValue"),
                json.has("multi") && json.get("multi").getAsBoolean(),
                first(json.getAsJsonObject("current").get("value")));
    }

    /** The text that goes into queries, when this is chosen. */
    String text(List<String> values) {
        if (!several) {
            return values.get(0).replace("\\", "\\\\").replace("\"", "\\\"");
        }
        List<String> patterns = values.stream()
                .map(value -> value.replace("\\", "\\\\\\\\").replaceAll("[$^*{}\\[\\]+?.()|]", "\\\\\\\\$0"))
                .toList();
        return patterns.size() == 1 ? patterns.get(0) : "(" + String.join("|", patterns) + ")";
    }

    /** All its values on a Prometheus. */
    List<String> values(PrometheusApi prometheus, String filled, double start, double end)
            throws IOException, InterruptedException {
        Matcher labels = LABEL_VALUES.matcher(filled);
        List<String> rows = new ArrayList<>();
        if (labels.matches()) {
            rows.addAll(prometheus.labelValues(labels.group(2), labels.group(1), start, end));
        } else {
            Matcher result = QUERY_RESULT.matcher(filled);
            if (!result.matches()) {
                throw new IllegalArgumentException("$" + name + ": not understood here: " + filled);
            }
            prometheus.instant(result.group(1), end).forEach(series -> rows.add(row(series)));
        }
        return rows.stream().flatMap(this::picked).distinct().sorted().toList();
    }

    private Stream<String> picked(String row) {
        if (pick.isEmpty()) {
            return Stream.of(row);
        }
        Matcher matcher = Pattern.compile(pick).matcher(row);
        return matcher.find() ? Stream.of(matcher.group(1)) : Stream.of();
    }

    private static String row(Series series) {
        return series.labels().entrySet().stream()
                .filter(label -> !label.getKey().equals("__name__"))
                .map(Variable::pair)
                .collect(Collectors.joining(",", series.label("__name__") + "{", "} " + series.value()));
    }

    private static String pair(Map.Entry<String, String> label) {
        return label.getKey() + "=\"" + label.getValue() + "\"";
    }

    private static String first(JsonElement value) {
        return value.isJsonArray() ? value.getAsJsonArray().get(0).getAsString() : value.getAsString();
    }

    private static String text(JsonObject object, String member) {
        return object.has(member) && !object.get(member).isJsonNull()
                ? object.get(member).getAsString()
                : "";
    }
}
