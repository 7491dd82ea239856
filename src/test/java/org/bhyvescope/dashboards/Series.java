package org.bhyvescope.dashboards;

import java.util.List;
import java.util.Map;

/**
 * One series of an answer.
 *
 * @param points in the order of time; one of an instant query
 */
public record Series(Map<String, String> labels, List<Point> points) {
    /**
     * A value at a moment.
     *
     * @param time in seconds since 1970
     */
    public record Point(double time, double value) {}

    /** A label's value, empty if it has none. */
    public String label(String name) {
        return labels.getOrDefault(name, "");
    }

    /** The newest value. */
    public double value() {
        return points.get(points.size() - 1).value();
    }
}
