package org.bhyvescope.bench;

import java.util.ArrayList;
import java.util.List;

/** Measured values. */
final class Samples {
    private final List<Double> values = new ArrayList<>();

    void add(double value) {
        values.add(value);
    }

    double median() {
        List<Double> sorted = values.stream().sorted().toList();
        return sorted.isEmpty() ? Double.NaN : sorted.get(sorted.size() / 2);
    }

    double least() {
        return values.stream().mapToDouble(v -> v).min().orElse(Double.NaN);
    }
}
