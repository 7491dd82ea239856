package org.bhyvescope.decode.explain;

import java.util.ArrayList;
import java.util.List;
import org.bhyvescope.dump.BhyveMessage;
import org.bhyvescope.dump.CpuSet;
import org.bhyvescope.dump.DumpText;
import org.bhyvescope.dump.VcpuDump;

/** What a text is, in a few words. */
final class What {
    private What() {}

    static String of(DumpText text) {
        List<String> parts = new ArrayList<>();
        dumps(text, parts);
        statistics(text, parts);
        messages(text, parts);
        if (!text.exitCounts().isEmpty()) {
            parts.add("a tracing script's counts of VM exits by code");
        }
        if (parts.isEmpty() && !text.isEmpty()) {
            parts.add("what bhyvectl prints of a VM as a whole");
        }
        return parts.isEmpty() ? "nothing that bhyvectl or bhyve prints" : String.join("; ", parts);
    }

    private static void dumps(DumpText text, List<String> parts) {
        List<VcpuDump> dumps = text.vcpus().stream().filter(VcpuDump::hasState).toList();
        if (!dumps.isEmpty()) {
            parts.add("state of " + vcpus(dumps) + " (bhyvectl --get-all, or parts of it)");
        }
    }

    private static void statistics(DumpText text, List<String> parts) {
        List<VcpuDump> counted =
                text.vcpus().stream().filter(v -> v.stats().isPresent()).toList();
        if (!counted.isEmpty()) {
            boolean alone = counted.stream().noneMatch(VcpuDump::hasState);
            String since = ", counted since the VM was created or last reset";
            parts.add("statistics of " + vcpus(counted) + (alone ? " (bhyvectl --get-stats)" : "") + since);
        }
    }

    private static void messages(DumpText text, List<String> parts) {
        boolean abort = text.messages().stream().anyMatch(m -> m instanceof BhyveMessage.VmExit);
        if (abort) {
            parts.add("what bhyve printed before it aborted");
        } else if (!text.messages().isEmpty()) {
            parts.add("messages of bhyve or of who started it");
        }
    }

    private static String vcpus(List<VcpuDump> dumps) {
        if (dumps.size() == 1) {
            return dumps.get(0).vcpu() == VcpuDump.UNNAMED
                    ? "one vCPU, not said which"
                    : "vCPU " + dumps.get(0).vcpu() + " and no other";
        }
        int[] ids = dumps.stream()
                .mapToInt(VcpuDump::vcpu)
                .filter(id -> id != VcpuDump.UNNAMED)
                .toArray();
        return "vCPUs " + VmSection.list(CpuSet.of(ids));
    }
}
