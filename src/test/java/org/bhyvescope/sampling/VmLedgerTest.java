package org.bhyvescope.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.bhyvescope.hypervisor.Snapshots.HLT;
import static org.bhyvescope.hypervisor.Snapshots.INOUT;
import static org.bhyvescope.hypervisor.Snapshots.RUNTIME;
import static org.bhyvescope.hypervisor.Snapshots.TOTAL;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.bhyvescope.hypervisor.Reading.Cause;
import org.bhyvescope.hypervisor.Reading.Failure;
import org.bhyvescope.hypervisor.Snapshot;
import org.bhyvescope.hypervisor.Snapshots;
import org.bhyvescope.hypervisor.VmId;
import org.junit.jupiter.api.Test;

class VmLedgerTest {
    private static final VmId WEB = Snapshots.id("web", 1);
    private static final long TSC_HZ = 1_000_000_000L;

    private final VmLedger ledger = new VmLedger(WEB);

    private static Snapshots web() {
        return Snapshots.of(WEB).table(TOTAL, HLT);
    }

    private void accept(Snapshot snapshot) {
        ledger.accept(snapshot, Plans.of(snapshot), OptionalLong.of(TSC_HZ), HostView.NONE);
    }

    private void accept(Snapshots snapshot) {
        accept(snapshot.build());
    }

    private void miss(Cause... causes) {
        for (Cause cause : causes) {
            ledger.miss(new Failure(cause, ""));
        }
    }

    private VmView.Sample sample() {
        return ledger.view().sample().orElseThrow();
    }

    private static Instant wallAt(double seconds) {
        return Instant.ofEpochMilli(Snapshots.wallMillisAt(seconds));
    }

    @Test
    void beforeTheFirstReadingOnlyNameAndStartAreKnown() {
        assertThat(ledger.view())
                .isEqualTo(new VmView(
                        "web",
                        Optional.empty(),
                        Optional.empty(),
                        OptionalLong.empty(),
                        WEB.created(),
                        0,
                        Map.of(),
                        0,
                        StateView.NONE));
        assertThat(ledger.view().sampleOrNull()).isNull();
    }

    @Test
    void aSnapshotIsPostedWithItsRatesPeaksStateAndTime() {
        accept(web().at(1).vcpu(0, 100, 40));
        Snapshot second = web().at(2).vcpu(0, 150, 70).build();
        accept(second);

        assertThat(ledger.view().state()).contains(VmState.RUNNING);
        assertThat(ledger.view().lastSampleMillis()).hasValue(Snapshots.wallMillisAt(2));
        assertThat(sample().snapshot()).isSameAs(second);
        assertThat(sample().plan().table()).isSameAs(second.table());
        assertThat(sample().rates().reason(0)).isEqualTo(30);
        assertThat(sample().peak(0)).isEqualTo(30);
        assertThat(ledger.view().sampleOrNull()).isSameAs(sample());
    }

    @Test
    void thePeakOutlivesTheRateFor60Seconds() {
        accept(web().at(0).vcpu(0, 0, 0));
        accept(web().at(1).vcpu(0, 5000, 5000));
        accept(web().at(2).vcpu(0, 5001, 5001));
        assertThat(sample().rates().reason(0)).isEqualTo(1);
        assertThat(sample().peak(0)).isEqualTo(5000);

        accept(web().at(61).vcpu(0, 5060, 5060));
        assertThat(sample().peak(0)).isEqualTo(5000);
        accept(web().at(61.5).vcpu(0, 5060, 5060));
        assertThat(sample().peak(0)).isEqualTo(1);
    }

    @Test
    void aPeakIsNotCarriedOverToAnotherListOfStatistics() {
        accept(Snapshots.of(WEB).table(TOTAL, HLT).at(0).vcpu(0, 0, 0));
        accept(Snapshots.of(WEB).table(TOTAL, HLT).at(1).vcpu(0, 5000, 5000));
        accept(Snapshots.of(WEB).table(TOTAL, INOUT).at(2).vcpu(0, 0, 0));

        assertThat(sample().peak(0)).as("hlt's storm is not inout's").isNaN();
        accept(Snapshots.of(WEB).table(TOTAL, INOUT).at(3).vcpu(0, 7, 7));
        assertThat(sample().peak(0)).isEqualTo(7);
    }

