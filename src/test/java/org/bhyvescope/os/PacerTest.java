package org.bhyvescope.os;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PacerTest {
    private static final long MILLI = 1_000_000;

    @Test
    void theFirstStartWaitsForNothingWhateverTheClockShows() {
        assertThat(new Pacer(20).reserve(0)).isZero();
        assertThat(new Pacer(20).reserve(-5_000_000_000L)).isZero();
        assertThat(new Pacer(20).reserve(Long.MAX_VALUE)).isZero();
    }

    @Test
    void startsAskedForAtOnceAreSpacedEvenly() {
        Pacer pacer = new Pacer(20);

        assertThat(pacer.reserve(0)).isZero();
        assertThat(pacer.reserve(0)).isEqualTo(50 * MILLI);
        assertThat(pacer.reserve(0)).isEqualTo(100 * MILLI);
    }

    @Test
    void whatAChildHasStartedIsWaitedFor() {
        Pacer pacer = new Pacer(20);
        pacer.reserve(0);
        pacer.charge(3);

        assertThat(pacer.reserve(0)).isEqualTo(200 * MILLI);
        assertThat(pacer.reserve(1000 * MILLI)).isZero();
    }

    @Test
    void whatPassedMeanwhileIsNotWaitedForAgain() {
        Pacer pacer = new Pacer(20);
        pacer.reserve(0);

        assertThat(pacer.reserve(30 * MILLI)).isEqualTo(20 * MILLI);
        assertThat(pacer.reserve(100 * MILLI)).isZero();
    }

    @Test
    void aLongPauseIsNotSavedUpForABurst() {
        Pacer pacer = new Pacer(20);
        pacer.reserve(0);

        assertThat(pacer.reserve(10_000 * MILLI)).isZero();
        assertThat(pacer.reserve(10_000 * MILLI)).isEqualTo(50 * MILLI);
    }

    @Test
    void noSecondSeesMoreThanTheLimit() {
        Pacer pacer = new Pacer(20);
        long[] at = new long[200];
        for (int i = 0; i < at.length; i++) {
            long now = i * (7 * MILLI);
            at[i] = now + pacer.reserve(now);
        }
        for (int i = 20; i < at.length; i++) {
            assertThat(at[i] - at[i - 20]).isGreaterThanOrEqualTo(1000 * MILLI);
        }
    }

    @Test
    void aClockThatOverflowsKeepsTheSpacing() {
        Pacer pacer = new Pacer(20);
        pacer.reserve(Long.MAX_VALUE - 10 * MILLI);

        assertThat(pacer.reserve(Long.MAX_VALUE - 10 * MILLI)).isEqualTo(50 * MILLI);
        assertThat(pacer.reserve(Long.MIN_VALUE + 10 * MILLI)).isEqualTo(80 * MILLI - 1);
    }
}
