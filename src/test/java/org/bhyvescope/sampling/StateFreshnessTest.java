package org.bhyvescope.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StateFreshnessTest {
    @ParameterizedTest
    @CsvSource({
        "PT0.1S, PT3S",
        "PT1S, PT3S",
        "PT5S, PT15S",
        "PT10S, PT30S",
        "PT64S, PT30S",
        "PT1H, PT30S",
    })
    void aSampleTellsForThreeIntervalsAtLeast3AndAtMost30Seconds(Duration interval, Duration fresh) {
        assertThat(StateFreshness.ofStatistics(interval)).isEqualTo(fresh.toNanos());
    }

    @ParameterizedTest
    @CsvSource({"PT1S, PT3S", "PT60S, PT3M", "PT512S, PT1536S"})
    void aStateIsShownForThreeOfItsIntervals(Duration interval, Duration oldest) {
        assertThat(StateFreshness.oldest(interval)).isEqualTo(oldest.toNanos());
    }
}
