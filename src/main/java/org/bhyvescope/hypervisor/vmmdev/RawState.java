package org.bhyvescope.hypervisor.vmmdev;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.bhyvescope.dump.CpuSet;
import org.bhyvescope.dump.Topology;

/**
 * The state of one vCPU in the kernel's numbers, as a reader sends it.
 *
 * @param release major release of FreeBSD, 0 if it is not known
 * @param intel whether the control block is a VMCS
 * @param registers the values that were asked for, all of one moment
 * @param capabilities by number: 1 set, 0 not set, -1 not available on this host; ends where the kernel knows no more, empty if
 *     none were asked for
 * @param mappings the memory map, each as {@link org.bhyvescope.libc.VmmDevice#nextMapping} gives it
 * @param segments the memory segments, where the kernel tells
 * @param rtc the emulated clock, seconds since 1970, if the kernel tells
 */
record RawState(
        int release,
        boolean intel,
        long[] registers,
        int[] capabilities,
        List<long[]> mappings,
        List<Segment> segments,
        OptionalLong rtc,
        CpuSet active,
        CpuSet suspended,
        Optional<Topology> topology) {
    static final int NOT_AVAILABLE = -1;

    /**
     * A memory segment.
     *
     * @param length bytes
     * @param name empty for system memory
     */
    record Segment(int id, long length, String name) {}
}