    @Test
    void twoMissesKeepTheSampleAndTheState() {
        Snapshot only = web().at(1).vcpu(0, 100, 40).build();
        accept(only);
        miss(Cause.TIMEOUT, Cause.GONE);

        assertThat(sample().snapshot()).isSameAs(only);
        assertThat(ledger.view().state()).contains(VmState.RUNNING);
        assertThat(ledger.view().errors()).containsOnly(Map.entry(Cause.TIMEOUT, 1L), Map.entry(Cause.GONE, 1L));
    }

    @Test
    void threeMissesWithholdTheSampleButNotStateErrorsAndLastTime() {
        accept(web().at(1).vcpu(0, 100, 40));
        miss(Cause.TIMEOUT, Cause.GONE, Cause.TIMEOUT);

        assertThat(ledger.view())
                .isEqualTo(new VmView(
                        "web",
                        Optional.of(VmState.UNREADABLE),
                        Optional.empty(),
                        OptionalLong.of(Snapshots.wallMillisAt(1)),
                        WEB.created(),
                        0,
                        Map.of(Cause.TIMEOUT, 2L, Cause.GONE, 1L),
                        3,
                        StateView.NONE));
    }

    @Test
    void aVmThatWasNeverReadIsUnreadableAfterThreeMissesToo() {
        miss(Cause.DENIED, Cause.DENIED);
        assertThat(ledger.view().state()).isEmpty();

        miss(Cause.DENIED);
        assertThat(ledger.view().state()).contains(VmState.UNREADABLE);
        assertThat(ledger.view().lastSampleMillis()).isEmpty();
    }

    @Test
    void onlyMissesInARowMakeItUnreadable() {
        accept(web().at(1).vcpu(0, 100, 40));
        miss(Cause.TIMEOUT, Cause.TIMEOUT);
        accept(web().at(2).vcpu(0, 101, 40));
        miss(Cause.TIMEOUT, Cause.TIMEOUT);

        assertThat(ledger.view().sample()).isPresent();
        assertThat(ledger.view().errors()).containsEntry(Cause.TIMEOUT, 4L);
    }

    @Test
    void aReadingEndsUnreadableWithRatesOverTheWholeGap() {
        accept(web().at(1).vcpu(0, 100, 0));
        miss(Cause.TIMEOUT, Cause.TIMEOUT, Cause.TIMEOUT, Cause.TIMEOUT);
        accept(web().at(11).vcpu(0, 150, 20));

        assertThat(ledger.view().state()).contains(VmState.RUNNING);
        assertThat(sample().rates().reason(0)).isEqualTo(2);
        assertThat(ledger.view().errors()).as("errors stay").containsEntry(Cause.TIMEOUT, 4L);
    }

    @Test
    void aPostedViewDoesNotChangeAfterwards() {
        accept(web().at(1).vcpu(0, 100, 40));
        miss(Cause.TIMEOUT);
        VmView posted = ledger.view();
        miss(Cause.TIMEOUT, Cause.GONE);
        accept(web().at(2).vcpu(0, 5, 1));

        assertThat(posted.errors()).containsOnly(Map.entry(Cause.TIMEOUT, 1L));
        assertThat(posted.resets()).isZero();
        assertThat(posted.state()).contains(VmState.RUNNING);
    }

    @Test
    void theStartIsTheNodesCtimeUntilAResetAndThenItsTime() {
        accept(web().at(1).vcpu(0, 100, 40));
        assertThat(ledger.view().started()).isEqualTo(WEB.created());
        assertThat(ledger.view().resets()).isZero();

        accept(web().at(2).vcpu(0, 3, 1));
        assertThat(ledger.view().started()).isEqualTo(wallAt(2));
        assertThat(ledger.view().resets()).isEqualTo(1);

        accept(web().at(3).vcpu(0, 4, 1));
        miss(Cause.TIMEOUT);
        assertThat(ledger.view().started()).as("and stays").isEqualTo(wallAt(2));
        assertThat(ledger.view().resets()).isEqualTo(1);
    }

    @Test
    void aResetOfAllVcpusIsOneReset() {
        accept(web().at(1).vcpu(0, 100, 40).vcpu(1, 100, 40));
        accept(web().at(2).vcpu(0, 3, 1).vcpu(1, 3, 1));

        assertThat(ledger.view().resets()).isEqualTo(1);
    }

