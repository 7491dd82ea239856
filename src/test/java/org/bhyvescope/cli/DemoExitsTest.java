package org.bhyvescope.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.bhyvescope.host.BhyveProcess;
import org.bhyvescope.host.ProcessExits.ProcessExit;
import org.junit.jupiter.api.Test;

class DemoExitsTest {
    private static final BhyveProcess.Id THERE = new BhyveProcess.Id(2001, 5);
    private static final BhyveProcess.Id GONE = new BhyveProcess.Id(2002, 6);
    private static final long SHORT = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long LONG = TimeUnit.SECONDS.toNanos(20);

    private final DemoExits exits = new DemoExits(Set.of(2001)::contains);

    @Test
    void theEndOfAWatchedProcessIsToldWithItsStatusOnce() throws Exception {
        exits.watch(THERE);
        assertThat(exits.await(SHORT)).isEmpty();

        exits.ended(2001, 768);
        exits.ended(2001, 768);
        exits.ended(2003, 0);

        assertThat(exits.learnsStatus()).isTrue();
        assertThat(exits.await(LONG)).containsExactly(new ProcessExit(THERE, OptionalInt.of(768)));
        assertThat(exits.await(SHORT)).isEmpty();
    }

    @Test
    void oneThatHasGoneWentUnseen() throws Exception {
        exits.watch(GONE);
        exits.ended(2002, 0);

        assertThat(exits.await(LONG)).containsExactly(new ProcessExit(GONE, OptionalInt.empty()));
    }

    @Test
    void closingEndsTheWait() throws Exception {
        Thread closer = new Thread(exits::close);
        closer.start();

        assertThatThrownBy(() -> exits.await(LONG)).isInstanceOf(InterruptedException.class);
        assertThatThrownBy(() -> exits.await(LONG)).isInstanceOf(InterruptedException.class);
        closer.join();
    }
}
