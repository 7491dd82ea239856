package org.bhyvescope.decode.explain;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** All rules, and their findings on a text: one for each rule, whichever vCPUs it was found on. */
final class Rules {
    static final List<Rule> ALL = Stream.of(EndRules.ALL, ExitRules.ALL, GuestRules.ALL, LoadRules.ALL, MemoryRules.ALL)
            .flatMap(List::stream)
            .toList();

    /** So many vCPUs give their evidence; more are only named. */
    private static final int SHOWN = 2;

    private final FindingTable words;

    Rules(FindingTable words) {
        this.words = words;
    }

    /** The findings, the gravest first, else in the order of the rules. */
    List<Report.Finding> apply(Case whole) {
        List<Report.Finding> findings = new ArrayList<>();
        for (Rule rule : ALL) {
            List<String> evidence = rule.ofVm().apply(whole);
            if (!evidence.isEmpty()) {
                findings.add(finding(rule.id(), List.of(), evidence));
            }
            Map<Integer, List<String>> byVcpu = new LinkedHashMap<>();
            // A vCPU in the suspended set has come back from its last exit, so bhyve did not abort on that.
            boolean ending = words.find(rule.id()).isCause();
            Stream<VcpuCase> vcpus = Stream.concat(
                    whole.aborted().stream(), whole.vcpus().stream().filter(vcpu -> !(ending && vcpu.isSuspended())));
            vcpus.forEach(vcpu -> {
                List<String> seen = rule.ofVcpu().apply(vcpu);
                if (!seen.isEmpty()) {
                    byVcpu.putIfAbsent(vcpu.id(), seen);
                }
            });
            if (!byVcpu.isEmpty()) {
                findings.add(finding(rule.id(), List.copyOf(byVcpu.keySet()), merged(byVcpu)));
            }
        }
        // Whatever ended the VM, a text that tells it must not also say that the last exit was not it.
        if (findings.stream().anyMatch(f -> words.find(f.id()).isCause())) {
            findings.removeIf(f -> f.id().equals("exit-handled"));
        }
        findings.sort(Comparator.comparingInt(f -> words.find(f.id()).rank()));
        return List.copyOf(findings);
    }

    private static List<String> merged(Map<Integer, List<String>> byVcpu) {
        if (byVcpu.size() == 1) {
            return byVcpu.values().iterator().next();
        }
        List<String> lines = new ArrayList<>();
        byVcpu.entrySet().stream()
                .limit(SHOWN)
                .forEach(e -> e.getValue().forEach(line -> lines.add("vCPU " + e.getKey() + ": " + line)));
        if (byVcpu.size() > SHOWN) {
            lines.add("likewise on " + (byVcpu.size() - SHOWN) + " more");
        }
        return List.copyOf(lines);
    }

    private Report.Finding finding(String id, List<Integer> vcpus, List<String> evidence) {
        FindingTable.Row row = words.find(id);
        return new Report.Finding(
                id, row.severity(), vcpus, row.title(), row.text(), evidence, row.notFollowing(), row.next());
    }
}
