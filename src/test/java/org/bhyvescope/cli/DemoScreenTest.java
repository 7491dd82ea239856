package org.bhyvescope.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Locale;
import org.bhyvescope.hypervisor.Reading.Cause;
import org.bhyvescope.metrics.TestVm;
import org.bhyvescope.sampling.Board;
import org.bhyvescope.sampling.HostView;
import org.bhyvescope.sampling.Ledger;
import org.junit.jupiter.api.Test;

class DemoScreenTest {
    private static final String HEAD = "VM          STATE      CPUS  EXITS/S  MOST FREQUENT EXIT, PEAK OF A MINUTE";

    private static Board board() {
        TestVm busy = new TestVm("busy", TestVm.AMD_14).active(0, 1);
        TestVm lost = new TestVm("lost", TestVm.AMD_14);
        TestVm fresh = new TestVm("new", TestVm.AMD_14);
        TestVm quiet = new TestVm("quiet", TestVm.AMD_14);
        TestVm unread = new TestVm("unread", TestVm.AMD_14);
        Ledger ledger = TestVm.ledger(TestVm.HOST);
        ledger.reconcile(List.of(busy.id(), lost.id(), fresh.id(), quiet.id(), unread.id()));
        busy.read(ledger, 0);
        storm(busy, 30_000).read(ledger, 1);
        storm(busy, 1_500).read(ledger, 2);
        lost.read(ledger, 0).miss(ledger, Cause.TIMEOUT, 3);
        fresh.read(ledger, 2);
        quiet.read(ledger, 0).read(ledger, 1);
        return ledger.board();
    }

    private static TestVm storm(TestVm vm, long times) {
        for (int vcpu = 0; vcpu < 2; vcpu++) {
            vm.add(vcpu, "total number of vm exits", times)
                    .add(vcpu, "number of times hlt was intercepted", times / 3)
                    .add(vcpu, "vm exits for instruction emulation", times / 2)
                    .add(vcpu, "vcpu total runtime", 1_000_000_000);
        }
        return vm;
    }

    @Test
    void everyVmHasOneLineWithItsMostFrequentExit() {
        assertThat(DemoScreen.lines(board(), List.of()))
                .containsExactly(
                        HEAD,
                        "busy        running       2    3,000  instruction_emulation 50%, peak 30,000/s",
                        "lost        unreadable",
                        "new         running       1",
                        "quiet       idle          1        0",
                        "unread");
    }

    @Test
    void theNumbersDoNotFollowTheLocale() {
        Locale before = Locale.getDefault();
        List<String> lines = DemoScreen.lines(board(), List.of());
        try {
            Locale.setDefault(Locale.GERMANY);
            assertThat(DemoScreen.lines(board(), List.of())).isEqualTo(lines);
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void withoutVmsThereIsTheHeadOnly() {
        assertThat(DemoScreen.lines(new Board(List.of(), 0, HostView.NONE), List.of()))
                .containsExactly(HEAD);
    }

    @Test
    void theNewestCaptureStandsBelowAndFitsTheWidth() {
        List<String> lines = DemoScreen.lines(
                new Board(List.of(), 0, HostView.NONE), List.of("", "1 capture: x", "  " + "y".repeat(100), "a\tb"));

        assertThat(lines)
                .startsWith(HEAD, "", "1 capture: x", "  " + "y".repeat(77))
                .hasSize(5);
        assertThat(lines.get(4)).as("nothing moves the cursor").doesNotContain("\t");
    }
}
