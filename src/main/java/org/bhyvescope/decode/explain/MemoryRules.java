package org.bhyvescope.decode.explain;

import java.util.List;
import java.util.function.Predicate;
import org.bhyvescope.dump.MemoryMapping;

/** Rules about guest memory, passthrough, and how the dump was made. */
final class MemoryRules {
    static final List<Rule> ALL = List.of(
            Rule.vm("wired-for-passthrough", MemoryRules::wiredForPassthrough),
            Rule.vm("iommu-but-not-wired", whole -> mappings(whole, m -> m.iommu() && !m.wired())),
            Rule.vm("dump-stops-at-dev-mem", MemoryRules::devMem),
            Rule.vcpu("hlt-not-intercepted", MemoryRules::hlt));

    private MemoryRules() {}

    private static List<String> mappings(Case whole, Predicate<MemoryMapping> which) {
        return whole.text().vm().mappings().stream()
                .filter(which)
                .map(m -> m.size().text() + " of " + m.segment() + " at " + Hex.of(m.address()) + ": "
                        + (m.wired() ? "wired" : "not wired") + (m.iommu() ? ", in the IOMMU" : ""))
                .toList();
    }

    private static List<String> wiredForPassthrough(Case whole) {
        return mappings(whole, m -> m.iommu() && m.wired());
    }

    /** Either complaint comes from reading the bitmap of MSRs, which is all that bhyvectl maps. */
    private static List<String> devMem(Case whole) {
        return whole.text().complaints().stream()
                .filter(line -> line.contains("/dev/mem") || line.startsWith("mmap failed"))
                .distinct()
                .toList();
    }

    private static List<String> hlt(VcpuCase vcpu) {
        boolean off = vcpu.dump().capabilities().get("hlt_exit") == org.bhyvescope.dump.Capability.NOT_SET;
        return off ? List.of("capability hlt_exit is not set") : Evidence.NONE;
    }
}
