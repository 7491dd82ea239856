package org.bhyvescope.decode.explain;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.bhyvescope.decode.Decoder;
import org.bhyvescope.decode.NamedValue;
import org.bhyvescope.decode.Vendor;
import org.bhyvescope.dump.BhyveMessage;

/** bhyve's own words, explained. */
final class Messages {

    private final Case whole;

    private Messages(Case whole) {
        this.whole = whole;
    }

    static List<Report.Words> of(Case whole) {
        Messages messages = new Messages(whole);
        return whole.text().messages().stream().map(messages::words).toList();
    }

    /** The message in one line. */
    static String said(BhyveMessage message) {
        if (message instanceof BhyveMessage.EmulationFailed failed) {
            byte[] bytes = new byte[failed.bytes().size()];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = failed.bytes().get(i).byteValue();
            }
            String at =
                    failed.rip().isPresent() ? " at " + Hex.wide(failed.rip().getAsLong()) : "";
            return "Failed to emulate instruction " + HexFormat.ofDelimiter(" ").formatHex(bytes) + at;
        }
        if (message instanceof BhyveMessage.VmExit exit) {
            return "vm exit[" + (exit.vcpu().isPresent() ? exit.vcpu().getAsInt() : "?") + "] "
                    + (exit.vmx() ? "VMX" : "SVM") + (exit.cut() ? " (lines are missing)" : "");
        }
        return message instanceof BhyveMessage.Said said ? said.line() : "";
    }

    private Report.Words words(BhyveMessage message) {
        if (message instanceof BhyveMessage.VmExit exit) {
            return abort(exit);
        }
        if (message instanceof BhyveMessage.EmulationFailed failed) {
            String mode = failed.rip().isPresent() ? "" : "; the line is cut, so its address is missing";
            return new Report.Words(
                    said(message),
                    "an instruction that accessed memory outside the guest's could not be emulated; bhyve aborts"
                            + mode,
                    List.of());
        }
        BhyveMessage.Said said = (BhyveMessage.Said) message;
        return new Report.Words(said.line(), meaning(said), List.of());
    }

    private Report.Words abort(BhyveMessage.VmExit exit) {
        List<Report.Line> details = new ArrayList<>();
        Long rip = exit.values().get("rip");
        if (rip != null) {
            details.add(new Report.Line("rip", Hex.wide(rip), "next instruction, or the one that exited"));
        }
        Long code = exit.values().get(exit.vmx() ? "exit_reason" : "exitcode");
        if (!exit.entered()) {
            notEntered(exit, details);
        } else if (code != null) {
            exit(exit, code, details);
        }
        String meaning = "a VM exit that nobody handles; bhyve aborts";
        if (code == null) {
            meaning = "the exit code itself is missing, so nothing can be said about it";
        } else if (!exit.entered()) {
            meaning = "no VM exit: the instruction that enters the guest failed; bhyve aborts";
        }
        return new Report.Words(said(exit), meaning, List.copyOf(details));
    }

    /** VMLAUNCH or VMRESUME failed outright: no exit took place. */
    private void notEntered(BhyveMessage.VmExit exit, List<Report.Line> details) {
        Long error = exit.values().get("inst_error");
        String text = error == null ? "" : instructionError(error, whole.decoder());
        details.add(new Report.Line("no exit", "VM entry instruction failed", text));
    }

    /** What an error of a VMX instruction means. */
    static String instructionError(long error, Decoder decoder) {
        return decoder.value("vmx_instruction_error", error)
                .map(NamedValue::words)
                .orElse("not in the table");
    }

    private void exit(BhyveMessage.VmExit exit, long code, List<Report.Line> details) {
        Vendor vendor = exit.vmx() ? Vendor.INTEL : Vendor.AMD;
        Report.Exit explained =
                LastExit.of(whole.decoder().exit(vendor, code), exit.values(), whole.decoder(), whole.release());
        details.add(new Report.Line(
                exit.vmx() ? "exit_reason" : "exitcode",
                explained.value() + (exit.vmx() ? " (" + Long.toUnsignedString(code) + ")" : "") + " "
                        + explained.name(),
                explained.meaning()));
        details.addAll(explained.information());
        details.addAll(explained.handling());
        boolean expected = explained.handling().stream().anyMatch(h -> h.value().contains("aborts"));
        if (explained.known() && !expected) {
            details.add(new Report.Line(
                    "and yet",
                    "it aborted",
                    "some detail of this exit is not handled, or another program made from bhyve's code printed this "
                            + "(xhyve, HyperKit)"));
        }
    }

    private String meaning(BhyveMessage.Said said) {
        return switch (said.kind()) {
            case UNHANDLED_IO ->
                "no device of this VM claims " + port(said) + "; bhyve aborts, as it does with -e only: else reads "
                        + "would give all ones, and writes be dropped";
            case UNHANDLED_MEMORY -> "no device of this VM claims this guest physical address";
            case UNKNOWN_RDMSR ->
                "the guest read an MSR that bhyve does not know (" + msr(said)
                        + "); it gets a #GP unless bhyve runs with -w";
            case UNKNOWN_WRMSR ->
                "the guest wrote an MSR that bhyve does not know (" + msr(said)
                        + "); it gets a #GP unless bhyve runs with -w";
            case UNEXPECTED_EXIT ->
                "bhyve has no handler for this VM_EXITCODE (" + value("vm_exitcode", said, 0)
                        + "); it ends with status 4";
            case UNEXPECTED_DEBUG_EXIT -> "an exit for a debugger, but bhyve runs without -G; it ends with status 4";
            case INVALID_SUSPEND ->
                "the kernel gave a reason for the end of the VM that this bhyve does not know; it ends "
                        + "with status 100";
            case VM_RUN_ERROR ->
                "the kernel could not run the vCPU (" + value("errno", said, 1)
                        + "); up to 15-CURRENT bhyve ends with status 1, later with 4";
            case EXIT_STATUS -> value("exit_status", said, 0);
            case ABORTED -> "the process ended by SIGABRT: bhyve's way after an exit that it cannot handle";
            case VERIFY_GLA -> "the emulator worked out another address for the instruction than the CPU reported";
        };
    }

    private String port(BhyveMessage.Said said) {
        if (said.numbers().isEmpty()) {
            return "this I/O port";
        }
        long port = said.numbers().get(0);
        return "I/O port " + Hex.of(port)
                + whole.decoder()
                        .value("ioport", port)
                        .map(v -> " (" + v.name() + ")")
                        .orElse("");
    }

    private String msr(BhyveMessage.Said said) {
        return value("msr", said, 0);
    }

    private String value(String table, BhyveMessage.Said said, int index) {
        if (said.numbers().size() <= index) {
            return "its number is missing";
        }
        return named(table, said.numbers().get(index));
    }

    private String named(String table, long number) {
        String text =
                whole.decoder().value(table, number).map(NamedValue::words).orElse("not in the table");
        return (table.equals("msr") ? Hex.of(number) : Long.toUnsignedString(number)) + " " + text;
    }
}
