package org.bhyvescope.hypervisor;

import java.util.List;

/** What VMs there are. */
public sealed interface VmListing {
    /**
     * The VMs, sorted by name.
     *
     * @param vms those that can be read
     * @param refused nodes whose name cannot be used, each as "name: why"
     */
    record Listed(List<VmId> vms, List<String> refused) implements VmListing {}

    /** The directory is not there: vmm.ko is not loaded, so there are no VMs. Not an error. */
    record NoVmm(String directory) implements VmListing {}

    /** The directory is there but cannot be listed. */
    record Failed(String detail) implements VmListing {}
}
