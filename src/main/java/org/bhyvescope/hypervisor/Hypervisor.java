package org.bhyvescope.hypervisor;

import java.util.OptionalInt;
import org.bhyvescope.os.Allowance;

/** A source of snapshots. Implementations are used by several threads at a time, but never by two for the same VM. */
public interface Hypervisor {
    /** The source's name, as {@code --source} takes it and as the label {@code source} shows it. */
    String name();

    /** The VMs that are there now. */
    VmListing vms();

    /**
     * Reads one VM: its sets, and the statistics of its active vCPUs and no other.
     *
     * @param allowance how long reading may take in all
     * @throws InterruptedException if the agent stops meanwhile
     */
    Reading read(VmId vm, Allowance allowance) throws InterruptedException;

    /** How many vCPUs a second can be read at most, over all VMs; empty where nothing limits it. */
    OptionalInt readsPerSecond();

    /** Processes that reading a VM takes besides one for each vCPU, where {@link #readsPerSecond} limits them. */
    default int processesBesides() {
        return 0;
    }

    /** Readings of one vCPU so far, whatever came of them: what the guests may have felt. */
    long vcpuReads();
}
