package org.bhyvescope.dump;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.LinkedHashMap;
import java.util.Map;

/** Everything that a parse claims, one entry per single fact, so that two parses can be compared. */
final class DumpFacts {
    private final Map<String, String> facts = new LinkedHashMap<>();

    private DumpFacts() {}

    static Map<String, String> of(String text) {
        return of(DumpParser.parse(text.getBytes(ISO_8859_1)));
    }

    static Map<String, String> of(DumpText text) {
        DumpFacts all = new DumpFacts();
        all.vm(text.vm());
        text.vcpus().forEach(all::vcpu);
        for (int i = 0; i < text.messages().size(); i++) {
            all.message("message " + i, text.messages().get(i));
        }
        text.exitCounts().forEach(c -> all.put("exit count " + Long.toHexString(c.code()), c.count()));
        text.errno().ifPresent(errno -> all.put("errno", errno));
        for (int i = 0; i < text.complaints().size(); i++) {
            all.put("complaint " + i, text.complaints().get(i));
        }
        return all.facts;
    }

    private void put(String fact, Object value) {
        facts.put(fact, value.toString());
    }

    private void vm(VmFacts vm) {
        vm.segments().forEach(s -> put("segment " + s.id(), s));
        vm.mappings().forEach(m -> put("mapping " + Long.toHexString(m.address()), m));
        vm.active().ifPresent(s -> put("active", s));
        vm.suspended().ifPresent(s -> put("suspended", s));
        vm.debug().ifPresent(s -> put("debug", s));
        vm.topology().ifPresent(t -> put("topology", t));
        vm.rtc().ifPresent(r -> put("rtc", r));
        vm.nvram().forEach((offset, value) -> put("nvram " + offset, value));
    }

    private void vcpu(VcpuDump vcpu) {
        String id = "vcpu" + vcpu.vcpu() + " ";
        vcpu.values().forEach((name, value) -> put(id + name, Long.toHexString(value)));
        vcpu.segments().forEach((name, s) -> {
            s.base().ifPresent(v -> put(id + name + " base", Long.toHexString(v)));
            s.limit().ifPresent(v -> put(id + name + " limit", Long.toHexString(v)));
            s.access().ifPresent(v -> put(id + name + " access", Long.toHexString(v)));
            s.selector().ifPresent(v -> put(id + name + " selector", Long.toHexString(v)));
        });
        vcpu.others().forEach((name, value) -> put(id + name, value));
        vcpu.msrs().forEach(m -> put(id + m.name(), (m.read() ? "R" : "-") + (m.write() ? "W" : "-")));
        vcpu.capabilities().forEach((name, c) -> put(id + "capability " + name, c));
        vcpu.pending().ifPresent(e -> put(id + "pending", e));
        vcpu.current().ifPresent(e -> put(id + "current", e));
        vcpu.stats().ifPresent(block -> {
            for (int i = 0; i < block.table().size(); i++) {
                put(id + "stat " + block.table().name(i), block.value(i));
            }
        });
    }

    private void message(String key, BhyveMessage message) {
        if (message instanceof BhyveMessage.VmExit exit) {
            put(key + " vmx", exit.vmx());
            exit.vcpu().ifPresent(v -> put(key + " vcpu", v));
            exit.values().forEach((name, value) -> put(key + " " + name, Long.toHexString(value)));
            if (!exit.reasonText().isEmpty()) {
                put(key + " reason text", exit.reasonText());
            }
        } else if (message instanceof BhyveMessage.EmulationFailed failed) {
            for (int i = 0; i < failed.bytes().size(); i++) {
                put(key + " byte " + i, failed.bytes().get(i));
            }
            failed.rip().ifPresent(rip -> put(key + " rip", Long.toHexString(rip)));
        } else if (message instanceof BhyveMessage.Said said) {
            put(key + " " + said.kind(), said.numbers());
        }
    }
}
