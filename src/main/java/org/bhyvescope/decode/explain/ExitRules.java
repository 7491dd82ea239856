package org.bhyvescope.decode.explain;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.bhyvescope.decode.Decoded;
import org.bhyvescope.decode.ExitCode;
import org.bhyvescope.decode.ExitCode.By;
import org.bhyvescope.decode.ExitCode.Handling;
import org.bhyvescope.decode.NamedValue;
import org.bhyvescope.decode.Vendor;
import org.bhyvescope.dump.BhyveMessage;
import org.bhyvescope.dump.CpuSet;
import org.bhyvescope.dump.QueuedEvent;
import org.bhyvescope.dump.VmFacts;

/** Rules about a vCPU's last exit. */
final class ExitRules {
    private static final long AMD_EXCEPTION_MC = 0x52;
    private static final long AMD_INTR = 0x60;
    private static final long AMD_HLT = 0x78;
    private static final long AMD_IOIO = 0x7b;
    private static final long AMD_SHUTDOWN = 0x7f;
    private static final long AMD_ICEBP = 0x88;
    private static final long AMD_NPF = 0x400;
    private static final long AMD_INVALID = -1;
    private static final long INTEL_EXCEPTION = 0;
    private static final long INTEL_EXTERNAL = 1;
    private static final long INTEL_TRIPLE_FAULT = 2;
    private static final long INTEL_HLT = 12;
    private static final long INTEL_IO = 30;
    private static final long INTEL_GUEST_STATE = 33;
    private static final long INTEL_MSR_LOADING = 34;
    private static final long INTEL_ENTRY_MACHINE_CHECK = 41;
    private static final long INTEL_EPT_VIOLATION = 48;
    private static final long INTEL_EPT_MISCONFIGURATION = 49;
    private static final int UD = 6;
    private static final int MACHINE_CHECK = 18;

    /** Keyboard controller, ACPI PM1 control, reset control (usr.sbin/bhyve/atkbdc.c, amd64/pm.c). */
    private static final Set<Long> ENDING_PORTS = Set.of(0x64L, 0x404L, 0x405L, 0xcf9L);

    static final List<Rule> ALL = List.of(
            Rule.vcpu("entry-failed-guest-state", ExitRules::guestState),
            Rule.vcpu("entry-failed-otherwise", ExitRules::entryFailed),
            Rule.vcpu("vmcb-refused", v -> v.exitIs(Vendor.AMD, AMD_INVALID) ? exit(v) : Evidence.NONE),
            Rule.vcpu("triple-fault", v -> v.exitIs(Vendor.INTEL, INTEL_TRIPLE_FAULT) ? exit(v) : Evidence.NONE),
            Rule.vcpu("shutdown-ud-loop", ExitRules::shutdownLoop),
            Rule.vcpu("shutdown-abort", ExitRules::shutdownAbort),
            Rule.vcpu("machine-check", v -> isAbort(v) || isTold(v) ? Evidence.NONE : machineCheck(v)),
            Rule.vcpu("machine-check-abort", v -> isAbort(v) || isTold(v) ? machineCheck(v) : Evidence.NONE),
            Rule.vcpu("nested-tables-reserved-bit", ExitRules::reservedBit),
            Rule.vcpu("fetch-outside-memory", ExitRules::fetchOutside),
            Rule.vcpu("exit-unhandled", ExitRules::unhandled),
            Rule.vcpu("exit-code-unknown", ExitRules::unknown),
            Rule.vcpu("exit-handled", ExitRules::handled),
            Rule.vcpu("exit-is-the-dumps-own", ExitRules::kick),
            Rule.vcpu("icebp-ud", ExitRules::icebp),
            Rule.vcpu("queued-not-delivered", ExitRules::notDelivered),
            Rule.vcpu("guest-asked-for-the-end", ExitRules::askedForTheEnd),
            Rule.vcpu("halted-interrupts-off", ExitRules::halted));

    private ExitRules() {}

    private static List<String> exit(VcpuCase vcpu) {
        return Evidence.exit(vcpu).lines();
    }

    /** By the code alone: bit 31 of the whole field says the same where it is there. */
    private static List<String> guestState(VcpuCase vcpu) {
        if (vcpu.exitIs(Vendor.INTEL, INTEL_GUEST_STATE)) {
            return Evidence.exit(vcpu).and(vcpu, "vmcs_exit_qualification").lines();
        }
        return Evidence.NONE;
    }

    private static List<String> entryFailed(VcpuCase vcpu) {
        boolean flagged = !isNoExit(vcpu)
                && vcpu.exit()
                        .map(e -> e.flags().stream()
                                .anyMatch(f -> f.known() && f.bits().equals("31")))
                        .orElse(false);
        boolean other = vcpu.exitIs(Vendor.INTEL, INTEL_GUEST_STATE, INTEL_ENTRY_MACHINE_CHECK);
        return (flagged || vcpu.exitIs(Vendor.INTEL, INTEL_MSR_LOADING)) && !other ? exit(vcpu) : Evidence.NONE;
    }

