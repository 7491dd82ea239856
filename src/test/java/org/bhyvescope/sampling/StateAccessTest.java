package org.bhyvescope.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.bhyvescope.hypervisor.Snapshots.AMD;
import static org.bhyvescope.hypervisor.Snapshots.IDLE;
import static org.bhyvescope.hypervisor.Snapshots.RUNTIME;
import static org.bhyvescope.hypervisor.Snapshots.TOTAL;

import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.bhyvescope.hypervisor.Reading.Cause;
import org.bhyvescope.hypervisor.Reading.Failure;
import org.bhyvescope.hypervisor.Snapshot;
import org.bhyvescope.hypervisor.Snapshots;
import org.bhyvescope.hypervisor.VmId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Rule 6, case by case. Columns: exits, run time, idle ticks. */
class StateAccessTest {
    private static final VmId WEB = Snapshots.id("web", 1);
    private static final long FRESH = TimeUnit.SECONDS.toNanos(3);
    private static final OptionalLong TSC = OptionalLong.of(1_000_000_000);

    private final VmLedger ledger = new VmLedger(WEB);

    private static Snapshots web() {
        return Snapshots.of(WEB).table(TOTAL, RUNTIME, IDLE, AMD);
    }

    private void accept(Snapshots reading) {
        Snapshot snapshot = reading.build();
        ledger.accept(snapshot, Plans.of(snapshot), TSC, HostView.NONE);
    }

    private StateAccess access(int vcpu, double second) {
        return StateAccess.of(ledger.view(), vcpu, Math.round(second * 1e9), FRESH);
    }

    @ParameterizedTest
    @CsvSource({"151, 0, 0", "150, 1, 0", "150, 0, 1", "9150, 900000000, 0"})
    void aVcpuOfWhichAnythingGrewMayBeRead(long exits, long ran, long idle) {
        accept(web().at(1).vcpu(0, 150, 0, 0, 0));
        accept(web().at(2).vcpu(0, exits, ran, idle, 0));

        assertThat(access(0, 2.1)).isEqualTo(StateAccess.ALLOWED);
    }

    @Test
    void nothingIsReadBeforeItIsKnownThatItMoves() {
        assertThat(access(0, 0)).isEqualTo(StateAccess.NO_SAMPLE);

        accept(web().at(1).vcpu(0, 150, 0, 0, 0));

        assertThat(access(0, 1.1)).isEqualTo(StateAccess.STANDS_STILL);
    }

    @Test
    void aStillVcpuIsNotReadThoughItsNeighboursMove() {
        accept(web().at(1).vcpu(0, 150, 10, 0, 0).vcpu(1, 70, 10, 5, 0));
        accept(web().at(2).vcpu(0, 350, 90, 0, 0).vcpu(1, 70, 10, 5, 0));

        assertThat(ledger.view().state()).contains(VmState.IDLE);
        assertThat(access(0, 2.1)).isEqualTo(StateAccess.ALLOWED);
        assertThat(access(1, 2.1)).isEqualTo(StateAccess.STANDS_STILL);
    }

    @Test
    void itMovesAgainWhenItMoves() {
        accept(web().at(1).vcpu(0, 150, 0, 0, 0));
        accept(web().at(2).vcpu(0, 150, 0, 0, 0));
        assertThat(access(0, 2.1)).isEqualTo(StateAccess.STANDS_STILL);

        accept(web().at(3).vcpu(0, 151, 0, 0, 0));

        assertThat(access(0, 3.1)).isEqualTo(StateAccess.ALLOWED);
    }

    @Test
    void aVcpuThatIsNotActiveIsNeverRead() {
        accept(web().at(1).vcpu(0, 150, 0, 0, 0).vcpu(4, 1, 0, 0, 0));
        accept(web().at(2).vcpu(0, 350, 0, 0, 0).vcpu(4, 2, 0, 0, 0));

        assertThat(access(4, 2.1)).isEqualTo(StateAccess.ALLOWED);
        assertThat(IntStream.of(-1, 1, 2, 3, 5, 4096)).allMatch(vcpu -> access(vcpu, 2.1) == StateAccess.NOT_ACTIVE);
    }

    @Test
    void aVcpuThatTheGuestHasNotStartedIsNeverReadWhateverElseGrows() {
        accept(web().at(1).vcpu(0, 150, 0, 0, 0).vcpu(1, 0, 10, 10, 0));
        accept(web().at(2).vcpu(0, 350, 0, 0, 0).vcpu(1, 0, 20, 20, 0));
        assertThat(access(1, 2.1)).isEqualTo(StateAccess.NOT_STARTED);

        accept(web().at(3).vcpu(0, 350, 0, 0, 0).vcpu(1, 0, 20, 20, 0).suspended(0, 1));

        assertThat(access(0, 3.1)).isEqualTo(StateAccess.ALLOWED);
        assertThat(access(1, 3.1)).isEqualTo(StateAccess.NOT_STARTED);
    }

