package org.bhyvescope.sampling;

import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.bhyvescope.decode.Decoder;
import org.bhyvescope.decode.StateCost;
import org.bhyvescope.decode.Vendor;
import org.bhyvescope.hypervisor.Reading.Cause;
import org.bhyvescope.hypervisor.Reading.Failure;
import org.bhyvescope.hypervisor.StateReading;
import org.bhyvescope.hypervisor.StateSource;
import org.bhyvescope.hypervisor.VcpuState;
import org.bhyvescope.hypervisor.VmId;
import org.bhyvescope.os.Allowance;
import org.bhyvescope.os.Ending;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that reads the states of all vCPUs of the host, one after the other, spread over the interval. It decides by
 * what the board says and posts what it finds there; the statistics know nothing of it and never wait for it.
 */
public final class StateSchedule implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StateSchedule.class);

    /** The board is looked at again after so long if nobody is due, or those that are may not be read. */
    private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final StateSource source;
    private final Ledger ledger;
    private final Settings settings;
    private final SamplingListener listener;
    private final LongSupplier nanoClock;
    private final FailureLog failureLog;
    private final StateTurns turns = new StateTurns();
    private final Decoder decoder = Decoder.load();
    private final StateCost cost = StateCost.load();
    private final Set<String> known = new HashSet<>();
    private final ReentrantLock oneAtATime = new ReentrantLock();
    private final Consumer<VcpuState> keep;
    private final Thread thread;

    private Duration inForce;
    private boolean stretched;
    private boolean begun;
    private long lastBegunNanos;
    private volatile boolean stopping;

    /**
     * How it reads.
     *
     * @param interval how often each vCPU
     * @param statistics how often the statistics are read that say which vCPUs move
     * @param readTimeout how long one reading may take
     * @param osreldate the host's release, for what a reading costs
     */
    public record Settings(StateInterval interval, Interval statistics, Duration readTimeout, OptionalLong osreldate) {}

    /** What became of asking for a state out of turn. */
    public sealed interface OutOfTurn {
        /** It was read. */
        record Read(VcpuState state) implements OutOfTurn {}

        /**
         * It was not, and why.
         *
         * @param hangs whether the reader did not answer: those of its other vCPUs will not either
         */
        record NotRead(String why, boolean hangs) implements OutOfTurn {}
    }

    /**
     * @param keep given each state that was read; must not wait
     * @param nanoClock monotonic clock in ns
     */
    public StateSchedule(
            StateSource source,
            Ledger ledger,
            Settings settings,
            SamplingListener listener,
            Consumer<VcpuState> keep,
            LongSupplier nanoClock) {
        this.keep = keep;
        this.source = source;
        this.ledger = ledger;
        this.settings = settings;
        this.listener = listener;
        this.nanoClock = nanoClock;
        this.failureLog = new FailureLog("the state of VM", listener);
        this.inForce = settings.interval().wanted();
        this.thread = new Thread(this::run, "states");
        thread.setDaemon(true);
    }

    /** Begins to read, unless states are turned off. */
    public void start() {
        if (settings.interval().isOn()) {
            listener.stateInterval(inForce.toNanos() / 1e9);
            thread.start();
        }
    }

    private void run() {
        while (!stopping) {
            try {
                pause(guardedRound());
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private long guardedRound() throws InterruptedException {
        try {
            return round();
        } catch (RuntimeException | Error e) {
            // A bug must not end it; an Error neither (a class that cannot be loaded, a stack overflow).
            LOG.error("internal error in the state schedule", e);
            return LOOK_NANOS;
        }
    }

    /** Reads one vCPU if it is time; returns how long to wait for the next round, in ns. */
    private long round() throws InterruptedException {
        long now = nanoClock.getAsLong();
        Board board = ledger.board();
        int vcpus = turns.reconcile(board);
        fit(vcpus);
        forgetGone(board);
        ledger.forgetStates(now - StateFreshness.oldest(inForce));
        long spacing = settings.interval().spacing(vcpus).toNanos();
        long early = begun ? lastBegunNanos + spacing - now : 0;
        if (early > 0) {
            return Math.min(early, LOOK_NANOS);
        }
        long fresh = StateFreshness.ofStatistics(settings.statistics().effective(vcpus));
        Optional<StateTurns.Turn> turn = turns.next(board, now, inForce.toNanos(), fresh);
        if (turn.isEmpty() || !oneAtATime.tryLock()) {
            return LOOK_NANOS;
        }
        begun = true;
        lastBegunNanos = now;
        try {
            read(turn.get(), board, now);
        } finally {
            oneAtATime.unlock();
        }
        return Math.max(0, Math.min(lastBegunNanos + spacing - nanoClock.getAsLong(), LOOK_NANOS));
    }

    /**
     * Reads the state of a vCPU now, if that is allowed now (design.md §3, rule 6) and states are read at all; waits while
     * another is being read.
     */
    public OutOfTurn readNow(VmId vm, int vcpu) throws InterruptedException {
        if (!settings.interval().isOn()) {
            return new OutOfTurn.NotRead("states are turned off (--state.interval=0)", false);
        }
        oneAtATime.lockInterruptibly();
        try {
            Board board = ledger.board();
            long now = nanoClock.getAsLong();
            Optional<VmView> view = board.vms().stream()
                    .filter(v -> v.name().equals(vm.name()))
                    .filter(v ->
                            v.sample().map(s -> s.snapshot().vm().equals(vm)).orElse(false))
                    .findFirst();
            if (view.isEmpty()) {
                return new OutOfTurn.NotRead(
                        "there is no sample of its VM's statistics: gone, replaced or unreadable", false);
            }
            int vcpus = board.vms().stream()
                    .flatMap(v -> v.sample().stream())
                    .mapToInt(s -> s.snapshot().rows())
                    .sum();
            long fresh = StateFreshness.ofStatistics(settings.statistics().effective(vcpus));
            StateAccess access = StateAccess.of(view.get(), vcpu, now, fresh);
            if (access != StateAccess.ALLOWED) {
                return new OutOfTurn.NotRead(access.reason(), false);
            }
            StateReading reading = readOne(vm, vcpu, board, now);
            if (reading instanceof VcpuState state) {
                return new OutOfTurn.Read(state);
            }
            Failure failure = (Failure) reading;
            boolean hangs = failure.cause() == Cause.TIMEOUT || failure.cause() == Cause.ABANDONED;
            return new OutOfTurn.NotRead(failure.detail(), hangs);
        } finally {
            oneAtATime.unlock();
        }
    }

    private void read(StateTurns.Turn turn, Board board, long now) throws InterruptedException {
        turns.begin(turn, now);
        String name = turn.vm().name();
        StateReading reading = readOne(turn.vm(), turn.vcpu(), board, now);
        turns.end(turn, reading instanceof VcpuState, nanoClock.getAsLong());
        if (reading instanceof Failure failure) {
            ledger.stateFailed(turn.vm(), failure);
            failureLog.failed(name, failure);
        } else {
            failureLog.succeeded(name);
        }
    }

    /** Reads, enters what was read, and counts what the guest may have felt. */
    private StateReading readOne(VmId vm, int vcpu, Board board, long now) throws InterruptedException {
        StateReading reading;
        Vendor vendor = vendor(board, vm.name());
        OptionalLong before = source.lockingReads();
        try {
            reading = source.readState(vm, vcpu, Allowance.of(settings.readTimeout()));
            if (reading instanceof VcpuState state) {
                ledger.acceptState(vm, StateDigest.of(state, now, vendor, decoder));
                keep.accept(state);
            }
        } catch (RuntimeException | Error e) {
            LOG.error("internal error while reading the state of VM {}", FailureLog.quote(vm.name()), e);
            reading = new Failure(Cause.INTERNAL, "internal error: " + e);
        }
        listener.stateRead(locking(reading, vendor, before));
        return reading;
    }

    /** As the source has counted since, or what it costs as a rule. */
    private int locking(StateReading reading, Vendor vendor, OptionalLong before) {
        OptionalLong after = source.lockingReads();
        if (before.isPresent() && after.isPresent()) {
            return Math.toIntExact(after.getAsLong() - before.getAsLong());
        }
        return isFelt(reading) ? cost.lockingReads(vendor, settings.osreldate()) : 0;
    }

    /** Whether the guest was frozen for it. Not by a bhyvectl that did not start, or did not get as far as the vCPU. */
    private static boolean isFelt(StateReading reading) {
        return !(reading instanceof Failure failure) || failure.cause() == Cause.TIMEOUT;
    }

    private static Vendor vendor(Board board, String name) {
        return board.vms().stream()
                .filter(vm -> vm.name().equals(name))
                .flatMap(vm -> vm.sample().stream())
                .map(sample -> sample.plan().vendor())
                .findFirst()
                .orElse(Vendor.UNKNOWN);
    }

    private void forgetGone(Board board) {
        Set<String> present = new HashSet<>();
        board.vms().forEach(vm -> present.add(vm.name()));
        known.removeIf(name -> {
            boolean gone = !present.contains(name);
            if (gone) {
                failureLog.forget(name);
            }
            return gone;
        });
        known.addAll(present);
    }

    private void fit(int vcpus) {
        Duration fitted = settings.interval().effective(vcpus);
        if (fitted.equals(inForce)) {
            return;
        }
        inForce = fitted;
        listener.stateInterval(fitted.toNanos() / 1e9);
        if (!stretched && fitted.compareTo(settings.interval().wanted()) > 0) {
            stretched = true;
            LOG.warn(
                    "state interval stretched from {} to {} ms: {} vCPUs, and the state of at most {} a second is read "
                            + "(bhyvescope_sample_interval_seconds shows further changes)",
                    settings.interval().wanted().toMillis(),
                    fitted.toMillis(),
                    vcpus,
                    StateInterval.MAX_PER_SECOND);
        }
    }

    private synchronized void pause(long nanos) throws InterruptedException {
        if (nanos > 0) {
            TimeUnit.NANOSECONDS.timedWait(this, nanos);
        }
    }

    /** Stops within about a second; does not wait for a child, which its owner kills. */
    @Override
    public void close() {
        stopping = true;
        Ending.of(thread);
    }
}
