package org.bhyvescope.hypervisor.vmmdev;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import org.bhyvescope.hypervisor.VmId;
import org.jspecify.annotations.Nullable;

/**
 * The open devices of all VMs. One that is taken belongs to its taker: if its VM is dropped meanwhile it is closed when it
 * is given back, so nobody waits for a call that the kernel holds up. Thread-safe.
 */
final class Handles implements AutoCloseable {
    private final Map<VmId, VmHandle> idle = new HashMap<>();
    private final Set<VmId> taken = new HashSet<>();
    private final Set<VmId> dropped = new HashSet<>();
    private boolean closed;

    /**
     * Takes a VM's handle; {@link #giveBack} is to follow in any case.
     *
     * @return null if there is none yet
     * @throws IllegalStateException if another has taken it
     */
    synchronized @Nullable VmHandle take(VmId vm) {
        if (!taken.add(vm)) {
            throw new IllegalStateException("VM " + vm.name() + " is read by two threads at a time");
        }
        return idle.remove(vm);
    }

    /** @param handle to keep for the next time, null for none; closed where it cannot be kept */
    synchronized void giveBack(VmId vm, @Nullable VmHandle handle) {
        taken.remove(vm);
        boolean unwanted = dropped.remove(vm) || closed;
        if (handle != null && unwanted) {
            handle.close();
        } else if (handle != null) {
            idle.put(vm, handle);
        }
    }

    /** Closes what belongs to no VM of these; returns whether there was any. */
    synchronized boolean keep(Set<VmId> vms) {
        boolean any = false;
        for (Iterator<Map.Entry<VmId, VmHandle>> all = idle.entrySet().iterator(); all.hasNext(); ) {
            Map.Entry<VmId, VmHandle> each = all.next();
            if (!vms.contains(each.getKey())) {
                each.getValue().close();
                all.remove();
                any = true;
            }
        }
        for (VmId vm : taken) {
            if (!vms.contains(vm)) {
                any |= dropped.add(vm);
            }
        }
        return any;
    }

    synchronized boolean isClosed() {
        return closed;
    }

    @Override
    public synchronized void close() {
        closed = true;
        keep(Set.of());
    }
}
