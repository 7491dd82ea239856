package org.bhyvescope.hypervisor;

import java.util.OptionalLong;
import org.bhyvescope.os.Allowance;

/**
 * A source of vCPU states. Reading one freezes the vCPU for a moment, with bhyvectl 80 to 105 times, and waits in the kernel
 * for a vCPU that does not come out of the guest: the caller keeps to design.md §3, rule 6.
 */
public interface StateSource {
    /**
     * Reads the state of one vCPU. Never by two threads for the same VM.
     *
     * @param vcpu a member of the VM's active set
     * @param allowance how long reading may take
     * @throws InterruptedException if the program stops meanwhile
     */
    StateReading readState(VmId vm, int vcpu, Allowance allowance) throws InterruptedException;

    /**
     * How often reading states has frozen a vCPU so far. Empty: this source does not count, and each reading costs what
     * {@code state-cost.tsv} says of bhyvectl.
     */
    default OptionalLong lockingReads() {
        return OptionalLong.empty();
    }
}
