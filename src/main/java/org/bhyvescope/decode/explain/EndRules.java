package org.bhyvescope.decode.explain;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.bhyvescope.decode.ExitCode;
import org.bhyvescope.decode.NamedValue;
import org.bhyvescope.decode.Vendor;
import org.bhyvescope.dump.BhyveMessage;
import org.bhyvescope.dump.VmFacts;

/** Rules about how a VM ended, or that it had. */
final class EndRules {
    private static final int ENXIO = 6;

    static final List<Rule> ALL = List.of(
            Rule.vm("bhyve-aborted-on-exit", EndRules::abortedOnExit),
            Rule.vm("entry-instruction-failed", EndRules::entryInstruction),
            Rule.vm("bhyve-gave-up", EndRules::gaveUp),
            Rule.vm("emulation-failed", EndRules::emulationFailed),
            Rule.vm("unhandled-access", EndRules::unhandled),
            Rule.vm("exit-status", EndRules::exitStatus),
            Rule.vm("vm-suspended", EndRules::suspended),
            Rule.vm("vcpus-still-stopping", EndRules::stopping),
            Rule.vm("vm-went-away", EndRules::wentAway));

    private EndRules() {}

    private static List<String> abortedOnExit(Case whole) {
        for (BhyveMessage message : whole.text().messages()) {
            if (message instanceof BhyveMessage.VmExit exit && exit.entered()) {
                Long code = exit.values().get(exit.vmx() ? "exit_reason" : "exitcode");
                String name = code == null
                        ? "its code is missing"
                        : Hex.of(code) + " " + code(exit, code, whole).name();
                return Evidence.of("vm exit["
                                + (exit.vcpu().isPresent() ? exit.vcpu().getAsInt() : "?") + "], reason "
                                + (exit.vmx() ? "VMX" : "SVM") + ", " + name)
                        .lines();
            }
        }
        return Evidence.NONE;
    }

    private static List<String> entryInstruction(Case whole) {
        for (BhyveMessage message : whole.text().messages()) {
            if (message instanceof BhyveMessage.VmExit exit && !exit.entered()) {
                Evidence evidence =
                        Evidence.of("exit_reason " + Hex.of(BhyveMessage.VmExit.NO_EXIT) + ": there was no exit");
                Long error = exit.values().get("inst_error");
                if (error != null) {
                    evidence.and("inst_error " + error + ": " + Messages.instructionError(error, whole.decoder()));
                }
                return evidence.lines();
            }
        }
        return Evidence.NONE;
    }

    private static List<String> gaveUp(Case whole) {
        return said(
                whole,
                List.of(
                        BhyveMessage.Kind.UNEXPECTED_EXIT,
                        BhyveMessage.Kind.UNEXPECTED_DEBUG_EXIT,
                        BhyveMessage.Kind.INVALID_SUSPEND,
                        BhyveMessage.Kind.VM_RUN_ERROR));
    }

    private static ExitCode code(BhyveMessage.VmExit exit, long code, Case whole) {
        return whole.decoder().exit(exit.vmx() ? Vendor.INTEL : Vendor.AMD, code);
    }

    /** Not where it also said that no device has the address: then that is why, and no instruction was unknown. */
    private static List<String> emulationFailed(Case whole) {
        boolean nobodys =
                !said(whole, List.of(BhyveMessage.Kind.UNHANDLED_MEMORY)).isEmpty();
        return nobodys ? Evidence.NONE : emulations(whole);
    }

    private static List<String> emulations(Case whole) {
        return whole.text().messages().stream()
                .filter(m -> m instanceof BhyveMessage.EmulationFailed)
                .map(Messages::said)
                .limit(3)
                .toList();
    }

    private static List<String> unhandled(Case whole) {
        List<String> seen = said(whole, List.of(BhyveMessage.Kind.UNHANDLED_IO, BhyveMessage.Kind.UNHANDLED_MEMORY));
        return seen.isEmpty()
                ? seen
                : Stream.concat(seen.stream(), emulations(whole).stream()).toList();
    }

    private static List<String> said(Case whole, List<BhyveMessage.Kind> kinds) {
        return whole.text().messages().stream()
                .filter(m -> m instanceof BhyveMessage.Said said && kinds.contains(said.kind()))
                .map(Messages::said)
                .limit(3)
                .toList();
    }

    private static List<String> exitStatus(Case whole) {
        return whole.text().messages().stream()
                .filter(m -> m instanceof BhyveMessage.Said said && said.kind() == BhyveMessage.Kind.EXIT_STATUS)
                .map(BhyveMessage.Said.class::cast)
                .map(said -> status(said, whole))
                .limit(3)
                .toList();
    }

    private static String status(BhyveMessage.Said said, Case whole) {
        long status = said.numbers().get(0);
        Optional<NamedValue> meaning = whole.decoder().value("exit_status", status);
        return "status " + status + ": "
                + meaning.map(v -> v.name() + ", " + v.meaning()).orElse("not in the table");
    }

    private static List<String> suspended(Case whole) {
        VmFacts vm = whole.text().vm();
        if (!vm.isSuspended()) {
            return Evidence.NONE;
        }
        return Evidence.of("active cpus " + VmSection.list(vm.active().orElseThrow()))
                .and("suspended cpus " + VmSection.list(vm.suspended().orElseThrow()))
                .lines();
    }

    private static List<String> stopping(Case whole) {
        VmFacts vm = whole.text().vm();
        if (vm.suspended().isEmpty()
                || vm.suspended().get().isEmpty()
                || vm.active().isEmpty()
                || vm.isSuspended()) {
            return Evidence.NONE;
        }
        return Evidence.of("active cpus " + VmSection.list(vm.active().get()))
                .and("suspended cpus " + VmSection.list(vm.suspended().get()))
                .lines();
    }

    private static List<String> wentAway(Case whole) {
        return whole.text().errno().orElse(0) == ENXIO
                ? Evidence.of("errno = 6 (ENXIO)").lines()
                : Evidence.NONE;
    }
}
