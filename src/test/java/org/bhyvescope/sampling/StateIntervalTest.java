package org.bhyvescope.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import org.bhyvescope.os.Children;
import org.junit.jupiter.api.Test;

class StateIntervalTest {
    private static StateInterval of(Duration requested) {
        return new StateInterval(Optional.of(requested), false);
    }

    @Test
    void theDefaultIsLongerWhereStatisticsLockToo() {
        assertThat(new StateInterval(Optional.empty(), false).wanted()).isEqualTo(Duration.ofSeconds(60));
        assertThat(new StateInterval(Optional.empty(), true).wanted()).isEqualTo(Duration.ofMinutes(5));
        assertThat(new StateInterval(Optional.of(Duration.ofSeconds(7)), true).wanted())
                .isEqualTo(Duration.ofSeconds(7));
    }

    @Test
    void zeroTurnsItOff() {
        assertThat(of(Duration.ZERO).isOn()).isFalse();
        assertThat(of(Duration.ofMillis(100)).isOn()).isTrue();
    }

    @Test
    void itIsStretchedToTwoReadsASecond() {
        assertThat(of(Duration.ofSeconds(60)).effective(120)).isEqualTo(Duration.ofSeconds(60));
        assertThat(of(Duration.ofSeconds(60)).effective(121)).isEqualTo(Duration.ofMillis(60_500));
        assertThat(of(Duration.ofSeconds(1)).effective(1024)).isEqualTo(Duration.ofSeconds(512));
    }

    @Test
    void theReadsAreSpreadOverIt() {
        assertThat(of(Duration.ofSeconds(60)).spacing(16)).isEqualTo(Duration.ofMillis(3750));
        assertThat(of(Duration.ofSeconds(60)).spacing(1000)).isEqualTo(Duration.ofMillis(500));
        assertThat(of(Duration.ofSeconds(60)).spacing(0)).isEqualTo(Duration.ofSeconds(60));
    }

    @Test
    void statisticsAndStatesTogetherStayBelowTheLimitOfStarts() {
        Interval statistics = new Interval(Optional.of(Duration.ofMillis(100)), Children.MAX_STARTS_PER_SECOND, false);
        int vcpus = 1024;

        double perSecond = vcpus / (statistics.effective(vcpus).toMillis() / 1000.0) + StateInterval.MAX_PER_SECOND;

        assertThat(perSecond).isBetween(17.9, (double) Children.MAX_STARTS_PER_SECOND);
    }
}
