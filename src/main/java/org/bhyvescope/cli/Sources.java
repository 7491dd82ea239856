package org.bhyvescope.cli;

import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.bhyvescope.host.HostFacts;
import org.bhyvescope.hypervisor.FallbackSource;
import org.bhyvescope.hypervisor.Hypervisor;
import org.bhyvescope.hypervisor.StateSource;
import org.bhyvescope.hypervisor.VmDirectory;
import org.bhyvescope.hypervisor.bhyvectl.Bhyvectl;
import org.bhyvescope.hypervisor.bhyvectl.BhyvectlHypervisor;
import org.bhyvescope.hypervisor.bhyvectl.BhyvectlState;
import org.bhyvescope.hypervisor.bhyvectl.GateBhyvectl;
import org.bhyvescope.hypervisor.bhyvectl.VmChildren;
import org.bhyvescope.hypervisor.vmmdev.VmmdevApart;
import org.bhyvescope.hypervisor.vmmdev.VmmdevHypervisor;
import org.bhyvescope.libc.VmmDevice;
import org.bhyvescope.os.Children;
import org.bhyvescope.os.Command;
import org.bhyvescope.os.ReaderJvm;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where what is known of a host's VMs comes from.
 *
 * @param choice which source reads the statistics, and why not another
 * @param hypervisor sets and statistics
 * @param states registers, on a schedule
 * @param wholeStates everything that bhyvectl prints, on request
 * @param readingLocks whether reading a vCPU's statistics freezes it, as far as that is known by now
 * @param opened what is to be closed in the end
 */
record Sources(
        SourceChoice choice,
        Hypervisor hypervisor,
        StateSource states,
        StateSource wholeStates,
        BooleanSupplier readingLocks,
        List<AutoCloseable> opened)
        implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Sources.class);

    /** The sources that a configuration and a host ask for. */
    static Sources of(AgentConfig config, Children children, HostFacts host) {
        VmDirectory directory = new VmDirectory(config.vmmDir(), config.wanted());
        SourceChoice choice = SourceChoice.of(
                config.source(),
                new SourceChoice.Facts(
                        VmmDevice.problem(), CrashFile.in(config.stateDir()), host.release(), host.readingLocks()));
        // One whose release is not known may lock.
        AtomicBoolean locks = new AtomicBoolean(host.readingLocks() || choice.kind() == SourceChoice.Kind.VMMDEV_APART);
        VmChildren runs = new VmChildren(children, locks::get, System::nanoTime);
        if (config.gate().isPresent()) {
            Bhyvectl gate = new GateBhyvectl(config.gate().get(), runs);
            StateSource states = new BhyvectlState(gate, directory, InstantSource.system());
            return new Sources(
                    choice,
                    new BhyvectlHypervisor(gate, directory, InstantSource.system()),
                    states,
                    states,
                    locks::get,
                    List.of());
        }
        Hypervisor processes = new BhyvectlHypervisor(config.bhyvectl(), directory, runs, InstantSource.system());
        StateSource getAll = new BhyvectlState(config.bhyvectl(), directory, runs, InstantSource.system());
        if (choice.kind() == SourceChoice.Kind.BHYVECTL) {
            return new Sources(choice, processes, getAll, getAll, locks::get, List.of());
        }
        VmmdevApart apart = new VmmdevApart(
                directory,
                children,
                Command.reader(
                        ReaderJvm.likeThisOne(Optional.of(CrashFile.ofReaders(config.stateDir()))), config.vmmDir()),
                InstantSource.system(),
                System::nanoTime,
                locks.get());
        if (choice.kind() == SourceChoice.Kind.VMMDEV_APART) {
            return new Sources(choice, apart, apart, getAll, locks::get, List.of(apart));
        }
        VmmdevHypervisor ioctls = new VmmdevHypervisor(directory, InstantSource.system(), System::nanoTime);
        List<AutoCloseable> opened = List.of(ioctls, apart);
        if (config.source() == SourceChoice.Wanted.VMMDEV) {
            return new Sources(choice, ioctls, apart, getAll, locks::get, opened);
        }
        FallbackSource auto = new FallbackSource(ioctls, apart, processes, getAll, () -> locks.set(true));
        return new Sources(choice, auto, auto, getAll, locks::get, opened);
    }

    /** Why the source in use is not vmmdev, or not in this process; empty where nothing is to be said. */
    String why() {
        return hypervisor instanceof FallbackSource auto && !auto.why().isEmpty() ? auto.why() : choice.why();
    }

    @Override
    public void close() {
        for (AutoCloseable each : opened) {
            try {
                each.close();
            } catch (Exception e) {
                LOG.warn("while ending", e);
            }
        }
    }
}
