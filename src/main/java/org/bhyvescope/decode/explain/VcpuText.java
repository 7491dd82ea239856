package org.bhyvescope.decode.explain;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** All that a report says of one vCPU, as text. */
final class VcpuText {
    private static final int DEEP = 4;
    private static final int ACROSS = 3;

    /** Bits beyond this number are only named, not explained one by one. */
    private static final int MANY = 16;

    private final Report.Vcpu vcpu;
    private final Page page;

    private VcpuText(Report.Vcpu vcpu, Page page) {
        this.vcpu = vcpu;
        this.page = page;
    }

    static void write(Report.Vcpu vcpu, Page page) {
        VcpuText text = new VcpuText(vcpu, page);
        text.stood();
        if (vcpu.exit() != null) {
            text.exit(vcpu.exit());
        }
        text.words();
        text.registers();
        text.capabilities();
        text.statistics();
    }

    private String name() {
        return vcpu.vcpu() < 0 ? "the vCPU" : "vCPU " + vcpu.vcpu();
    }

    private void stood() {
        if (vcpu.stood().isEmpty()) {
            return;
        }
        page.heading("How " + name() + " stood");
        for (Report.Line line : vcpu.stood()) {
            page.entry(line.name(), line.value() + (line.meaning().isEmpty() ? "" : ": " + line.meaning()));
        }
    }

    private void exit(Report.Exit exit) {
        page.heading("Last VM exit of " + name());
        write(exit, page);
    }

    static void write(Report.Exit exit, Page page) {
        String symbol = exit.symbol().isEmpty() ? "" : " (" + exit.symbol() + ")";
        page.entry(exit.value(), exit.name() + symbol + (exit.meaning().isEmpty() ? "" : ": " + exit.meaning()));
        for (Report.Line line : exit.information()) {
            page.entry(
                    DEEP, line.name(), line.meaning().isEmpty() ? line.value() : line.value() + ": " + line.meaning());
        }
        exit.handling().forEach(line -> page.entry(DEEP, line.name(), line.value() + ": " + line.meaning()));
        if (!exit.doubt().isEmpty()) {
            page.entry(DEEP, "doubt", exit.doubt());
        }
        if (!exit.source().isEmpty()) {
            page.entry(DEEP, "source", exit.source());
        }
    }

    /** Everything that is not a plain register, bit by bit where it has bits. */
    private void words() {
        List<Report.Field> words =
                vcpu.fields().stream().filter(f -> !f.kind().equals("general")).toList();
        if (words.isEmpty()) {
            return;
        }
        page.heading("Registers and control words of " + name() + ", decoded");
        List<String> zero = new ArrayList<>();
        for (Report.Field field : words) {
            if (isPlainZero(field)) {
                zero.add(field.name());
            } else {
                write(field, page);
            }
        }
        if (!zero.isEmpty()) {
            page.entry("all 0", String.join(", ", zero));
        }
    }

    /** One that is 0 and says nothing by it. */
    private static boolean isPlainZero(Report.Field field) {
        return isZero(field.value()) && field.bits().isEmpty() && !field.kind().equals("exit_code");
    }

    private static boolean isZero(String value) {
        return value.matches("0x0+");
    }

    static void write(Report.Field field, Page page) {
        String what = field.meaning().isEmpty() ? "" : ": " + field.meaning();
        page.entry(field.name(), field.value() + (field.summary().isEmpty() ? "" : "  " + field.summary()) + what);
        if (field.bits().size() > MANY || field.kind().equals("segment")) {
            return; // the summary has named them all
        }
        for (Report.Bit bit : field.bits()) {
            String meaning = bit.meaning().isEmpty() ? "" : ": " + bit.meaning();
            page.entry(DEEP + 2, bit.bits(), bit.name() + value(bit) + meaning);
        }
    }

    /** A single bit that is set is said by its name alone. */
    private static String value(Report.Bit bit) {
        if (bit.bits().contains(":")) {
            return " = " + bit.value();
        }
        return bit.value().equals("0x0") ? " clear" : "";
    }

    private void registers() {
        List<String> cells = vcpu.fields().stream()
                .filter(f -> f.kind().equals("general"))
                .map(f -> String.format(Locale.ROOT, "%-4s %s", f.name(), f.value()))
                .toList();
        if (cells.isEmpty()) {
            return;
        }
        page.heading("General registers of " + name() + ": whatever the guest keeps in them");
        for (int i = 0; i < cells.size(); i += ACROSS) {
            page.raw("  " + String.join("   ", cells.subList(i, Math.min(cells.size(), i + ACROSS))));
        }
    }

    private void capabilities() {
        if (!vcpu.capabilities().isEmpty()) {
            page.heading("Capabilities of " + name());
            vcpu.capabilities().forEach(line -> page.entry(line.name(), line.value() + ": " + line.meaning()));
        }
        if (!vcpu.msrs().isEmpty()) {
            page.heading("MSRs that the guest touches without an exit");
            StringBuilder row = new StringBuilder();
            vcpu.msrs()
                    .forEach(m ->
                            row.append(m.name()).append(' ').append(m.value()).append(", "));
            page.paragraph(2, row.substring(0, row.length() - 2));
        }
    }

    /** What was never counted here is left out: a 0 that says nothing only misleads. */
    private void statistics() {
        List<Report.Statistic> counted =
                vcpu.statistics().stream().filter(Report.Statistic::counted).toList();
        if (counted.isEmpty()) {
            return;
        }
        page.heading("Statistics of " + name() + " since its VM was created or last reset");
        for (Report.Statistic s : counted) {
            String share = s.share() == null ? "" : " (" + Hex.percent(s.share()) + " of its exits)";
            page.raw(String.format(Locale.ROOT, "  %,20d  %s%s", s.value(), s.name(), share));
            page.paragraph(24, s.meaning());
        }
        int left = vcpu.statistics().size() - counted.size();
        if (left > 0) {
            page.paragraph(2, left + " more are listed but never counted on this host; their 0 says nothing.");
        }
    }
}
