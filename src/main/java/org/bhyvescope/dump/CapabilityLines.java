package org.bhyvescope.dump;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The three sentences about a capability, of which one names no vCPU (get-all.md §10). */
final class CapabilityLines implements LineKind {
    private static final Pattern SENTENCE =
            Pattern.compile("Capability \"([^\"]{1,64})\" is (?:(set|not set) on vcpu (\\d{1,4})|not available)");

    /** What arm64 and riscv print instead of a name: nothing to keep. */
    private static final String NO_NAME = "(null)";

    private static final int POSITION = PrintOrder.OF_GET_ALL.position("capabilities");
    private static final int MAX = 256;

    private final Collected to;

    CapabilityLines(Collected to) {
        this.to = to;
    }

    @Override
    public boolean accept(Line line) {
        if (!line.text().startsWith("Capability ")) {
            return false;
        }
        Matcher m = SENTENCE.matcher(line.text());
        if (!m.matches()) {
            return false;
        }
        String name = m.group(1);
        String state = m.group(2);
        if (state == null) {
            to.around.add(new Surroundings.Fact(
                    POSITION, POSITION, false, v -> put(v, name, Capability.NOT_AVAILABLE), line));
            return true;
        }
        int id = Numbers.small(String.valueOf(m.group(3)), CpuSet.LIMIT);
        VcpuBuilder vcpu = id < 0 || !line.whole() ? null : to.vcpus.at(id);
        if (vcpu == null) {
            return false;
        }
        to.around.named(vcpu, POSITION);
        put(vcpu, name, state.equals("set") ? Capability.SET : Capability.NOT_SET);
        return true;
    }

    private void put(VcpuBuilder vcpu, String name, Capability capability) {
        vcpu.see(POSITION);
        boolean there = vcpu.capabilities.containsKey(name);
        boolean room = there || (vcpu.capabilities.size() < MAX && to.budget.take(Budget.ENTRY + Budget.string(name)));
        if (!name.equals(NO_NAME) && room) {
            vcpu.capabilities.put(name, capability);
        }
    }
}
