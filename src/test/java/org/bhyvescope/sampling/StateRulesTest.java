package org.bhyvescope.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.bhyvescope.hypervisor.Snapshots.HLT;
import static org.bhyvescope.hypervisor.Snapshots.IDLE;
import static org.bhyvescope.hypervisor.Snapshots.RUNTIME;
import static org.bhyvescope.hypervisor.Snapshots.TOTAL;
import static org.bhyvescope.hypervisor.Snapshots.WFI;

import java.util.OptionalLong;
import org.bhyvescope.hypervisor.Snapshot;
import org.bhyvescope.hypervisor.Snapshots;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StateRulesTest {
    private static final long TSC_HZ = 1_000_000_000L;
    private static final OptionalLong TSC = OptionalLong.of(TSC_HZ);
    private static final long STALL = 10_000_000_000L;

    private static Snapshots web() {
        return Snapshots.of("web").table(TOTAL, RUNTIME, IDLE);
    }

    private static VmState state(Snapshot before, Snapshot after, long standingNanos) {
        return StateRules.of(Plans.change(before, after), Plans.of(after), TSC, standingNanos);
    }

    private static VmState state(Snapshot before, Snapshot after) {
        return state(before, after, 0);
    }

    private static boolean moved(Snapshot before, Snapshot after) {
        return StateRules.moved(Plans.change(before, after), Plans.of(after));
    }

    @Test
    void aGuestThatRunsIsRunning() {
        Snapshot before = web().vcpu(0, 100, 0, 0).build();
        Snapshot after = web().at(1).vcpu(0, 200, TSC_HZ / 2, 0).build();

        assertThat(state(before, after)).isEqualTo(VmState.RUNNING);
    }

    @Test
    void theFirstSampleOfAGuestIsRunning() {
        Snapshot only = web().vcpu(0, 100, 0, 0).build();

        assertThat(StateRules.of(Plans.first(only), Plans.of(only), TSC, 0)).isEqualTo(VmState.RUNNING);
    }

    @ParameterizedTest
    @CsvSource({"0,IDLE", "20000000,IDLE", "20000001,RUNNING", "1000000000,RUNNING"})
    void upToTwoPercentOfRunTimeIsIdle(long cyclesPerSecond, VmState expected) {
        Snapshot before = web().vcpu(0, 100, 7, 0).build();
        Snapshot after = web().at(4).vcpu(0, 200, 7 + 4 * cyclesPerSecond, 0).build();

        assertThat(state(before, after)).isEqualTo(expected);
    }

    @Test
    void theShareOfRunTimeIsOfAllStartedVcpusTogether() {
        Snapshot before = web().vcpu(0, 9, 0, 0).vcpu(1, 9, 0, 0).build();
        Snapshot oneBusy =
                web().at(1).vcpu(0, 10, TSC_HZ / 20, 0).vcpu(1, 10, 0, 0).build();
        Snapshot little =
                web().at(1).vcpu(0, 10, TSC_HZ / 25, 0).vcpu(1, 10, 0, 0).build();

        assertThat(state(before, oneBusy)).as("2.5 %").isEqualTo(VmState.RUNNING);
        assertThat(state(before, little)).as("2 %").isEqualTo(VmState.IDLE);
    }

    @Test
    void aVcpuThatTheGuestHasNotStartedDoesNotDiluteTheRunTime() {
        Snapshot before = web().vcpu(0, 9, 0, 0).vcpu(1, 0, 0, 0).build();
        Snapshot after =
                web().at(1).vcpu(0, 10, TSC_HZ * 3 / 100, 0).vcpu(1, 0, 0, 0).build();

        assertThat(state(before, after)).as("3 % of the one that runs").isEqualTo(VmState.RUNNING);
    }

    @Test
    void rightAfterAResetAGuestIsNotYetCalledIdle() {
        Snapshot before = web().vcpu(0, 100, TSC_HZ, 0).build();
        Snapshot after = web().at(1).vcpu(0, 5, 0, 0).build();

        assertThat(state(before, after)).isEqualTo(VmState.RUNNING);
    }

    @Test
    void withoutTheTscFrequencyNobodyIsIdle() {
        Snapshot before = web().vcpu(0, 100, 0, 0).build();
        Snapshot after = web().at(1).vcpu(0, 101, 0, 0).build();

        assertThat(StateRules.of(Plans.change(before, after), Plans.of(after), OptionalLong.empty(), 0))
                .isEqualTo(VmState.RUNNING);
    }

    @Test
    void arm64ListsRunTimeButNeverCountsItSoNobodyIsIdle() {
        Snapshot before = Snapshots.of("arm")
                .table(TOTAL, RUNTIME, WFI)
                .vcpu(0, 100, 0, 90)
                .build();
        Snapshot after = Snapshots.of("arm")
                .table(TOTAL, RUNTIME, WFI)
                .at(1)
                .vcpu(0, 101, 0, 91)
                .build();

        assertThat(state(before, after)).isEqualTo(VmState.RUNNING);
        assertThat(state(before, after, STALL)).as("but it can stall").isEqualTo(VmState.STALLED);
    }

    @Test
    void withoutActiveVcpusThereIsNoProcess() {
        Snapshot before = web().vcpu(0, 100, 0, 0).build();
        Snapshot after = web().at(1).build();

        assertThat(state(before, after)).isEqualTo(VmState.NO_PROCESS);
        assertThat(state(before, after, 2 * STALL)).as("however long").isEqualTo(VmState.NO_PROCESS);
    }

    @Test
    void withoutActiveVcpusThereIsNoProcessEvenIfSomeAreSuspended() {
        Snapshot after = web().at(1).suspended(0).build();

        assertThat(state(web().build(), after)).isEqualTo(VmState.NO_PROCESS);
    }

    @Test
    void aVmIsSuspendedWhenEveryActiveVcpuIs() {
        Snapshot before = web().vcpu(0, 1, 0, 0).vcpu(2, 1, 0, 0).build();
        Snapshots after = web().at(1).vcpu(0, 5, TSC_HZ, 0).vcpu(2, 1, 0, 0);

        assertThat(state(before, after.suspended(0).build())).isEqualTo(VmState.RUNNING);
        assertThat(state(before, after.suspended(0, 1).build())).isEqualTo(VmState.RUNNING);
        assertThat(state(before, after.suspended(0, 2).build())).isEqualTo(VmState.SUSPENDED);
        assertThat(state(before, after.suspended(0, 1, 2, 3).build())).isEqualTo(VmState.SUSPENDED);
    }

    @Test
    void suspendedBeatsStalled() {
        Snapshot before = web().vcpu(0, 1, 0, 0).build();
        Snapshot after = web().at(1).vcpu(0, 1, 0, 0).suspended(0).build();

        assertThat(state(before, after, 100 * STALL)).isEqualTo(VmState.SUSPENDED);
    }

    @Test
    void tenSecondsOfStandingStillAreAStallAndNotLess() {
        Snapshot before = web().vcpu(0, 1, 0, 0).build();
        Snapshot after = web().at(1).vcpu(0, 1, 0, 0).build();

        assertThat(state(before, after, STALL - 1)).isEqualTo(VmState.IDLE);
        assertThat(state(before, after, STALL)).isEqualTo(VmState.STALLED);
    }

    @ParameterizedTest
    @CsvSource({"101,50,10", "100,51,10", "100,50,11"})
    void growthOfExitsRunTimeOrIdleTicksIsMoving(long exits, long runtime, long idle) {
        Snapshot before = web().vcpu(0, 100, 50, 10).vcpu(1, 7, 7, 7).build();
        Snapshot after =
                web().at(1).vcpu(0, exits, runtime, idle).vcpu(1, 7, 7, 7).build();

        assertThat(moved(before, after)).isTrue();
    }

    @Test
    void equalExitsRunTimeAndIdleTicksAreStandingStill() {
        Snapshot before = web().vcpu(0, 100, 50, 10).vcpu(1, 7, 7, 7).build();
        Snapshot after = web().at(1).vcpu(0, 100, 50, 10).vcpu(1, 7, 7, 7).build();

        assertThat(moved(before, after)).isFalse();
    }

    @Test
    void growthOfAnythingElseIsNotMoving() {
        String returns = "number of vm exits handled in userspace";
        Snapshot before =
                Snapshots.of("web").table(TOTAL, HLT, returns).vcpu(0, 5, 1, 1).build();
        Snapshot after = Snapshots.of("web")
                .table(TOTAL, HLT, returns)
                .at(1)
                .vcpu(0, 5, 1, 1001)
                .build();

        assertThat(moved(before, after)).isFalse();
    }

    @Test
    void aVcpuThatTheGuestHasNotStartedNeitherMovesNorStalls() {
        Snapshot before = web().vcpu(0, 100, 50, 10).vcpu(1, 0, 0, 0).build();
        Snapshot onlyUnstarted =
                web().at(1).vcpu(0, 100, 50, 10).vcpu(1, 0, 900, 900).build();
        Snapshot started = web().at(1).vcpu(0, 100, 50, 10).vcpu(1, 1, 0, 0).build();

        assertThat(moved(before, onlyUnstarted)).as("0 exits: not started").isFalse();
        assertThat(moved(before, started)).as("its first exit").isTrue();
    }

    @Test
    void aGuestThatHasStartedNoVcpuCannotStall() {
        Snapshot before = web().vcpu(0, 0, 0, 0).vcpu(1, 0, 0, 0).build();
        Snapshot after = web().at(1).vcpu(0, 0, 0, 0).vcpu(1, 0, 0, 0).build();

        assertThat(moved(before, after)).isTrue();
    }

    @Test
    void aResetOrANewVcpuIsMoving() {
        Snapshot before = web().vcpu(0, 100, 50, 10).build();
        Snapshot reset = web().at(1).vcpu(0, 99, 50, 10).build();
        Snapshot joined = web().at(1).vcpu(0, 100, 50, 10).vcpu(1, 3, 0, 0).build();

        assertThat(moved(before, reset)).isTrue();
        assertThat(moved(before, joined)).isTrue();
    }

    @Test
    void aKernelWithoutATotalCountsEveryVcpuAsStarted() {
        Snapshot before = Snapshots.of("web").table(RUNTIME).vcpu(0, 0).build();
        Snapshot same = Snapshots.of("web").table(RUNTIME).at(1).vcpu(0, 0).build();
        Snapshot ran = Snapshots.of("web").table(RUNTIME).at(1).vcpu(0, 1).build();

        assertThat(moved(before, same)).isFalse();
        assertThat(moved(before, ran)).isTrue();
    }
}
