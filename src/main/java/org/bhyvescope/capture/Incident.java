package org.bhyvescope.capture;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bhyvescope.hypervisor.VmId;
import org.bhyvescope.sampling.Board;
import org.bhyvescope.sampling.HostView;
import org.bhyvescope.sampling.VmLife;
import org.bhyvescope.sampling.VmView;

/** Something that happens to a VM, from its first trigger until it is written. Not thread-safe. */
final class Incident {
    private final String vm;
    private final long openedNanos;
    private final List<Fired> fired = new ArrayList<>();
    private final List<HostTools.Said> early = new ArrayList<>();
    private final List<OfVcpu> states = new ArrayList<>();
    private Optional<VmId> id = Optional.empty();
    private Optional<VmView> view = Optional.empty();
    private Optional<HostView.Running> process = Optional.empty();
    private Optional<VmLife.Ended> ended = Optional.empty();
    private Board board;

    /**
     * The state of a vCPU, or why it was not read when this happened.
     *
     * @param text in the form of bhyvectl; empty if it was not read
     * @param wallMillis when it was read
     * @param why empty if it was read
     */
    record OfVcpu(int vcpu, Optional<String> text, long wallMillis, String why) {}

    /** @param before the VM as it was last seen with a sample, for one that has gone from the board; empty: never */
    Incident(Fired first, Board board, Optional<VmView> before, long openedNanos) {
        this.vm = first.vm();
        this.openedNanos = openedNanos;
        this.board = board;
        fired.add(first);
        see(board);
        if (view.flatMap(VmView::sample).isEmpty() && before.isPresent()) {
            id = before.flatMap(VmView::sample).map(sample -> sample.snapshot().vm());
            view = view.or(() -> before);
        }
    }

    String vm() {
        return vm;
    }

    long openedNanos() {
        return openedNanos;
    }

    List<Fired> fired() {
        return fired;
    }

    /** Whether only everyday life happened: a reboot, a power-off, and its vCPUs that were suspended for it. */
    boolean isRoutine() {
        return fired.stream().anyMatch(Fired::routine)
                && fired.stream().allMatch(f -> f.routine() || f.trigger() == Trigger.SUSPENDED);
    }

    boolean has(Trigger trigger) {
        return fired.stream().anyMatch(f -> f.trigger() == trigger);
    }

    /**
     * What a board says. Of the VM the first one counts that says anything: that is what it was like when it happened, and
     * a moment later it may have been started anew.
     */
    void see(Board now) {
        board = now;
        if (view.isEmpty()) {
            view = now.vms().stream().filter(v -> v.name().equals(vm)).findFirst();
            id = view.flatMap(VmView::sample).map(sample -> sample.snapshot().vm());
        }
        if (has(Trigger.VM_ENDED)) {
            ended = now.host().life(vm).flatMap(VmLife::last).or(() -> ended);
            process = ended.map(e -> new HostView.Running(e.process(), e.arguments()));
        } else {
            process = now.host().process(vm).or(() -> process);
            // It may have ended without being told as a trigger of its own.
            ended = now.host()
                    .life(vm)
                    .flatMap(VmLife::last)
                    .filter(e -> process.isPresent()
                            && e.process().id().equals(process.get().now().id()))
                    .or(() -> ended);
        }
    }

    /** The newest board. */
    Board board() {
        return board;
    }

    Optional<VmId> id() {
        return id;
    }

    Optional<VmView> view() {
        return view;
    }

    /** The process that it happened to: the one that ended, or that runs. */
    Optional<HostView.Running> process() {
        return process;
    }

    /** How it ended, if that is what happened. */
    Optional<VmLife.Ended> ended() {
        return ended;
    }

    /** What was looked at as soon as it happened. */
    List<HostTools.Said> early() {
        return early;
    }

    List<OfVcpu> states() {
        return states;
    }
}
