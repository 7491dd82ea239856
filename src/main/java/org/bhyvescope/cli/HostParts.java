package org.bhyvescope.cli;

import org.bhyvescope.host.ConfigFile;
import org.bhyvescope.host.Devices;
import org.bhyvescope.host.HostSources;
import org.bhyvescope.host.InterruptSources;
import org.bhyvescope.host.Iommu;
import org.bhyvescope.host.Processes;
import org.bhyvescope.libc.Sysctls;
import org.bhyvescope.os.Children;
import org.bhyvescope.os.Tools;

/** Where what is known of the machine around this host's VMs comes from. */
final class HostParts {
    private HostParts() {}

    /** Whether this is a host that has bhyve at all. */
    static boolean canBe(Tools tools) {
        return tools.directory().isPresent() || Sysctls.available();
    }

    static HostSources of(Tools tools, Children children) {
        Processes processes = Processes.of(tools, children, System::nanoTime, System::currentTimeMillis);
        return new HostSources(
                processes.table(),
                processes.exits(),
                Devices.of(tools, children),
                InterruptSources.of(tools, children, System::nanoTime),
                Iommu::read,
                ConfigFile::read);
    }
}
