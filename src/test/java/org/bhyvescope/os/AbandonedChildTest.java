package org.bhyvescope.os;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * A child that sleeps in the kernel outlives SIGKILL. No test can make such a process, so this one hands in a Process of
 * the JDK's type that does what one would do.
 */
class AbandonedChildTest {
    private static final Command COMMAND = Command.statistics(Path.of("/usr/sbin/bhyvectl"), "vm", 0);
    private static final Owner VM = Owner.statistics("vm");

    private final Unkillable process = new Unkillable();
    private final Children children = new Children(System::nanoTime, 1000, command -> process);

    @Test
    void aChildThatOutlivesSigkillIsLeftBehindAndCountedUntilItIsGone() throws Exception {
        ChildResult result = children.run(COMMAND, VM, Allowance.of(Duration.ofMillis(30)));

        assertThat(result).isEqualTo(new ChildResult.TimedOut(true));
        assertThat(process.kills).isPositive();
        assertThat(children.abandoned()).isEqualTo(1);
        assertThat(children.hasAbandoned(VM)).isTrue();
        assertThat(children.hasAbandoned(Owner.statistics("another"))).isFalse();
        assertThat(children.hasAbandoned(Owner.state("vm")))
                .as("its statistics, not its state")
                .isFalse();
        process.gone = true;
        assertThat(children.hasAbandoned(VM)).isFalse();
        assertThat(children.abandoned()).isZero();
    }

    @Test
    void noOtherIsSetBesideOneThatWasLeftBehind() throws Exception {
        children.run(COMMAND, VM, Allowance.of(Duration.ofMillis(30)));

        assertThat(children.run(COMMAND, VM, Allowance.of(Duration.ofSeconds(5))))
                .isEqualTo(new ChildResult.TimedOut(true));
        assertThat(children.starts()).isEqualTo(1);
    }

    @Test
    void aUsedUpAllowanceStartsNothing() throws Exception {
        ChildResult result = children.run(COMMAND, VM, Allowance.of(Duration.ZERO));

        assertThat(result).isEqualTo(new ChildResult.TimedOut(false));
        assertThat(children.starts()).isZero();
    }
}
