package org.bhyvescope.hypervisor.vmmdev;

import java.util.Optional;
import org.bhyvescope.dump.Topology;
import org.bhyvescope.libc.Errno;
import org.bhyvescope.libc.VmmDevice;

/** The open device of one VM, and what was read of it last. Used by one thread at a time. */
final class VmHandle implements AutoCloseable {
    final VmmDevice device;
    final VcpuSet active = new VcpuSet(VmmDevice.Cpus.ACTIVE);
    final VcpuSet suspended = new VcpuSet(VmmDevice.Cpus.SUSPENDED);
    private final int[] shape = new int[4];
    private Optional<Topology> topology = Optional.empty();

    VmHandle(VmmDevice device) {
        this.device = device;
    }

    /** Reads the topology; 0, or a negated errno. A kernel without this call has none. */
    int readTopology() {
        int result = device.topology(shape);
        if (result == -Errno.ENOTTY.number()) {
            topology = Optional.empty();
            return 0;
        }
        if (result == 0 && (topology.isEmpty() || !isOf(topology.get()))) {
            topology = Optional.of(new Topology(shape[0], shape[1], shape[2], shape[3]));
        }
        return result;
    }

    private boolean isOf(Topology known) {
        return known.sockets() == shape[0]
                && known.cores() == shape[1]
                && known.threads() == shape[2]
                && known.maxCpus() == shape[3];
    }

    Optional<Topology> topology() {
        return topology;
    }

    @Override
    public void close() {
        device.close();
    }
}
