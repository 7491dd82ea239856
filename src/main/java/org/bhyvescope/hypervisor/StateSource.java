package org.bhyvescope.hypervisor;

import org.bhyvescope.os.Allowance;

/**
 * A source of vCPU states. Reading one freezes the vCPU 80 to 105 times for a moment, and waits in the kernel for a
 * vCPU that does not come out of the guest: the caller keeps to design.md §3, rule 6.
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
}
