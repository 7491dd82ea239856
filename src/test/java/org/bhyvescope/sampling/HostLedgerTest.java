package org.bhyvescope.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.bhyvescope.host.BhyveProcess;
import org.bhyvescope.host.ProcessExits.ProcessExit;
import org.bhyvescope.host.VmEnd;
import org.bhyvescope.sampling.HostView.Part;
import org.junit.jupiter.api.Test;

class HostLedgerTest {
    private static final long SECOND = 1_000_000_000L;
    private static final String CARD_ARGUMENTS = "bhyve -S -c 2 -s 5,passthru,3/0/0 vm";

    private final HostLedger books = new HostLedger(file -> Optional.empty());
    private final List<BhyveProcess.Id> watched = new ArrayList<>();
    private long second;

    private void list(boolean complete, boolean statusComes, BhyveProcess... processes) {
        second++;
        books.processes(List.of(processes), complete, statusComes, watched::add, second * 1000, second * SECOND);
        books.works(Part.PROCESSES, true);
        // As HostSchedule does: an incomplete listing stays one.
    }

    private static BhyveProcess untitled(int pid, String arguments) {
        BhyveProcess process = HostViews.process("vm", pid, 1000);
        return new BhyveProcess(
                process.id(),
                "vm",
                1,
                0,
                OptionalLong.empty(),
                OptionalLong.empty(),
                OptionalLong.empty(),
                List.of(),
                List.of(arguments.split(" ", -1)));
    }

    private void ended(int pid, long startMillis, int status) {
        books.ended(
                new ProcessExit(new BhyveProcess.Id(pid, startMillis * 1000), OptionalInt.of(status)),
                second * 1000,
                second * SECOND);
    }

    private long ends(VmEnd.How how) {
        return books.view().life("vm").orElseThrow().ends().getOrDefault(how, 0L);
    }

    @Test
    void aProcessIsWatchedOnceAndShown() {
        list(true, true, HostViews.process("vm", 7, 1000));
        list(true, true, HostViews.process("vm", 7, 1000));

        assertThat(watched).containsExactly(new BhyveProcess.Id(7, 1_000_000));
        assertThat(books.view().process("vm").orElseThrow().now().id().pid()).isEqualTo(7);
        assertThat(books.view().life("vm").orElseThrow().starts()).containsExactly(1000L);
        assertThat(books.view().isWithoutProcess("vm")).isFalse();
        assertThat(books.view().isWithoutProcess("other")).isTrue();
    }

    @Test
    void anEndIsCountedByItsStatusAndOnce() {
        list(true, true, HostViews.process("vm", 7, 1000));
        ended(7, 1000, 768);
        ended(7, 1000, 768);
        list(true, true);

        assertThat(ends(VmEnd.How.TRIPLE_FAULT)).isEqualTo(1);
        assertThat(ends(VmEnd.How.UNKNOWN)).isZero();
        assertThat(books.view()
                        .life("vm")
                        .orElseThrow()
                        .last()
                        .orElseThrow()
                        .end()
                        .waitStatus())
                .hasValue(768);
        assertThat(books.view().isWithoutProcess("vm")).isTrue();
    }

    @Test
    void oneThatVanishesIsUnknownAtOnceWhereNoStatusComesAndSoonElsewhere() {
        list(true, false, HostViews.process("vm", 7, 1000));
        list(true, false);
        assertThat(ends(VmEnd.How.UNKNOWN)).isEqualTo(1);

        list(true, true, HostViews.process("vm", 8, 2000));
        for (int i = 1; i < HostLedger.MISSED_LIMIT; i++) {
            list(true, true);
        }
        assertThat(ends(VmEnd.How.UNKNOWN)).as("its end may still be told").isEqualTo(1);
        list(true, true);
        assertThat(ends(VmEnd.How.UNKNOWN)).isEqualTo(2);
    }

    @Test
    void oneThatMayNotBeWatchedHasEndedWhenItIsNotListedAnyMore() {
        list(true, true, HostViews.process("vm", 7, 1000));
        books.ended(new ProcessExit(new BhyveProcess.Id(7, 1_000_000), OptionalInt.empty()), 0, 0);
        list(true, true, HostViews.process("vm", 7, 1000));
        assertThat(ends(VmEnd.How.UNKNOWN)).isZero();
        assertThat(watched).as("not watched anew").hasSize(1);

        list(true, true);
        assertThat(ends(VmEnd.How.UNKNOWN)).isEqualTo(1);
    }

