package org.bhyvescope.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.bhyvescope.hypervisor.Snapshots.HLT;
import static org.bhyvescope.hypervisor.Snapshots.RUNTIME;
import static org.bhyvescope.hypervisor.Snapshots.TOTAL;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.bhyvescope.host.HostFacts;
import org.bhyvescope.hypervisor.Reading;
import org.bhyvescope.hypervisor.Reading.Cause;
import org.bhyvescope.hypervisor.Reading.Failure;
import org.bhyvescope.hypervisor.Snapshot;
import org.bhyvescope.hypervisor.Snapshots;
import org.bhyvescope.hypervisor.VmId;
import org.junit.jupiter.api.Test;

class LedgerTest {
    private static final VmId WEB = Snapshots.id("web", 1);
    private static final VmId WEB_AGAIN = Snapshots.id("web", 2);
    private static final VmId DB = Snapshots.id("db", 3);
    private static final OptionalLong NONE = OptionalLong.empty();

    private final Ledger ledger = new Ledger(Plans.MEANINGS, new HostFacts(NONE, NONE, NONE));

    private static Snapshots of(VmId vm) {
        return Snapshots.of(vm).table(TOTAL, HLT);
    }

    private void accept(VmId vm, double at, long total) {
        ledger.accept(vm, of(vm).at(at).vcpu(0, total, total).build());
    }

    private List<String> names() {
        return ledger.board().vms().stream().map(VmView::name).toList();
    }

    private VmView only() {
        assertThat(ledger.board().vms()).hasSize(1);
        return ledger.board().vms().get(0);
    }

    @Test
    void theFirstBoardIsEmpty() {
        assertThat(ledger.board()).isEqualTo(new Board(List.of(), 0, HostView.NONE));
    }

    @Test
    void aVmIsOnTheBoardFromTheMomentItIsListedSortedByName() {
        ledger.reconcile(List.of(WEB, DB));

        assertThat(names()).containsExactly("db", "web");
        assertThat(ledger.board().vms().get(1).state()).isEmpty();
    }

    @Test
    void aReadingChangesThatVmOnly() {
        ledger.reconcile(List.of(WEB, DB));
        VmView before = ledger.board().vms().get(0);
        accept(WEB, 1, 5);

        assertThat(ledger.board().vms().get(0)).isSameAs(before);
        assertThat(ledger.board().vms().get(1).state()).contains(VmState.RUNNING);
    }

    @Test
    void aBoardThatWasPostedStaysAsItIs() {
        ledger.reconcile(List.of(WEB));
        Board posted = ledger.board();
        accept(WEB, 1, 5);
        ledger.listingFailed();

        assertThat(posted.vms().get(0).state()).isEmpty();
        assertThat(posted.listingErrors()).isZero();
        assertThat(ledger.board()).isNotSameAs(posted);
    }

    @Test
    void theSameListChangesNothing() {
        ledger.reconcile(List.of(WEB, DB));
        accept(WEB, 1, 5);
        Board posted = ledger.board();
        ledger.reconcile(List.of(DB, WEB));

        assertThat(ledger.board()).isSameAs(posted);
    }

    @Test
    void aVmThatHasGoneLeavesTheBoard() {
        ledger.reconcile(List.of(WEB, DB));
        ledger.reconcile(List.of(DB));

        assertThat(names()).containsExactly("db");
    }

    @Test
    void aReadingOfAVmThatHasGoneOrNeverWasIsDropped() {
        ledger.reconcile(List.of(WEB));
        ledger.reconcile(List.of());
        accept(WEB, 1, 5);
        accept(DB, 1, 5);

        assertThat(ledger.board().vms()).isEmpty();
    }

    @Test
    void aReadingOfAReplacedIdentityIsDropped() {
        ledger.reconcile(List.of(WEB));
        accept(WEB, 1, 100);
        ledger.reconcile(List.of(WEB_AGAIN));
        accept(WEB, 2, 200);
        ledger.accept(WEB, new Failure(Cause.GONE, ""));

        assertThat(only().sample()).isEmpty();
        assertThat(only().state()).isEmpty();
        assertThat(only().errors()).isEmpty();
    }

    @Test
    void aVmCreatedAgainUnderTheSameNameStartsOver() {
        ledger.reconcile(List.of(WEB));
        accept(WEB, 1, 1000);
        accept(WEB, 2, 5);
        ledger.accept(WEB, new Failure(Cause.TIMEOUT, ""));
        assertThat(only().resets()).isEqualTo(1);

        ledger.reconcile(List.of(WEB_AGAIN));
        accept(WEB_AGAIN, 3, 2000);

        assertThat(only().resets()).isZero();
        assertThat(only().errors()).isEmpty();
        assertThat(only().started()).isEqualTo(WEB_AGAIN.created());
        assertThat(only().sample().orElseThrow().rates().total())
                .as("no rate across VMs")
                .isNaN();
        assertThat(only().sample().orElseThrow().peak(0)).isNaN();
    }

    @Test
    void aVmThatVanishesAndComesBackStartsOverEvenWithTheSameNode() {
        ledger.reconcile(List.of(WEB));
        accept(WEB, 1, 1000);
        ledger.reconcile(List.of());
        ledger.reconcile(List.of(WEB));

        assertThat(only().state()).isEmpty();
        accept(WEB, 2, 5);
        assertThat(only().resets()).isZero();
        assertThat(only().sample().orElseThrow().rates().total()).isNaN();
    }

