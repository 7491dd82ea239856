package org.bhyvescope.hypervisor.vmmdev;

import java.time.InstantSource;
import java.util.HashSet;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.LongSupplier;
import org.bhyvescope.hypervisor.Hypervisor;
import org.bhyvescope.hypervisor.Reading;
import org.bhyvescope.hypervisor.Reading.Cause;
import org.bhyvescope.hypervisor.Reading.Failure;
import org.bhyvescope.hypervisor.Snapshot;
import org.bhyvescope.hypervisor.VmDirectory;
import org.bhyvescope.hypervisor.VmId;
import org.bhyvescope.hypervisor.VmListing;
import org.bhyvescope.libc.VmmAbi;
import org.bhyvescope.libc.VmmDevice;
import org.bhyvescope.libc.VmmOpening;
import org.bhyvescope.os.Allowance;

/**
 * Reads a VM by ioctls on its device: both sets, one VM_STATS for each active vCPU, and the topology. The first failure
 * ends the reading, since half a VM is no sample. Devices stay open from one reading to the next.
 *
 * <p>On releases that lock a vCPU for its statistics a call may sleep in the kernel without end, and its thread with it:
 * there this runs in a process that can be abandoned (design.md §3, rule 6).
 */
public final class VmmdevHypervisor implements Hypervisor, AutoCloseable {
    private final VmDirectory directory;
    private final Endings endings;
    private final LongSupplier nanoClock;
    private final VmmAbi abi = new VmmAbi();
    private final Handles handles = new Handles();
    private final VmReader reader;

    /** @param nanoClock monotonic clock in ns */
    public VmmdevHypervisor(VmDirectory directory, InstantSource wallClock, LongSupplier nanoClock) {
        this.directory = directory;
        this.endings = new Endings(directory);
        this.nanoClock = nanoClock;
        this.reader = new VmReader(wallClock, nanoClock);
    }

    @Override
    public String name() {
        return "vmmdev";
    }

    /** Lists the VMs, and closes the devices of those that are not there any more. */
    @Override
    public VmListing vms() {
        VmListing listing = directory.list();
        if (listing instanceof VmListing.Listed listed) {
            drop(new HashSet<>(listed.vms()));
        } else if (listing instanceof VmListing.NoVmm) {
            drop(Set.of());
        }
        return listing;
    }

    private void drop(Set<VmId> allBut) {
        if (handles.keep(allBut)) {
            reader.forgetList();
        }
    }

    @Override
    public Reading read(VmId vm, Allowance allowance) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        if (handles.isClosed()) {
            return new Failure(Cause.NOT_STARTED, "the source is closed");
        }
        allowance.childBegins(nanoClock.getAsLong());
        try {
            return open(vm, allowance);
        } finally {
            allowance.childEnds(nanoClock.getAsLong());
        }
    }

    private Reading open(VmId vm, Allowance allowance) throws InterruptedException {
        VmHandle handle = handles.take(vm);
        boolean good = false;
        try {
            if (handle != null) {
                Reading reading = reader.read(vm, handle, allowance);
                good = reading instanceof Snapshot;
                if (good || !isGone(reading) || !endings.isStill(vm)) {
                    return good ? reading : endings.explained(vm, (Failure) reading);
                }
                // Destroyed and created again so quickly that the new node looks like the old one.
                handle.close();
                reader.forgetList();
                handle = null;
            }
            VmmOpening opening = VmmDevice.open(directory.node(vm.name()), abi);
            if (opening instanceof VmmOpening.Refused refused) {
                return endings.explained(vm, Refusals.of("open", refused.errno()));
            }
            handle = new VmHandle(((VmmOpening.Opened) opening).device());
            Reading reading = reader.read(vm, handle, allowance);
            if (reading instanceof Failure failure) {
                return endings.explained(vm, failure);
            }
            // From now on the descriptor itself says which VM it is: after its end every call on it fails.
            good = endings.isStill(vm);
            return good ? reading : new Failure(Cause.REPLACED, "destroyed, or created again, while it was read");
        } finally {
            if (handle != null && !good) {
                handle.close();
                reader.forgetList();
            }
            handles.giveBack(vm, good ? handle : null);
        }
    }

    private static boolean isGone(Reading reading) {
        return reading instanceof Failure failure && failure.cause() == Cause.GONE;
    }

    @Override
    public OptionalInt readsPerSecond() {
        return OptionalInt.empty();
    }

    @Override
    public long vcpuReads() {
        return abi.statsCalls();
    }

    /** Closes all devices; one that is being read, when that ends. */
    @Override
    public void close() {
        handles.close();
    }
}