    @Test
    void ofASuspendedVmEveryVcpuMayBeReadThoughNoneMoves() {
        accept(web().at(1).vcpu(0, 150, 0, 0, 0).vcpu(1, 70, 0, 0, 0).suspended(0, 1));
        accept(web().at(40).vcpu(0, 150, 0, 0, 0).vcpu(1, 70, 0, 0, 0).suspended(0, 1));

        assertThat(ledger.view().state()).contains(VmState.SUSPENDED);
        assertThat(access(0, 40.1)).isEqualTo(StateAccess.ALLOWED);
        assertThat(access(1, 40.1)).isEqualTo(StateAccess.ALLOWED);
        assertThat(access(1, 44)).isEqualTo(StateAccess.STALE);
    }

    @Test
    void ofAHalfSuspendedVmAStillVcpuIsNotRead() {
        accept(web().at(1).vcpu(0, 150, 0, 0, 0).vcpu(1, 70, 0, 0, 0));
        accept(web().at(2).vcpu(0, 250, 0, 0, 0).vcpu(1, 70, 0, 0, 0).suspended(1));

        assertThat(access(0, 2.1)).isEqualTo(StateAccess.ALLOWED);
        assertThat(access(1, 2.1)).isEqualTo(StateAccess.STANDS_STILL);
    }

    @Test
    void anOldSampleAllowsNothing() {
        accept(web().at(1).vcpu(0, 150, 0, 0, 0));
        accept(web().at(2).vcpu(0, 250, 0, 0, 0));

        assertThat(access(0, 4.999)).isEqualTo(StateAccess.ALLOWED);
        assertThat(access(0, 5)).isEqualTo(StateAccess.STALE);
    }

    @Test
    void afterAReadingThatFailedNothingIsReadUntilOneSucceeds() {
        accept(web().at(1).vcpu(0, 150, 0, 0, 0));
        accept(web().at(2).vcpu(0, 250, 0, 0, 0));
        ledger.miss(new Failure(Cause.TIMEOUT, "made up"));

        assertThat(ledger.view().sample()).as("one miss withholds nothing").isPresent();
        assertThat(access(0, 2.1)).isEqualTo(StateAccess.MISSED);

        accept(web().at(3).vcpu(0, 350, 0, 0, 0));

        assertThat(access(0, 3.1)).isEqualTo(StateAccess.ALLOWED);
    }

    @Test
    void ofAStalledVmNothingIsRead() {
        accept(web().at(1).vcpu(0, 150, 0, 0, 0));
        accept(web().at(12).vcpu(0, 150, 0, 0, 0));

        assertThat(ledger.view().state()).contains(VmState.STALLED);
        assertThat(access(0, 12.1)).isEqualTo(StateAccess.VM_STANDS_STILL);
    }

    @Test
    void ofAVmWithoutAProcessOrThatCannotBeReadNothingIsRead() {
        accept(web().at(1));
        assertThat(ledger.view().state()).contains(VmState.NO_PROCESS);
        assertThat(access(0, 1.1)).isEqualTo(StateAccess.NOT_ACTIVE);

        accept(web().at(2).vcpu(0, 150, 0, 0, 0));
        accept(web().at(3).vcpu(0, 250, 0, 0, 0));
        for (int i = 0; i < 3; i++) {
            ledger.miss(new Failure(Cause.TIMEOUT, "made up"));
        }

        assertThat(access(0, 3.1)).isEqualTo(StateAccess.NO_SAMPLE);
    }

    @ParameterizedTest
    @EnumSource(VmState.class)
    void aVmThatStandsStillWithoutBeingSuspendedIsNotRead(VmState state) {
        accept(web().at(1).vcpu(0, 150, 0, 0, 0));
        accept(web().at(2).vcpu(0, 250, 0, 0, 0).suspended(0));
        VmView view = ledger.view();
        VmView other = new VmView(
                view.name(),
                Optional.of(state),
                view.sample(),
                view.lastSampleMillis(),
                view.started(),
                view.resets(),
                view.errors(),
                view.missed(),
                view.vcpuStates());

        boolean allowed = StateAccess.of(other, 0, Math.round(2.1e9), FRESH) == StateAccess.ALLOWED;

        // Without a process it is the suspended set that tells: this one is suspended for good.
        assertThat(allowed).isEqualTo(state != VmState.STALLED && state != VmState.UNREADABLE);
    }

    @Test
    void afterAResetAVcpuMustMoveAnew() {
        accept(web().at(1).vcpu(0, 150, 0, 0, 0));
        accept(web().at(2).vcpu(0, 10, 0, 0, 0));
        assertThat(access(0, 2.1)).isEqualTo(StateAccess.STANDS_STILL);

        accept(web().at(3).vcpu(0, 11, 0, 0, 0));

        assertThat(access(0, 3.1)).isEqualTo(StateAccess.ALLOWED);
    }

    @Test
    void everyRefusalHasAReason() {
        assertThat(Arrays.stream(StateAccess.values()).filter(a -> a != StateAccess.ALLOWED))
                .allMatch(a -> !a.reason().isEmpty());
    }
}
