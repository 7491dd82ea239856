package org.bhyvescope.capture;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.bhyvescope.decode.StatPlan;
import org.bhyvescope.host.VmEnd;
import org.bhyvescope.hypervisor.Reading.Cause;
import org.bhyvescope.hypervisor.VmId;
import org.bhyvescope.sampling.Board;
import org.bhyvescope.sampling.StateDigest;
import org.bhyvescope.sampling.VmLife;
import org.bhyvescope.sampling.VmState;
import org.bhyvescope.sampling.VmView;
import org.jspecify.annotations.Nullable;

/**
 * Finds out from one board after the other what happened to the VMs. What was so already when a VM was first looked at did
 * not happen. Time is passed in. Not thread-safe.
 */
final class Triggers {
    /** So many starts within {@link #LOOP_MILLIS} are a loop; the first is none by itself. */
    static final int LOOP_STARTS = 4;

    static final long LOOP_MILLIS = TimeUnit.MINUTES.toMillis(5);

    private static final String UNKNOWN = "unknown";

    private final Map<String, Watch> watches = new HashMap<>();

    /** What is remembered of one name. */
    private static final class Watch {
        private @Nullable VmId vm;
        private @Nullable VmState state;
        private @Nullable StormWatch storms;
        private @Nullable StatPlan plan;
        private long sampleNanos;
        private boolean sampled;
        private long unanswered;
        private boolean unknownTold;
        private long resets;
        private final Deque<Long> resetMillis = new ArrayDeque<>();
        private long ends;
        private boolean looping;
    }

    /** Looks at the newest board. */
    List<Fired> look(Board board, long wallMillis) {
        List<Fired> fired = new ArrayList<>();
        Map<String, VmView> views = new HashMap<>();
        board.vms().forEach(vm -> views.put(vm.name(), vm));
        TreeSet<String> names = new TreeSet<>(views.keySet());
        names.addAll(board.host().lives().keySet());
        watches.keySet().retainAll(names);
        for (String name : names) {
            Watch watch = watches.computeIfAbsent(name, n -> new Watch());
            Optional<VmLife> life = board.host().life(name);
            Events events = new Events(name, wallMillis, fired);
            life.ifPresent(l -> ends(watch, l, events));
            VmView view = views.get(name);
            if (view != null) {
                state(watch, view, events);
                view.sample().ifPresent(sample -> sample(watch, sample, events));
                unknownState(watch, view, events);
            }
            loop(watch, life, view, events);
        }
        return fired;
    }

    /** Takes what happened to one VM. */
    private record Events(String vm, long wallMillis, List<Fired> to) {
        void add(Trigger trigger, String text) {
            add(trigger, text, false);
        }

        void add(Trigger trigger, String text, boolean routine) {
            to.add(new Fired(trigger, vm, text, routine, wallMillis));
        }
    }

    private static void ends(Watch watch, VmLife life, Events events) {
        long ends = life.ends().values().stream().mapToLong(n -> n).sum();
        if (ends > watch.ends && life.last().isPresent()) {
            VmEnd end = life.last().get().end();
            boolean routine = end.how() == VmEnd.How.RESET || end.how() == VmEnd.How.POWEROFF;
            events.add(Trigger.VM_ENDED, "bhyve ended: " + end.text(), routine);
        }
        watch.ends = ends;
    }

    private static void state(Watch watch, VmView view, Events events) {
        VmState before = watch.state;
        VmState now = view.state().orElse(null);
        long unanswered =
                view.errors().getOrDefault(Cause.TIMEOUT, 0L) + view.errors().getOrDefault(Cause.ABANDONED, 0L);
        if (before != null && now != before) {
            if (now == VmState.SUSPENDED && before != VmState.NO_PROCESS) {
                events.add(Trigger.SUSPENDED, "every active vCPU is suspended; the VM was " + before.label());
            } else if (now == VmState.STALLED) {
                events.add(
                        Trigger.STALL, "exits, run time and idle ticks of all started vCPUs have stood still for 10 s");
            } else if (now == VmState.UNREADABLE && unanswered > watch.unanswered) {
                events.add(Trigger.STALL, "reading its statistics did not end in time, three times in a row");
            }
        }
        if (now != null) {
            watch.state = now;
        }
        if (view.missed() == 0) {
            watch.unanswered = unanswered;
        }
    }

