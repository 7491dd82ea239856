package org.bhyvescope.decode.explain;

import java.util.List;
import java.util.Optional;
import org.bhyvescope.decode.Decoder;
import org.bhyvescope.decode.StatisticsTable;
import org.bhyvescope.decode.Vendor;
import org.bhyvescope.dump.DumpText;
import org.bhyvescope.dump.VcpuDump;

/** A text and what was recognised of it: everything that a rule may look at. */
final class Case {
    private final DumpText text;
    private final Recognised recognised;
    private final Release release;
    private final Decoder decoder;
    private final List<VcpuCase> vcpus;

    private Case(DumpText text, Recognised recognised, Decoder decoder, StatisticsTable statistics) {
        this.text = text;
        this.recognised = recognised;
        this.release = Release.of(text, recognised.vendor());
        this.decoder = decoder;
        this.vcpus = text.vcpus().stream()
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

    boolean isSuspended(VcpuDump vcpu) {
        return text.vm().suspended().map(s -> s.contains(vcpu.vcpu())).orElse(false);
    }
}
