package org.bhyvescope.host;

import java.util.function.LongSupplier;
import org.bhyvescope.os.Children;
import org.bhyvescope.os.Tools;
import org.bhyvescope.os.Tools.Tool;

/** Where a host's interrupt counters come from. */
public final class InterruptSources {
    private InterruptSources() {}

    /**
     * By sysctl(3), or where that gives none by the system's programs. Asks once.
     *
     * @param nanoClock monotonic clock in ns
     */
    public static InterruptCounters of(Tools tools, Children children, LongSupplier nanoClock) {
        KernelInterrupts kernel = new KernelInterrupts(nanoClock);
        return kernel.read() instanceof InterruptReading.Counted
                ? kernel
                : new ToolInterrupts(tools.path(Tool.SYSCTL), tools.path(Tool.VMSTAT), children);
    }
}
