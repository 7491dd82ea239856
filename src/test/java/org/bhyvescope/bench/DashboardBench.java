package org.bhyvescope.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.bhyvescope.dashboards.Dashboard;
import org.bhyvescope.dashboards.Filling;
import org.bhyvescope.dashboards.PanelQuery;
import org.bhyvescope.dashboards.PrometheusApi;
import org.bhyvescope.dashboards.Series;

/** Part dashboards: how long the queries of the dashboards take, and how much they return, on a large host. */
final class DashboardBench {
    private static final String PART = "dashboards";
    private static final Path FOLDER = Path.of("dashboards/grafana").toAbsolutePath();
    private static final String ONE = ", one VM";
    private static final int POINTS = 1000;
    private static final int RUNS = 3;
    private static final int SHOWN = 3;
    private static final double MOST_MILLIS = 1000;
    private static final int MOST_SERIES = 300;

    private final Path directory;
    private final Report report;

    DashboardBench(Path directory, Report report) {
        this.directory = directory;
        this.report = report;
    }

    /** What a query took: the median of its runs, ms. */
    private record Timed(String name, double millis, int series) {}

    void run() throws IOException, InterruptedException {
        if (!LargeHistory.isPossible()) {
            report.note("dashboards: not measured, prometheus is not installed.");
            return;
        }
        List<Timed> all = new ArrayList<>();
        try (LargeHistory history = new LargeHistory(directory)) {
            report.note(
                    "dashboards: %d VMs x %d vCPUs, %,d series a scrape, an hour of them, one each %d s, in blocks on disk.",
                    LargeHistory.VMS, LargeHistory.VCPUS, history.series(), LargeHistory.SCRAPE_SECONDS);
            for (Dashboard dashboard : Dashboard.all(FOLDER)) {
                for (String vm : List.of("$__all", SimulatedBoard.name(0))) {
                    all.addAll(time(dashboard, vm, history));
                }
            }
        }
        for (Timed query : top(all, Comparator.comparingDouble(Timed::millis))) {
            report.add(PART, query.name(), query.millis(), "ms", MOST_MILLIS);
        }
        for (Timed query : top(all, Comparator.comparingInt(Timed::series))) {
            report.add(PART, query.name(), query.series(), "series", MOST_SERIES);
        }
        all.stream()
                .filter(query -> query.millis() > MOST_MILLIS || query.series() > MOST_SERIES)
                .forEach(query -> report.note(
                        "dashboards: over its budget: %s, %.0f ms, %d series.",
                        query.name(), query.millis(), query.series()));
        List<String> empty = all.stream()
                .filter(query -> query.series() == 0 && !query.name().endsWith(ONE))
                .map(Timed::name)
                .toList();
        report.note(
                "dashboards: %d queries, with all VMs and with one; those that return nothing: %s.",
                all.size(), String.join("; ", empty));
    }

    private static List<Timed> top(List<Timed> all, Comparator<Timed> order) {
        return all.stream().sorted(order.reversed()).limit(SHOWN).toList();
    }

    private static List<Timed> time(Dashboard dashboard, String vm, LargeHistory history)
            throws IOException, InterruptedException {
        long step = Math.max(LargeHistory.SCRAPE_SECONDS, (long) Math.ceil(dashboard.range() / POINTS));
        long rateInterval = Math.max(step + LargeHistory.SCRAPE_SECONDS, 4L * LargeHistory.SCRAPE_SECONDS);
        Filling filling = Filling.of(
                dashboard,
                history.api(),
                Map.of("vm", List.of(vm), "offset", List.of("15m")),
                history.end(),
                dashboard.range(),
                step,
                rateInterval);
        List<Timed> timed = new ArrayList<>();
        for (PanelQuery query : dashboard.queries()) {
            String filled = filling.fill(query.expr());
            Samples millis = new Samples();
            int series = 0;
            for (int i = 0; i < RUNS; i++) {
                long begun = System.nanoTime();
                series = ask(history.api(), query, filled, history.end(), dashboard.range(), step)
                        .size();
                millis.add((System.nanoTime() - begun) / 1e6);
            }
            String name = dashboard.uid().replace("bhyvescope-", "") + ", " + query.panel() + " " + query.refId()
                    + (vm.startsWith("$") ? "" : ONE);
            timed.add(new Timed(name, millis.median(), series));
        }
        return timed;
    }

    private static List<Series> ask(
            PrometheusApi api, PanelQuery query, String filled, double end, double range, long step)
            throws IOException, InterruptedException {
        return query.instant() ? api.instant(filled, end) : api.range(filled, end - range, end, (double) step);
    }
}
