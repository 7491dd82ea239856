package org.bhyvescope.e2e;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bhyvescope.dashboards.Dashboard;
import org.bhyvescope.dashboards.Filling;
import org.bhyvescope.dashboards.PrometheusApi;
import org.bhyvescope.dashboards.Series;

/** Panels of dashboards/grafana, asked of one simulated host as of the moments of its script. */
final class Panels {
    static final Path FOLDER = Program.PROJECT.resolve("dashboards/grafana");

    /** What Grafana takes with scrapes of 1 s, zoomed in. */
    private static final long SHORTEST_WINDOW = 4;

    private final DemoProgram host;
    private final PrometheusApi prometheus;

    Panels(DemoProgram host, PrometheusApi prometheus) {
        this.host = host;
        this.prometheus = prometheus;
    }

    /** A panel of a dashboard, and one of its queries by its letter; a VM is chosen, or none where there is nothing to choose. */
    record Panel(String uid, String title, String refId, String vm) {}

    /** What the panel shows of a moment, with all rates and ranges over so many seconds before it. */
    List<Series> at(Panel panel, double at, long window) throws Exception {
        double time = host.model().time(at);
        return prometheus.instant(filled(panel, time, (double) window, window), time);
    }

    /** What the panel shows over a time, second by second, as of its end. */
    List<Series> course(Panel panel, double from, double to) throws Exception {
        double end = host.model().time(to);
        String filled = filled(panel, end, to - from, SHORTEST_WINDOW);
        return prometheus.range(filled, host.model().time(from), end, 1);
    }

    private String filled(Panel panel, double end, double range, long window) throws Exception {
        Dashboard dashboard = Dashboard.all(FOLDER).stream()
                .filter(each -> each.uid().equals(panel.uid()))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no dashboard " + panel.uid()));
        Map<String, List<String>> chosen = new HashMap<>(Map.of("instance", List.of(host.instance())));
        if (!panel.vm().isEmpty()) {
            chosen.put("vm", List.of(panel.vm()));
        }
        return Filling.of(dashboard, prometheus, chosen, end, range, 1, window)
                .fill(dashboard.query(panel.title(), panel.refId()).expr());
    }
}
