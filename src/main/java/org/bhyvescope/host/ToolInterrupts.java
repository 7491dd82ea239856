package org.bhyvescope.host;

import java.nio.file.Path;
import java.time.Duration;
import org.bhyvescope.host.Outcomes.Outcome;
import org.bhyvescope.os.Allowance;
import org.bhyvescope.os.ChildResult;
import org.bhyvescope.os.Children;
import org.bhyvescope.os.Command;
import org.bhyvescope.os.Owner;

/**
 * The host's interrupt counters by a process: sysctl(8) with {@code hw.intrs}, which x86 has; where that does not answer by
 * {@code vmstat -ai}. Without -a a vector that has not interrupted yet would be missing. vmstat walks the names from one end to
 * the next, so that an unused slot in the middle may shift them against the counts (inferred): the last choice.
 */
final class ToolInterrupts implements InterruptCounters {
    private static final Duration INTERVAL = Duration.ofSeconds(10);
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    private final Path sysctl;
    private final Path vmstat;
    private final Children children;

    /** This kernel has no hw.intrs, or nobody to print it: it is not asked for again. */
    private boolean withoutIntrs;

    ToolInterrupts(Path sysctl, Path vmstat, Children children) {
        this.sysctl = sysctl;
        this.vmstat = vmstat;
        this.children = children;
    }

    @Override
    public Duration interval() {
        return INTERVAL;
    }

    @Override
    public InterruptReading read() throws InterruptedException {
        if (withoutIntrs) {
            return byVmstat();
        }
        ChildResult result = run(Command.interruptSources(sysctl), "sysctl");
        Outcome outcome = Outcomes.text("sysctl", result);
        InterruptReading reading =
                outcome.map(text -> InterruptText.intrs(nanos(result), text), InterruptReading.Failed::new);
        boolean hangs = result instanceof ChildResult.TimedOut;
        if (reading instanceof InterruptReading.Counted || hangs) {
            return reading;
        }
        InterruptReading other = byVmstat();
        if (other instanceof InterruptReading.Failed failed) {
            return new InterruptReading.Failed(((InterruptReading.Failed) reading).detail() + "; " + failed.detail());
        }
        withoutIntrs = true;
        return other;
    }

    private InterruptReading byVmstat() throws InterruptedException {
        ChildResult result = run(Command.allInterrupts(vmstat), "vmstat");
        return Outcomes.text("vmstat", result)
                .map(text -> InterruptText.vmstat(nanos(result), text), InterruptReading.Failed::new);
    }

    private ChildResult run(Command command, String program) throws InterruptedException {
        return children.run(command, Owner.host(program), Allowance.of(TIMEOUT));
    }

    private static long nanos(ChildResult result) {
        return result instanceof ChildResult.Exited run ? run.middleNanos() : 0;
    }
}
