package org.bhyvescope.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.bhyvescope.hypervisor.Reading;
import org.bhyvescope.hypervisor.Reading.Cause;
import org.bhyvescope.hypervisor.Reading.Failure;
import org.bhyvescope.hypervisor.Snapshot;
import org.bhyvescope.hypervisor.Snapshots;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class VmTaskTest {
    private static final long SECOND = 1_000_000_000L;
    private static final Snapshot READ = Snapshots.of("web").vcpu(0, 1).build();
    private static final Reading FAILED = failure(Cause.EXIT_STATUS);

    private final VmTask task = new VmTask(Snapshots.id("web", 1), 100 * SECOND);

    private static Failure failure(Cause cause) {
        return new Failure(cause, "");
    }

    private void run(Reading reading, long endNanos) {
        task.begin();
        task.end(reading, endNanos, SECOND);
    }

    @Test
    void aNewTaskIsDueAtOnceNeitherTriedNorTrusted() {
        assertThat(task.isDue(100 * SECOND)).isTrue();
        assertThat(task.isDue(100 * SECOND - 1)).isFalse();
        assertThat(task.isTried()).isFalse();
        assertThat(task.isTrusted()).isFalse();
        assertThat(task.vcpus()).isEqualTo(1);
    }

    @Test
    void whatIsBeingReadIsNeverDue() {
        task.begin();

        assertThat(task.isRunning()).isTrue();
        assertThat(task.isDue(10_000 * SECOND)).isFalse();
    }

    @Test
    void afterAReadingTheNextIsOneIntervalAfterTheLastWasDue() {
        run(READ, 100 * SECOND + SECOND / 3);

        assertThat(task.isRunning()).isFalse();
        assertThat(task.isTried()).isTrue();
        assertThat(task.isTrusted()).isTrue();
        assertThat(task.untilDue(100 * SECOND)).as("it keeps its phase").isEqualTo(SECOND);
    }

    @Test
    void whatCouldNotBeKeptIsSkippedAndNotCaughtUpInABurst() {
        run(READ, 107 * SECOND);

        assertThat(task.untilDue(107 * SECOND)).as("due once").isZero();
        run(READ, 107 * SECOND);
        assertThat(task.untilDue(107 * SECOND)).as("then as usual").isEqualTo(SECOND);
    }

    @Test
    void failuresBackOffFrom1To60Seconds() {
        List<Long> waits = new ArrayList<>();
        long now = 100 * SECOND;
        for (int i = 0; i < 9; i++) {
            run(FAILED, now);
            waits.add(task.untilDue(now) / SECOND);
            now += task.untilDue(now);
        }

        assertThat(waits).containsExactly(1L, 2L, 4L, 8L, 16L, 32L, 60L, 60L, 60L);
        assertThat(task.isTried()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"1,1", "2,2", "6,32", "7,60", "8,60", "64,60", "65,60", "1000000,60", "2147483647,60"})
    void noNumberOfFailuresOverflowsTheBackoff(int failures, long seconds) {
        assertThat(VmTask.backoffNanos(failures)).isEqualTo(seconds * SECOND);
    }

    @Test
    void aSuccessEndsTheBackoffAndTheIntervalCountsFromThere() {
        run(FAILED, 100 * SECOND);
        run(FAILED, 101 * SECOND);
        run(READ, 103 * SECOND);

        assertThat(task.untilDue(103 * SECOND)).isEqualTo(SECOND);
        run(FAILED, 104 * SECOND);
        assertThat(task.untilDue(104 * SECOND)).as("the first failure again").isEqualTo(SECOND);
    }

    @Test
    void theBackoffCountsFromTheEndOfTheReading() {
        run(failure(Cause.TIMEOUT), 103 * SECOND);

        assertThat(task.untilDue(103 * SECOND)).isEqualTo(SECOND);
    }

    @ParameterizedTest
    @EnumSource(Cause.class)
    void onlyOneThatDidNotAnswerInTimeLosesItsTrust(Cause cause) {
        run(READ, 100 * SECOND);
        run(failure(cause), 101 * SECOND);

        assertThat(task.isTrusted()).isEqualTo(cause != Cause.TIMEOUT && cause != Cause.ABANDONED);
    }

    @Test
    void anAnswerRegainsTrust() {
        run(failure(Cause.TIMEOUT), 100 * SECOND);
        run(READ, 101 * SECOND);

        assertThat(task.isTrusted()).isTrue();
    }

    @Test
    void aReadingTakesOneProcessPerActiveVcpuAndAtLeastOne() {
        run(Snapshots.of("web").vcpu(0, 1).vcpu(1, 1).vcpu(5, 1).build(), 100 * SECOND);
        assertThat(task.vcpus()).isEqualTo(3);

        run(FAILED, 101 * SECOND);
        assertThat(task.vcpus()).as("as far as is known").isEqualTo(3);

        run(Snapshots.of("web").build(), 102 * SECOND);
        assertThat(task.vcpus()).as("asking for the active set takes one, too").isEqualTo(1);
    }

    @Test
    void aTaskIsDueWhereTheMonotonicClockOverflows() {
        VmTask late = new VmTask(Snapshots.id("web", 1), Long.MAX_VALUE);
        late.begin();
        late.end(READ, Long.MAX_VALUE, SECOND);

        assertThat(late.isDue(Long.MAX_VALUE)).isFalse();
        assertThat(late.untilDue(Long.MAX_VALUE)).isEqualTo(SECOND);
        assertThat(late.isDue(Long.MAX_VALUE + SECOND)).isTrue();
    }
}
