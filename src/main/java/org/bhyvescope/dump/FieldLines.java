package org.bhyvescope.dump;

import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Lines {@code NAME[N]} and a value: registers, segments, control words, permissions of MSRs (get-all.md §4 to §9). */
final class FieldLines implements LineKind {
    private static final PrintOrder ORDER = PrintOrder.OF_GET_ALL;
    private static final int MAX_NAME = 40;
    private static final int MAX_MSRS = 4096;
    private static final Pattern MSR = Pattern.compile("MSR_[A-Z0-9_]{1,24}|MSR +0x[0-9a-f]{1,8}");
    private static final Pattern BLANKS = Pattern.compile(" +");
    private static final Pattern ACCESS = Pattern.compile("R[W-]|-W");

    /** The first line, which can be the end of a longer one: {@code rip[0]} of {@code host_rip[0]}. */
    private record Doubtful(int id, PrintOrder.Step step) {}

    private final Collected to;
    private @Nullable Doubtful doubtful;

    FieldLines(Collected to) {
        this.to = to;
    }

    @Override
    public boolean accept(Line line) {
        String text = line.text();
        int open = text.indexOf('[');
        int close = open < 1 ? -1 : text.indexOf(']', open);
        if (close < 0 || open > MAX_NAME || close + 1 == text.length()) {
            return false;
        }
        int id = close - open > 5 ? -1 : Numbers.small(text.substring(open + 1, close), CpuSet.LIMIT);
        String value = text.substring(close + 1).strip();
        // Where a paste lost the tabs, only 0x can tell where the value begins.
        if (id < 0 || !(Character.isWhitespace(text.charAt(close + 1)) || value.startsWith("0x"))) {
            return false;
        }
        String name = text.substring(0, open).strip();
        if (name.startsWith("MSR")) {
            return msr(id, name, value);
        }
        PrintOrder.Step step = ORDER.find(name);
        boolean beheaded = line.mayLackItsBeginning() && !ORDER.longer(name).isEmpty();
        if (beheaded && (step == null || line.start() == Line.Start.REST)) {
            return false;
        }
        if (step == null) {
            return new OtherField(name, value).keep(to, id, line);
        }
        if (!step.form().isField() || !known(id, step, value, line.whole())) {
            return false;
        }
        if (line.start() == Line.Start.FIRST) {
            doubtful = new Doubtful(id, step);
        }
        return true;
    }

    private boolean known(int id, PrintOrder.Step step, String value, boolean whole) {
        long[] numbers = FieldValue.read(step.form(), value, whole);
        VcpuBuilder vcpu = numbers == null ? null : to.vcpus.at(id);
        if (numbers == null || vcpu == null) {
            return false;
        }
        boolean there = vcpu.seen.get(step.position());
        if (!to.budget.take(there ? 0 : step.form() == PrintOrder.Form.X16 ? Budget.ENTRY : 2 * Budget.ENTRY)) {
            return false;
        }
        if (vcpu.isRestartedBy(step.position(), isSame(vcpu, step, numbers), to.around.dump())) {
            VcpuBuilder next = to.vcpus.begin(id);
            if (next == null) {
                return false;
            }
            vcpu = next;
        }
        undoubt(vcpu, step);
        to.around.named(vcpu, step.position());
        put(vcpu, step, numbers);
        vcpu.seeField(step.position(), to.around.dump());
        return true;
    }

    /** The second field tells: it is the one that follows the first, or follows one with a longer name. */
    private void undoubt(VcpuBuilder vcpu, PrintOrder.Step second) {
        Doubtful first = doubtful;
        doubtful = null;
        if (first == null
                || first.id() != vcpu.id
                || second.position() == first.step().position() + 1) {
            return;
        }
        if (ORDER.longer(first.step().name()).stream().anyMatch(l -> ORDER.isNext(l, second))) {
            vcpu.values.remove(first.step().name());
            vcpu.segments.remove(segment(first.step()));
            vcpu.seen.clear(first.step().position());
        }
    }

    private static void put(VcpuBuilder vcpu, PrintOrder.Step step, long[] numbers) {
        switch (step.form()) {
            case DESC3 -> vcpu.descriptor(segment(step), numbers[0], numbers[1], OptionalLong.of(numbers[2]));
            case DESC2 -> vcpu.descriptor(segment(step), numbers[0], numbers[1], OptionalLong.empty());
            case SELECTOR -> vcpu.selector(segment(step), numbers[0]);
            default -> vcpu.values.put(step.name(), numbers[0]);
        }
    }

    private static boolean isSame(VcpuBuilder vcpu, PrintOrder.Step step, long[] numbers) {
        SegmentRegister now = vcpu.segments.get(segment(step));
        return switch (step.form()) {
            case DESC3, DESC2 ->
                now != null
                        && now.base().equals(OptionalLong.of(numbers[0]))
                        && now.limit().equals(OptionalLong.of(numbers[1]));
            case SELECTOR -> now != null && now.selector().equals(OptionalLong.of(numbers[0]));
            default -> Long.valueOf(numbers[0]).equals(vcpu.values.get(step.name()));
        };
    }

    private static String segment(PrintOrder.Step step) {
        return step.name().replace(" desc", "");
    }

    private boolean msr(int id, String name, String value) {
        Matcher shape = MSR.matcher(name);
        VcpuBuilder vcpu = shape.matches() && ACCESS.matcher(value).matches() ? to.vcpus.at(id) : null;
        if (vcpu == null) {
            return false;
        }
        MsrAccess access =
                new MsrAccess(BLANKS.matcher(name).replaceAll(" "), value.charAt(0) == 'R', value.charAt(1) == 'W');
        boolean there = vcpu.msrs.containsKey(access.name());
        if (!there && (vcpu.msrs.size() >= MAX_MSRS || !to.budget.take(2 * Budget.ENTRY))) {
            return false;
        }
        to.around.named(vcpu, ORDER.position("msr_bitmap"));
        vcpu.msrs.put(access.name(), access);
        return true;
    }
}
