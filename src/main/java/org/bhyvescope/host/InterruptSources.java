package org.bhyvescope.host;

import java.nio.file.Files;
import java.util.function.LongSupplier;
import org.bhyvescope.os.Children;
import org.bhyvescope.os.Tools;
import org.bhyvescope.os.Tools.Tool;

/** Where a host's interrupt counters come from. */
public final class InterruptSources {
    private InterruptSources() {}

    /**
     * By sysctl(3), or where that gives none by the system's programs. Asks once. A directory of tools that has a sysctl in it is a
     * host of its own, and comes first.
     *
     * @param nanoClock monotonic clock in ns
     */
    public static InterruptCounters of(Tools tools, Children children, LongSupplier nanoClock) {
        boolean simulated = tools.directory().isPresent() && Files.exists(tools.path(Tool.SYSCTL));
        KernelInterrupts kernel = new KernelInterrupts(nanoClock);
        return !simulated && kernel.read() instanceof InterruptReading.Counted
                ? kernel
                : new ToolInterrupts(tools.path(Tool.SYSCTL), tools.path(Tool.VMSTAT), children);
    }
}
