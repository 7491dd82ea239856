package org.bhyvescope.decode.explain;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.bhyvescope.decode.Decoder;
import org.bhyvescope.decode.ExitCode;
import org.bhyvescope.decode.StatisticsTable;
import org.bhyvescope.decode.Vendor;
import org.bhyvescope.dump.BhyveMessage;
import org.bhyvescope.dump.DumpText;
import org.bhyvescope.dump.ExitCount;
import org.bhyvescope.dump.VcpuDump;

/** Explains texts. Says what the tables say, or that they do not. */
public final class Explainer {
    private final Decoder decoder;
    private final StatisticsTable statistics;
    private final Rules rules;

    private Explainer(Decoder decoder, StatisticsTable statistics, FindingTable findings) {
        this.decoder = decoder;
        this.statistics = statistics;
        this.rules = new Rules(findings);
    }

    /** Loads the tables. */
    public static Explainer load() {
        return new Explainer(Decoder.load(), StatisticsTable.load(), FindingTable.load());
    }

    /**
     * Explains a text.
     *
     * @param told the vendor, where the user said one: used only if the text does not tell
     */
    public Report explain(DumpText text, Optional<Vendor> told) {
        Case whole = Case.of(text, told, decoder, statistics);
        return new Report(
                Report.FORMAT,
                Report.VERSION,
                about(whole),
                VmSection.of(text.vm()),
                whole.vcpus().stream()
                        .sorted(Comparator.comparingInt(VcpuCase::id))
                        .map(this::vcpu)
                        .toList(),
                Messages.of(whole),
                text.exitCounts().stream().map(count -> counted(count, whole)).toList(),
                rules.apply(whole),
                new Report.Unknown(text.unknown().count(), text.unknown().first()));
    }

    /** An exit code by itself, with its exit information by bhyve's names (exitinfo1, exitinfo2, qualification). */
    public Report.Exit exit(Vendor vendor, long raw, Map<String, Long> information) {
        ExitCode code = decoder.exit(vendor, raw);
        return LastExit.of(code, information, decoder, Release.ANY);
    }

    /**
     * What a name that a user typed stands for: a field that bhyvectl prints, a word, or an enumeration. Dashes count as
     * underscores. Empty: none of these.
     */
    public Optional<String> nameOf(String typed) {
        String name = typed.replace('-', '_');
        return Stream.of(typed, name, "guest_" + name)
                .filter(n -> decoder.field(n).isPresent()
                        || decoder.words().contains(n)
                        || decoder.tables().contains(n))
                .findFirst();
    }

    /** A number by itself, under a name that {@link #nameOf} gave. */
    public Report.Field single(String name, long value) {
        if (decoder.field(name).isPresent()) {
            return Fields.single(name, value, decoder);
        }
        return decoder.word(name, value)
                .map(word -> Fields.word(name, word))
                .orElseGet(() -> Fields.enumeration(name, value, decoder));
    }

    private Report.Vcpu vcpu(VcpuCase vcpu) {
        VcpuDump dump = vcpu.dump();
        List<Report.Line> msrs = dump.msrs().stream()
                .map(m -> new Report.Line(
                        m.name(),
                        (m.read() ? "R" : "-") + (m.write() ? "W" : "-"),
                        "the guest touches it without an exit"))
                .toList();
        return new Report.Vcpu(
                vcpu.id(),
                Standing.of(vcpu),
                LastExit.of(vcpu).orElse(null),
                Fields.of(vcpu),
                Capabilities.of(dump, decoder),
                msrs,
                Statistics.of(vcpu, statistics));
    }

    private static Report.About about(Case whole) {
        DumpText text = whole.text();
        Stream<Report.Cut> gaps = whole.vcpus().stream()
                .map(VcpuCase::dump)
                .flatMap(v ->
                        v.gaps().stream().map(gap -> new Report.Cut(v.vcpu(), gap.after(), gap.missing(), gap.why())));
        Stream<Report.Cut> blocks = text.messages().stream()
                .flatMap(m -> m instanceof BhyveMessage.VmExit exit && exit.cut() ? Stream.of(exit) : Stream.empty())
                .map(exit -> new Report.Cut(exit.vcpu().orElse(VcpuDump.UNNAMED), "", "lines of bhyve's abort", ""));
        List<Report.Cut> cuts = Stream.of(gaps, blocks, whole.leftOut().stream())
                .flatMap(part -> part)
                .toList();
        return new Report.About(
                What.of(text),
                whole.vendor().label(),
                whole.recognised().by(),
                whole.release().label(),
                whole.release().by(),
                cuts.isEmpty() && !text.cut() && text.errno().isEmpty(),
                cuts,
                complaints(text));
    }

    private Report.Line counted(ExitCount count, Case whole) {
        ExitCode exit = decoder.exit(whole.vendor(), count.code());
        return new Report.Line(Hex.of(count.code()), Hex.count(count.count()), exit.name() + ": " + exit.meaning());
    }

    private static List<String> complaints(DumpText text) {
        List<String> complaints = new ArrayList<>(text.complaints());
        text.errno().ifPresent(errno -> complaints.add("errno = " + errno));
        return List.copyOf(complaints);
    }
}
