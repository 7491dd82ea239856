package org.bhyvescope.hypervisor;

import java.util.Optional;
import org.bhyvescope.dump.DumpText;
import org.bhyvescope.dump.StateText;
import org.bhyvescope.dump.VcpuDump;

/**
 * The state of one vCPU, and of its VM, at one time; perhaps only a part of it.
 *
 * @param vm which VM
 * @param vcpu which of its vCPUs; {@code dump} holds this one and no other
 * @param wallMillis wall clock at the end of the reading, ms since 1970
 * @param dump what was printed; its gaps say where it is not whole
 * @param printed bhyvectl's own words; empty where it was not bhyvectl that was asked
 */
public record VcpuState(VmId vm, int vcpu, long wallMillis, DumpText dump, Optional<String> printed)
        implements StateReading {
    /** The state in the form of {@code bhyvectl --get-all}. */
    public String text() {
        return printed.orElseGet(() -> StateText.of(dump, vcpu));
    }

    /** What was printed of the vCPU. */
    public VcpuDump ofVcpu() {
        return dump.vcpu(vcpu).orElseThrow(() -> new IllegalStateException("no dump of vCPU " + vcpu));
    }
}
