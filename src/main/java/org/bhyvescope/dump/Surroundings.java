package org.bhyvescope.dump;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Finds the vCPU of lines that name none ({@code pending: n/a}): the one whose lines stand around them. Where these are of
 * two vCPUs and the print order does not tell either, nobody gets the line.
 */
final class Surroundings {
    private static final int MAX_OPEN = 256;

    /**
     * A line without a vCPU.
     *
     * @param from first position of {@link PrintOrder} where such a line can stand
     * @param to last such position
     * @param step whether it only tells that the line was there; else it is something to keep
     */
    record Fact(int from, int to, boolean step, Consumer<VcpuBuilder> keep, Line line) {}

    private final Vcpus vcpus;
    private final Consumer<Line> unknown;
    private final List<Fact> open = new ArrayList<>();
    private final int[] printed = new int[PrintOrder.OF_GET_ALL.steps().size()];
    private @Nullable VcpuBuilder before;
    private @Nullable VcpuBuilder atEnd;
    private int dump;

    Surroundings(Vcpus vcpus, Consumer<Line> unknown) {
        this.vcpus = vcpus;
        this.unknown = unknown;
    }

    /** A line of the VM as a whole, which is one step of a dump. */
    void step(String name, Line line) {
        int position = PrintOrder.OF_GET_ALL.position(name);
        printed[position]++;
        add(new Fact(position, position, true, v -> v.see(position), line));
    }

    void add(Fact fact) {
        if (open.size() < MAX_OPEN) {
            open.add(fact);
        } else {
            unknown.accept(fact.line());
        }
    }

    /** How often a step of the VM as a whole was printed. */
    int printed(int position) {
        return printed[position];
    }

    /** Number of dumps that have begun or ended so far. */
    int dump() {
        return dump;
    }

    /** A line of this vCPU, at this position of the print order. */
    void named(VcpuBuilder vcpu, int position) {
        if (!open.isEmpty()) {
            List<Fact> facts = List.copyOf(open);
            open.clear();
            facts.forEach(fact -> settle(fact, vcpu, position));
        }
        before = vcpu;
    }

    private void settle(Fact fact, VcpuBuilder after, int position) {
        VcpuBuilder old = before;
        if (old == null || old == after) {
            fact.keep().accept(after);
            return;
        }
        boolean fitsOld = old.last <= fact.to();
        boolean fitsNew = position >= fact.from();
        if (fitsOld != fitsNew) {
            fact.keep().accept(fitsOld ? old : after);
        } else if (fact.step()) {
            fact.keep().accept(old);
            fact.keep().accept(after);
        } else {
            unknown.accept(fact.line());
        }
    }

    /** A dump begins here, or ended here, or the text ends. */
    void boundary() {
        VcpuBuilder owner = before;
        if (owner == null && open.stream().anyMatch(f -> !f.step())) {
            owner = vcpus.at(VcpuDump.UNNAMED);
        }
        give(owner);
    }

    /**
     * The text ends.
     *
     * @param cut whether in the middle of a line
     */
    void end(boolean cut) {
        if (before == null && cut && !open.isEmpty() && open.stream().allMatch(Fact::step)) {
            before = vcpus.begin(VcpuDump.UNNAMED);
        }
        atEnd = before;
        boundary();
    }

    /** The dump in whose lines the text ended, if any. */
    @Nullable
    VcpuBuilder atEnd() {
        return atEnd;
    }

    /** {@code errno = N}: a dump ended here. */
    void failed(int errno) {
        VcpuBuilder owner = before != null || open.isEmpty() ? before : vcpus.begin(VcpuDump.UNNAMED);
        if (owner != null) {
            owner.errno = OptionalInt.of(errno);
        }
        give(owner);
    }

    private void give(@Nullable VcpuBuilder owner) {
        if (owner != null) {
            open.forEach(f -> f.keep().accept(owner));
        }
        open.clear();
        before = null;
        dump++;
    }
}
