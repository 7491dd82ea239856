package org.bhyvescope.sampling;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/** The highest one-sample rates in a trailing window. Not thread-safe. */
final class PeakWindow {
    /** Longer than any usual scrape interval, so that a storm between two scrapes is still to be seen. */
    static final Duration LENGTH = Duration.ofSeconds(60);

    private final Deque<Entry> entries = new ArrayDeque<>();

    private record Entry(long nanos, double[] rates) {}

    /**
     * Adds a sample and returns the peaks with it.
     *
     * @param nanos the sample's monotonic time
     * @param rates one rate per reason, NaN where unknown; a change of their number empties the window
     * @return the maxima; NaN where no sample in the window has a rate
     */
    double[] add(long nanos, double[] rates) {
        Entry newest = new Entry(nanos, rates);
        entries.removeIf(e -> nanos - e.nanos() > LENGTH.toNanos() || e.rates().length != rates.length);
        entries.add(newest);
        double[] peaks = new double[rates.length];
        Arrays.fill(peaks, Double.NaN);
        for (Entry entry : entries) {
            for (int i = 0; i < peaks.length; i++) {
                double rate = entry.rates()[i];
                if (!(peaks[i] >= rate) && !Double.isNaN(rate)) {
                    peaks[i] = rate;
                }
            }
        }
        return peaks;
    }

    void clear() {
        entries.clear();
    }
}
