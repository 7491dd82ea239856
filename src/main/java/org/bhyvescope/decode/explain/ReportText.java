package org.bhyvescope.decode.explain;

import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import org.bhyvescope.dump.CpuSet;
import org.bhyvescope.dump.VcpuDump;

/** A report as text. */
public final class ReportText {
    private static final int DEEP = 4;

    private final Report report;
    private final Page page;

    private ReportText(Report report, Style style) {
        this.report = report;
        this.page = new Page(style);
    }

    /**
     * Renders a report: all of one vCPU, the others compared with it in a table.
     *
     * @param vcpu which one; the first if empty or not there
     */
    public static String of(Report report, OptionalInt vcpu, Style style) {
        ReportText text = new ReportText(report, style);
        text.about();
        text.summary();
        report.bhyve().forEach(text::bhyve);
        text.exitCounts();
        text.vm();
        text.chosen(vcpu);
        if (report.vcpus().size() > 1) {
            text.compared();
        }
        text.findings();
        text.unknown();
        return text.page.toString();
    }

    /** Renders numbers explained by themselves. */
    public static String of(Report.Single single, Style style) {
        Page page = new Page(style);
        single.exits().forEach((vendor, exit) -> {
            page.heading("VM exit " + exit.value() + " on " + vendor);
            VcpuText.write(exit, page);
        });
        single.fields().forEach(field -> {
            page.heading(field.name());
            VcpuText.write(field, page);
            page.entry("source", field.source());
        });
        return page.toString();
    }

    private void about() {
        Report.About about = report.about();
        page.heading("What this is");
        page.entry("text", about.what());
        page.entry("vendor", about.vendor() + ", " + about.vendorBy());
        page.entry("FreeBSD release", about.release() + (about.releaseBy().isEmpty() ? "" : ", " + about.releaseBy()));
        page.entry("complete", about.complete() ? "as far as one can tell" : "no");
        for (Report.Cut cut : about.cuts()) {
            page.entry(cut.vcpu() < 0 ? "" : "  vCPU " + cut.vcpu(), cut(cut));
        }
        about.complaints().forEach(line -> page.entry("  bhyvectl said", line));
    }

    /** The findings' titles: the findings themselves come last, some hundred lines down. */
    private void summary() {
        if (report.findings().isEmpty()) {
            return;
        }
        page.heading("In short (evidence and what does not follow: Findings, at the end)");
        for (Report.Finding finding : report.findings()) {
            title(finding);
        }
    }

    private static String cut(Report.Cut cut) {
        return (cut.after().isEmpty() ? "" : "after " + cut.after() + ": ")
                + cut.missing() + " missing"
                + (cut.why().isEmpty() ? "" : " (" + cut.why() + ")");
    }

    private void bhyve(Report.Words words) {
        page.heading("bhyve said: " + words.said());
        page.paragraph(2, words.meaning());
        words.details().forEach(line -> line(2, line));
    }

    private void exitCounts() {
        if (!report.exitCounts().isEmpty()) {
            page.heading("Exits counted, by code");
            report.exitCounts().forEach(line -> line(2, line));
        }
    }

    private void vm() {
        Report.Vm vm = report.vm();
        if (vm.facts().isEmpty() && vm.memory().isEmpty()) {
            return;
        }
        page.heading("The VM");
        vm.facts().forEach(line -> line(2, line));
        vm.memory().forEach(line -> line(2, line));
    }

    private void line(int indent, Report.Line line) {
        String text = line.meaning().isEmpty() ? line.value() : line.value() + ": " + line.meaning();
        page.entry(indent, line.name(), text);
    }

    private void chosen(OptionalInt wanted) {
        List<Report.Vcpu> vcpus = report.vcpus();
        if (vcpus.isEmpty()) {
            return;
        }
        Report.Vcpu vcpu = vcpus.stream()
                .filter(v -> wanted.isPresent() && v.vcpu() == wanted.getAsInt())
                .findFirst()
                .orElse(vcpus.get(0));
        VcpuText.write(vcpu, page);
    }

    private void compared() {
        page.heading("vCPUs compared");
        page.raw(String.format(
                Locale.ROOT, "  %4s %14s %-26s %-18s  %s", "vCPU", "exits", "last exit", "rip", "most frequent exit"));
        for (Report.Vcpu vcpu : report.vcpus()) {
            page.raw(Compared.row(vcpu).stripTrailing());
        }
    }

    private void findings() {
        page.heading("Findings");
        if (report.findings().isEmpty()) {
            page.paragraph(2, "None of the rules found anything. That is no proof that all is well.");
        }
        for (Report.Finding finding : report.findings()) {
            page.raw("");
            title(finding);
            finding.evidence().forEach(line -> page.entry(DEEP, "seen by", line));
            page.paragraph(DEEP, finding.text());
            optional("does not follow", finding.notFollowing());
            optional("look at next", finding.next());
        }
    }

    private void title(Report.Finding finding) {
        page.raw(finding.severity(), "  " + finding.severity() + ": " + finding.title() + on(finding));
    }

    private static String on(Report.Finding finding) {
        if (finding.vcpus().isEmpty() || finding.vcpus().equals(List.of(VcpuDump.UNNAMED))) {
            return "";
        }
        int[] ids = finding.vcpus().stream()
                .mapToInt(Integer::intValue)
                .filter(id -> id != VcpuDump.UNNAMED)
                .toArray();
        return (ids.length == 1 ? " (vCPU " : " (vCPUs ") + VmSection.list(CpuSet.of(ids)) + ")";
    }

    private void optional(String name, String text) {
        if (!text.isEmpty()) {
            page.entry(DEEP, name, text);
        }
    }

    private void unknown() {
        if (report.unknown().lines() == 0) {
            return;
        }
        page.heading("Not understood: " + report.unknown().lines() + " lines");
        report.unknown().first().forEach(line -> page.raw("  " + line));
        if (report.unknown().first().size() < report.unknown().lines()) {
            page.raw("  ...");
        }
    }
}
