package org.bhyvescope.hypervisor.vmmdev;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.bhyvescope.dump.CpuSet;
import org.bhyvescope.hypervisor.Reading;
import org.bhyvescope.hypervisor.Reading.Cause;
import org.bhyvescope.hypervisor.Reading.Failure;
import org.bhyvescope.hypervisor.Snapshot;
import org.bhyvescope.hypervisor.VmId;
import org.bhyvescope.os.Allowance;
import org.jspecify.annotations.Nullable;

/** Reads VMs through their open devices, all of them with the host's one list of statistics. Thread-safe. */
final class VmReader {
    private final InstantSource wallClock;
    private final LongSupplier nanoClock;

    /** The host's list; null when it is to be read, perhaps again: a vmm.ko loaded anew may have another order. */
    private volatile @Nullable KernelList list;

    private volatile @Nullable KernelList lastList;

    VmReader(InstantSource wallClock, LongSupplier nanoClock) {
        this.wallClock = wallClock;
        this.nanoClock = nanoClock;
    }

    /** Has the list read again: a VM has gone, and vmm.ko may have been loaded anew since. */
    void forgetList() {
        list = null;
    }

    /** Reads one VM. The first failure ends it. */
    Reading read(VmId vm, VmHandle handle, Allowance allowance) throws InterruptedException {
        long begun = nanoClock.getAsLong();
        int result = handle.active.read(handle.device);
        result = result < 0 ? result : handle.suspended.read(handle.device);
        if (result < 0) {
            return Refusals.of("VM_GET_CPUS", -result);
        }
        KernelList known = list;
        if (known == null) {
            List<String> descriptions = new ArrayList<>();
            result = KernelList.read(handle.device, descriptions);
            if (result < 0) {
                return Refusals.of("VM_STAT_DESC", -result);
            }
            known = shared(KernelList.of(descriptions));
        }
        if (known.table().size() == 0) {
            return new Failure(Cause.NO_OUTPUT, "the kernel has no statistics");
        }
        CpuSet active = handle.active.get();
        List<Snapshot.Row> rows = new ArrayList<>(active.size());
        long middle = begun + (nanoClock.getAsLong() - begun) / 2;
        for (int i = 0; i < active.size(); i++) {
            int vcpu = active.get(i);
            long[] values = new long[known.count()];
            long before = nanoClock.getAsLong();
            int count = handle.device.stats(vcpu, values);
            long after = nanoClock.getAsLong();
            if (count < 0) {
                return Refusals.ofStatistics(vcpu, -count);
            }
            if (count != known.count()) {
                return new Failure(
                        Cause.GARBLED,
                        "VM_STATS gave " + count + " values of vCPU " + vcpu + " for " + known.count()
                                + " descriptions");
            }
            if (after - begun > allowance.leftNanos()) {
                return new Failure(Cause.TIMEOUT, "the kernel did not answer in time, up to vCPU " + vcpu);
            }
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            middle = before + (after - before) / 2;
            rows.add(new Snapshot.Row(middle, known.columns(values)));
        }
        result = handle.readTopology();
        if (result < 0) {
            return Refusals.of("VM_GET_TOPOLOGY", -result);
        }
        return new Snapshot(
                vm, wallClock.millis(), middle, active, handle.suspended.get(), handle.topology(), known.table(), rows);
    }

    /** Publishes a list; the one before where they are equal, so that all snapshots share one table. */
    private synchronized KernelList shared(KernelList fresh) {
        KernelList before = lastList;
        KernelList one = before != null && before.equals(fresh) ? before : fresh;
        lastList = one;
        list = one;
        return one;
    }
}
