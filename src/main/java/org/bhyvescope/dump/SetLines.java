package org.bhyvescope.dump;

import java.util.OptionalInt;

/** The sets of vCPUs, the topology, and {@code errno = N}. */
final class SetLines implements LineKind {
    private static final String TOPOLOGY = "cpu_topology:";
    private static final String ERRNO = "errno = ";
    private static final int ERRNO_LIMIT = 10_000;

    private final Collected to;

    SetLines(Collected to) {
        this.to = to;
    }

    @Override
    public boolean accept(Line line) {
        String text = line.text();
        if (text.startsWith(ERRNO)) {
            return line.whole() && errno(text.substring(ERRNO.length()));
        }
        if (text.startsWith(TOPOLOGY)) {
            Topology topology = line.whole() ? TopologyText.parse(text.substring(TOPOLOGY.length())) : null;
            if (topology == null) {
                return false;
            }
            to.vm.topology = topology;
            to.around.step("cpu_topology", line);
            to.around.boundary();
            return true;
        }
        int colon = text.indexOf(" cpus:");
        VmBuilder.Set set = colon < 0 ? null : VmBuilder.Set.named(text.substring(0, colon));
        if (set == null || !(line.whole() || text.endsWith("(none)"))) {
            return false;
        }
        CpuSet members = CpuSetText.parse(text.substring(colon + 6));
        if (members == null) {
            return false;
        }
        to.vm.put(set, members);
        if (set != VmBuilder.Set.DEBUG) {
            to.around.step(text.substring(0, colon + 5), line);
        }
        return true;
    }

    private boolean errno(String number) {
        int errno = Numbers.small(number, ERRNO_LIMIT);
        if (errno < 0) {
            return false;
        }
        to.errno = OptionalInt.of(errno);
        to.around.failed(errno);
        return true;
    }
}
