package org.bhyvescope.sampling;

import java.util.concurrent.TimeUnit;

/** The numbers that METRICS.md tells, from the constants in force. */
public final class SamplingNumbers {
    public static final long STALL_SECONDS = TimeUnit.NANOSECONDS.toSeconds(StateRules.STALL_NANOS);
    public static final int MISSED_LIMIT = StateRules.MISSED_LIMIT;
    public static final long IDLE_PERCENT = Math.round(100 * StateRules.IDLE_SHARE);
    public static final long PEAK_SECONDS = PeakWindow.LENGTH.toSeconds();

    private SamplingNumbers() {}
}
