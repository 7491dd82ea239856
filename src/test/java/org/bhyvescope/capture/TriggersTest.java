package org.bhyvescope.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.bhyvescope.host.Iommu;
import org.bhyvescope.host.VmEnd;
import org.bhyvescope.hypervisor.Reading.Cause;
import org.bhyvescope.metrics.TestVm;
import org.bhyvescope.sampling.HostView;
import org.bhyvescope.sampling.HostViews;
import org.bhyvescope.sampling.Ledger;
import org.bhyvescope.sampling.VmLife;
import org.junit.jupiter.api.Test;

class TriggersTest {
    private static final String TOTAL = "total number of vm exits";
    private static final String MMIO = "vm exits for instruction emulation";
    private static final String UNKNOWN = "number of vm exits for unknown reason";
    private static final VmEnd TRIPLE_FAULT = new VmEnd(VmEnd.How.TRIPLE_FAULT, OptionalInt.of(768), "exit 3");
    private static final VmEnd RESET = new VmEnd(VmEnd.How.RESET, OptionalInt.of(0), "exit 0");

    private final Ledger ledger = TestVm.ledger(TestVm.HOST);
    private final TestVm vm = new TestVm("vm", TestVm.AMD_14).active(0, 1);
    private final Triggers triggers = new Triggers();
    private final Map<String, VmLife> lives = new HashMap<>();
    private double second;

    TriggersTest() {
        ledger.reconcile(List.of(vm.id()));
    }

    private List<Fired> look() {
        return triggers.look(ledger.board(), (long) (second * 1000));
    }

    /** A second of its life. */
    private List<Fired> lives(long exits, long mmio) {
        second++;
        for (int vcpu = 0; vcpu < 2; vcpu++) {
            vm.add(vcpu, TOTAL, exits + mmio).add(vcpu, MMIO, mmio).add(vcpu, "vcpu total runtime", exits * 100_000);
        }
        vm.read(ledger, second);
        return look();
    }

    private List<Fired> lives(int seconds) {
        List<Fired> all = new ArrayList<>();
        for (int i = 0; i < seconds; i++) {
            all.addAll(lives(1000, 100));
        }
        return all;
    }

    private List<Fired> ended(VmEnd end, long number, List<Long> starts) {
        lives.put("vm", HostViews.life(end, number, starts));
        ledger.acceptHost(new HostView(Map.of(), Map.copyOf(lives), true, List.of(), Iommu.NONE, Map.of()));
        return look();
    }

    @Test
    void ordinaryLifeIsNothing() {
        assertThat(lives(120)).isEmpty();
    }

    @Test
    void anEndIsToldOnceWithHow() {
        lives(5);
        assertThat(ended(TRIPLE_FAULT, 1, List.of(0L)))
                .extracting(Fired::trigger, Fired::vm, Fired::text, Fired::routine)
                .containsExactly(tuple(Trigger.VM_ENDED, "vm", "bhyve ended: exit 3", false));
        assertThat(look()).isEmpty();
        assertThat(ended(RESET, 2, List.of(0L))).extracting(Fired::routine).containsExactly(true);
    }

    @Test
    void theEndOfAVmThatHasGoneIsTold() {
        lives(5);
        ledger.reconcile(List.of());
        assertThat(ended(TRIPLE_FAULT, 1, List.of(0L)))
                .extracting(Fired::trigger)
                .containsExactly(Trigger.VM_ENDED);
    }

    @Test
    void suspensionIsToldWhenItComesAndNotWhenItWasThere() {
        lives(5);
        vm.suspended(0, 1);
        assertThat(lives(10, 0)).extracting(Fired::trigger).containsExactly(Trigger.SUSPENDED);
        assertThat(lives(10, 0)).isEmpty();

        Triggers late = new Triggers();
        assertThat(late.look(ledger.board(), 0)).isEmpty();
    }

    @Test
    void aStallIsToldOnce() {
        lives(5);
        List<Fired> all = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            all.addAll(lives(0, 0));
        }
        assertThat(all).extracting(Fired::trigger).containsExactly(Trigger.STALL);
    }

    @Test
    void oneThatDoesNotAnswerAnyMoreIsAStallOneThatIsDeniedIsNot() {
        lives(5);
        vm.miss(ledger, Cause.TIMEOUT, 1);
        look();
        vm.miss(ledger, Cause.TIMEOUT, 2);
        assertThat(look()).extracting(Fired::trigger).containsExactly(Trigger.STALL);

        lives(5);
        vm.miss(ledger, Cause.DENIED, 3);
        assertThat(look()).isEmpty();
    }

    @Test
    void aStormIsToldWithItsReasonRateAndTheUsualOne() {
        lives(60);
        List<Fired> fired = lives(1000, 60_000);
        assertThat(fired).extracting(Fired::trigger).containsExactly(Trigger.EXIT_STORM);
        assertThat(fired.get(0).text()).isEqualTo("instruction_emulation: 120,000 exits a second, usually 200");
        assertThat(lives(1000, 60_000)).isEmpty();
    }

    @Test
    void aBoardThatIsLookedAtTwiceIsOneSample() {
        lives(60);
        for (int i = 0; i < 100; i++) {
            assertThat(look()).isEmpty();
        }
        assertThat(lives(1000, 60_000)).isNotEmpty();
    }

    @Test
    void unknownExitsAreToldOnceInAVmsLife() {
        lives(5);
        vm.add(0, UNKNOWN, 3);
        assertThat(lives(10, 0)).extracting(Fired::trigger).containsExactly(Trigger.UNKNOWN_EXITS);
        vm.add(0, UNKNOWN, 3);
        assertThat(lives(10, 0)).isEmpty();
    }

    @Test
    void aStateWithAnExitThatIsInNoTableIsOneOfThem() {
        lives(5);
        vm.readState(ledger, second, 1, "unknown", Map.of());
        List<Fired> fired = look();
        assertThat(fired).extracting(Fired::trigger).containsExactly(Trigger.UNKNOWN_EXITS);
        assertThat(fired.get(0).text()).contains("vCPU 1");
    }

    @Test
    void manyStartsAreALoopUntilTheyCease() {
        second = 1000;
        assertThat(ended(RESET, 0, List.of(800_000L, 900_000L, 950_000L))).isEmpty();
        assertThat(ended(RESET, 0, List.of(800_000L, 900_000L, 950_000L, 999_000L)))
                .extracting(Fired::trigger)
                .containsExactly(Trigger.BOOT_LOOP);
        assertThat(look()).isEmpty();
        second = 2000;
        assertThat(look()).isEmpty();
        assertThat(ended(RESET, 0, List.of(1_800_000L, 1_900_000L, 1_950_000L, 1_999_000L)))
                .extracting(Fired::trigger)
                .containsExactly(Trigger.BOOT_LOOP);
    }

    @Test
    void resetsUnderOneIdentityAreStartsToo() {
        List<Fired> all = new ArrayList<>();
        for (int round = 0; round < 6; round++) {
            lives(5);
            for (int vcpu = 0; vcpu < 2; vcpu++) {
                vm.set(vcpu, TOTAL, 1).set(vcpu, MMIO, 0).set(vcpu, "vcpu total runtime", 1);
            }
            all.addAll(lives(1, 0));
        }
        assertThat(all).extracting(Fired::trigger).containsExactly(Trigger.BOOT_LOOP);
    }
}
