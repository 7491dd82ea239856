package org.bhyvescope.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HostFactsTest {
    @ParameterizedTest
    @CsvSource({"1201517, false", "1403000, false", "1499999, false", "1500000, true", "1500001, true", "1600000, true"
    })
    void readingLocksTheVcpuFromRelease15On(long release, boolean locks) {
        assertThat(new HostFacts(OptionalLong.empty(), OptionalLong.empty(), OptionalLong.of(release)).readingLocks())
                .isEqualTo(locks);
    }

    @Test
    void aHostOfUnknownReleaseIsNotTakenToLock() {
        assertThat(new HostFacts(OptionalLong.of(1), OptionalLong.of(2), OptionalLong.empty()).readingLocks())
                .isFalse();
    }

    @Test
    void whatIsMissingIsTakenFromTheOther() {
        HostFacts some = new HostFacts(OptionalLong.of(1), OptionalLong.empty(), OptionalLong.empty());
        HostFacts all = new HostFacts(OptionalLong.of(7), OptionalLong.of(8), OptionalLong.of(9));

        assertThat(some.orElse(all))
                .isEqualTo(new HostFacts(OptionalLong.of(1), OptionalLong.of(8), OptionalLong.of(9)));
        assertThat(all.orElse(some)).isEqualTo(all);
    }

    @ParameterizedTest
    @CsvSource({"1201517, 12.1", "1403000, 14.3", "1500068, 15.0", "1600005, 16.0"})
    void aReleaseHasAName(long osreldate, String name) {
        assertThat(new HostFacts(OptionalLong.empty(), OptionalLong.empty(), OptionalLong.of(osreldate)).releaseName())
                .contains(name);
    }
}