    private static List<String> shutdownLoop(VcpuCase vcpu) {
        return vcpu.exitIs(Vendor.AMD, AMD_SHUTDOWN) && vcpu.whole().release().isFrom(14)
                ? Evidence.exit(vcpu)
                        .and("release " + vcpu.whole().release().label())
                        .lines()
                : Evidence.NONE;
    }

    private static List<String> shutdownAbort(VcpuCase vcpu) {
        return vcpu.exitIs(Vendor.AMD, AMD_SHUTDOWN) && !vcpu.whole().release().isFrom(14) ? exit(vcpu) : Evidence.NONE;
    }

    private static List<String> machineCheck(VcpuCase vcpu) {
        if (vcpu.exitIs(Vendor.AMD, AMD_EXCEPTION_MC) || vcpu.exitIs(Vendor.INTEL, INTEL_ENTRY_MACHINE_CHECK)) {
            return exit(vcpu);
        }
        boolean intel = vcpu.exitIs(Vendor.INTEL, INTEL_EXCEPTION)
                && isVector(vcpu.word("vmcs_exit_interruption_info"), MACHINE_CHECK);
        return intel
                ? Evidence.exit(vcpu).and(vcpu, "vmcs_exit_interruption_info").lines()
                : Evidence.NONE;
    }

    static boolean isVector(Optional<Decoded> info, int vector) {
        return info.filter(i -> i.has("valid") && (i.value() & 0xff) == vector).isPresent();
    }

    /** With information that only such a fault gives: it was read before the exit code, and may be another exit's. */
    private static boolean isNestedPageFault(VcpuCase vcpu) {
        return vcpu.exitIs(Vendor.AMD, AMD_NPF) && (vcpu.exitInfo("GPA") || vcpu.exitInfo("GPT"));
    }

    private static List<String> reservedBit(VcpuCase vcpu) {
        if (isNestedPageFault(vcpu) && vcpu.exitInfo("RSV")) {
            return Evidence.exit(vcpu)
                    .and("exitinfo1 " + Hex.of(vcpu.value("exitinfo1").orElse(0)) + ", RSV set")
                    .andMoments(vcpu)
                    .lines();
        }
        return vcpu.exitIs(Vendor.INTEL, INTEL_EPT_MISCONFIGURATION) ? exit(vcpu) : Evidence.NONE;
    }

    /** Fetching an instruction from, or having page tables in, what is not memory: bhyve cannot emulate it. */
    private static List<String> fetchOutside(VcpuCase vcpu) {
        boolean amd = isNestedPageFault(vcpu) && (vcpu.exitInfo("ID") || vcpu.exitInfo("GPT"));
        boolean intel = vcpu.exitIs(Vendor.INTEL, INTEL_EPT_VIOLATION)
                && (vcpu.exitInfo("instruction fetch")
                        || (vcpu.exitInfo("linear address valid") && !vcpu.exitInfo("final translation")));
        OptionalLong address = vcpu.value(amd ? "exitinfo2" : "gpa");
        VmFacts vm = vcpu.whole().text().vm();
        if (!(amd || intel)
                || address.isEmpty()
                || vm.mappings().isEmpty()
                || GuestPhysical.isMemory(address.getAsLong(), vm)) {
            return Evidence.NONE;
        }
        String information = vcpu.informationField();
        return Evidence.exit(vcpu)
                .and(information + " " + Hex.of(vcpu.value(information).orElse(0)))
                .and((amd ? "exitinfo2 " : "gpa ") + Hex.of(address.getAsLong()) + ", outside the memory map")
                .andMoments(vcpu)
                .lines();
    }

    /** Where details decide, only a VM that was stopped in another way is known not to have ended by it. */
    private static boolean isHandled(By by, boolean suspended) {
        return switch (by) {
            case KERNEL, KERNEL_UD, EITHER, USERSPACE -> true;
            case USUALLY -> suspended;
            case ABORT, NOT_INTERCEPTED, UNKNOWN -> false;
        };
    }

    /** Abort in every release that the text can be from. */
    private static boolean isAbort(VcpuCase vcpu) {
        List<Handling> handling = handling(vcpu);
        return !handling.isEmpty() && handling.stream().allMatch(h -> h.by() == By.ABORT);
    }

    /** Whether bhyve itself said that it aborted on it, which is a finding of its own. */
    private static boolean isTold(VcpuCase vcpu) {
        return vcpu.whole().isAborted(vcpu);
    }

    private static List<Handling> handling(VcpuCase vcpu) {
        Release release = vcpu.whole().release();
        return vcpu.exit()
                .filter(ExitCode::known)
                .map(e -> e.handling().stream()
                        .filter(h -> release.overlaps(h.first(), h.last()))
                        .toList())
                .orElse(List.of());
    }

