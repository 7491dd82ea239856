package org.bhyvescope.cli;

import java.time.InstantSource;
import org.bhyvescope.host.HostFacts;
import org.bhyvescope.hypervisor.Hypervisor;
import org.bhyvescope.hypervisor.StateSource;
import org.bhyvescope.hypervisor.VmDirectory;
import org.bhyvescope.hypervisor.bhyvectl.BhyvectlHypervisor;
import org.bhyvescope.hypervisor.bhyvectl.BhyvectlState;
import org.bhyvescope.hypervisor.bhyvectl.VmChildren;
import org.bhyvescope.os.Children;

/**
 * Where what is known of a host's VMs comes from.
 *
 * @param hypervisor sets and statistics
 * @param states registers and all else
 */
record Sources(Hypervisor hypervisor, StateSource states) {
    /** The sources that a configuration describes. */
    static Sources of(AgentConfig config, Children children, HostFacts host) {
        VmDirectory directory = new VmDirectory(config.vmmDir(), config.wanted());
        VmChildren runs = new VmChildren(children, host.readingLocks(), System::nanoTime);
        return new Sources(
                new BhyvectlHypervisor(config.bhyvectl(), directory, runs, InstantSource.system()),
                new BhyvectlState(config.bhyvectl(), directory, runs, InstantSource.system()));
    }
}
