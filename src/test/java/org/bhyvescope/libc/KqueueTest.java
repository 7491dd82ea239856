package org.bhyvescope.libc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.bhyvescope.os.Scripts;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class KqueueTest {
    private static final long LONG = Scripts.PATIENCE.toNanos();

    private final FakeVmm fake = FakeVmm.fresh("proc 10 a start 1 0 vcpus 1", "proc 11 b start 1 0 vcpus 1");
    private final Kqueue queue = Kqueue.open().orElseThrow();

    @AfterEach
    void nothingStaysOpenAndNothingForbiddenWasAsked() {
        queue.close();
        assertThat(fake.count("queues")).isZero();
        assertThat(fake.count("violations")).isZero();
    }

    @Test
    void anEndIsToldOnceWithItsStatus() throws Exception {
        assertThat(queue.watch(10)).isZero();
        assertThat(queue.await(0)).isEmpty();
        fake.tell("exit 10 134");

        assertThat(queue.await(LONG)).containsExactly(new Kqueue.Exit(10, 134));
        assertThat(queue.await(0)).isEmpty();
    }

    @Test
    void twoEndsAtOnceAreToldTogether() throws Exception {
        queue.watch(10);
        queue.watch(11);
        fake.tell("exit 11 256", "exit 10 0");

        assertThat(queue.await(LONG)).containsExactly(new Kqueue.Exit(11, 256), new Kqueue.Exit(10, 0));
    }

    @Test
    void moreEndsThanAreTakenAtOnceAreToldLater() throws Exception {
        for (int pid = 100; pid < 140; pid++) {
            fake.tell("proc " + pid + " x start 1 0 vcpus 1");
            assertThat(queue.watch(pid)).isZero();
        }
        for (int pid = 100; pid < 140; pid++) {
            fake.tell("exit " + pid + " 0");
        }

        List<Integer> told = new ArrayList<>();
        for (List<Kqueue.Exit> some = queue.await(0); !some.isEmpty(); some = queue.await(0)) {
            some.forEach(exit -> told.add(exit.pid()));
        }
        assertThat(told).hasSize(40).isSorted().doesNotHaveDuplicates();
    }

    @Test
    void aZombiesEndIsToldAtOnce() throws Exception {
        fake.tell("zombie 10 512");

        assertThat(queue.watch(10)).isZero();
        assertThat(queue.await(LONG)).containsExactly(new Kqueue.Exit(10, 512));
    }

    @Test
    void oneThatIsNotThereOrMayNotBeSeenCannotBeWatched() {
        fake.tell("hide 11", "error kevent 13 0 1 10");

        assertThat(queue.watch(12)).isEqualTo(-Errno.ESRCH.number());
        assertThat(queue.watch(11)).isEqualTo(-Errno.ESRCH.number());
        assertThat(queue.watch(10)).isEqualTo(-Errno.EACCES.number());
        assertThat(queue.watch(10)).isZero();
    }

    @Test
    void watchingAnotherLosesNoEnd() throws Exception {
        queue.watch(10);
        fake.tell("exit 10 768");

        assertThat(queue.watch(11)).isZero();
        assertThat(queue.await(LONG)).containsExactly(new Kqueue.Exit(10, 768));
    }

    @Test
    void oneThatIsForgottenIsNotTold() throws Exception {
        queue.watch(10);
        assertThat(queue.forget(10)).isZero();
        fake.tell("exit 10 0");

        assertThat(queue.await(0)).isEmpty();
        assertThat(queue.forget(10)).isEqualTo(-Errno.ENOENT.number());
    }

    @Test
    void theWaitEndsWithItsTime() throws Exception {
        queue.watch(10);
        long begun = System.nanoTime();

        assertThat(queue.await(250_000_000)).isEmpty();
        assertThat(System.nanoTime() - begun).isGreaterThan(240_000_000L).isLessThan(LONG);
    }

    @Test
    void aWaitThatASignalEndsGoesOn() throws Exception {
        queue.watch(10);
        fake.tell("error kevent 4 0 1 wait");
        Thread later = new Thread(() -> fake.tell("exit 10 0"));
        later.start();

        assertThat(queue.await(LONG)).containsExactly(new Kqueue.Exit(10, 0));
        later.join();
    }

    @Test
    void closingEndsAWaitAndNoOthersNumberIsUsed() throws Exception {
        queue.watch(10);
        AtomicReference<Object> ended = new AtomicReference<>();
        Thread waiter = new Thread(() -> {
            try {
                ended.set(queue.await(LONG));
            } catch (InterruptedException e) {
                ended.set(String.valueOf(e.getMessage()));
            }
        });
        waiter.start();
        Scripts.await("the wait", () -> fake.log().contains("kevent waits"));
        queue.close();
        try (Kqueue other = Kqueue.open().orElseThrow()) {
            waiter.join(Scripts.PATIENCE.toMillis());

            assertThat(ended.get()).isEqualTo("closed");
            assertThat(fake.count("queues")).as("the other's").isEqualTo(1);
            assertThat(other.watch(10)).isZero();
        }
    }

    @Test
    void anInterruptEndsAWait() throws Exception {
        AtomicReference<Object> ended = new AtomicReference<>();
        Thread waiter = new Thread(() -> {
            try {
                ended.set(queue.await(LONG));
            } catch (InterruptedException e) {
                ended.set(e);
            }
        });
        waiter.start();
        Scripts.await("the wait", () -> fake.log().contains("kevent waits"));
        waiter.interrupt();
        waiter.join(Scripts.PATIENCE.toMillis());

        assertThat(ended.get()).isInstanceOf(InterruptedException.class);
    }

    @Test
    void aClosedOneIsClosedOnceAndAnswersNoMore() {
        queue.close();
        queue.close();

        assertThat(queue.watch(10)).isEqualTo(-Errno.EBADF.number());
        assertThatExceptionOfType(InterruptedException.class).isThrownBy(() -> queue.await(LONG));
        assertThat(fake.log()).filteredOn(line -> line.startsWith("close")).hasSize(1);
    }

    @Test
    void withoutDescriptorsThereIsNone() {
        fake.tell("error kqueue 24 0 1");

        assertThat(Kqueue.open()).isEmpty();
    }
}