    /** What has a finding of its own is left to it. */
    private static List<String> unhandled(VcpuCase vcpu) {
        boolean special = vcpu.exitIs(Vendor.AMD, AMD_INVALID, AMD_SHUTDOWN, AMD_EXCEPTION_MC)
                || vcpu.exitIs(
                        Vendor.INTEL,
                        INTEL_TRIPLE_FAULT,
                        INTEL_GUEST_STATE,
                        INTEL_MSR_LOADING,
                        INTEL_EPT_MISCONFIGURATION);
        return !special && !isTold(vcpu) && isAbort(vcpu) ? exit(vcpu) : Evidence.NONE;
    }

    /** What FreeBSD puts there when the instruction that enters the guest failed: a finding of its own. */
    private static boolean isNoExit(VcpuCase vcpu) {
        return vcpu.whole().vendor() == Vendor.INTEL && vcpu.is("exit_reason", BhyveMessage.VmExit.NO_EXIT);
    }

    private static List<String> unknown(VcpuCase vcpu) {
        return vcpu.exit().filter(e -> !e.known()).isPresent() && !isNoExit(vcpu) ? exit(vcpu) : Evidence.NONE;
    }

    /**
     * Handled in every release that the text can be from, so that it never reaches bhyve as an end. Of a VM that is known
     * to run on nobody asks why it ended; and what a guest asks for its own end by is not said to be none.
     */
    private static List<String> handled(VcpuCase vcpu) {
        VmFacts vm = vcpu.whole().text().vm();
        List<Handling> handling = handling(vcpu).stream()
                .filter(h -> h.by() != By.NOT_INTERCEPTED)
                .toList();
        boolean runs = vm.suspended().filter(CpuSet::isEmpty).isPresent();
        boolean canEnd = vcpu.exitIs(Vendor.AMD, AMD_SHUTDOWN, AMD_IOIO)
                || vcpu.exitIs(Vendor.INTEL, INTEL_IO)
                || (isHalt(vcpu) && !vcpu.has("rflags", "IF"));
        if (runs
                || canEnd
                || handling.isEmpty()
                || isTold(vcpu)
                || !handling.stream().allMatch(h -> isHandled(h.by(), vm.isSuspended()))) {
            return Evidence.NONE;
        }
        Evidence evidence = Evidence.exit(vcpu);
        handling.forEach(h -> evidence.and("FreeBSD " + Release.range(h.first(), h.last()) + ": " + h.text()));
        return evidence.lines();
    }

    private static List<String> kick(VcpuCase vcpu) {
        boolean interrupt = vcpu.exitIs(Vendor.AMD, AMD_INTR) || vcpu.exitIs(Vendor.INTEL, INTEL_EXTERNAL);
        return interrupt && entryFailed(vcpu).isEmpty() && !vcpu.isSuspended() && !isTold(vcpu)
                ? exit(vcpu)
                : Evidence.NONE;
    }

    private static List<String> icebp(VcpuCase vcpu) {
        if (!vcpu.exitIs(Vendor.AMD, AMD_ICEBP)) {
            return Evidence.NONE;
        }
        Evidence evidence = Evidence.exit(vcpu);
        if (vcpu.hasQueued(UD)) {
            evidence.and("current: exception vector 6 (#UD), queued and not yet delivered");
        }
        // Of a vCPU that goes on rip is from another moment than its last exit.
        return vcpu.hasQueued(UD) || vcpu.isSuspended()
                ? evidence.and(vcpu, "rip").lines()
                : evidence.lines();
    }

    private static boolean isHalt(VcpuCase vcpu) {
        return vcpu.exitIs(Vendor.AMD, AMD_HLT) || vcpu.exitIs(Vendor.INTEL, INTEL_HLT);
    }

    private static List<String> halted(VcpuCase vcpu) {
        return isHalt(vcpu) && vcpu.lacks("rflags", "IF")
                ? Evidence.exit(vcpu).and(vcpu, "rflags").andMoments(vcpu).lines()
                : Evidence.NONE;
    }

    /** The ports by which a guest ends its VM, written by a vCPU that then stopped. */
    private static List<String> askedForTheEnd(VcpuCase vcpu) {
        boolean io = vcpu.exitIs(Vendor.AMD, AMD_IOIO) || vcpu.exitIs(Vendor.INTEL, INTEL_IO);
        OptionalLong information = vcpu.value(vcpu.informationField());
        if (!io || information.isEmpty() || vcpu.exitInfo("IN") || !vcpu.isSuspended()) {
            return Evidence.NONE;
        }
        long port = information.getAsLong() >>> 16 & 0xffff;
        String name = vcpu.whole()
                .decoder()
                .value("ioport", port)
                .map(NamedValue::name)
                .orElse("");
        return ENDING_PORTS.contains(port)
                ? Evidence.exit(vcpu)
                        .and("written: port " + Hex.of(port) + ", " + name)
                        .lines()
                : Evidence.NONE;
    }

    private static List<String> notDelivered(VcpuCase vcpu) {
        return vcpu.dump()
                .current()
                .filter(event -> event.type() != QueuedEvent.Type.NONE && vcpu.isSuspended())
                .map(event -> Evidence.of("suspended")
                        .and("current: " + Standing.text(event, vcpu.whole().decoder()))
                        .lines())
                .orElse(Evidence.NONE);
    }
}
