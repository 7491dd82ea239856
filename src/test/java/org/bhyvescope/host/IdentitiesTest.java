package org.bhyvescope.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;

class IdentitiesTest {
    private static final long START = 1_700_000_000_000_000L;

    private final Identities identities = new Identities();

    private BhyveProcess.Id id(int pid, long start, long cpu) {
        return identities.of(pid, start, OptionalLong.of(cpu));
    }

    @Test
    void aStartThatJumpsWithinTwoSecondsIsThatOfOneProcess() {
        BhyveProcess.Id first = id(7, START, 100);

        assertThat(first).isEqualTo(new BhyveProcess.Id(7, START));
        assertThat(id(7, START + 2_000_000, 100)).isEqualTo(first);
        assertThat(id(7, START, 101)).isEqualTo(first);
        assertThat(id(7, START - 2_000_000, 102)).isEqualTo(first);
    }

    @Test
    void aStartMayDriftFarInSmallSteps() {
        BhyveProcess.Id first = id(7, START, 0);
        for (int i = 1; i <= 100; i++) {
            assertThat(id(7, START + i * 1_000_000L, i)).isEqualTo(first);
        }
    }

    @Test
    void anotherStartIsAnotherProcess() {
        id(7, START, 0);

        assertThat(id(7, START + 2_000_001, 0)).isEqualTo(new BhyveProcess.Id(7, START + 2_000_001));
        assertThat(id(8, START, 0)).isEqualTo(new BhyveProcess.Id(8, START));
    }

    @Test
    void cpuTimeThatFellIsThatOfAnotherProcess() {
        BhyveProcess.Id first = id(7, START, 100);

        BhyveProcess.Id second = id(7, START, 99);
        assertThat(second).isNotEqualTo(first);
        assertThat(id(7, START, 100)).isEqualTo(second);
    }

    @Test
    void cpuTimeThatIsNotKnownHasNotFallen() {
        BhyveProcess.Id first = id(7, START, 100);

        assertThat(identities.of(7, START, OptionalLong.empty())).isEqualTo(first);
        assertThat(id(7, START, 99)).as("less than before it was unknown").isNotEqualTo(first);
    }

    @Test
    void oneThatIsForgottenBeginsAnew() {
        id(7, START, 0);
        BhyveProcess.Id other = id(8, START, 0);
        identities.keep(Set.of(8));

        assertThat(id(7, START + 1, 0)).isEqualTo(new BhyveProcess.Id(7, START + 1));
        assertThat(id(8, START + 1, 0)).isEqualTo(other);
    }
}
