package org.bhyvescope.hypervisor.vmmdev;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.bhyvescope.os.Children;
import org.bhyvescope.os.Command;
import org.bhyvescope.os.ReaderJvm;
import org.bhyvescope.os.Scripts;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Readers that are never asked, so that none of them has a process; a clock that goes on by a quarter of a second a look, so that
 * nobody waits. */
@Timeout(60)
class ReadersTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final AtomicLong clock = new AtomicLong();
    private final Children children = Scripts.quickChildren();
    private final List<Reader> made = new ArrayList<>();
    private final Readers readers = new Readers(this::make, () -> clock.addAndGet(SECOND / 4));

    private Reader make() {
        Command command = Command.reader(
                new ReaderJvm(Path.of("/nonexistent"), "x", List.of(), Optional.empty()), Path.of("/dev/vmm"));
        made.add(new Reader(children.worker(command), table -> table, 0));
        return made.get(made.size() - 1);
    }

    private Reader take() throws InterruptedException {
        return Objects.requireNonNull(readers.take(10 * SECOND));
    }

    @AfterEach
    void close() {
        readers.close();
        children.close();
    }

    @Test
    void theSameReaderIsTakenAgainAndAgain() throws Exception {
        Reader first = take();
        readers.giveBack(first);

        assertThat(take()).isSameAs(first);
        assertThat(made).hasSize(1);
    }

    @Test
    void oneThatIsTakenIsWaitedForAMomentBeforeAnotherIsMade() throws Exception {
        Readers waiting = new Readers(this::make, System::nanoTime);
        waiting.take(SECOND);
        long before = System.nanoTime();
        Reader second = waiting.take(10 * SECOND);

        assertThat(System.nanoTime() - before).isGreaterThanOrEqualTo(200_000_000L);
        assertThat(made).hasSize(2).last().isSameAs(second);
        before = System.nanoTime();
        waiting.take(SECOND / 10);
        assertThat(System.nanoTime() - before)
                .as("who has less time waits less")
                .isGreaterThanOrEqualTo(25_000_000L);
        assertThat(made).hasSize(3);
    }

    @Test
    void oneThatIsGivenBackMeanwhileIsTaken() throws Exception {
        Reader first = take();
        Readers waiting = new Readers(this::make, System::nanoTime);
        Reader held = Objects.requireNonNull(waiting.take(SECOND));
        Thread other = new Thread(() -> waiting.giveBack(held));
        other.start();

        assertThat(waiting.take(100 * SECOND)).isSameAs(held);
        other.join();
        assertThat(first).isNotSameAs(held);
    }

    @Test
    void thereAreNotMoreThanEight() throws Exception {
        List<Reader> taken = new ArrayList<>();
        for (int i = 0; i < Readers.MOST; i++) {
            taken.add(take());
        }

        assertThat(readers.take(SECOND / 100)).isNull();
        assertThat(made).hasSize(8);
        readers.discard(taken.get(3));
        assertThat(take()).isSameAs(made.get(8));
    }

    @Test
    void spareOnesEndAfterHalfAMinuteButNotTheLast() throws Exception {
        Reader first = take();
        Reader second = take();
        Reader third = take();
        readers.giveBack(first);
        readers.giveBack(second);
        readers.giveBack(third);

        clock.addAndGet(25 * SECOND);
        assertThat(take()).as("the one that was used last").isSameAs(third);
        assertThat(first.worker.isUsable() && second.worker.isUsable()).isTrue();
        clock.addAndGet(6 * SECOND);
        readers.giveBack(third);
        assertThat(first.worker.isUsable() || second.worker.isUsable()).isFalse();
        clock.addAndGet(1000 * SECOND);
        assertThat(take()).isSameAs(third);
        assertThat(third.worker.isUsable()).isTrue();
    }

    @Test
    void oneThatHasEndedIsNotTaken() throws Exception {
        Reader first = take();
        readers.giveBack(first);
        first.worker.close();

        assertThat(take()).isNotSameAs(first);
    }

    @Test
    void closingEndsAllTakenOrNot() throws Exception {
        Reader idle = take();
        Reader busy = take();
        readers.giveBack(idle);

        readers.close();

        assertThat(idle.worker.isUsable() || busy.worker.isUsable()).isFalse();
        assertThat(readers.isClosed()).isTrue();
        assertThat(readers.take(SECOND)).isNull();
        readers.giveBack(busy);
        assertThat(readers.take(SECOND)).isNull();
        assertThat(made).hasSize(2);
    }
}