    @Test
    void failuresAreCountedAndThreeMakeAVmUnreadable() {
        ledger.reconcile(List.of(WEB));
        accept(WEB, 1, 5);
        for (int i = 0; i < 3; i++) {
            ledger.accept(WEB, new Failure(Cause.NO_OUTPUT, ""));
        }

        assertThat(only().state()).contains(VmState.UNREADABLE);
        assertThat(only().sample()).isEmpty();
        assertThat(only().errors()).containsEntry(Cause.NO_OUTPUT, 3L);
    }

    @Test
    void failuresToListAreCountedAndKeepTheVms() {
        ledger.reconcile(List.of(WEB));
        ledger.listingFailed();
        ledger.listingFailed();

        assertThat(ledger.board().listingErrors()).isEqualTo(2);
        assertThat(names()).containsExactly("web");

        ledger.reconcile(List.of(DB));
        assertThat(ledger.board().listingErrors()).as("a counter").isEqualTo(2);
    }

    @Test
    void vmsWithTheSameListOfStatisticsShareOnePlan() {
        ledger.reconcile(List.of(WEB, DB));
        accept(WEB, 1, 5);
        accept(DB, 1, 5);

        assertThat(ledger.board().vms().get(0).sample().orElseThrow().plan())
                .isSameAs(ledger.board().vms().get(1).sample().orElseThrow().plan());
    }

    @Test
    void aSourceThatNeverRepeatsItsListOfStatisticsIsStillUnderstood() {
        ledger.reconcile(List.of(WEB));
        for (int i = 0; i < 100; i++) {
            ledger.accept(
                    WEB,
                    Snapshots.of(WEB)
                            .table(TOTAL, "odd " + i)
                            .at(i)
                            .vcpu(0, i, i)
                            .build());
        }

        assertThat(only().sample().orElseThrow().plan().table().names()).containsExactly(TOTAL, "odd 99");
        assertThat(only().sample().orElseThrow().plan().totalColumn()).isZero();
    }

    @Test
    void theHostsTscFrequencyTellsIdleFromRunning() {
        Ledger knowing = new Ledger(Plans.MEANINGS, new HostFacts(OptionalLong.of(1000), NONE, NONE));
        for (Ledger each : List.of(knowing, ledger)) {
            each.reconcile(List.of(WEB));
            each.accept(
                    WEB, Snapshots.of(WEB).table(TOTAL, RUNTIME).vcpu(0, 1, 1).build());
            each.accept(
                    WEB,
                    Snapshots.of(WEB).table(TOTAL, RUNTIME).at(1).vcpu(0, 2, 2).build());
        }

        assertThat(knowing.board().vms().get(0).state()).contains(VmState.IDLE);
        assertThat(only().state()).contains(VmState.RUNNING);
    }

    @Test
    void listenersAreToldOfWhatWasEnteredInItsOrderAndOfNothingElse() {
        List<String> told = new ArrayList<>();
        ledger.tell(new SampleListener() {
            @Override
            public void accepted(VmId vm, Reading reading) {
                told.add(vm.name() + (reading instanceof Failure ? " failed" : " read"));
            }

            @Override
            public void listed(List<VmId> vms) {
                told.add(vms.size() + " listed");
            }

            @Override
            public void listingFailed() {
                told.add("listing failed");
            }
        });
        accept(WEB, 0, 1);
        ledger.reconcile(List.of(WEB));
        ledger.reconcile(List.of(WEB));
        accept(WEB, 1, 5);
        accept(WEB_AGAIN, 1, 5);
        ledger.accept(WEB, new Failure(Cause.GONE, ""));
        ledger.listingFailed();
        ledger.reconcile(List.of());
        accept(WEB, 2, 5);

        assertThat(told)
                .containsExactly("1 listed", "1 listed", "web read", "web failed", "listing failed", "0 listed");
    }

    @Test
    void aListenerSeesTheBoardAndOneThatFailsKeepsNobodyFromHearing() {
        List<Integer> seen = new ArrayList<>();
        ledger.tell(new SampleListener() {
            @Override
            public void accepted(VmId vm, Reading reading) {
                throw new IllegalStateException("a bug");
            }

            @Override
            public void listed(List<VmId> vms) {
                throw new StackOverflowError("a bug");
            }
        });
        ledger.tell(new SampleListener() {
            @Override
            public void accepted(VmId vm, Reading reading) {
                seen.add(ledger.board().vms().get(0).missed());
            }

            @Override
            public void listed(List<VmId> vms) {
                seen.add(ledger.board().vms().size());
            }
        });
        try (LogCapture log = new LogCapture(Announcements.class)) {
            ledger.reconcile(List.of(WEB));
            ledger.accept(WEB, new Failure(Cause.GONE, ""));
            assertThat(log.lines()).hasSize(2);
        }
        assertThat(seen).containsExactly(1, 1);
    }

    @Test
    void severalThreadsEnterAndTheOrderOfOneVmIsKept() throws InterruptedException {
        List<VmId> vms = List.of(WEB, DB);
        ledger.reconcile(vms);
        Map<String, List<Long>> told = new HashMap<>();
        ledger.tell(new SampleListener() {
            @Override
            public void accepted(VmId vm, Reading reading) {
                told.computeIfAbsent(vm.name(), name -> new ArrayList<>()).add(((Snapshot) reading).endNanos());
            }

            @Override
            public void listed(List<VmId> vms) {}
        });
        List<Thread> threads = vms.stream()
                .map(vm -> new Thread(() -> {
                    for (int i = 0; i < 5000; i++) {
                        accept(vm, i, i);
                    }
                }))
                .toList();
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
        for (VmId vm : vms) {
            assertThat(told.getOrDefault(vm.name(), List.of())).hasSize(5000).isSorted();
        }
    }
}
