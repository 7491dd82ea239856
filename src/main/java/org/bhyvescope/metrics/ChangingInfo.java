package org.bhyvescope.metrics;

import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.function.Function;
import org.bhyvescope.sampling.Board;
import org.jspecify.annotations.Nullable;

/**
 * A series of value 1 with a label that is other at almost every reading: were that part of the {@link Layout}, it would be
 * made anew for each scrape.
 */
final class ChangingInfo {
    private final Labels own;
    private final String label;
    private final Function<Board, String> text;
    private volatile @Nullable Named newest;

    /** Kept, since most scrapes find what the one before has found. */
    private record Named(String text, GaugeDataPointSnapshot point) {}

    /**
     * @param own its other labels
     * @param label the name of the one that changes
     * @param text its value
     */
    ChangingInfo(Labels own, String label, Function<Board, String> text) {
        this.own = own;
        this.label = label;
        this.text = text;
    }

    /** Its labels that stay. */
    Labels own() {
        return own;
    }

    GaugeDataPointSnapshot point(Board board) {
        String now = text.apply(board);
        Named known = newest;
        if (known == null || !known.text().equals(now)) {
            known = new Named(now, new GaugeDataPointSnapshot(1, own.merge(Labels.of(label, now)), null));
            newest = known;
        }
        return known.point();
    }
}
