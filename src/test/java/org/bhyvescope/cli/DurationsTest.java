package org.bhyvescope.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DurationsTest {
    @ParameterizedTest
    @CsvSource({
        "500ms, PT0.5S",
        "1s, PT1S",
        "2m, PT2M",
        "1h, PT1H",
        "0s, PT0S",
        "007s, PT7S",
        "90s, PT1M30S",
        "999999999ms, PT277H46M39.999S",
        "999999999h, PT999999999H",
    })
    void aNumberAndAUnitAreADuration(String text, Duration duration) {
        assertThat(Durations.parse(text)).contains(duration);
    }

    @ParameterizedTest
    @CsvSource({"PT0.5S, 500ms", "PT1S, 1s", "PT2M, 120s", "PT1.5S, 1500ms", "PT0S, 0s"})
    void aDurationIsWrittenAsAFlagWould(Duration duration, String text) {
        assertThat(Durations.text(duration)).isEqualTo(text);
        assertThat(Durations.parse(text)).contains(duration);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "1",
                "s",
                "1d",
                "1S",
                "1MS",
                "1 s",
                " 1s",
                "1s ",
                "-1s",
                "+1s",
                "1.5s",
                "1m30s",
                "1000000000s",
                "٣s"
            })
    void anythingElseIsNone(String text) {
        assertThat(Durations.parse(text)).isEmpty();
    }
}
