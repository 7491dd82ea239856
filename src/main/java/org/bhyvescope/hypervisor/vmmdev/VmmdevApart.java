package org.bhyvescope.hypervisor.vmmdev;

import java.io.IOException;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.bhyvescope.dump.StatTable;
import org.bhyvescope.hypervisor.Hypervisor;
import org.bhyvescope.hypervisor.Reading;
import org.bhyvescope.hypervisor.Reading.Cause;
import org.bhyvescope.hypervisor.Reading.Failure;
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
import org.bhyvescope.os.WorkerResult;
import org.jspecify.annotations.Nullable;

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
    private static final int MANY = 10_000;

    /** 128 and SIGABRT, by which a JVM ends after a crash in native code. */
    private static final int ABORTED = 134;

    private static final String CRASHED = "a reader has crashed in native code, so no other is started in this run; its"
            + " report is in the state directory";

    private final VmDirectory directory;
    private final LongSupplier nanoClock;
    private final InstantSource wallClock;
    private final VmTurns turns;
    private final Readers readers;
    private final StateTables tables = StateTables.load();

    /** By VM and vCPU: bhyve sets most of them when it starts, and they cost a locking call each, so they are read once. */
    private final Map<VmId, Map<Integer, int[]>> capabilities = new ConcurrentHashMap<>();

    /** Whose last reading hung. A VM that goes away meanwhile stays in it, so it is bounded. */
    private final Set<Owner> lateBefore = ConcurrentHashMap.newKeySet();

    private final Semaphore doubtful = new Semaphore(Readers.MOST_DOUBTFUL);
    private volatile boolean crashed;
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
        this.nanoClock = nanoClock;
        this.wallClock = wallClock;
        this.turns = new VmTurns(children, () -> readingLocks, nanoClock);
        this.readers = new Readers(() -> new Reader(children.worker(reader), this::shared, listing), nanoClock);
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
        Asked<Reading> asked = ask(
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
        if (asked instanceof Asked.Got<Reading> got) {
            vcpuReads.addAndGet(got.read().calls());
            return got.read().value();
        }
        Asked.None<Reading> none = (Asked.None<Reading>) asked;
        // At least one: the rest is not known of a reader that is gone.
        vcpuReads.addAndGet(none.begun() ? 1 : 0);
        return none.failure();
    }

    @Override
    public StateReading readState(VmId vm, int vcpu, Allowance allowance) throws InterruptedException {
        int[] known = capabilities.getOrDefault(vm, Map.of()).get(vcpu);
        int wanted = known == null ? tables.capabilities().size() : 0;
        ReaderRequest request = new ReaderRequest.State(vm, vcpu, tables.numbers(false), tables.numbers(true), wanted);
        Asked<RawReading> asked = ask(
                Owner.state(vm.name()),
                allowance,
                reader -> request,
                (reader, answered) -> checked(AnswerReader.state(answered.bytes()), wanted));
        if (asked instanceof Asked.None<RawReading> none) {
            // At most: one that is gone does not tell how far it came.
            lockingReads.addAndGet(none.begun() ? 1 + wanted : 0);
            return none.failure();
        }
        AnswerReader.Read<RawReading> read = ((Asked.Got<RawReading>) asked).read();
        lockingReads.addAndGet(read.calls());
        if (read.value() instanceof RawReading.Not not) {
            return not.failure();
        }
        RawState state = ((RawReading.Whole) read.value()).state();
        int[] of = known == null ? state.capabilities() : known;
        if (known == null) {
            remember(vm, vcpu, of);
        }
        return new VcpuState(vm, vcpu, wallClock.millis(), StateDump.of(state, vcpu, of, tables));
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

    private interface Question {
        ReaderRequest of(Reader reader);
    }

    private interface Understanding<T> {
        AnswerReader.Read<T> of(Reader reader, WorkerResult.Answered answered) throws IOException;
    }

    /** What came of asking. */
    private sealed interface Asked<T> {
        record Got<T>(AnswerReader.Read<T> read) implements Asked<T> {}

        /** @param begun whether a reader may have begun with it */
        record None<T>(boolean begun, Failure failure) implements Asked<T> {}
    }

    private <T> Asked<T> ask(Owner owner, Allowance allowance, Question question, Understanding<T> understanding)
            throws InterruptedException {
        if (readers.isClosed()) {
            return none(Cause.NOT_STARTED, "the source is closed");
        }
        if (allowance.leftNanos() <= 0) {
            return none(Cause.TIMEOUT, "no time is left");
        }
        if (turns.isHeldUp(owner)) {
            return none(Cause.ABANDONED, ReaderFailures.STILL_ABANDONED);
        }
        return switch (turns.begin(owner, allowance.leftNanos())) {
            case TOO_LATE -> none(Cause.TIMEOUT, "another reading of this VM did not end in time");
            case HELD_UP -> none(Cause.ABANDONED, ReaderFailures.STILL_ABANDONED);
            case HAS_COME -> {
                try {
                    yield askReader(owner, allowance, question, understanding);
                } finally {
                    turns.end(owner);
                }
            }
        };
    }

    private static <T> Asked<T> none(Cause cause, String detail) {
        return new Asked.None<>(false, new Failure(cause, detail));
    }

    private <T> Asked<T> askReader(Owner owner, Allowance allowance, Question question, Understanding<T> understanding)
            throws InterruptedException {
        if (crashed) {
            return none(Cause.NOT_STARTED, CRASHED);
        }
        boolean late = lateBefore.contains(owner);
        if (late && !doubtful.tryAcquire()) {
            return none(Cause.TIMEOUT, "its last reading hung, and so do those of other VMs");
        }
        try {
            Asked<T> asked = askSome(owner, allowance, question, understanding);
            boolean hung = asked instanceof Asked.None<T> none && none.failure().cause() == Cause.TIMEOUT;
            if (!hung) {
                lateBefore.remove(owner);
            } else if (lateBefore.size() < MANY) {
                lateBefore.add(owner);
            }
            return asked;
        } finally {
            if (late) {
                doubtful.release();
            }
        }
    }

    private <T> Asked<T> askSome(Owner owner, Allowance allowance, Question question, Understanding<T> understanding)
            throws InterruptedException {
        Reader reader = taken(allowance);
        if (reader == null) {
            return readers.isClosed()
                    ? none(Cause.NOT_STARTED, "the source is closed")
                    : none(Cause.TIMEOUT, "all " + Readers.MOST + " readers are held up by other VMs");
        }
        boolean good = false;
        try {
            WorkerResult result = reader.worker.ask(question.of(reader).encode(), owner, allowance);
            if (!(result instanceof WorkerResult.Answered answered)) {
                crashed |= result instanceof WorkerResult.Ended ended && ended.status() == ABORTED;
                return new Asked.None<>(!(result instanceof WorkerResult.NotStarted), ReaderFailures.of(result));
            }
            Asked<T> got = new Asked.Got<>(understanding.of(reader, answered));
            good = true;
            return got;
        } catch (IOException e) {
            String why = e.getMessage() == null ? "it is cut" : e.getMessage();
            return new Asked.None<>(
                    true, new Failure(Cause.GARBLED, "the reader's answer cannot be understood: " + why));
        } finally {
            if (good) {
                readers.giveBack(reader);
            } else {
                readers.discard(reader);
            }
        }
    }

    /** The wait for a reader is part of what the reading takes: whoever looks on sees that it does not come. */
    private @Nullable Reader taken(Allowance allowance) throws InterruptedException {
        allowance.childBegins(nanoClock.getAsLong());
        try {
            return readers.take(allowance.leftNanos());
        } finally {
            allowance.childEnds(nanoClock.getAsLong());
        }
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
        readers.close();
    }
}
