package org.bhyvescope.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.bhyvescope.hypervisor.Snapshots.HLT;
import static org.bhyvescope.hypervisor.Snapshots.INOUT;
import static org.bhyvescope.hypervisor.Snapshots.RESIDENT;
import static org.bhyvescope.hypervisor.Snapshots.RUNTIME;
import static org.bhyvescope.hypervisor.Snapshots.TOTAL;

import org.bhyvescope.dump.CpuSet;
import org.bhyvescope.hypervisor.Snapshot;
import org.bhyvescope.hypervisor.Snapshots;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChangeTest {
    private static final long TWO_TO_63 = Long.MIN_VALUE;

    private static Snapshots web() {
        return Snapshots.of("web").table(TOTAL, HLT);
    }

    @Test
    void aDeltaIsTheGrowthOfEachCounterOfEachVcpu() {
        Snapshot before = web().at(1).vcpu(0, 100, 40).vcpu(1, 7, 7).build();
        Snapshot after = web().at(2).vcpu(0, 150, 41).vcpu(1, 7, 7).build();

        Change change = Plans.change(before, after);

        assertThat(change.after()).isSameAs(after);
        assertThat(change.hasDelta(0)).isTrue();
        assertThat(change.delta(0, 0)).isEqualTo(50);
        assertThat(change.delta(0, 1)).isEqualTo(1);
        assertThat(change.hasDelta(1)).as("no growth is a delta of 0").isTrue();
        assertThat(change.delta(1, 0)).isZero();
        assertThat(change.reset()).isEqualTo(CpuSet.NONE);
    }

    @Test
    void deltasOfSeveralColumnsAreAdded() {
        Snapshot before =
                Snapshots.of("web").table(TOTAL, HLT, INOUT).vcpu(0, 10, 1, 2).build();
        Snapshot after = Snapshots.of("web")
                .table(TOTAL, HLT, INOUT)
                .at(1)
                .vcpu(0, 30, 5, 9)
                .build();

        assertThat(Plans.change(before, after).delta(0, new int[] {1, 2})).isEqualTo(11);
        assertThat(Plans.change(before, after).delta(0, new int[] {})).isZero();
    }

    @Test
    void secondsAreBetweenTheReadingsOfThatVcpuAndNotOfTheVm() {
        Snapshot before = web().at(1).vcpu(0, 0, 0).at(1.25).vcpu(1, 0, 0).at(5).build();
        Snapshot after = web().at(6).vcpu(0, 9, 9).at(7.5).vcpu(1, 9, 9).at(99).build();

        Change change = Plans.change(before, after);

        assertThat(change.seconds(0)).isEqualTo(5.0);
        assertThat(change.seconds(1)).isEqualTo(6.25);
    }

    @Test
    void secondsAreExactToTheNanosecondAndWhereTheMonotonicClockOverflows() {
        Snapshot before = web().atNanos(Long.MAX_VALUE - 10).vcpu(0, 0, 0).build();
        Snapshot after =
                web().atNanos(Long.MIN_VALUE + 988_999_999 - 10).vcpu(0, 9, 9).build();

        Change change = Plans.change(before, after);

        assertThat(change.hasDelta(0)).isTrue();
        assertThat(change.seconds(0)).isCloseTo(0.989, within(1e-12));
    }

    @Test
    void theFirstSnapshotHasNoDeltaAndIsNoReset() {
        Change change = Plans.first(web().at(1).vcpu(0, 100, 40).build());

        assertThat(change.hasDelta(0)).isFalse();
        assertThat(change.reset()).isEqualTo(CpuSet.NONE);
        assertThatThrownBy(() -> change.delta(0, 0)).isInstanceOf(IllegalStateException.class);
    }

    @ParameterizedTest
    @CsvSource({"99,50", "150,39", "99,39", "0,0"})
    void aDecreaseOfAnyCounterBeginsANewEpoch(long total, long hlt) {
        Snapshot before = web().at(1).vcpu(0, 100, 40).build();
        Snapshot after = web().at(2).vcpu(0, total, hlt).build();

        Change change = Plans.change(before, after);

        assertThat(change.hasDelta(0)).isFalse();
        assertThat(change.reset()).isEqualTo(CpuSet.of(0));
    }

    @Test
    void aDecreaseBeginsANewEpochForThatVcpuOnly() {
        Snapshot before =
                web().at(1).vcpu(0, 100, 40).vcpu(3, 100, 40).vcpu(7, 100, 40).build();
        Snapshot after =
                web().at(2).vcpu(0, 101, 41).vcpu(3, 5, 0).vcpu(7, 102, 40).build();

        Change change = Plans.change(before, after);

        assertThat(change.hasDelta(0)).isTrue();
        assertThat(change.hasDelta(1)).isFalse();
        assertThat(change.hasDelta(2)).isTrue();
        assertThat(change.delta(2, 0)).isEqualTo(2);
        assertThat(change.reset()).as("ids, not rows").isEqualTo(CpuSet.of(3));
    }

    @Test
    void aGaugeThatGoesDownIsNoReset() {
        Snapshot before =
                Snapshots.of("web").table(TOTAL, RESIDENT).vcpu(0, 1, 4096).build();
        Snapshot after = Snapshots.of("web")
                .table(TOTAL, RESIDENT)
                .at(1)
                .vcpu(0, 2, 1024)
                .build();

        Change change = Plans.change(before, after);

        assertThat(change.hasDelta(0)).isTrue();
        assertThat(change.delta(0, 0)).isEqualTo(1);
        assertThat(change.reset()).isEqualTo(CpuSet.NONE);
    }

    @Test
    void anUnknownStatisticThatGoesDownIsNoReset() {
        Snapshot before =
                Snapshots.of("web").table(TOTAL, "moons").vcpu(0, 1, 9).build();
        Snapshot after =
                Snapshots.of("web").table(TOTAL, "moons").at(1).vcpu(0, 2, 3).build();

        Change change = Plans.change(before, after);

        assertThat(change.hasDelta(0)).isTrue();
        assertThat(change.reset()).isEqualTo(CpuSet.NONE);
    }

    @Test
    void anotherVmUnderTheNameHasNoDeltaAndIsNoReset() {
        Snapshot before = Snapshots.of(Snapshots.id("web", 1)).vcpu(0, 100).build();
        Snapshot more = Snapshots.of(Snapshots.id("web", 2)).at(1).vcpu(0, 200).build();
        Snapshot less = Snapshots.of(Snapshots.id("web", 2)).at(1).vcpu(0, 5).build();

        assertThat(Plans.change(before, more).hasDelta(0)).isFalse();
        assertThat(Plans.change(before, less).reset()).isEqualTo(CpuSet.NONE);
    }

    @Test
    void anotherListOfStatisticsHasNoDeltaAndIsNoReset() {
        Snapshot before = Snapshots.of("web").table(TOTAL, HLT).vcpu(0, 100, 40).build();
        Snapshot swapped =
                Snapshots.of("web").table(HLT, TOTAL).at(1).vcpu(0, 41, 102).build();
        Snapshot longer = Snapshots.of("web")
                .table(TOTAL, HLT, RUNTIME)
                .at(1)
                .vcpu(0, 102, 41, 9)
                .build();

        assertThat(Plans.change(before, swapped).hasDelta(0)).isFalse();
        assertThat(Plans.change(before, swapped).reset()).isEqualTo(CpuSet.NONE);
        assertThat(Plans.change(before, longer).hasDelta(0)).isFalse();
    }

    @Test
    void anEqualListOfStatisticsNeedNotBeTheSameObject() {
        Snapshot before = web().vcpu(0, 100, 40).build();
        Snapshot after = web().at(1).vcpu(0, 101, 40).build();

        assertThat(before.table()).isNotSameAs(after.table());
        assertThat(Plans.change(before, after).hasDelta(0)).isTrue();
    }

    @Test
    void aVcpuThatAppearsLaterHasNoDeltaYet() {
        Snapshot one = web().vcpu(2, 10, 1).build();
        Snapshot two = web().at(1).vcpu(0, 3, 0).vcpu(2, 15, 1).build();
        Snapshot three = web().at(2).vcpu(0, 5, 0).vcpu(2, 15, 1).build();

        Change appears = Plans.change(one, two);
        Change stays = Plans.change(two, three);

        assertThat(appears.hasDelta(0)).isFalse();
        assertThat(appears.hasDelta(1)).as("vCPU 2 is row 1 now").isTrue();
        assertThat(appears.delta(1, 0)).isEqualTo(5);
        assertThat(stays.delta(0, 0)).isEqualTo(2);
    }

    @Test
    void aVcpuThatVanishesLeavesTheOthersTheirDeltas() {
        Snapshot before = web().vcpu(0, 1, 0).vcpu(1, 50, 0).vcpu(2, 900, 0).build();
        Snapshot after = web().at(1).vcpu(0, 2, 0).vcpu(2, 904, 0).build();

        Change change = Plans.change(before, after);

        assertThat(change.delta(0, 0)).isEqualTo(1);
        assertThat(change.delta(1, 0)).isEqualTo(4);
        assertThat(change.reset()).isEqualTo(CpuSet.NONE);
    }

    @Test
    void aVcpuThatReappearsBeginsAnewEvenWithLowerCounters() {
        Snapshot without = web().at(1).vcpu(0, 2, 0).build();
        Snapshot again = web().at(2).vcpu(0, 3, 0).vcpu(1, 4, 0).build();

        Change change = Plans.change(without, again);

        assertThat(change.hasDelta(1)).isFalse();
        assertThat(change.reset()).isEqualTo(CpuSet.NONE);
    }

    @Test
    void aVmWithoutActiveVcpusHasNoRowsToCompare() {
        Snapshot running = web().vcpu(0, 1, 0).build();
        Snapshot none = web().at(1).build();

        assertThat(Plans.change(running, none).after().rows()).isZero();
        assertThat(Plans.change(running, none).reset()).isEqualTo(CpuSet.NONE);
        assertThat(Plans.change(none, running).hasDelta(0)).isFalse();
    }

    @Test
    void aVcpuReadAgainInTheSameNanosecondOrEarlierHasNoDelta() {
        Snapshot at5 = web().at(5).vcpu(0, 10, 1).build();
        Snapshot sameTime = web().at(5).vcpu(0, 20, 1).build();
        Snapshot earlier = web().at(4).vcpu(0, 20, 1).build();

        assertThat(Plans.change(at5, sameTime).hasDelta(0)).isFalse();
        assertThat(Plans.change(at5, earlier).hasDelta(0)).isFalse();
        assertThat(Plans.change(at5, sameTime).reset()).isEqualTo(CpuSet.NONE);
    }

    @Test
    void aCounterThatPasses2To63KeepsCounting() {
        Snapshot before = web().vcpu(0, Long.MAX_VALUE - 3, 0).build();
        Snapshot after = web().at(1).vcpu(0, TWO_TO_63 + 4, 0).build();

        Change change = Plans.change(before, after);

        assertThat(change.hasDelta(0)).isTrue();
        assertThat(change.delta(0, 0)).isEqualTo(8);
    }

    @Test
    void negativeNumbersAreUnsignedCounters() {
        Snapshot before = web().vcpu(0, -100, -2).build();
        Snapshot after = web().at(1).vcpu(0, -60, -1).build();

        assertThat(Plans.change(before, after).delta(0, 0)).isEqualTo(40);
        assertThat(Plans.change(before, after).delta(0, 1)).isEqualTo(1);
        assertThat(Plans.change(after, web().at(2).vcpu(0, -61, -1).build()).reset())
                .isEqualTo(CpuSet.of(0));
    }

    @Test
    void aCounterThatPasses2To64HasBeenReset() {
        Snapshot before = web().vcpu(0, -1, 0).build();
        Snapshot after = web().at(1).vcpu(0, 5, 0).build();

        assertThat(Plans.change(before, after).hasDelta(0)).isFalse();
        assertThat(Plans.change(before, after).reset()).isEqualTo(CpuSet.of(0));
    }

    @ParameterizedTest
    @CsvSource({"5,-3", "0,-1", "0,-9223372036854775808", "7,-9223372036854775801"})
    void aLeapOf2To63OrMoreBeginsANewEpochInsteadOfANegativeDelta(long from, long to) {
        Snapshot before = web().vcpu(0, from, 0).build();
        Snapshot after = web().at(1).vcpu(0, to, 0).build();

        assertThat(Plans.change(before, after).hasDelta(0)).isFalse();
    }

    @Test
    void theLargestLeapThatCanBeCountedIsOneLessThan2To63() {
        Snapshot before = web().vcpu(0, 7, 0).build();
        Snapshot after = web().at(1).vcpu(0, TWO_TO_63 + 6, 0).build();

        assertThat(Plans.change(before, after).delta(0, 0)).isEqualTo(Long.MAX_VALUE);
    }
}
