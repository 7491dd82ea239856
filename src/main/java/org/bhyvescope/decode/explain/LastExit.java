package org.bhyvescope.decode.explain;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.bhyvescope.decode.Decoded;
import org.bhyvescope.decode.Decoder;
import org.bhyvescope.decode.ExitCode;
import org.bhyvescope.decode.NamedValue;
import org.bhyvescope.decode.Part;
import org.bhyvescope.decode.Vendor;
import org.bhyvescope.dump.VmFacts;

/** An exit code explained together with its exit information. */
final class LastExit {
    private static final long NESTED_PAGE_FAULT = 0x400;
    private static final long EPT_VIOLATION = 48;

    private final ExitCode exit;
    private final Decoder decoder;
    private final Release release;
    private final List<Report.Line> information = new ArrayList<>();

    private LastExit(ExitCode exit, Decoder decoder, Release release) {
        this.exit = exit;
        this.decoder = decoder;
        this.release = release;
    }

    /** The last exit of a vCPU's dump. */
    static Optional<Report.Exit> of(VcpuCase vcpu) {
        return vcpu.exit().map(exit -> {
            LastExit last =
                    new LastExit(exit, vcpu.whole().decoder(), vcpu.whole().release());
            last.inform(vcpu.dump().values(), "vmcs_exit_qualification");
            last.faultAddress(
                    vcpu.value(exit.vendor() == Vendor.AMD ? "exitinfo2" : "gpa"),
                    Optional.of(vcpu.whole().text().vm()));
            last.event(vcpu);
            last.msr(vcpu.value("rcx"));
            return last.report();
        });
    }

    /** An exit that bhyve printed, or that stands alone; {@code values} holds its information by bhyve's names. */
    static Report.Exit of(ExitCode exit, Map<String, Long> values, Decoder decoder, Release release) {
        LastExit last = new LastExit(exit, decoder, release);
        last.inform(values, "qualification");
        Long address = exit.vendor() == Vendor.AMD ? values.get("exitinfo2") : null;
        last.faultAddress(address == null ? OptionalLong.empty() : OptionalLong.of(address), Optional.empty());
        return last.report();
    }

    /** @param qualification what Intel's exit qualification is called among the values */
    private void inform(Map<String, Long> values, String qualification) {
        if (exit.vendor() == Vendor.AMD) {
            inform(values, "exitinfo1", exit.info1());
            inform(values, "exitinfo2", exit.info2());
        } else {
            inform(values, qualification, exit.info1());
        }
    }

    private void inform(Map<String, Long> values, String field, String word) {
        Long value = values.get(field);
        if (value == null) {
            return;
        }
        Optional<Decoded> decoded = word.isEmpty() ? Optional.empty() : decoder.word(word, value);
        if (decoded.isPresent()) {
            information.add(new Report.Line(field, Hex.of(value), decoded.get().title()));
            decoded.get().parts().forEach(this::part);
        } else if (value != 0) {
            information.add(new Report.Line(field, Hex.of(value), exit.infoText()));
        }
    }

    private void part(Part part) {
        boolean range = part.bits().contains(":");
        String name = (range ? "bits " : "bit ") + part.bits();
        String value = range ? part.name() + " = " + Hex.of(part.value()) : part.name();
        information.add(new Report.Line("  " + name, value, Fields.meaning(part)));
    }

    /** Where a nested page fault was. */
    private void faultAddress(OptionalLong address, Optional<VmFacts> vm) {
        boolean fault = exit.vendor() == Vendor.AMD ? exit.code() == NESTED_PAGE_FAULT : exit.code() == EPT_VIOLATION;
        if (fault && exit.known() && address.isPresent()) {
            String where = GuestPhysical.name(address.getAsLong(), vm, decoder);
            information.add(new Report.Line("address", Hex.of(address.getAsLong()), where));
        }
    }

    private void event(VcpuCase vcpu) {
        for (String field : List.of("exitintinfo", "vmcs_exit_interruption_info")) {
            vcpu.word(field).filter(word -> word.has("V") || word.has("valid")).ifPresent(word -> {
                information.add(new Report.Line(field, Hex.of(word.value()), word.title()));
                word.parts().forEach(this::part);
            });
        }
    }

    private void msr(OptionalLong rcx) {
        if (rcx.isPresent() && exit.name().contains("MSR")) {
            long number = rcx.getAsLong() & 0xffffffffL;
            String name = decoder.value("msr", number).map(NamedValue::words).orElse("not in the table");
            information.add(new Report.Line("ecx", Hex.of(number), "number of the MSR: " + name));
        }
    }

    private Report.Exit report() {
        exit.flags().forEach(this::part);
        return new Report.Exit(
                Hex.of(exit.raw()),
                exit.known(),
                exit.name(),
                exit.symbol(),
                exit.meaning(),
                List.copyOf(information),
                handling(),
                exit.source(),
                exit.doubt());
    }

    private List<Report.Line> handling() {
        return exit.handling().stream()
                .filter(h -> release.overlaps(h.first(), h.last()))
                .map(h -> new Report.Line(
                        "FreeBSD " + Release.range(h.first(), h.last()),
                        by(h.by()),
                        h.text() + (h.statistic().isEmpty() ? "" : "; counted as: " + h.statistic())))
                .toList();
    }

    private static String by(ExitCode.By by) {
        return switch (by) {
            case KERNEL, KERNEL_UD -> "handled in the kernel, the guest goes on";
            case EITHER -> "handled by the kernel or by bhyve, the guest goes on";
            case USUALLY -> "usually handled by the kernel or by bhyve, and then the guest goes on";
            case USERSPACE -> "handled by bhyve, the guest goes on";
            case ABORT -> "not handled: bhyve prints it and aborts";
            case NOT_INTERCEPTED -> "not intercepted, so it should not occur";
            case UNKNOWN -> "not known";
        };
    }
}
