package org.bhyvescope.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class StartLineTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    @Test
    void tellsVersionAddressesReleaseSourceAndIntervals() {
        String facts = StartLine.facts(Optional.of("14.3"), "vmmdev", SECOND, Duration.ofMinutes(1));
        assertThat(StartLine.of("0.1.0", List.of("http://127.0.0.1:1/m", "http://[::1]:1/m"), facts))
                .isEqualTo("bhyvescope 0.1.0 listening on http://127.0.0.1:1/m, http://[::1]:1/m: FreeBSD 14.3, "
                        + "source vmmdev, statistics every 1s, states every 60s");
    }

    @Test
    void tellsWhatIsNotKnownAndWhatIsNotRead() {
        assertThat(StartLine.facts(Optional.empty(), "bhyvectl", Duration.ofMillis(1500), Duration.ZERO))
                .isEqualTo("FreeBSD release unknown, source bhyvectl, statistics every 1500ms, no states");
    }

    @Test
    void aReplayHasNoIntervals() {
        assertThat(StartLine.replay(Optional.of("13.2"), "recording")).isEqualTo("FreeBSD 13.2, source recording");
    }
}