    private static void sample(Watch watch, VmView.Sample sample, Events events) {
        VmId vm = sample.snapshot().vm();
        if (!vm.equals(watch.vm)) {
            watch.vm = vm;
            watch.unknownTold = false;
            watch.storms = null;
        }
        StatPlan plan = sample.plan();
        if (watch.storms == null || plan != watch.plan) {
            watch.plan = plan;
            watch.storms = new StormWatch(plan.reasons().size());
        }
        long nanos = sample.snapshot().endNanos();
        if (watch.sampled && nanos == watch.sampleNanos) {
            return;
        }
        watch.sampled = true;
        watch.sampleNanos = nanos;
        double[] rates = new double[plan.reasons().size()];
        for (int i = 0; i < rates.length; i++) {
            rates[i] = sample.rates().reason(i);
        }
        storm(watch.storms, rates, nanos, plan, events);
        unknown(watch, rates, plan, events);
    }

    private static void storm(StormWatch storms, double[] rates, long nanos, StatPlan plan, Events events) {
        int reason = storms.enter(rates, nanos);
        if (reason >= 0) {
            events.add(
                    Trigger.EXIT_STORM,
                    String.format(
                            Locale.ROOT,
                            "%s: %,.0f exits a second, usually %,.0f",
                            label(plan, reason),
                            rates[reason],
                            storms.usual(reason)));
        }
    }

    private static String label(StatPlan plan, int reason) {
        return plan.reasons().get(reason).statistic().labelValue();
    }

    private static void unknown(Watch watch, double[] rates, StatPlan plan, Events events) {
        if (watch.unknownTold) {
            return;
        }
        for (int i = 0; i < rates.length; i++) {
            if (rates[i] > 0 && label(plan, i).equals(UNKNOWN)) {
                watch.unknownTold = true;
                events.add(Trigger.UNKNOWN_EXITS, "the kernel counts exits of a reason that it does not know");
                return;
            }
        }
    }

    private static void unknownState(Watch watch, VmView view, Events events) {
        if (watch.unknownTold) {
            return;
        }
        Optional<StateDigest.OfVcpu> of = view.vcpuStates().vcpus().stream()
                .filter(v -> v.exitName().equals(Optional.of(UNKNOWN)))
                .findFirst();
        if (of.isPresent()) {
            watch.unknownTold = true;
            events.add(
                    Trigger.UNKNOWN_EXITS,
                    "the last exit of vCPU " + of.get().vcpu() + " has a code that is in no table");
        }
    }

    private static void loop(Watch watch, Optional<VmLife> life, @Nullable VmView view, Events events) {
        long since = events.wallMillis() - LOOP_MILLIS;
        if (view != null && view.resets() > watch.resets) {
            watch.resetMillis.add(events.wallMillis());
        }
        watch.resets = view == null ? 0 : view.resets();
        while (!watch.resetMillis.isEmpty() && watch.resetMillis.getFirst() < since) {
            watch.resetMillis.removeFirst();
        }
        long started = life.map(
                        l -> l.starts().stream().filter(start -> start >= since).count())
                .orElse(0L);
        // A process that starts under a node that is there resets its counters as well: that is one start.
        long starts = Math.max(started, watch.resetMillis.size());
        if (starts >= LOOP_STARTS && !watch.looping) {
            watch.looping = true;
            events.add(Trigger.BOOT_LOOP, "started " + starts + " times within five minutes");
        } else if (starts <= 1) {
            watch.looping = false;
        }
    }
}
