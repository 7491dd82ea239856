package org.bhyvescope.e2e;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.bhyvescope.dashboards.PrometheusApi;
import org.bhyvescope.dashboards.Series;

/** What the alerts of one host did, second by second: Prometheus keeps it in a series of its own. */
final class Alerts {
    private final List<Alert> alerts = new ArrayList<>();

    /**
     * An alert that was.
     *
     * @param state pending or firing
     * @param labels without those of Prometheus itself
     * @param from when it was first, in seconds since the start of the time asked for
     */
    record Alert(String name, String state, Map<String, String> labels, double from) {}

    Alerts(PrometheusApi prometheus, String instance, double start, double end) throws Exception {
        for (Series series : prometheus.range("ALERTS{instance=\"" + instance + "\"}", start, end, 1)) {
            Map<String, String> labels = new TreeMap<>(series.labels());
            labels.keySet().removeAll(List.of("__name__", "alertname", "alertstate", "instance"));
            alerts.add(new Alert(
                    series.label("alertname"),
                    series.label("alertstate"),
                    labels,
                    series.points().get(0).time() - start));
        }
    }

    List<Alert> firing() {
        return alerts.stream().filter(alert -> alert.state().equals("firing")).toList();
    }

    /** When an alert with these labels among its own was first in this state. */
    Optional<Double> first(String name, String state, Map<String, String> labels) {
        return alerts.stream()
                .filter(alert -> alert.name().equals(name) && alert.state().equals(state))
                .filter(alert -> alert.labels().entrySet().containsAll(labels.entrySet()))
                .map(Alert::from)
                .min(Double::compare);
    }

    @Override
    public String toString() {
        return alerts.toString();
    }
}
