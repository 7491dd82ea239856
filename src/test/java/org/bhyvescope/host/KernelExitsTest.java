package org.bhyvescope.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.OptionalInt;
import org.bhyvescope.host.ProcessExits.ProcessExit;
import org.bhyvescope.libc.FakeVmm;
import org.bhyvescope.libc.Kqueue;
import org.bhyvescope.libc.ProcessSysctls;
import org.bhyvescope.os.Scripts;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class KernelExitsTest {
    private static final long LONG = Scripts.PATIENCE.toNanos();
    private static final BhyveProcess.Id A = new BhyveProcess.Id(10, 1_700_000_000_000_000L);
    private static final BhyveProcess.Id B = new BhyveProcess.Id(11, 1_700_000_005_000_000L);

    private final FakeVmm fake =
            FakeVmm.fresh("proc 10 a start 1700000000 0 vcpus 1", "proc 11 b start 1700000005 0 vcpus 1");
    private final ProcessSysctls sysctls = new ProcessSysctls();
    private final KernelExits exits = new KernelExits(
            Kqueue.open().orElseThrow(), sysctls, OwnProcess.asked(sysctls).orElseThrow());

    @AfterEach
    void nothingStaysOpen() {
        exits.close();
        assertThat(fake.count("queues")).isZero();
        assertThat(fake.count("violations")).isZero();
    }

    private static ProcessExit seen(BhyveProcess.Id process, int status) {
        return new ProcessExit(process, OptionalInt.of(status));
    }

    private static ProcessExit unseen(BhyveProcess.Id process) {
        return new ProcessExit(process, OptionalInt.empty());
    }

    @Test
    void anEndIsToldWithItsStatus() throws Exception {
        exits.watch(A);
        exits.watch(A);
        exits.watch(B);
        assertThat(exits.await(0)).isEmpty();
        fake.tell("exit 10 768");

        assertThat(exits.await(LONG)).containsExactly(seen(A, 768));
        assertThat(exits.await(0)).isEmpty();
        assertThat(exits.learnsStatus()).isTrue();
    }

    @Test
    void twoEndsAtOnceAreTold() throws Exception {
        exits.watch(A);
        exits.watch(B);
        fake.tell("exit 10 0", "exit 11 134");

        assertThat(exits.await(LONG)).containsExactlyInAnyOrder(seen(A, 0), seen(B, 134));
    }

    @Test
    void oneThatWentBeforeTheWatchWentUnseen() throws Exception {
        fake.tell("exit 10 0", "hide 11");
        exits.watch(A);
        exits.watch(B);

        assertThat(exits.await(LONG)).containsExactly(unseen(A), unseen(B));
    }

    @Test
    void oneThatGoesAsSoonAsItIsWatchedIsSeen() throws Exception {
        fake.tell("zombie 10 512");
        exits.watch(A);
        assertThat(exits.await(LONG)).containsExactly(seen(A, 512));

        // Gone for sysctl, still there for kqueue: its parent has just taken notice.
        fake.tell("error kern.proc 3 1 1 11");
        exits.watch(B);
        fake.tell("exit 11 256");
        assertThat(exits.await(LONG)).containsExactly(seen(B, 256));
    }

    @Test
    void aPidThatIsAnothersIsNotWatched() throws Exception {
        fake.tell("start 10 1700000003 0");
        exits.watch(A);
        assertThat(exits.await(LONG)).containsExactly(unseen(A));

        fake.tell("exit 10 0");
        assertThat(exits.await(0)).isEmpty();
    }

    @Test
    void aPidThatBecomesAnothersBeforeItIsRegisteredIsNotWatched() throws Exception {
        fake.tell("later 2 start 10 1700000100 0");
        exits.watch(A);
        assertThat(exits.await(LONG)).containsExactly(unseen(A));

        fake.tell("exit 10 0");
        assertThat(exits.await(0)).isEmpty();
    }

    @Test
    void theEndOfAnotherThatGoesAtOnceIsNotTold() throws Exception {
        fake.tell("start 10 1700000100 0", "later 1 exit 10 512");
        exits.watch(A);

        assertThat(exits.await(LONG)).containsExactly(unseen(A));
        assertThat(exits.await(0)).isEmpty();
    }

    @Test
    void theNextProcessOfAPidIsWatchedThoughTheEndOfTheFirstHasNotBeenFetched() throws Exception {
        BhyveProcess.Id next = new BhyveProcess.Id(10, 1_700_000_100_000_000L);
        exits.watch(A);
        fake.tell("exit 10 0", "proc 10 a start 1700000100 0 vcpus 1");
        exits.watch(next);

        assertThat(exits.await(LONG)).containsExactly(seen(A, 0));
        fake.tell("exit 10 1024");
        assertThat(exits.await(LONG)).containsExactly(seen(next, 1024));
    }

    @Test
    void anIdentityThatTakesAnothersPlaceIsTheOneThatIsTold() throws Exception {
        BhyveProcess.Id same = new BhyveProcess.Id(10, A.startMicros() + 1);
        exits.watch(A);
        exits.watch(same);

        assertThat(exits.await(LONG)).containsExactly(unseen(A));
        fake.tell("exit 10 0");
        assertThat(exits.await(LONG)).containsExactly(seen(same, 0));
    }

    @Test
    void aClockThatIsSetMakesNoOtherProcess() throws Exception {
        fake.tell("start self 1003600 0", "start 10 1700003600 0");
        exits.watch(A);
        fake.tell("exit 10 0");

        assertThat(exits.await(LONG)).containsExactly(seen(A, 0));
    }

    @Test
    void aStartThatPsToldIsNearEnough() throws Exception {
        BhyveProcess.Id rounded = new BhyveProcess.Id(10, A.startMicros() + 1_900_000);
        exits.watch(rounded);
        fake.tell("exit 10 0");

        assertThat(exits.await(LONG)).containsExactly(seen(rounded, 0));
    }

    @Test
    void oneThatCannotBeLookedAtIsWatchedAllTheSame() throws Exception {
        fake.tell("structsize 1104");
        exits.watch(A);
        fake.tell("exit 10 0");

        assertThat(exits.await(LONG)).containsExactly(seen(A, 0));
    }

    @Test
    void aQueueThatFailsCostsItsTimeAndNoMore() throws Exception {
        fake.tell("error kevent 9 0 1 wait");
        long begun = System.nanoTime();

        assertThat(exits.await(100_000_000)).isEmpty();
        assertThat(System.nanoTime() - begun).isGreaterThan(95_000_000L);
    }

    @Test
    void closingEndsTheWait() throws Exception {
        Thread closer = new Thread(() -> {
            Scripts.await("the wait", () -> fake.log().contains("kevent waits"));
            exits.close();
        });
        closer.start();

        assertThatExceptionOfType(InterruptedException.class).isThrownBy(() -> exits.await(LONG));
        closer.join();
    }

    @Test
    void withoutAQueueNothingIsToldAndClosingEndsTheWait() throws Exception {
        try (UnseenExits none = new UnseenExits()) {
            none.watch(A);
            long begun = System.nanoTime();
            assertThat(none.await(50_000_000)).isEmpty();
            assertThat(System.nanoTime() - begun).isGreaterThan(45_000_000L);
            assertThat(none.learnsStatus()).isFalse();

            Thread closer = new Thread(none::close);
            closer.start();
            assertThatExceptionOfType(InterruptedException.class).isThrownBy(() -> none.await(LONG));
            closer.join();
        }
    }
}
