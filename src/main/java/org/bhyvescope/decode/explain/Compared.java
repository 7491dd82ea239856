package org.bhyvescope.decode.explain;

import java.util.Comparator;
import java.util.Locale;

/** One vCPU in the table that compares them. */
final class Compared {
    private static final String TOTAL = "total number of vm exits";

    private Compared() {}

    static String row(Report.Vcpu vcpu) {
        return String.format(
                Locale.ROOT,
                "  %4s %14s %-26s %-18s  %s",
                vcpu.vcpu() < 0 ? "?" : vcpu.vcpu(),
                exits(vcpu),
                vcpu.exit() == null
                        ? ""
                        : vcpu.exit().value() + " " + vcpu.exit().name(),
                rip(vcpu),
                most(vcpu));
    }

    private static String exits(Report.Vcpu vcpu) {
        return vcpu.statistics().stream()
                .filter(s -> s.name().equals(TOTAL))
                .map(s -> String.format(Locale.ROOT, "%,d", s.value()))
                .findFirst()
                .orElse("");
    }

    private static String rip(Report.Vcpu vcpu) {
        return vcpu.fields().stream()
                .filter(f -> f.name().equals("rip"))
                .map(Report.Field::value)
                .findFirst()
                .orElse("");
    }

    private static String most(Report.Vcpu vcpu) {
        return vcpu.statistics().stream()
                .filter(s -> s.share() != null && s.share() > 0)
                .max(Comparator.comparingDouble(s -> s.share() == null ? 0 : s.share()))
                .map(s -> Hex.percent(s.share() == null ? 0 : s.share()) + " " + s.name())
                .orElse("");
    }
}
