package org.bhyvescope.cli;

import java.time.InstantSource;
import java.util.Optional;
import org.bhyvescope.host.HostFacts;
import org.bhyvescope.hypervisor.FallbackSource;
import org.bhyvescope.hypervisor.Hypervisor;
import org.bhyvescope.hypervisor.StateSource;
import org.bhyvescope.hypervisor.VmDirectory;
import org.bhyvescope.hypervisor.bhyvectl.BhyvectlHypervisor;
import org.bhyvescope.hypervisor.bhyvectl.BhyvectlState;
import org.bhyvescope.hypervisor.bhyvectl.VmChildren;
import org.bhyvescope.hypervisor.vmmdev.VmmdevHypervisor;
import org.bhyvescope.libc.VmmDevice;
import org.bhyvescope.os.Children;

/**
 * Where what is known of a host's VMs comes from.
 *
 * @param choice which source reads the statistics, and why not another
 * @param hypervisor sets and statistics
 * @param states registers, on a schedule
 * @param wholeStates everything that bhyvectl prints, on request
 * @param opened what is to be closed in the end
 */
record Sources(
        SourceChoice choice,
        Hypervisor hypervisor,
        StateSource states,
        StateSource wholeStates,
        Optional<VmmdevHypervisor> opened)
        implements AutoCloseable {
    /** The sources that a configuration and a host ask for. */
    static Sources of(AgentConfig config, Children children, HostFacts host) {
        VmDirectory directory = new VmDirectory(config.vmmDir(), config.wanted());
        VmChildren runs = new VmChildren(children, host.readingLocks(), System::nanoTime);
        Hypervisor processes = new BhyvectlHypervisor(config.bhyvectl(), directory, runs, InstantSource.system());
        StateSource getAll = new BhyvectlState(config.bhyvectl(), directory, runs, InstantSource.system());
        SourceChoice choice = SourceChoice.of(
                config.source(),
                new SourceChoice.Facts(
                        VmmDevice.problem(), CrashFile.in(config.stateDir()), host.release(), host.readingLocks()));
        if (choice.kind() == SourceChoice.Kind.BHYVECTL) {
            return new Sources(choice, processes, getAll, getAll, Optional.empty());
        }
        VmmdevHypervisor ioctls = new VmmdevHypervisor(directory, InstantSource.system(), System::nanoTime);
        Hypervisor hypervisor = config.source() == SourceChoice.Wanted.AUTO
                ? new FallbackSource(ioctls, getAll, processes, getAll)
                : ioctls;
        return new Sources(choice, hypervisor, getAll, getAll, Optional.of(ioctls));
    }

    /** Why the source in use is not vmmdev, or not in this process; empty where nothing is to be said. */
    String why() {
        return hypervisor instanceof FallbackSource auto && !auto.why().isEmpty() ? auto.why() : choice.why();
    }

    @Override
    public void close() {
        opened.ifPresent(VmmdevHypervisor::close);
    }
}
