package org.bhyvescope.sampling;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.bhyvescope.decode.StatPlan;
import org.bhyvescope.dump.CpuSet;
import org.bhyvescope.hypervisor.Reading;
import org.bhyvescope.hypervisor.Reading.Failure;
import org.bhyvescope.hypervisor.Snapshot;
import org.bhyvescope.hypervisor.VmId;
import org.jspecify.annotations.Nullable;

/** The books of one VM under one identity. Not thread-safe: {@link Ledger} guards it. */
final class VmLedger {
    private final VmId vm;
    private final PeakWindow window = new PeakWindow();
    private final Map<Reading.Cause, Long> errors = new EnumMap<>(Reading.Cause.class);

    private @Nullable Snapshot last;
    private long movedNanos;
    private CpuSet resetBefore = CpuSet.NONE;
    private int missed;
    private long resets;
    private OptionalLong resetNanos = OptionalLong.empty();
    private Instant started;
    private VmView view;

    VmLedger(VmId vm) {
        this.vm = vm;
        this.started = vm.created();
        this.view = new VmView(
                vm.name(),
                Optional.empty(),
                Optional.empty(),
                OptionalLong.empty(),
                started,
                0,
                Map.of(),
                missed,
                StateView.NONE);
    }

    VmId vm() {
        return vm;
    }

    VmView view() {
        return view;
    }

    /** Enters a snapshot of this VM; returns the growth of its vCPUs' idle requests since the one before. */
    long accept(Snapshot snapshot, StatPlan plan, OptionalLong tscHz, HostView host) {
        Change change = Change.between(last, snapshot, plan);
        Rates rates = Rates.of(change, plan);
        long now = snapshot.endNanos();
        if (last != null && !last.table().equals(snapshot.table())) {
            window.clear();
        }
        if (last == null || StateRules.moved(change, plan)) {
            movedNanos = now;
        }
        countReset(change);
        missed = 0;
        if (last == null || snapshot.rows() > 0) {
            // One without active vCPUs (bhyve is being started anew) must not hide the reset from the next.
            last = snapshot;
        }
        double[] peaks = window.add(now, rates.reasons());
        boolean abandoned = now != movedNanos && host.isWithoutProcess(vm.name());
        VmState state = abandoned ? VmState.NO_PROCESS : StateRules.of(change, plan, tscHz, now - movedNanos);
        started = latest(started, host.process(vm.name()));
        view = new VmView(
                vm.name(),
                Optional.of(state),
                Optional.of(new VmView.Sample(snapshot, plan, rates, peaks, StateRules.movedVcpus(change, plan))),
                OptionalLong.of(snapshot.wallMillis()),
                started,
                resets,
                view.errors(),
                missed,
                view.vcpuStates().only(v -> snapshot.active().contains(v.vcpu())));
        return idleRequests(change, plan);
    }

    /** A VM whose node outlives its process starts anew with the next one. */
    private static Instant latest(Instant started, Optional<HostView.Running> process) {
        if (process.isEmpty()) {
            return started;
        }
        Instant begun = Instant.EPOCH.plus(process.get().now().id().startMicros(), ChronoUnit.MICROS);
        return begun.isAfter(started) ? begun : started;
    }

    private static long idleRequests(Change change, StatPlan plan) {
        long sum = 0;
        for (int row = 0; row < change.after().rows() && plan.idleRequestedColumn() >= 0; row++) {
            sum += change.hasDelta(row) ? change.delta(row, plan.idleRequestedColumn()) : 0;
        }
        return sum;
    }

    /** Enters a failure to read this VM. */
    void miss(Failure failure) {
        missed++;
        errors.merge(failure.cause(), 1L, Long::sum);
        boolean unreadable = missed >= StateRules.MISSED_LIMIT;
        view = new VmView(
                vm.name(),
                unreadable ? Optional.of(VmState.UNREADABLE) : view.state(),
                unreadable ? Optional.empty() : view.sample(),
                view.lastSampleMillis(),
                started,
                resets,
                Collections.unmodifiableMap(new EnumMap<>(errors)),
                missed,
                view.vcpuStates());
    }

    /** Enters the state of a vCPU, unless it may be from before a reset. */
    void accept(StateDigest digest) {
        long begun = digest.ofVcpu().readNanos();
        if (resetNanos.isEmpty() || begun - resetNanos.getAsLong() >= 0) {
            view = view.with(view.vcpuStates().with(digest));
        }
    }

    /** Enters a failure to read a state. */
    void missState(Failure failure) {
        view = view.with(view.vcpuStates().withError(failure.cause()));
    }

    /** Forgets states read before a moment of the monotonic clock; returns whether there were any. */
    boolean forgetStates(long beforeNanos) {
        StateView left = view.vcpuStates().since(beforeNanos);
        boolean any = !left.equals(view.vcpuStates());
        view = any ? view.with(left) : view;
        return any;
    }

    /** One reset may fall between the readings of two vCPUs and then shows in two samples: count it once. */
    private void countReset(Change change) {
        CpuSet reset = change.reset();
        boolean rest = reset.stream().noneMatch(resetBefore::contains) && !resetBefore.isEmpty();
        if (!reset.isEmpty() && !rest) {
            resets++;
            resetNanos = OptionalLong.of(change.after().endNanos());
            view = view.with(view.vcpuStates().dropped());
            started = Instant.ofEpochMilli(change.after().wallMillis());
        }
        resetBefore = reset;
    }
}
