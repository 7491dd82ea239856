package org.bhyvescope.dump;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The control words that HyperKit dumps when it aborts, {@code VMCS_PIN_BASED_CTLS: 0x...}, under bhyvectl's names. */
final class VmcsLines implements LineKind {
    private static final Pattern LINE = Pattern.compile("(VMCS_[A-Z0-9_]{1,48}):\\s*(0x[0-9a-f]{1,16})");
    private static final Map<String, String> NAMES = names();
    private static final int WIDTH = 16;

    private final Collected to;
    private final AbortLines aborts;

    VmcsLines(Collected to, AbortLines aborts) {
        this.to = to;
        this.aborts = aborts;
    }

    private static Map<String, String> names() {
        Map<String, String> names = new HashMap<>();
        TsvRows.load("vmcs-names.tsv").forEach(row -> names.put(row[0], row[1]));
        return names;
    }

    @Override
    public boolean accept(Line line) {
        if (!line.text().startsWith("VMCS_")) {
            return false;
        }
        Matcher m = LINE.matcher(line.text());
        if (!m.matches() || Numbers.digitsOf(String.valueOf(m.group(2))) != WIDTH) {
            return false;
        }
        String vmcs = String.valueOf(m.group(1));
        String name = NAMES.getOrDefault(vmcs, vmcs);
        OptionalLong value = Numbers.any(String.valueOf(m.group(2)));
        VcpuBuilder vcpu = to.vcpus.at(aborts.newest().orElse(VcpuDump.UNNAMED));
        if (vcpu == null || value.isEmpty()) {
            return false;
        }
        if (!vcpu.values.containsKey(name) && !to.budget.take(Budget.ENTRY + Budget.string(name))) {
            return false;
        }
        vcpu.values.put(name, value.getAsLong());
        return true;
    }
}
