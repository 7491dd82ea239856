package org.bhyvescope.hypervisor.bhyvectl;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.bhyvescope.dump.BhyvectlText;
import org.bhyvescope.dump.CpuSet;
import org.bhyvescope.dump.StatBlock;
import org.bhyvescope.dump.StatTable;
import org.bhyvescope.hypervisor.Hypervisor;
import org.bhyvescope.hypervisor.Reading;
import org.bhyvescope.hypervisor.Reading.Cause;
import org.bhyvescope.hypervisor.Reading.Failure;
import org.bhyvescope.hypervisor.Snapshot;
import org.bhyvescope.hypervisor.VmDirectory;
import org.bhyvescope.hypervisor.VmId;
import org.bhyvescope.hypervisor.VmListing;
import org.bhyvescope.os.Allowance;
import org.bhyvescope.os.ChildResult;
import org.bhyvescope.os.Children;
import org.bhyvescope.os.Owner;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a VM by running bhyvectl: sets, topology and vCPU 0 first, then each other active vCPU.
 * The first failure ends the reading, since half a VM is no sample.
 */
public final class BhyvectlHypervisor implements Hypervisor {
    private static final Logger LOG = LoggerFactory.getLogger(BhyvectlHypervisor.class);

    private final Bhyvectl bhyvectl;
    private final VmDirectory directory;
    private final InstantSource wallClock;

    private final AtomicLong vcpuReads = new AtomicLong();
    private final AtomicBoolean strangeLinesSaid = new AtomicBoolean();

    /** The table of the host's last text: all VMs of a host share one instance. */
    private volatile StatTable expected = StatTable.EMPTY;

    public BhyvectlHypervisor(Bhyvectl bhyvectl, VmDirectory directory, InstantSource wallClock) {
        this.bhyvectl = bhyvectl;
        this.directory = directory;
        this.wallClock = wallClock;
    }

    /** By children of this process. */
    public BhyvectlHypervisor(Path program, VmDirectory directory, VmChildren children, InstantSource wallClock) {
        this(new OwnBhyvectl(program, directory, children), directory, wallClock);
    }

    @Override
    public String name() {
        return bhyvectl.name();
    }

    @Override
    public VmListing vms() {
        return directory.list();
    }

    @Override
    public Reading read(VmId vm, Allowance allowance) throws InterruptedException {
        if (bhyvectl.isHeldUp(Owner.statistics(vm.name()))) {
            return new Failure(Cause.ABANDONED, Failures.STILL_ABANDONED);
        }
        Bhyvectl.Statistics runs = bhyvectl.statistics(vm.name(), allowance);
        Outcome first = judge(runs.setsAndFirstVcpu(), vm, 0);
        if (first instanceof Outcome.Bad bad) {
            return bad.failure();
        }
        Outcome.Good good = (Outcome.Good) first;
        BhyvectlText text = good.text();
        if (text.active().isEmpty() || text.suspended().isEmpty()) {
            return new Failure(Cause.GARBLED, "bhyvectl printed no active cpus and suspended cpus lines");
        }
        CpuSet active = text.active().get();
        StatTable table = good.block().table();
        List<Snapshot.Row> rows = new ArrayList<>(active.size());
        for (int i = 0; i < active.size(); i++) {
            int vcpu = active.get(i);
            if (vcpu != 0) {
                Outcome next = judge(runs.vcpu(vcpu), vm, vcpu);
                if (next instanceof Outcome.Bad bad) {
                    return bad.failure();
                }
                good = (Outcome.Good) next;
            }
            long[] values = good.block().valuesIn(table);
            if (values == null) {
                return new Failure(Cause.GARBLED, "vCPU " + vcpu + " has other statistics than vCPU 0");
            }
            rows.add(new Snapshot.Row(good.nanos(), values));
        }
        if (!directory.identify(vm.name()).equals(Optional.of(vm))) {
            return new Failure(Cause.REPLACED, "destroyed, or created again, while it was read");
        }
        return new Snapshot(
                vm, wallClock.millis(), good.nanos(), active, text.suspended().get(), text.topology(), table, rows);
    }

    /** One process each, whoever starts it. */
    @Override
    public OptionalInt readsPerSecond() {
        return OptionalInt.of(Children.MAX_STARTS_PER_SECOND);
    }

    @Override
    public int processesBesides() {
        return bhyvectl.processesBesides();
    }

    @Override
    public long vcpuReads() {
        return vcpuReads.get();
    }

    private Outcome judge(ChildResult result, VmId vm, int vcpu) {
        if (!(result instanceof ChildResult.NotStarted)) {
            vcpuReads.incrementAndGet();
        }
        Outcome outcome = Outcome.of(result, vcpu, expected, () -> bhyvectl.isDenied(vm.name()));
        if (outcome instanceof Outcome.Good good) {
            StatBlock block = good.block();
            if (good.text().unknownLines() > 0 && strangeLinesSaid.compareAndSet(false, true)) {
                LOG.warn(
                        "bhyvectl prints lines that are not understood and left out, for example (VM {}): {}",
                        Children.firstLine(vm.name().getBytes(UTF_8)),
                        Children.firstLine(good.text().firstUnknown().getBytes(ISO_8859_1)));
            }
            expected = block.table().equals(expected) ? expected : block.table();
        }
        return outcome;
    }
}
