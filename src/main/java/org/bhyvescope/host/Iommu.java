package org.bhyvescope.host;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.bhyvescope.libc.Sysctls;
import org.bhyvescope.libc.Sysctls.DeviceLeaf;
import org.bhyvescope.libc.Sysctls.DeviceNode;
import org.bhyvescope.libc.Sysctls.Name;

/**
 * What the host tells of its IOMMU, at one time. Intel's has no values of its own.
 *
 * @param initialized {@code hw.vmm.iommu.initialized}: 1 only after the first VM with a passthrough device since vmm.ko was loaded
 * @param enabled {@code hw.vmm.iommu.enable}: 0 if a tunable forbids it
 * @param amdviEnabled {@code hw.vmm.amdvi.enable}: the same for AMD's alone, and 0 in release 12 unless it is set
 * @param amdviUnits {@code hw.vmm.amdvi.count}, or the number of {@code dev.ivhd.N}: units of AMD's, 0 on Intel
 * @param amdviEvents {@code dev.ivhd.N.event_intr_count}, summed: event interrupts of AMD's, of which DMA faults are a part
 */
public record Iommu(
        OptionalLong initialized,
        OptionalLong enabled,
        OptionalLong amdviEnabled,
        OptionalLong amdviUnits,
        OptionalLong amdviEvents) {
    /** One of which nothing is known. */
    public static final Iommu NONE = new Iommu(
            OptionalLong.empty(),
            OptionalLong.empty(),
            OptionalLong.empty(),
            OptionalLong.empty(),
            OptionalLong.empty());

    /** What follows. */
    public enum Verdict {
        IN_USE("in use"),
        ALLOWED("allowed, not yet used: initialised with the first passthrough VM"),
        FORBIDDEN("forbidden by tunable"),
        UNKNOWN("unknown");

        private final String text;

        Verdict(String text) {
            this.text = text;
        }

        /** For a person. */
        public String text() {
            return text;
        }
    }

    /** Reads it by sysctl(3): some hundred short calls. Nothing is known where that cannot be called. */
    public static Iommu read() {
        if (!Sysctls.available()) {
            return NONE;
        }
        List<OptionalLong> events = IntStream.rangeClosed(0, DeviceNode.MAX_UNIT)
                .mapToObj(unit -> Sysctls.number(new DeviceNode(DeviceLeaf.IVHD_EVENTS, unit)))
                .filter(OptionalLong::isPresent)
                .toList();
        return of(Sysctls::read, events);
    }

    /**
     * What sysctls tell.
     *
     * @param read the text of one; empty where the system has none of this name
     * @param events of each unit of AMD's
     */
    static Iommu of(Function<Name, Optional<String>> read, List<OptionalLong> events) {
        OptionalLong count = HostFacts.number(read, Name.AMDVI_UNITS, 0);
        return new Iommu(
                HostFacts.number(read, Name.IOMMU_INITIALIZED, 0),
                HostFacts.number(read, Name.IOMMU_ENABLED, 0),
                HostFacts.number(read, Name.AMDVI_ENABLED, 0),
                count.isPresent() || events.isEmpty() ? count : OptionalLong.of(events.size()),
                events.isEmpty()
                        ? OptionalLong.empty()
                        : OptionalLong.of(events.stream()
                                .mapToLong(OptionalLong::orElseThrow)
                                .sum()));
    }

    /** Whether passthrough can work. Being unused says nothing against it. */
    public Verdict verdict() {
        if (initialized.orElse(0) > 0) {
            return Verdict.IN_USE;
        }
        boolean amdForbidden = amdviUnits.orElse(0) > 0 && amdviEnabled.orElse(1) == 0;
        if (enabled.orElse(1) == 0 || amdForbidden) {
            return Verdict.FORBIDDEN;
        }
        return initialized.isPresent() && enabled.isPresent() ? Verdict.ALLOWED : Verdict.UNKNOWN;
    }
}
