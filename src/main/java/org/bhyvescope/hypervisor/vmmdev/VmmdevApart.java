package org.bhyvescope.hypervisor.vmmdev;

import java.io.IOException;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.bhyvescope.dump.StatTable;
import org.bhyvescope.hypervisor.Hypervisor;
import org.bhyvescope.hypervisor.Reading;
import org.bhyvescope.hypervisor.StateReading;
import org.bhyvescope.hypervisor.StateSource;
import org.bhyvescope.hypervisor.VcpuState;
import org.bhyvescope.hypervisor.VmDirectory;
import org.bhyvescope.hypervisor.VmId;
import org.bhyvescope.hypervisor.VmListing;
import org.bhyvescope.hypervisor.VmTurns;
import org.bhyvescope.os.Allowance;
import org.bhyvescope.os.Children;
import org.bhyvescope.os.Command;
import org.bhyvescope.os.Owner;

/**
 * Reads VMs by ioctls like {@link VmmdevHypervisor}, but in processes apart ({@link ReaderMain}): a call that freezes a vCPU may
 * sleep in the kernel without end, and then the process is killed, or abandoned (design.md §3, rule 6). For statistics where
 * they lock, and for the state of a vCPU anywhere.
 *
 * <p>The moments of a snapshot are by this process's clock: that of a row is as long before the answer was there as it was,
 * by the reader's clock, before the reader began to send it. They are late by the way of the answer, some 0.1 ms and the same
 * each time, whatever the start of the reader took, and do not depend on how two JVMs choose the origin of their clocks.
 */
public final class VmmdevApart implements Hypervisor, StateSource, AutoCloseable {
    private final VmDirectory directory;
    private final InstantSource wallClock;
    private final Asking asking;
    private final StateTables tables = StateTables.load();

    /** By VM and vCPU: bhyve sets most of them when it starts, and they cost a locking call each, so they are read once. */
    private final Map<VmId, Map<Integer, int[]>> capabilities = new ConcurrentHashMap<>();

    private final AtomicLong vcpuReads = new AtomicLong();
    private final AtomicLong lockingReads = new AtomicLong();

    private volatile Set<VmId> listed = Set.of();
    private volatile long listing;
    private StatTable table = StatTable.EMPTY;

    /**
     * @param reader of the same directory ({@link Command#reader})
     * @param nanoClock monotonic clock in ns
     * @param readingLocks whether reading a vCPU's statistics freezes it on this host (FreeBSD 15 and later)
     */
    public VmmdevApart(
            VmDirectory directory,
            Children children,
            Command reader,
            InstantSource wallClock,
            LongSupplier nanoClock,
            boolean readingLocks) {
        this.directory = directory;
        this.wallClock = wallClock;
        this.asking = new Asking(
                new VmTurns(children, () -> readingLocks, nanoClock),
                new Readers(() -> new Reader(children.worker(reader), this::shared, listing), nanoClock),
                nanoClock);
    }

    @Override
    public String name() {
        return "vmmdev";
    }

    /** Lists the VMs; readers close the devices of those that are not there any more when they are asked next. */
    @Override
    public VmListing vms() {
        VmListing all = directory.list();
        if (all instanceof VmListing.Listed some) {
            list(new HashSet<>(some.vms()));
        } else if (all instanceof VmListing.NoVmm) {
            list(Set.of());
        }
        return all;
    }

    private synchronized void list(Set<VmId> now) {
        if (!now.containsAll(listed)) {
            listing = listing + 1;
            capabilities.keySet().retainAll(now);
        }
        listed = now;
    }

    /** The host's instance of a table: all snapshots share one, whichever reader made them. */
    private synchronized StatTable shared(StatTable fresh) {
        table = fresh.equals(table) ? table : fresh;
        return table;
    }

    @Override
    public OptionalInt readsPerSecond() {
        return OptionalInt.empty();
    }

    @Override
    public Reading read(VmId vm, Allowance allowance) throws InterruptedException {
        Asking.Asked<Reading> asked = asking.ask(
                Owner.statistics(vm.name()),
                allowance,
                reader -> {
                    long newest = listing;
                    boolean relist = reader.listing != newest;
                    reader.listing = newest;
                    return new ReaderRequest.Statistics(vm, relist, allowance.leftNanos());
                },
                (reader, answered) ->
                        reader.answers.statistics(answered.bytes(), vm, wallClock.millis(), answered.nanos()));
        if (asked instanceof Asking.Asked.Got<Reading> got) {
            vcpuReads.addAndGet(got.read().calls());
            return got.read().value();
        }
        Asking.Asked.None<Reading> none = (Asking.Asked.None<Reading>) asked;
        // At least one: the rest is not known of a reader that is gone.
        vcpuReads.addAndGet(none.begun() ? 1 : 0);
        return none.failure();
    }

    @Override
    public StateReading readState(VmId vm, int vcpu, Allowance allowance) throws InterruptedException {
        int[] known = capabilities.getOrDefault(vm, Map.of()).get(vcpu);
        int wanted = known == null ? tables.capabilities().size() : 0;
        ReaderRequest request = new ReaderRequest.State(vm, vcpu, tables.numbers(false), tables.numbers(true), wanted);
        Asking.Asked<RawReading> asked = asking.ask(
                Owner.state(vm.name()),
                allowance,
                reader -> request,
                (reader, answered) -> checked(AnswerReader.state(answered.bytes()), wanted));
        if (asked instanceof Asking.Asked.None<RawReading> none) {
            // At most: one that is gone does not tell how far it came.
            lockingReads.addAndGet(none.begun() ? 1 + wanted : 0);
            return none.failure();
        }
        AnswerReader.Read<RawReading> read = ((Asking.Asked.Got<RawReading>) asked).read();
        lockingReads.addAndGet(read.calls());
        if (read.value() instanceof RawReading.Not not) {
            return not.failure();
        }
        RawState state = ((RawReading.Whole) read.value()).state();
        int[] of = known == null ? state.capabilities() : known;
        if (known == null) {
            remember(vm, vcpu, of);
        }
        return new VcpuState(vm, vcpu, wallClock.millis(), StateDump.of(state, vcpu, of, tables), Optional.empty());
    }

    /** As many numbers as were asked for, or the reader has gone mad. */
    private AnswerReader.Read<RawReading> checked(AnswerReader.Read<RawReading> read, int wanted) throws IOException {
        if (read.value() instanceof RawReading.Whole whole) {
            RawState state = whole.state();
            if (state.registers().length != tables.registers(state.intel()).size()
                    || state.capabilities().length > wanted) {
                throw new IOException("another number of registers or capabilities than asked for");
            }
        }
        return read;
    }

    /** VMs that have gone are forgotten here, too: states may be read by one who lists no VMs. */
    private void remember(VmId vm, int vcpu, int[] values) {
        if (!capabilities.containsKey(vm)) {
            Endings endings = new Endings(directory);
            capabilities.keySet().removeIf(id -> !endings.isStill(id));
        }
        capabilities.computeIfAbsent(vm, id -> new ConcurrentHashMap<>()).put(vcpu, values);
    }

    @Override
    public long vcpuReads() {
        return vcpuReads.get();
    }

    @Override
    public OptionalLong lockingReads() {
        return OptionalLong.of(lockingReads.get());
    }

    /** Kills all readers. A reading in progress ends with a failure that nobody wants. */
    @Override
    public void close() {
        asking.close();
    }
}
