package org.bhyvescope.host;

import java.util.List;

/** The outcome of reading the host's interrupt counters. */
public sealed interface InterruptReading {
    /**
     * The interrupt sources that a passthrough device has a part in.
     *
     * @param nanos monotonic clock when they were read
     */
    record Counted(long nanos, List<Source> sources) implements InterruptReading {}

    /**
     * One interrupt source.
     *
     * @param irq {@code irq256}
     * @param handlers who handles it, as the kernel names them: {@code ppt0}, or with a shared line {@code ppt0 ehci0}
     * @param count since the counter was made; it goes on where its last owner left it
     */
    record Source(String irq, String handlers, long count) {}

    /** They cannot be read. */
    record Failed(String detail) implements InterruptReading {}
}
