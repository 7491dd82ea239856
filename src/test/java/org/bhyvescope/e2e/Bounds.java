package org.bhyvescope.e2e;

import static org.assertj.core.api.Assertions.assertThat;

/** Between these a figure must lie. */
record Bounds(double low, double high) {
    /** A figure that may be off by a share of itself. */
    static Bounds around(double figure, double share) {
        return new Bounds(figure * (1 - share), figure * (1 + share));
    }

    Bounds plus(Bounds other) {
        return new Bounds(low + other.low, high + other.high);
    }

    Bounds times(double factor) {
        return new Bounds(low * factor, high * factor);
    }

    /** Of two that are not below 0. */
    Bounds over(Bounds other) {
        return new Bounds(low / other.high, high / other.low);
    }

    void holds(String what, double figure) {
        assertThat(figure).as(what).isBetween(low, high);
    }
}
