package org.bhyvescope.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IntervalTest {
    private static final int STARTS = 20;

    private static Interval auto(boolean readingLocks) {
        return new Interval(Optional.empty(), STARTS, readingLocks);
    }

    private static Interval requested(long millis) {
        return new Interval(Optional.of(Duration.ofMillis(millis)), STARTS, false);
    }

    @Test
    void autoIsASecond() {
        assertThat(auto(false).wanted()).isEqualTo(Duration.ofSeconds(1));
        assertThat(auto(false).effective(1)).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void autoIsFiveSecondsWhereReadingLocks() {
        assertThat(auto(true).wanted()).isEqualTo(Duration.ofSeconds(5));
        assertThat(auto(true).effective(16)).isEqualTo(Duration.ofSeconds(5));
    }

    @Test
    void whatIsRequestedWinsOverAutoEvenWhereReadingLocks() {
        Interval interval = new Interval(Optional.of(Duration.ofMillis(1500)), STARTS, true);

        assertThat(interval.wanted()).isEqualTo(Duration.ofMillis(1500));
        assertThat(interval.effective(1)).isEqualTo(Duration.ofMillis(1500));
    }

    @Test
    void aHostWithoutVmsHasTheWantedInterval() {
        assertThat(auto(false).effective(0)).isEqualTo(Duration.ofSeconds(1));
    }

    @ParameterizedTest
    @CsvSource({"15,1000", "16,1000", "17,1063", "32,2000", "160,10000", "1024,64000"})
    void fourFifthsOfTheProcessStartsArePlannedWith(int vcpus, long millis) {
        assertThat(auto(false).effective(vcpus)).isEqualTo(Duration.ofMillis(millis));
    }

    @ParameterizedTest
    @CsvSource({"80,5000", "81,5063"})
    void theLongerIntervalWhereReadingLocksStretchesLater(int vcpus, long millis) {
        assertThat(auto(true).effective(vcpus)).isEqualTo(Duration.ofMillis(millis));
    }

    @ParameterizedTest
    @CsvSource({"1,100", "2,125", "8,500", "16,1000"})
    void aShorterRequestIsStretchedToWhatTheStartsAllow(int vcpus, long millis) {
        assertThat(requested(100).effective(vcpus)).isEqualTo(Duration.ofMillis(millis));
    }

    @Test
    void aLongerRequestIsKept() {
        assertThat(requested(30_000).effective(16)).isEqualTo(Duration.ofSeconds(30));
    }
}