    @Test
    void aResetBetweenTheReadingsOfTwoVcpusShowsInTwoSamplesAndIsCountedOnce() {
        accept(web().at(1).vcpu(0, 100, 40).vcpu(1, 100, 40));
        accept(web().at(2).vcpu(0, 101, 40).vcpu(1, 3, 1));
        accept(web().at(3).vcpu(0, 4, 1).vcpu(1, 5, 1));

        assertThat(ledger.view().resets()).isEqualTo(1);
        assertThat(ledger.view().started()).isEqualTo(wallAt(2));
    }

    @Test
    void theSameVcpuResetInTwoSamplesIsTwoResets() {
        accept(web().at(1).vcpu(0, 100, 40).vcpu(1, 100, 40));
        accept(web().at(2).vcpu(0, 50, 1).vcpu(1, 50, 1));
        accept(web().at(3).vcpu(0, 3, 1).vcpu(1, 3, 1));

        assertThat(ledger.view().resets()).isEqualTo(2);
        assertThat(ledger.view().started()).isEqualTo(wallAt(3));
    }

    @Test
    void resetsOfDifferentVcpusFarApartAreTwo() {
        accept(web().at(1).vcpu(0, 100, 40).vcpu(1, 100, 40));
        accept(web().at(2).vcpu(0, 3, 1).vcpu(1, 101, 40));
        accept(web().at(3).vcpu(0, 4, 1).vcpu(1, 102, 40));
        accept(web().at(4).vcpu(0, 5, 1).vcpu(1, 3, 1));

        assertThat(ledger.view().resets()).isEqualTo(2);
    }

    @Test
    void aResetDuringMissedSamplesIsSeenAfterThem() {
        accept(web().at(1).vcpu(0, 100, 40));
        miss(Cause.TIMEOUT, Cause.TIMEOUT, Cause.TIMEOUT);
        accept(web().at(9).vcpu(0, 3, 1));

        assertThat(ledger.view().resets()).isEqualTo(1);
        assertThat(ledger.view().state()).contains(VmState.RUNNING);
    }

    @Test
    void aResetIsSeenEvenIfASampleBetweenFoundNoActiveVcpu() {
        accept(web().at(1).vcpu(0, 100, 40));
        accept(web().at(2));
        assertThat(ledger.view().state()).contains(VmState.NO_PROCESS);

        accept(web().at(3).vcpu(0, 3, 1));
        assertThat(ledger.view().state()).contains(VmState.RUNNING);
        assertThat(ledger.view().resets()).isEqualTo(1);
        assertThat(ledger.view().started()).isEqualTo(wallAt(3));
    }

    @Test
    void ratesDoNotFollowTheWallClock() {
        accept(web().at(10).wall(1_700_000_000_000L).vcpu(0, 100, 0));
        accept(web().at(11).wall(1_600_000_000_000L).vcpu(0, 200, 50));
        assertThat(sample().rates().reason(0)).as("wall clock set back 3 years").isEqualTo(50);

        accept(web().at(12).wall(1_800_000_000_000L).vcpu(0, 300, 100));
        assertThat(sample().rates().reason(0)).as("and forward 6").isEqualTo(50);
        assertThat(sample().peak(0)).isEqualTo(50);
        assertThat(ledger.view().state()).contains(VmState.RUNNING);
        assertThat(ledger.view().lastSampleMillis()).hasValue(1_800_000_000_000L);
    }

    @Test
    void tenSecondsWithoutAnyMoveAreAStallAndTheFirstMoveEndsIt() {
        accept(web().at(0).vcpu(0, 100, 40));
        accept(web().at(1).vcpu(0, 101, 40));
        accept(web().at(5).vcpu(0, 101, 40));
        accept(web().at(10.9).vcpu(0, 101, 40));
        assertThat(ledger.view().state()).contains(VmState.RUNNING);

        accept(web().at(11).vcpu(0, 101, 40));
        assertThat(ledger.view().state()).contains(VmState.STALLED);

        accept(web().at(12).vcpu(0, 102, 40));
        assertThat(ledger.view().state()).contains(VmState.RUNNING);
    }

    @Test
    void standingStillIsMeasuredOverMissedSamples() {
        accept(web().at(0).vcpu(0, 100, 40));
        miss(Cause.TIMEOUT, Cause.TIMEOUT, Cause.TIMEOUT);
        accept(web().at(30).vcpu(0, 100, 40));

        assertThat(ledger.view().state()).contains(VmState.STALLED);
    }

