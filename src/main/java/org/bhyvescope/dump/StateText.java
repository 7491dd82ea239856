package org.bhyvescope.dump;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * Writes the state of one vCPU as {@code bhyvectl --get-all} would print it (get-all.md), as far as it is known: for states
 * that were read without bhyvectl. {@link DumpParser} reads it back.
 */
public final class StateText {
    private StateText() {}

    /** The text of one vCPU of a dump, and of its VM. */
    public static String of(DumpText dump, int vcpu) {
        StringBuilder text = new StringBuilder();
        memory(dump.vm(), text);
        dump.vcpu(vcpu).ifPresent(of -> fields(of, text));
        dump.vm().rtc().ifPresent(rtc -> line(text, "rtc time %#x: %s", rtc.epochSeconds(), rtc.text()));
        dump.vcpu(vcpu).ifPresent(of -> capabilities(of, text));
        dump.vm().active().ifPresent(set -> set(text, "active", set));
        dump.vm().suspended().ifPresent(set -> set(text, "suspended", set));
        dump.vm()
                .topology()
                .ifPresent(t -> line(
                        text,
                        "cpu_topology:\tsockets=%d, cores=%d, threads=%d, maxcpus=%d",
                        t.sockets(),
                        t.cores(),
                        t.threads(),
                        t.maxCpus()));
        return text.toString();
    }

    private static void line(StringBuilder to, String format, Object... values) {
        to.append(String.format(Locale.ROOT, format, values)).append('\n');
    }

    private static void memory(VmFacts vm, StringBuilder to) {
        if (!vm.segments().isEmpty()) {
            line(to, "ID  Length      Name");
            vm.segments().forEach(s -> line(to, "%-4d%-12s%s", s.id(), s.size().text(), s.name()));
        }
        if (!vm.mappings().isEmpty()) {
            line(to, "Address     Length      Segment     Offset      Prot  Flags");
        }
        for (MemoryMapping m : vm.mappings()) {
            String flags = String.join(
                    "/",
                    Stream.of(m.wired() ? "wired" : "", m.iommu() ? "iommu" : "")
                            .filter(flag -> !flag.isEmpty())
                            .toList());
            // Where bhyvectl prints a NUL, before the first flag, a blank does.
            line(
                    to,
                    "%-12X%-12s%-12s%-12X%s   %s",
                    m.address(),
                    m.size().text(),
                    m.segment(),
                    m.offset(),
                    m.protection(),
                    flags);
        }
    }

    private static void fields(VcpuDump vcpu, StringBuilder to) {
        for (PrintOrder.Step step : PrintOrder.OF_GET_ALL.steps()) {
            field(step, vcpu, to);
        }
    }

    private static void field(PrintOrder.Step step, VcpuDump vcpu, StringBuilder to) {
        int id = vcpu.vcpu();
        if (step.form() == PrintOrder.Form.SELECTOR) {
            vcpu.segment(step.name())
                    .flatMap(s -> boxed(s.selector()))
                    .ifPresent(selector -> line(to, "%s[%d]\t\t0x%04x", step.name(), id, selector));
        } else if (step.form() == PrintOrder.Form.DESC3 || step.form() == PrintOrder.Form.DESC2) {
            vcpu.segment(step.name().replace(" desc", ""))
                    .filter(s -> s.base().isPresent() && s.limit().isPresent())
                    .ifPresent(s -> descriptor(step, id, s, to));
        } else if (step.form().isField()) {
            vcpu.value(step.name())
                    .ifPresent(value -> line(to, "%s[%d]\t\t" + format(step.form()), step.name(), id, value));
        }
    }

    private static Optional<Long> boxed(OptionalLong value) {
        return value.isPresent() ? Optional.of(value.getAsLong()) : Optional.empty();
    }

    private static void descriptor(PrintOrder.Step step, int id, SegmentRegister s, StringBuilder to) {
        String access = step.form() == PrintOrder.Form.DESC3
                ? String.format(Locale.ROOT, "/0x%08x", s.access().orElse(0))
                : "";
        line(
                to,
                "%s[%d]\t0x%016x/0x%08x%s",
                step.name(),
                id,
                s.base().orElseThrow(),
                s.limit().orElseThrow(),
                access);
    }

    private static String format(PrintOrder.Form form) {
        return switch (form) {
            case X16 -> "0x%016x";
            case X8 -> "0x%08x";
            case X4 -> "0x%04x";
            case D -> "%d";
            default -> "%#x";
        };
    }

    private static void capabilities(VcpuDump vcpu, StringBuilder to) {
        for (Map.Entry<String, Capability> each : vcpu.capabilities().entrySet()) {
            switch (each.getValue()) {
                case SET -> line(to, "Capability \"%s\" is set on vcpu %d", each.getKey(), vcpu.vcpu());
                case NOT_SET -> line(to, "Capability \"%s\" is not set on vcpu %d", each.getKey(), vcpu.vcpu());
                case NOT_AVAILABLE -> line(to, "Capability \"%s\" is not available", each.getKey());
            }
        }
    }

    private static void set(StringBuilder to, String name, CpuSet set) {
        List<String> members = set.stream().mapToObj(Integer::toString).toList();
        line(to, "%s cpus:\t %s", name, members.isEmpty() ? "(none)" : String.join(", ", members));
    }
}
