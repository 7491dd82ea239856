package org.bhyvescope.libc;

import java.util.concurrent.atomic.AtomicLong;

/** What has been learnt about this host's kernel, shared by all its devices, and what was asked of it. Thread-safe. */
public final class VmmAbi {
    private static final int CPUSET_14 = 128;

    private volatile boolean oldStats;
    private volatile int cpuSetBytes = CPUSET_14;
    private final AtomicLong statsCalls = new AtomicLong();

    /** VM_STATS calls made so far, whatever came of them. */
    public long statsCalls() {
        return statsCalls.get();
    }

    void countStatsCall() {
        statsCalls.incrementAndGet();
    }

    /** Whether VM_STATS is that of 12 and 13. */
    boolean hasOldStats() {
        return oldStats;
    }

    void setOldStats(boolean old) {
        oldStats = old;
    }

    /** The size of a cpuset_t that VM_GET_CPUS is asked for first, in bytes. */
    int cpuSetBytes() {
        return cpuSetBytes;
    }

    void setCpuSetBytes(int bytes) {
        cpuSetBytes = bytes;
    }
}
