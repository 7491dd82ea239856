package org.bhyvescope.capture;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StormWatchTest {
    private static final long SECOND = 1_000_000_000L;

    private final StormWatch watch = new StormWatch(2);
    private long second;

    /** Samples of a second each; the index of the storm that began with one of them, or -1. */
    private int samples(int number, double first, double other) {
        int begun = -1;
        for (int i = 0; i < number; i++) {
            int reason = watch.enter(new double[] {first, other}, second++ * SECOND);
            begun = reason >= 0 ? reason : begun;
        }
        return begun;
    }

    @Test
    void aMultipleOfTheUsualRateIsAStorm() {
        assertThat(samples(60, 10, 6_000)).isEqualTo(-1);
        assertThat(samples(1, 10, 29_000)).as("not five times").isEqualTo(-1);
        assertThat(samples(1, 10, 36_000)).isEqualTo(1);
        assertThat(watch.usual(1)).isBetween(5_900.0, 6_500.0);
    }

    @Test
    void aSmallRateIsNoneHoweverRareItIsUsually() {
        samples(60, 1, 1);
        assertThat(samples(10, 19_999, 1)).isEqualTo(-1);
        assertThat(samples(1, 20_000, 1)).isEqualTo(0);
    }

    @Test
    void itIsToldOnceAndAgainOnlyAfterACalm() {
        samples(60, 10, 10);
        assertThat(samples(5, 50_000, 10)).isEqualTo(0);
        assertThat(samples(300, 50_000, 10)).as("goes on").isEqualTo(-1);
        assertThat(samples(5, 10, 10)).isEqualTo(-1);
        assertThat(samples(5, 50_000, 10)).as("too short a calm").isEqualTo(-1);
        assertThat(samples(12, 10, 10)).isEqualTo(-1);
        assertThat(samples(1, 50_000, 10)).isEqualTo(0);
    }

    @Test
    void aRateAboutTheThresholdDoesNotFlap() {
        samples(60, 10, 10);
        int told = 0;
        for (int i = 0; i < 100; i++) {
            told += samples(1, i % 2 == 0 ? 21_000 : 18_000, 10) >= 0 ? 1 : 0;
        }
        assertThat(told).isEqualTo(1);
    }

    @Test
    void theWorstOfSeveralIsNamed() {
        samples(60, 10, 10);
        assertThat(samples(1, 30_000, 40_000)).isEqualTo(1);
    }

    @Test
    void beforeItHasLearnedNothingIsAStorm() {
        assertThat(samples(30, 500_000, 10)).isEqualTo(-1);
        assertThat(samples(100, 500_000, 10)).as("that is what it always does").isEqualTo(-1);
    }

    @Test
    void burstsOfEverydayLifeAreNone() {
        int told = 0;
        for (int i = 0; i < 600; i++) {
            told += samples(1, i % 20 < 5 ? 35_000 : 5_600, 10) >= 0 ? 1 : 0;
        }
        assertThat(told).isZero();
    }

    @Test
    void unknownRatesTellNothing() {
        samples(60, 10, 10);
        assertThat(samples(5, Double.NaN, Double.NaN)).isEqualTo(-1);
        assertThat(samples(1, 50_000, Double.NaN)).isEqualTo(0);
    }
}
