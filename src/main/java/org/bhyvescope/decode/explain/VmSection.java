package org.bhyvescope.decode.explain;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.bhyvescope.dump.CpuSet;
import org.bhyvescope.dump.MemoryMapping;
import org.bhyvescope.dump.MemorySegment;
import org.bhyvescope.dump.VmFacts;

/** What a text says of the VM as a whole. */
final class VmSection {
    private VmSection() {}

    static Report.Vm of(VmFacts vm) {
        List<Report.Line> facts = new ArrayList<>();
        vm.active()
                .ifPresent(set -> facts.add(new Report.Line(
                        "active cpus",
                        list(set),
                        "the guest's vCPUs that bhyve has started; says nothing of the host's cores")));
        vm.suspended().ifPresent(set -> facts.add(new Report.Line("suspended cpus", list(set), suspended(vm, set))));
        vm.debug().ifPresent(set -> facts.add(new Report.Line("debug cpus", list(set), "stopped by a debugger")));
        vm.topology()
                .ifPresent(t -> facts.add(new Report.Line(
                        "cpu topology",
                        counted(t.sockets(), "socket") + ", " + counted(t.cores(), "core") + ", "
                                + counted(t.threads(), "thread"),
                        "as the guest sees it; " + t.maxCpus() + " vCPU ids at most on this host")));
        vm.rtc().ifPresent(rtc -> facts.add(new Report.Line("rtc time", rtc.text(), rtcMeaning())));
        List<Report.Line> memory = new ArrayList<>();
        vm.segments().forEach(segment -> memory.add(segment(segment)));
        vm.mappings().forEach(mapping -> memory.add(mapping(mapping)));
        return new Report.Vm(List.copyOf(facts), List.copyOf(memory));
    }

    private static String counted(int number, String what) {
        return number + " " + what + (number == 1 ? "" : "s");
    }

    private static String rtcMeaning() {
        return "the emulated clock at the time of the dump, in whatever zone the guest keeps it (Windows: local time); it "
                + "goes on with the host's uptime also after the guest has stopped, so it cannot show the guest's drift";
    }

    private static String suspended(VmFacts vm, CpuSet set) {
        if (set.isEmpty()) {
            return "no reset, power-off, halt or triple fault of the VM was under way";
        }
        return vm.isSuspended()
                ? "all of them: a reset, power-off, halt or triple fault had been requested before the dump, and the VM no "
                        + "longer ran"
                : "these have stopped for a reset, power-off, halt or triple fault; the others had not yet";
    }

    private static Report.Line segment(MemorySegment segment) {
        return new Report.Line(
                "segment " + segment.id() + " " + segment.name(), segment.size().text(), "size, rounded by bhyvectl");
    }

    private static Report.Line mapping(MemoryMapping mapping) {
        List<String> flags = new ArrayList<>();
        if (mapping.wired()) {
            flags.add("wired");
        }
        if (mapping.iommu()) {
            flags.add("mapped in the IOMMU for passed-through devices");
        }
        return new Report.Line(
                "guest physical " + String.format(Locale.ROOT, "0x%x", mapping.address()),
                mapping.size().text() + " of " + mapping.segment() + " " + mapping.protection(),
                String.join(", ", flags));
    }

    /** {@code 0-15}, {@code 0, 2-3}, {@code none}. */
    static String list(CpuSet set) {
        List<String> ranges = new ArrayList<>();
        int i = 0;
        while (i < set.size()) {
            int from = i;
            while (i + 1 < set.size() && set.get(i + 1) == set.get(i) + 1) {
                i++;
            }
            ranges.add(from == i ? Integer.toString(set.get(i)) : set.get(from) + "-" + set.get(i));
            i++;
        }
        return ranges.isEmpty() ? "none" : String.join(", ", ranges);
    }
}