    @Test
    void aMoveDuringMissedSamplesIsNoStall() {
        accept(web().at(0).vcpu(0, 100, 40));
        miss(Cause.TIMEOUT, Cause.TIMEOUT, Cause.TIMEOUT);
        accept(web().at(30).vcpu(0, 101, 40));
        accept(web().at(31).vcpu(0, 101, 40));

        assertThat(ledger.view().state()).contains(VmState.RUNNING);
    }

    @Test
    void aFirstReadingIsNeverAStallHoweverLateTheMonotonicClockIs() {
        accept(web().at(1_000_000).vcpu(0, 100, 40));

        assertThat(ledger.view().state()).contains(VmState.RUNNING);
    }

    @Test
    void anIdleGuestIsIdle() {
        accept(Snapshots.of(WEB).table(TOTAL, RUNTIME).at(0).vcpu(0, 1, 0));
        accept(Snapshots.of(WEB).table(TOTAL, RUNTIME).at(1).vcpu(0, 90, TSC_HZ / 1000));

        assertThat(ledger.view().state()).contains(VmState.IDLE);
        assertThat(sample().rates().vcpu(0)).isCloseTo(89, within(1e-9));
    }

    private static StateDigest digest(int vcpu, double second) {
        long nanos = Math.round(second * 1e9);
        return new StateDigest(
                new StateDigest.OfVcpu(vcpu, nanos, Optional.of("VMEXIT_HLT"), Map.of()),
                new StateDigest.OfVm(nanos, Map.of(), OptionalLong.of(0)));
    }

    private List<Integer> vcpusWithState() {
        return ledger.view().vcpuStates().vcpus().stream()
                .map(StateDigest.OfVcpu::vcpu)
                .toList();
    }

    @Test
    void theNewestStateOfEachVcpuIsKeptOverSamplesAndMisses() {
        accept(web().at(1).vcpu(0, 100, 40).vcpu(1, 100, 40));
        ledger.accept(digest(1, 1.1));
        ledger.accept(digest(0, 1.2));
        ledger.accept(digest(1, 1.3));
        accept(web().at(2).vcpu(0, 200, 40).vcpu(1, 200, 40));
        miss(Cause.TIMEOUT);

        assertThat(ledger.view().vcpuStates().vcpus())
                .containsExactly(digest(0, 1.2).ofVcpu(), digest(1, 1.3).ofVcpu());
        assertThat(ledger.view().vcpuStates().facts()).contains(digest(1, 1.3).ofVm());
    }

    @Test
    void theStateOfAVcpuThatIsNotActiveAnyMoreIsDropped() {
        accept(web().at(1).vcpu(0, 100, 40).vcpu(1, 100, 40));
        ledger.accept(digest(0, 1.1));
        ledger.accept(digest(1, 1.1));
        accept(web().at(2).vcpu(0, 200, 40));

        assertThat(vcpusWithState()).containsExactly(0);
    }

    @Test
    void aResetDropsTheStatesAndThoseThatAreFromBeforeIt() {
        accept(web().at(1).vcpu(0, 100, 40));
        ledger.accept(digest(0, 1.1));
        ledger.missState(new Failure(Cause.TIMEOUT, "made up"));
        accept(web().at(2).vcpu(0, 5, 4));
        assertThat(vcpusWithState()).isEmpty();
        assertThat(ledger.view().vcpuStates().facts()).isEmpty();
        assertThat(ledger.view().vcpuStates().errors()).containsEntry(Cause.TIMEOUT, 1L);

        ledger.accept(digest(0, 1.9));
        assertThat(vcpusWithState()).as("begun before the reset was seen").isEmpty();
        ledger.accept(digest(0, 2.1));
        assertThat(vcpusWithState()).containsExactly(0);
    }

    @Test
    void statesFromBeforeAMomentAreForgotten() {
        accept(web().at(1).vcpu(0, 100, 40).vcpu(1, 100, 40));
        ledger.accept(digest(0, 1));
        ledger.accept(digest(1, 5));

        assertThat(ledger.forgetStates(Math.round(1e9))).isFalse();
        assertThat(ledger.forgetStates(Math.round(1e9) + 1)).isTrue();
        assertThat(vcpusWithState()).containsExactly(1);
        assertThat(ledger.view().vcpuStates().facts()).as("the newest said so").isPresent();
        assertThat(ledger.forgetStates(Math.round(6e9))).isTrue();
        assertThat(ledger.view().vcpuStates()).isEqualTo(StateView.NONE);
    }
}
