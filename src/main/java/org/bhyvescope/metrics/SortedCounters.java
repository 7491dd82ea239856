package org.bhyvescope.metrics;

import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import java.util.Collections;
import java.util.List;

/**
 * Counters that are sorted by their labels, none twice. The library's own snapshot copies its points, sorts the copy and
 * compares neighbours, each time; {@link Layout} has done that once for all scrapes. Nine of ten series are counters
 * (and the library's snapshots of gauges are final).
 */
final class SortedCounters extends CounterSnapshot {
    private final List<CounterDataPointSnapshot> points;

    SortedCounters(MetricMetadata about, List<CounterDataPointSnapshot> points) {
        super(about, List.of());
        this.points = Collections.unmodifiableList(points);
    }

    @Override
    public List<CounterDataPointSnapshot> getDataPoints() {
        return points;
    }
}
