package org.bhyvescope.dump;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** Where a dump of a vCPU is not whole, and why, as far as the text tells (get-all.md §1 and §11). */
final class Gaps {
    private static final Map<Integer, String> ERRNO = errnos();
    private static final String STATISTICS = "statistics";
    private static final String LAST = "cpu_topology";
    private static final String MSR_BITMAP = "msr_bitmap";
    private static final String DEV_MEM = "Couldn't open /dev/mem: ";
    private static final String MMAP = "mmap failed: ";

    private final Collected text;
    private final VcpuBuilder vcpu;
    private final boolean endsInLine;
    private final List<PrintOrder.Step> expected;

    private Gaps(Collected text, VcpuBuilder vcpu, boolean endsInLine) {
        this.text = text;
        this.vcpu = vcpu;
        this.endsInLine = endsInLine;
        this.expected = ExpectedSteps.of(vcpu);
    }

    private static Map<Integer, String> errnos() {
        Map<Integer, String> errnos = new HashMap<>();
        TsvRows.load("errno.tsv").forEach(r -> errnos.put(Integer.valueOf(r[0]), r[1] + ": " + r[2]));
        return errnos;
    }

    /** All dumps of a text that has ended, with their gaps. */
    static List<VcpuDump> close(Collected text, boolean cut) {
        List<VcpuBuilder> all = text.vcpus.all();
        long dumps = all.stream().filter(ExpectedSteps::isGetAll).count();
        List<VcpuDump> closed = new ArrayList<>();
        for (VcpuBuilder vcpu : all) {
            boolean endsInLine = cut && text.around.atEnd() == vcpu;
            List<Gap> gaps = ExpectedSteps.isGetAll(vcpu) ? new Gaps(text, vcpu, endsInLine).find(dumps) : List.of();
            if (!vcpu.isEmpty() || !gaps.isEmpty()) {
                closed.add(vcpu.build(gaps));
            }
        }
        return List.copyOf(closed);
    }

    private List<Gap> find(long dumps) {
        List<Gap> gaps = new ArrayList<>();
        int from = 0;
        while (from < expected.size()) {
            int to = from;
            while (to < expected.size() && !isThere(expected.get(to), dumps)) {
                to++;
            }
            if (to > from) {
                gaps.add(gap(from, to - 1));
            } else if (isCutInStatistics(from, dumps)) {
                gaps.add(cutStatistics());
                return List.copyOf(gaps);
            }
            from = to + 1;
        }
        return List.copyOf(gaps);
    }

    /** Lines of the VM as a whole may stand with another dump, if those of several are mixed. */
    private boolean isThere(PrintOrder.Step step, long dumps) {
        return vcpu.seen.get(step.position())
                || (step.form() == PrintOrder.Form.PART && text.around.printed(step.position()) >= dumps);
    }

    private boolean isCutInStatistics(int at, long dumps) {
        return expected.get(at).name().equals(STATISTICS) && !isThere(expected.get(at + 1), dumps);
    }

    private Gap cutStatistics() {
        StatBlock stats = vcpu.stats;
        int rows = stats == null ? 0 : stats.table().size();
        String after = stats == null || rows == 0
                ? "the header of the statistics"
                : stats.table().name(rows - 1);
        String missing = rows == 0 || endsInLine
                ? (rows == 0 ? "the statistics, and " : "the rest of the statistics, and ") + LAST
                : LAST + ", and perhaps more statistics";
        return new Gap(after, missing, whyItStops(after));
    }

    private Gap gap(int first, int last) {
        String after = first == 0 ? "" : after(expected.get(first - 1).name());
        String why = "";
        if (last == expected.size() - 1) {
            why = whyItStops(after);
        } else if (first > 0) {
            why = whyItSkips(after, expected.get(last + 1).name());
        }
        return new Gap(after, missing(first, last), why);
    }

    private String after(String step) {
        boolean msrs = step.equals(MSR_BITMAP) && !vcpu.msrs.isEmpty();
        return msrs ? List.copyOf(vcpu.msrs.keySet()).get(vcpu.msrs.size() - 1) : step;
    }

    private String missing(int first, int last) {
        String from = shown(first);
        String to = shown(last);
        if (first == last) {
            return from;
        }
        if (last == first + 1) {
            return from + " and " + to;
        }
        boolean statistics = to.equals(LAST);
        return from + " to " + to + (statistics ? ", and the statistics" : "");
    }

    private String shown(int step) {
        String name = expected.get(step).name();
        // Which of the two vendors' control blocks comes before it is not known as long as neither was seen.
        boolean either =
                name.equals("x2apic_state") && expected.get(step - 1).name().equals("ldtr");
        return either ? "the VMCB or VMCS, x2apic_state" : name.equals(STATISTICS) ? "the statistics" : name;
    }

    private String whyItStops(String after) {
        String devMem = after.equals(MSR_BITMAP) ? devMem() : "";
        if (!devMem.isEmpty()) {
            return devMem;
        }
        OptionalInt errno = vcpu.errno;
        if (errno.isPresent()) {
            String line = "errno = " + errno.getAsInt();
            if (after.equals(MSR_BITMAP)) {
                return line + " where bhyvectl opens /dev/mem";
            }
            String meaning = ERRNO.get(errno.getAsInt());
            return meaning == null ? line : line + ", " + meaning;
        }
        return endsInLine ? "the text ends in the middle of a line" : "";
    }

    private String whyItSkips(String after, String next) {
        String devMem = after.equals(MSR_BITMAP) ? devMem() : "";
        if (!devMem.isEmpty()) {
            return devMem;
        }
        boolean toTheEndOfTheBlock = ExpectedSteps.hasEventsEarly(vcpu) && next.equals("capabilities");
        return toTheEndOfTheBlock ? "from release 15 on, an error skips the rest of this part and is not told" : "";
    }

    private String devMem() {
        for (String complaint : text.complaints) {
            if (complaint.startsWith(DEV_MEM)) {
                return "/dev/mem could not be opened: " + complaint.substring(DEV_MEM.length());
            }
            if (complaint.startsWith(MMAP)) {
                return "/dev/mem could not be mapped: " + complaint.substring(MMAP.length());
            }
        }
        return "";
    }
}
