package org.bhyvescope.dashboards;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * A dashboard file.
 *
 * @param range how much time it shows, in seconds
 */
public record Dashboard(String uid, String title, double range, List<PanelQuery> queries, List<Variable> variables) {
    public static Dashboard read(Path file) throws IOException {
        JsonObject json = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
        JsonArray variables = json.getAsJsonObject("templating").getAsJsonArray("list");
        return new Dashboard(
                json.get("uid").getAsString(),
                json.get("title").getAsString(),
                seconds(json.getAsJsonObject("time").get("from").getAsString()),
                PanelQuery.of(json),
                StreamSupport.stream(variables.spliterator(), false)
                        .map(JsonElement::getAsJsonObject)
                        .map(Variable::of)
                        .toList());
    }

    /** All of a folder, in the order of their names. */
    public static List<Dashboard> all(Path folder) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.list(folder)) {
            files = all.filter(file -> file.toString().endsWith(".json"))
                    .sorted()
                    .toList();
        }
        Dashboard[] dashboards = new Dashboard[files.size()];
        for (int i = 0; i < dashboards.length; i++) {
            dashboards[i] = read(files.get(i));
        }
        return List.of(dashboards);
    }

    /** A query by its panel's title and its letter. */
    public PanelQuery query(String panel, String refId) {
        return queries.stream()
                .filter(query -> query.panel().equals(panel) && query.refId().equals(refId))
                .findFirst()
                .orElseThrow(() ->
                        new IllegalArgumentException(uid + " has no panel \"" + panel + "\" with a query " + refId));
    }

    private static double seconds(String from) {
        if (!from.matches("now-\\d+[smh]")) {
            throw new IllegalArgumentException("not a time that is understood here: " + from);
        }
        double number = Double.parseDouble(from.substring("now-".length(), from.length() - 1));
        return switch (from.charAt(from.length() - 1)) {
            case 'h' -> number * 3600;
            case 'm' -> number * 60;
            default -> number;
        };
    }
}
