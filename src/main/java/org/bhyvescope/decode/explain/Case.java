package org.bhyvescope.decode.explain;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.bhyvescope.decode.Decoder;
import org.bhyvescope.decode.StatisticsTable;
import org.bhyvescope.decode.Vendor;
import org.bhyvescope.dump.BhyveMessage;
import org.bhyvescope.dump.DumpText;
import org.bhyvescope.dump.VcpuDump;

/** A text and what was recognised of it: everything that a rule may look at. */
final class Case {
    private final DumpText text;
    private final Recognised recognised;
    private final Release release;
    private final Decoder decoder;
    private final List<VcpuCase> vcpus;
    private final List<VcpuCase> aborted;

    private final Readings readings;

    private Case(DumpText text, Recognised recognised, Decoder decoder, StatisticsTable statistics) {
        this.text = text;
        this.recognised = recognised;
        this.release = Release.of(text, recognised.vendor());
        this.decoder = decoder;
        this.aborted = text.messages().stream()
                .flatMap(m -> m instanceof BhyveMessage.VmExit exit ? Stream.of(exit) : Stream.empty())
                .map(exit -> new VcpuCase(this, asDump(exit), statistics))
                .toList();
        this.readings = Readings.of(text.vcpus());
        this.vcpus = readings.vcpus().stream()
                .map(v -> new VcpuCase(this, v, statistics))
                .toList();
    }

    static Case of(DumpText text, Optional<Vendor> told, Decoder decoder, StatisticsTable statistics) {
        return new Case(text, Recognised.of(text, told, decoder, statistics), decoder, statistics);
    }

    DumpText text() {
        return text;
    }

    Recognised recognised() {
        return recognised;
    }

    Vendor vendor() {
        return recognised.vendor();
    }

    Release release() {
        return release;
    }

    Decoder decoder() {
        return decoder;
    }

    List<VcpuCase> vcpus() {
        return vcpus;
    }

    /** What of the text is not among {@link #vcpus}. */
    List<Report.Cut> leftOut() {
        return readings.leftOut();
    }

    /** The exits that bhyve printed when it aborted, each as if a dump had shown it. */
    List<VcpuCase> aborted() {
        return aborted;
    }

    boolean isAborted(VcpuCase vcpu) {
        return aborted.contains(vcpu);
    }

    private static VcpuDump asDump(BhyveMessage.VmExit exit) {
        Map<String, Long> values = new LinkedHashMap<>(exit.values());
        rename(values, "exitcode", "exit_reason");
        rename(values, "qualification", "vmcs_exit_qualification");
        return new VcpuDump(
                exit.vcpu().orElse(VcpuDump.UNNAMED),
                values,
                Map.of(),
                Map.of(),
                List.of(),
                Map.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                List.of());
    }

    private static void rename(Map<String, Long> values, String from, String to) {
        Long value = values.remove(from);
        if (value != null) {
            values.put(to, value);
        }
    }

    boolean isSuspended(VcpuDump vcpu) {
        return text.vm().suspended().map(s -> s.contains(vcpu.vcpu())).orElse(false);
    }
}
