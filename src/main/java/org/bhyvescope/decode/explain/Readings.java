package org.bhyvescope.decode.explain;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bhyvescope.dump.VcpuDump;

/**
 * The newest reading of each vCPU of a text, which may hold many: state and statistics of one vCPU can have been printed one
 * after the other, and count as one.
 *
 * @param vcpus one for each id, in the order of their first lines, at most {@link #MOST}
 * @param leftOut what was left out of it, and why
 */
record Readings(List<VcpuDump> vcpus, List<Report.Cut> leftOut) {
    /** More vCPUs are not explained at once: a report holds every register of each. bhyve itself knows no such guests. */
    static final int MOST = 256;

    static Readings of(List<VcpuDump> all) {
        Map<Integer, VcpuDump> newest = new LinkedHashMap<>();
        Map<Integer, Integer> earlier = new LinkedHashMap<>();
        int tooMany = 0;
        for (VcpuDump dump : all) {
            VcpuDump before = newest.get(dump.vcpu());
            if (before == null && newest.size() == MOST) {
                tooMany++;
            } else if (before == null) {
                newest.put(dump.vcpu(), dump);
            } else {
                boolean complete = before.hasState() != dump.hasState();
                newest.put(dump.vcpu(), complete ? together(before, dump) : dump);
                earlier.merge(dump.vcpu(), complete ? 0 : 1, Integer::sum);
            }
        }
        List<Report.Cut> leftOut = new ArrayList<>();
        earlier.forEach((id, count) -> {
            if (count > 0) {
                leftOut.add(new Report.Cut(
                        id, "", count == 1 ? "an earlier reading" : count + " earlier readings", "the newest counts"));
            }
        });
        if (tooMany > 0) {
            leftOut.add(new Report.Cut(
                    VcpuDump.UNNAMED,
                    "",
                    tooMany + " vCPUs beyond the first " + MOST,
                    "too many to explain at once: explain them in parts"));
        }
        return new Readings(List.copyOf(newest.values()), List.copyOf(leftOut));
    }

    /** The state of the one that has it, and the newest statistics. */
    private static VcpuDump together(VcpuDump before, VcpuDump after) {
        VcpuDump state = after.hasState() ? after : before;
        return new VcpuDump(
                state.vcpu(),
                state.values(),
                state.segments(),
                state.others(),
                state.msrs(),
                state.capabilities(),
                state.pending(),
                state.current(),
                after.stats().isPresent() ? after.stats() : before.stats(),
                state.gaps());
    }
}
