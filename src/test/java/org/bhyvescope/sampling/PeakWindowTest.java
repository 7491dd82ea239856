package org.bhyvescope.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PeakWindowTest {
    private static final long SECOND = 1_000_000_000L;

    private final PeakWindow window = new PeakWindow();

    private double[] add(double seconds, double... rates) {
        return window.add(Math.round(seconds * SECOND), rates);
    }

    @Test
    void thePeakIsTheHighestRateOfEachReasonByItself() {
        add(1, 10, 1);
        add(2, 300, 2);

        assertThat(add(3, 20, 5)).containsExactly(300, 5);
    }

    @Test
    void theNewestSampleCountsAtOnce() {
        add(1, 10);

        assertThat(add(2, 11)).containsExactly(11);
    }

    @Test
    void aPeakLasts60SecondsAndNotLonger() {
        add(100, 300);
        add(101, 10);

        assertThat(add(160, 20)).as("60 s later").containsExactly(300);
        assertThat(add(160.001, 20)).as("a millisecond more").containsExactly(20);
    }

    @Test
    void thePeakFallsToTheNextHighestThatIsStillInTheWindow() {
        add(0, 300);
        add(10, 200);
        add(20, 100);

        assertThat(add(60.5, 1)).containsExactly(200);
        assertThat(add(70.5, 1)).containsExactly(100);
        assertThat(add(80.5, 1)).containsExactly(1);
    }

    @Test
    void aGapLongerThanTheWindowForgetsEverything() {
        add(0, 300);

        assertThat(add(600, 5)).containsExactly(5);
    }

    @Test
    void anUnknownRateHidesNoPeakAndIsNone() {
        add(1, Double.NaN, 7);
        add(2, 5, 3);

        assertThat(add(3, Double.NaN, Double.NaN)).containsExactly(5, 7);
    }

    @Test
    void whereNoSampleHasARateThePeakIsUnknown() {
        add(1, Double.NaN);

        assertThat(add(2, Double.NaN)).containsExactly(Double.NaN);
    }

    @Test
    void aRateOfZeroIsAPeakOfZeroAndNotUnknown() {
        assertThat(add(1, 0)).containsExactly(0);
    }

    @Test
    void anotherNumberOfReasonsBeginsAnew() {
        add(1, 300, 300);

        assertThat(add(2, 1)).containsExactly(1);
        assertThat(add(3, 2, 2)).as("nor does it come back").containsExactly(2, 2);
    }

    @Test
    void clearedItBeginsAnew() {
        add(1, 300);
        window.clear();

        assertThat(add(2, 1)).containsExactly(1);
    }

    @Test
    void theWindowWorksWhereTheMonotonicClockOverflows() {
        long end = Long.MAX_VALUE;
        window.add(end - 70 * SECOND, new double[] {300});
        window.add(end - 5 * SECOND, new double[] {200});

        assertThat(window.add(end + 5 * SECOND, new double[] {1})).containsExactly(200);
    }
}
