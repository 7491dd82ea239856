package org.bhyvescope.dump;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a text says of one vCPU. All maps keep the order of the text.
 *
 * @param vcpu the id; {@link #UNNAMED} where the text does not say (statistics pasted without their header)
 * @param values single values by the name printed before {@code [N]}: {@code rip}, {@code exit_reason}, {@code TLB ctrl},
 *     {@code rvi/npt}; selectors are in {@code segments}
 * @param segments {@code cs}, {@code gdtr} and so on
 * @param others values that do not fit 64 bits or have another form, as printed (illumos' {@code fpu_ymm0})
 * @param msrs the MSRs that the guest may touch without an exit
 * @param capabilities by name
 * @param pending the event whose delivery an exit interrupted, to be injected again
 * @param current the exception queued for the guest, not yet delivered
 * @param stats its statistics
 * @param gaps where the dump ends early or leaves something out; empty if it is whole, or only statistics
 */
public record VcpuDump(
        int vcpu,
        Map<String, Long> values,
        Map<String, SegmentRegister> segments,
        Map<String, String> others,
        List<MsrAccess> msrs,
        Map<String, Capability> capabilities,
        Optional<QueuedEvent> pending,
        Optional<QueuedEvent> current,
        Optional<StatBlock> stats,
        List<Gap> gaps) {
    /** The id of statistics whose text names no vCPU. */
    public static final int UNNAMED = -1;

    /** A value by its printed name; the 64 bits may be an unsigned number. */
    public OptionalLong value(String name) {
        Long value = values.get(name);
        return value == null ? OptionalLong.empty() : OptionalLong.of(value);
    }

    /** A segment register or descriptor-table register. */
    public Optional<SegmentRegister> segment(String name) {
        return Optional.ofNullable(segments.get(name));
    }

    /** Whether the text holds its registers or control words, and not only statistics. */
    public boolean hasState() {
        return !values.isEmpty() || !segments.isEmpty();
    }
}
