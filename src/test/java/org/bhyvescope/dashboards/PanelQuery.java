package org.bhyvescope.dashboards;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;

/**
 * One query of a panel that asks a Prometheus.
 *
 * @param panel the panel's title
 * @param type of the panel, as table
 * @param refId the query's letter
 * @param expr with variables
 * @param instant asked for one moment only
 */
public record PanelQuery(String panel, String type, String refId, String expr, boolean instant) {
    /** Those of all panels, and of panels in closed rows; hidden queries are left out. */
    static List<PanelQuery> of(JsonObject dashboard) {
        List<PanelQuery> queries = new ArrayList<>();
        for (JsonElement element : dashboard.getAsJsonArray("panels")) {
            JsonObject panel = element.getAsJsonObject();
            if (panel.has("repeat")) {
                throw new IllegalArgumentException("a panel that repeats: " + text(panel, "title"));
            }
            if (panel.has("panels")) {
                queries.addAll(of(panel));
            }
            if (panel.has("targets")) {
                for (JsonElement target : panel.getAsJsonArray("targets")) {
                    add(queries, panel, target.getAsJsonObject());
                }
            }
        }
        return queries;
    }

    private static void add(List<PanelQuery> queries, JsonObject panel, JsonObject target) {
        boolean hidden = target.has("hide") && target.get("hide").getAsBoolean();
        if (!hidden && target.has("expr")) {
            boolean instant = target.has("instant") && target.get("instant").getAsBoolean();
            queries.add(new PanelQuery(
                    text(panel, "title"), text(panel, "type"), text(target, "refId"), text(target, "expr"), instant));
        }
    }

    private static String text(JsonObject object, String member) {
        return object.has(member) ? object.get(member).getAsString() : "";
    }
}
