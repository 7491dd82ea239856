package org.bhyvescope.dump;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What {@code --get-all} prints of the VM as a whole. Where a text holds several dumps, the last word counts.
 *
 * @param segments the memory segments, table {@code ID Length Name}
 * @param mappings the memory map, table {@code Address Length Segment Offset Prot Flags}
 * @param active the {@code active cpus:} line
 * @param suspended the {@code suspended cpus:} line
 * @param debug the {@code debug cpus:} line
 * @param topology the {@code cpu_topology:} line
 * @param rtc the {@code rtc time} line
 * @param nvram bytes of the RTC's memory by offset, {@code rtc nvram[000]: 0x00}
 */
public record VmFacts(
        List<MemorySegment> segments,
        List<MemoryMapping> mappings,
        Optional<CpuSet> active,
        Optional<CpuSet> suspended,
        Optional<CpuSet> debug,
        Optional<Topology> topology,
        Optional<Rtc> rtc,
        Map<Integer, Integer> nvram) {
    boolean isEmpty() {
        return segments.isEmpty()
                && mappings.isEmpty()
                && active.isEmpty()
                && suspended.isEmpty()
                && debug.isEmpty()
                && nvram.isEmpty()
                && topology.isEmpty()
                && rtc.isEmpty();
    }

    /** Whether every active vCPU is suspended: a reset, power-off, halt or triple fault had been requested. */
    public boolean isSuspended() {
        return active.isPresent()
                && suspended.isPresent()
                && !active.get().isEmpty()
                && suspended.get().containsAll(active.get());
    }
}
