package org.bhyvescope.decode.explain;

import java.util.Optional;
import org.bhyvescope.decode.Decoder;
import org.bhyvescope.decode.FieldMeaning;
import org.bhyvescope.decode.StatPlan;
import org.bhyvescope.decode.StatisticsTable;
import org.bhyvescope.decode.Vendor;
import org.bhyvescope.dump.BhyveMessage;
import org.bhyvescope.dump.DumpText;
import org.bhyvescope.dump.VcpuDump;

/**
 * Whose CPU a text is from.
 *
 * @param vendor the vendor, or unknown
 * @param by how that was recognised, a clause
 */
record Recognised(Vendor vendor, String by) {
    private static final Recognised NOT = new Recognised(Vendor.UNKNOWN, "nothing in the text tells");

    /**
     * Recognises the vendor by what only its hosts print; failing that, takes what the user said.
     *
     * @param told the user's word, if any: never stronger than the text itself
     */
    static Recognised of(DumpText text, Optional<Vendor> told, Decoder decoder, StatisticsTable statistics) {
        Recognised seen = seen(text, decoder, statistics);
        if (told.isEmpty() || told.get() == seen.vendor) {
            return seen;
        }
        if (seen.vendor == Vendor.UNKNOWN && !seen.equals(NOT)) {
            return seen;
        }
        if (seen.vendor == Vendor.UNKNOWN) {
            return new Recognised(told.get(), "as you said; " + seen.by);
        }
        return new Recognised(seen.vendor, seen.by + "; you said " + told.get().label() + ", which it cannot be");
    }

    private static Recognised byLine(VcpuDump vcpu, Decoder decoder) {
        for (String name : vcpu.values().keySet()) {
            Vendor vendor = decoder.field(name).map(FieldMeaning::vendor).orElse(Vendor.UNKNOWN);
            if (vendor != Vendor.UNKNOWN) {
                return new Recognised(vendor, "by its line " + name + ", which only such hosts print");
            }
        }
        return NOT;
    }

    private static Recognised seen(DumpText text, Decoder decoder, StatisticsTable statistics) {
        Recognised byLine = NOT;
        for (VcpuDump vcpu : text.vcpus()) {
            Recognised own = byLine(vcpu, decoder);
            if (byLine.vendor != Vendor.UNKNOWN && own.vendor != Vendor.UNKNOWN && own.vendor != byLine.vendor) {
                return new Recognised(
                        Vendor.UNKNOWN,
                        "it holds dumps of an " + byLine.vendor.label() + " and of an " + own.vendor.label()
                                + " host: explain them apart");
            }
            byLine = own.vendor == Vendor.UNKNOWN ? byLine : own;
        }
        if (byLine.vendor != Vendor.UNKNOWN) {
            return byLine;
        }
        for (BhyveMessage message : text.messages()) {
            if (message instanceof BhyveMessage.VmExit exit) {
                return exit.vmx()
                        ? new Recognised(Vendor.INTEL, "by the reason VMX of bhyve's abort")
                        : new Recognised(Vendor.AMD, "by the reason SVM of bhyve's abort");
            }
        }
        if (!text.exitCounts().isEmpty()) {
            return new Recognised(Vendor.AMD, "by the heading SVM code");
        }
        return text.vcpus().stream()
                .flatMap(vcpu -> vcpu.stats().stream())
                .map(block -> StatPlan.of(block.table(), statistics).vendor())
                .filter(vendor -> vendor != Vendor.UNKNOWN)
                .findFirst()
                .map(vendor -> new Recognised(vendor, "by statistics that only such hosts list"))
                .orElse(NOT);
    }
}
