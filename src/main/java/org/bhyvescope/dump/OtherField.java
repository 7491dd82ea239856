package org.bhyvescope.dump;

import java.util.OptionalLong;
import java.util.regex.Pattern;

/**
 * A line {@code NAME[N]} and a value whose name is not in {@link PrintOrder}: illumos' {@code fpu_ymm0}, or a field of a
 * release to come.
 */
record OtherField(String name, String value) {
    private static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_/. -]*");
    private static final Pattern PADDED = Pattern.compile("0x(?:.{4}|.{8}|.{16}|.{32}|.{64})");
    private static final Pattern PARTS = Pattern.compile("0x[0-9a-f]{1,16}(?:/0x[0-9a-f]{1,16}){1,7}");
    private static final int MAX_DIGITS = 128;
    private static final int WORD = 16;

    /**
     * Keeps it, if it is one. Logs hold such lines too ({@code pid[77] 0x12}), so as long as nothing else of the vCPU is
     * known the value has to be padded to a usual width. Nor does a name that nobody knows tell that it is all of a name.
     */
    boolean keep(Collected to, int id, Line line) {
        int digits = Numbers.digitsOf(value);
        boolean parts = PARTS.matcher(value).matches();
        boolean number = digits >= 1 && digits <= MAX_DIGITS;
        if (!line.whole() || line.mayBeTorn() || !NAME.matcher(name).matches() || !(number || parts)) {
            return false;
        }
        if (to.vcpus.find(id) == null && !(number && PADDED.matcher(value).matches())) {
            return false;
        }
        VcpuBuilder vcpu = to.vcpus.at(id);
        if (vcpu == null || !to.budget.take(cost(vcpu))) {
            return false;
        }
        to.around.named(vcpu, vcpu.last < 0 ? PrintOrder.OF_GET_ALL.position("ldtr") : vcpu.last);
        OptionalLong word = number && digits <= WORD ? Numbers.any(value) : OptionalLong.empty();
        if (word.isPresent()) {
            vcpu.values.put(name, word.getAsLong());
        } else {
            vcpu.others.put(name, value);
        }
        return true;
    }

    /** What is there already is replaced, at no cost. */
    private int cost(VcpuBuilder vcpu) {
        boolean there = vcpu.values.containsKey(name) || vcpu.others.containsKey(name);
        return there ? 0 : Budget.ENTRY + Budget.string(name) + Budget.string(value);
    }
}
