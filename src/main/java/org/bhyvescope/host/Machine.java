package org.bhyvescope.host;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * What the host is, as far as it says so. All that begins with {@code hw.vmm} is there only while vmm.ko is loaded.
 *
 * @param model {@code hw.model}: the CPU's name
 * @param vmx {@code hw.vmm.vmx.initialized}: 1 where VMX is in use, that is on Intel, 0 elsewhere
 * @param maxVcpus {@code hw.vmm.maxcpu}: limit of vCPU ids of a VM (14 and later)
 * @param iommuInUse {@code hw.vmm.iommu.initialized}: 1 if an IOMMU is in use
 * @param iommuAllowed {@code hw.vmm.iommu.enable}: 1 if one may be used, 0 if a tunable forbids it
 * @param pptDevices {@code hw.vmm.ppt.devices}: devices that the driver ppt owns, for passthrough
 */
public record Machine(
        Optional<String> model,
        OptionalLong vmx,
        OptionalLong maxVcpus,
        OptionalLong iommuInUse,
        OptionalLong iommuAllowed,
        OptionalLong pptDevices) {
    /** One that says nothing. */
    public static final Machine UNKNOWN = new Machine(
            Optional.empty(),
            OptionalLong.empty(),
            OptionalLong.empty(),
            OptionalLong.empty(),
            OptionalLong.empty(),
            OptionalLong.empty());
}