    @Test
    void aRestartIsANewProcessOfTheSameVm() {
        list(true, true, HostViews.process("vm", 7, 1000));
        list(true, true, HostViews.process("vm", 8, 9000));
        ended(7, 1000, 0);

        assertThat(ends(VmEnd.How.RESET)).isEqualTo(1);
        assertThat(books.view().process("vm").orElseThrow().now().id().pid()).isEqualTo(8);
        assertThat(books.view().life("vm").orElseThrow().starts()).containsExactly(1000L, 9000L);
        assertThat(books.view().isWithoutProcess("vm")).isFalse();
    }

    /** Somebody starts a VM that runs: the second bhyve gives up, the first has not ended. */
    @Test
    void twoProcessesOfOneNameAreTwo() {
        BhyveProcess first = HostViews.process("vm", 7, 1000);
        BhyveProcess second = HostViews.process("vm", 8, 2000);
        list(true, true, first);
        for (int i = 0; i < 5; i++) {
            list(true, true, first, second);
        }
        assertThat(books.view().process("vm").orElseThrow().now().id().pid()).isEqualTo(8);
        ended(8, 2000, 1024);
        for (int i = 0; i < 5; i++) {
            list(true, true, first);
        }

        assertThat(ends(VmEnd.How.ERROR)).isEqualTo(1);
        assertThat(ends(VmEnd.How.UNKNOWN)).isZero();
        assertThat(books.view().process("vm").orElseThrow().now().id().pid()).isEqualTo(7);
        assertThat(books.view().isWithoutProcess("vm")).isFalse();
    }

    @Test
    void passwordsInArgumentsAreNotKept() {
        list(
                true,
                true,
                untitled(8, "bhyve -s 29,fbuf,tcp=0.0.0.0:5900,password=Secret1,w=800 -s 5,passthru,3/0/0 vm"));

        assertThat(books.view().process("vm").orElseThrow().arguments())
                .contains("29,fbuf,tcp=0.0.0.0:5900,password=[left out],w=800");
        ended(8, 1000, 0);
        assertThat(books.view().toString()).doesNotContain("Secret1");
    }

    @Test
    void whereProcessesMayBeHiddenOnlyAnEndThatWasSeenTellsOfNone() {
        list(false, true, HostViews.process("vm", 7, 1000));
        assertThat(books.view().isWithoutProcess("other")).isFalse();
        ended(7, 1000, 9);
        assertThat(books.view().isWithoutProcess("vm")).isTrue();
    }

    @Test
    void whenProcessesCannotBeListedAnyMoreNothingIsConcluded() {
        list(true, true, HostViews.process("vm", 7, 1000));
        books.works(Part.PROCESSES, false);
        assertThat(books.view().isWithoutProcess("other")).isFalse();
        assertThat(books.view().process("vm")).isPresent();
    }

    @Test
    void endsAreKeptAnHourLongerThanTheVm() {
        list(true, true, HostViews.process("vm", 7, 1000));
        ended(7, 1000, 256);
        books.present(List.of("vm"), 100 * SECOND);
        books.present(List.of(), 100 * SECOND + HostLedger.KEPT_NANOS);
        assertThat(books.view().life("vm")).isPresent();
        books.present(List.of(), 101 * SECOND + HostLedger.KEPT_NANOS);
        assertThat(books.view().life("vm")).isEmpty();
    }

    @Test
    void theVmThatHasADeviceIsKnownFromArgumentsThatWereSeenOnce() {
        books.devices(List.of(HostViews.card()));
        list(true, true, HostViews.process("vm", 7, 1000));
        assertThat(books.view().devices().get(0).vm())
                .as("its title had replaced them")
                .isEqualTo("unknown");

        list(true, true, untitled(8, CARD_ARGUMENTS));
        ended(7, 1000, 0);
        list(true, true, HostViews.process("vm", 8, 1000));
        assertThat(books.view().devices().get(0).vm()).isEqualTo("vm");
        assertThat(books.view().process("vm").orElseThrow().arguments()).contains("-S");

        ended(8, 1000, 0);
        list(true, true);
        assertThat(books.view().devices().get(0).vm()).isEqualTo("none");
        assertThat(books.view().life("vm").orElseThrow().last().orElseThrow().arguments())
                .as("kept with its end")
                .contains("-S");
    }

    @Test
    void onlySoManyStartsAreKept() {
        for (int i = 0; i < 100; i++) {
            list(true, true, HostViews.process("vm", 100 + i, 1000 + i));
            ended(100 + i, 1000 + i, 0);
        }
        assertThat(books.view().life("vm").orElseThrow().starts()).hasSize(HostLedger.STARTS_KEPT);
        assertThat(ends(VmEnd.How.RESET)).isEqualTo(100);
    }
}
