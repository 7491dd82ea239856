package org.bhyvescope.decode.explain;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.bhyvescope.decode.Decoded;
import org.bhyvescope.decode.Decoder;
import org.bhyvescope.decode.NamedValue;
import org.bhyvescope.dump.QueuedEvent;

/** How a vCPU stood: mode, privilege, where, interrupts, single-step, what waits for it. */
final class Standing {
    private final VcpuCase vcpu;
    private final List<Report.Line> lines = new ArrayList<>();

    private Standing(VcpuCase vcpu) {
        this.vcpu = vcpu;
    }

    static List<Report.Line> of(VcpuCase vcpu) {
        Standing standing = new Standing(vcpu);
        if (vcpu.dump().hasState() && !vcpu.isControlBlockZero()) {
            standing.mode();
            standing.address("rip", "next instruction");
            standing.address("rsp", "stack");
            standing.flags();
        }
        standing.event("current", vcpu.dump().current(), "queued for the vCPU, not yet delivered to the guest");
        standing.event(
                "pending", vcpu.dump().pending(), "its delivery was interrupted by an exit; it will be injected again");
        standing.suspended();
        return List.copyOf(standing.lines);
    }

    private void add(String name, String value, String meaning) {
        lines.add(new Report.Line(name, value, meaning));
    }

    private void mode() {
        Mode mode = vcpu.mode();
        if (mode.kind() == Mode.Kind.UNTOLD && mode.privilege().isEmpty()) {
            if (vcpu.value("rip").isPresent() || vcpu.value("rflags").isPresent()) {
                add("mode", "not told", "the text lacks CR0, EFER and the segments, and flags alone do not tell it");
            }
            return;
        }
        String privilege = mode.privilege().isEmpty()
                ? "privilege level not told: the text lacks the SS and CS descriptors, and flags alone do not tell it"
                : "privilege level " + mode.privilege().getAsInt() + who(mode);
        add("mode", mode.kind().label(), privilege);
    }

    private static String who(Mode mode) {
        if (mode.kind() == Mode.Kind.REAL) {
            return " (real mode knows no other)";
        }
        return switch (mode.privilege().orElse(-1)) {
            case 0 -> " (the guest's kernel)";
            case 3 -> " (a program in the guest)";
            default -> "";
        };
    }

    private void address(String register, String name) {
        OptionalLong value = vcpu.value(register);
        if (value.isPresent()) {
            add(
                    name,
                    register + " " + Hex.wide(value.getAsLong()),
                    Address.guestVirtual(value.getAsLong(), vcpu.mode()));
        }
    }

    private void flags() {
        Optional<Decoded> flags = vcpu.word("rflags");
        if (flags.isEmpty()) {
            return;
        }
        boolean on = flags.get().has("IF");
        add("interrupts", on ? "on" : "off", "RFLAGS.IF is " + (on ? "set" : "clear") + blocking());
        if (flags.get().has("TF")) {
            add("single-step", "on", "RFLAGS.TF is set: a #DB exception after each instruction");
        }
    }

    private String blocking() {
        return vcpu.word("vmcs_guest_interruptibility")
                .filter(word -> word.value() != 0)
                .map(word -> "; " + word.summary())
                .orElse("");
    }

    private void event(String name, Optional<QueuedEvent> event, String meaning) {
        if (event.isEmpty()) {
            return;
        }
        if (event.get().type() == QueuedEvent.Type.NONE) {
            add(name, "nothing", "");
            return;
        }
        add(name, text(event.get(), vcpu.whole().decoder()), meaning);
    }

    /** {@code exception vector 6: #UD invalid opcode}. */
    static String text(QueuedEvent event, Decoder decoder) {
        return switch (event.type()) {
            case NONE -> "n/a";
            case EXTINT -> "external interrupt, vector " + event.vector();
            case SWINT -> "software interrupt, vector " + event.vector();
            case NMI -> "NMI";
            case EXCEPTION ->
                "exception, vector " + event.vector() + ": " + exception(event.vector(), decoder)
                        + (event.errorCode().isPresent()
                                ? ", error code " + Hex.of(event.errorCode().getAsLong())
                                : "");
        };
    }

    static String exception(int vector, Decoder decoder) {
        return decoder.value("exception", vector).map(NamedValue::name).orElse("unknown");
    }

    private void suspended() {
        if (vcpu.whole().text().vm().suspended().isEmpty()) {
            return;
        }
        boolean is = vcpu.isSuspended();
        add(
                "suspended",
                is ? "yes" : "no",
                is
                        ? "it stopped because a reset, power-off, halt or triple fault of the VM had been requested"
                        : "no end of the VM had been requested, as far as this vCPU knew");
    }
}
