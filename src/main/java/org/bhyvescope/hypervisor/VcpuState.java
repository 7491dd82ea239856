package org.bhyvescope.hypervisor;

import org.bhyvescope.dump.DumpText;
import org.bhyvescope.dump.VcpuDump;

/**
 * The state of one vCPU, and of its VM, at one time; perhaps only a part of it.
 *
 * @param vm which VM
 * @param vcpu which of its vCPUs; {@code dump} holds this one and no other
 * @param wallMillis wall clock at the end of the reading, ms since 1970
 * @param dump what was printed; its gaps say where it is not whole
 */
public record VcpuState(VmId vm, int vcpu, long wallMillis, DumpText dump) implements StateReading {
    /** What was printed of the vCPU. */
    public VcpuDump ofVcpu() {
        return dump.vcpu(vcpu).orElseThrow(() -> new IllegalStateException("no dump of vCPU " + vcpu));
    }
}
