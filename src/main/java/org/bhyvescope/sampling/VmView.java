package org.bhyvescope.sampling;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.bhyvescope.decode.StatPlan;
import org.bhyvescope.dump.CpuSet;
import org.bhyvescope.hypervisor.Reading;
import org.bhyvescope.hypervisor.Snapshot;
import org.jspecify.annotations.Nullable;

/**
 * What everybody reads about one VM. Immutable.
 *
 * @param name the VM's name
 * @param state what it is doing; empty until it has been read, or given up, for the first time
 * @param sample its newest sample; empty before the first one, and while unreadable, since frozen counters would read as
 *     idleness
 * @param lastSampleMillis wall clock of the newest sample, ms since 1970
 * @param started when it was created, or last seen to be reset
 * @param resets counter resets seen under this identity
 * @param errors failed readings by cause
 * @param missed how many of its newest readings in a row have failed
 * @param vcpuStates the states of its vCPUs
 */
public record VmView(
        String name,
        Optional<VmState> state,
        Optional<Sample> sample,
        OptionalLong lastSampleMillis,
        Instant started,
        long resets,
        Map<Reading.Cause, Long> errors,
        int missed,
        StateView vcpuStates) {
    /**
     * A snapshot and what was worked out from it.
     *
     * @param peaks per reason of the plan: the highest rate of the trailing minute, NaN where there is none
     * @param moved the started vCPUs of which it is known that they did something since the sample before
     */
    public record Sample(Snapshot snapshot, StatPlan plan, Rates rates, double[] peaks, CpuSet moved) {
        /** The highest one-sample rate of a reason in the trailing 60 s, exits a second. */
        public double peak(int reason) {
            return peaks[reason];
        }
    }

    VmView with(StateView states) {
        return new VmView(name, state, sample, lastSampleMillis, started, resets, errors, missed, states);
    }

    /** The sample, or null: for loops that must not allocate. */
    public @Nullable Sample sampleOrNull() {
        return sample.orElse(null);
    }
}
