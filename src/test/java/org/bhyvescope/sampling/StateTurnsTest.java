package org.bhyvescope.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.bhyvescope.hypervisor.Snapshots.AMD;
import static org.bhyvescope.hypervisor.Snapshots.TOTAL;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.bhyvescope.host.HostFacts;
import org.bhyvescope.hypervisor.Snapshots;
import org.bhyvescope.hypervisor.VmId;
import org.bhyvescope.sampling.StateTurns.Turn;
import org.junit.jupiter.api.Test;

class StateTurnsTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final long INTERVAL = 60 * SECOND;
    private static final long FRESH = 3 * SECOND;
    private static final VmId A = Snapshots.id("a", 1);
    private static final VmId B = Snapshots.id("b", 2);

    private final Ledger ledger =
            new Ledger(Plans.MEANINGS, new HostFacts(OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty()));
    private final StateTurns turns = new StateTurns();

    /** Both VMs are sampled: a's two vCPUs and b's one have so many exits. */
    private void sample(long second, long a0, long a1, long b0) {
        ledger.reconcile(List.of(A, B));
        ledger.accept(
                A,
                Snapshots.of(A)
                        .table(TOTAL, AMD)
                        .atNanos(second * SECOND)
                        .vcpu(0, a0, 0)
                        .vcpu(1, a1, 0)
                        .build());
        ledger.accept(
                B,
                Snapshots.of(B)
                        .table(TOTAL, AMD)
                        .atNanos(second * SECOND)
                        .vcpu(0, b0, 0)
                        .build());
        turns.reconcile(ledger.board());
    }

    /** All move. */
    private void sample(long second) {
        sample(second, 100 + second, 200 + second, 300 + second);
    }

    private Optional<Turn> next(long second) {
        return turns.next(ledger.board(), second * SECOND, INTERVAL, FRESH);
    }

    /** Reads whoever is next in this second. */
    private Optional<Turn> take(long second, boolean good) {
        Optional<Turn> turn = next(second);
        turn.ifPresent(t -> {
            turns.begin(t, second * SECOND);
            turns.end(t, good, second * SECOND);
        });
        return turn;
    }

    @Test
    void everyVcpuHasItsTurnOnceAnIntervalTheLongestWaitingFirst() {
        List<Turn> taken = new ArrayList<>();
        sample(0);
        for (long second = 1; second <= 121; second++) {
            sample(second);
            if (second % 20 == 1) {
                take(second, true).ifPresent(taken::add);
            }
        }

        Turn a0 = new Turn(A, 0);
        Turn a1 = new Turn(A, 1);
        Turn b0 = new Turn(B, 0);
        assertThat(taken).containsExactly(a0, b0, a1, a0, b0, a1, a0);
    }

    @Test
    void nobodyHasATurnBeforeHisIntervalIsOver() {
        sample(0);
        sample(1);
        for (int i = 0; i < 3; i++) {
            assertThat(take(1, true)).isPresent();
        }

        sample(60);
        assertThat(next(60)).isEmpty();
        sample(61);
        assertThat(next(61)).contains(new Turn(A, 0));
    }

    @Test
    void aTurnIsGivenOnlyWhereRule6Allows() {
        sample(0, 10, 10, 10);
        sample(1, 10, 11, 10);

        assertThat(take(1, true)).contains(new Turn(A, 1));
        assertThat(next(1)).as("the others stand still").isEmpty();

        sample(2, 10, 11, 11);
        assertThat(next(2)).contains(new Turn(B, 0));
        assertThat(next(6)).as("no fresh sample").isEmpty();
    }

    @Test
    void aVmWhoseReadsFailIsLeftAloneLongerEachTimeAndTheOthersAreNot() {
        sample(0);
        sample(1);
        assertThat(take(1, false)).contains(new Turn(A, 0));
        assertThat(take(1, true)).as("a is left alone").contains(new Turn(B, 0));
        assertThat(next(1)).isEmpty();

        sample(2);
        assertThat(take(2, false)).as("after 1 s").contains(new Turn(A, 1));
        sample(3);
        assertThat(next(3)).isEmpty();
        sample(62);
        assertThat(take(62, true)).contains(new Turn(A, 0));
        assertThat(take(62, true)).as("it works again").contains(new Turn(B, 0));
        assertThat(take(62, true)).contains(new Turn(A, 1));
    }

    @Test
    void aVmThatIsCreatedAnewStartsAnew() {
        sample(0);
        sample(1);
        assertThat(take(1, false)).contains(new Turn(A, 0));
        VmId again = Snapshots.id("a", 9);
        ledger.reconcile(List.of(again));
        for (int second = 2; second <= 3; second++) {
            ledger.accept(
                    again,
                    Snapshots.of(again)
                            .table(TOTAL, AMD)
                            .atNanos(second * SECOND)
                            .vcpu(0, second, 0)
                            .build());
        }

        assertThat(turns.reconcile(ledger.board())).isEqualTo(1);
        assertThat(next(3)).contains(new Turn(again, 0));
    }
}
