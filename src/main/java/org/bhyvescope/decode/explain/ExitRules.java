package org.bhyvescope.decode.explain;

import java.util.List;
import java.util.Optional;
import org.bhyvescope.decode.Decoded;
import org.bhyvescope.decode.Decoder;
import org.bhyvescope.decode.ExitCode;
import org.bhyvescope.decode.ExitCode.By;
import org.bhyvescope.decode.ExitCode.Handling;
import org.bhyvescope.decode.Vendor;
import org.bhyvescope.dump.CpuSet;

/** Rules about a vCPU's last exit. */
final class ExitRules {
    private static final long AMD_EXCEPTION_MC = 0x52;
    private static final long AMD_INTR = 0x60;
    private static final long AMD_HLT = 0x78;
    private static final long AMD_SHUTDOWN = 0x7f;
    private static final long AMD_ICEBP = 0x88;
    private static final long AMD_NPF = 0x400;
    private static final long AMD_INVALID = -1;
    private static final long INTEL_EXCEPTION = 0;
    private static final long INTEL_EXTERNAL = 1;
    private static final long INTEL_TRIPLE_FAULT = 2;
    private static final long INTEL_HLT = 12;
    private static final long INTEL_GUEST_STATE = 33;
    private static final long INTEL_MSR_LOADING = 34;
    private static final long INTEL_ENTRY_MACHINE_CHECK = 41;
    private static final long INTEL_EPT_MISCONFIGURATION = 49;
    private static final int UD = 6;
    private static final int MACHINE_CHECK = 18;

    static final List<Rule> ALL = List.of(
            Rule.vcpu("entry-failed-guest-state", ExitRules::guestState),
            Rule.vcpu("entry-failed-otherwise", ExitRules::entryFailed),
            Rule.vcpu("vmcb-refused", v -> v.exitIs(Vendor.AMD, AMD_INVALID) ? exit(v) : Evidence.NONE),
            Rule.vcpu("triple-fault", v -> v.exitIs(Vendor.INTEL, INTEL_TRIPLE_FAULT) ? exit(v) : Evidence.NONE),
            Rule.vcpu("shutdown-ud-loop", ExitRules::shutdownLoop),
            Rule.vcpu("shutdown-abort", ExitRules::shutdownAbort),
            Rule.vcpu("machine-check", ExitRules::machineCheck),
            Rule.vcpu("nested-tables-reserved-bit", ExitRules::reservedBit),
            Rule.vcpu("fetch-outside-memory", ExitRules::fetchOutside),
            Rule.vcpu("exit-unhandled", ExitRules::unhandled),
            Rule.vcpu("exit-code-unknown", ExitRules::unknown),
            Rule.vcpu("exit-handled", ExitRules::handled),
            Rule.vcpu("exit-is-the-dumps-own", ExitRules::kick),
            Rule.vcpu("icebp-ud", ExitRules::icebp),
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
        boolean flagged = vcpu.exit()
                .map(e -> e.flags().stream().anyMatch(f -> f.known() && f.bits().equals("31")))
                .orElse(false);
        boolean byCode = vcpu.exitIs(Vendor.INTEL, INTEL_MSR_LOADING, INTEL_ENTRY_MACHINE_CHECK);
        return (flagged || byCode) && !vcpu.exitIs(Vendor.INTEL, INTEL_GUEST_STATE) ? exit(vcpu) : Evidence.NONE;
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

    private static List<String> reservedBit(VcpuCase vcpu) {
        if (vcpu.exitIs(Vendor.AMD, AMD_NPF) && hasInfo(vcpu, "RSV")) {
            return Evidence.exit(vcpu)
                    .and("exitinfo1 " + Hex.of(vcpu.value("exitinfo1").orElse(0)) + ", RSV set")
                    .lines();
        }
        return vcpu.exitIs(Vendor.INTEL, INTEL_EPT_MISCONFIGURATION) ? exit(vcpu) : Evidence.NONE;
    }

    private static boolean hasInfo(VcpuCase vcpu, String bit) {
        Decoder decoder = vcpu.whole().decoder();
        return vcpu.value("exitinfo1").isPresent()
                && decoder.word("npf_info1", vcpu.value("exitinfo1").getAsLong())
                        .map(w -> w.has(bit))
                        .orElse(false);
    }

    /** Fetching an instruction from, or having page tables in, what is not memory: bhyve cannot emulate it. */
    private static List<String> fetchOutside(VcpuCase vcpu) {
        boolean outside = vcpu.value("exitinfo2").isPresent()
                && !vcpu.whole().text().vm().mappings().isEmpty()
                && !GuestPhysical.isMemory(
                        vcpu.value("exitinfo2").getAsLong(), vcpu.whole().text().vm());
        if (vcpu.exitIs(Vendor.AMD, AMD_NPF) && outside && (hasInfo(vcpu, "ID") || hasInfo(vcpu, "GPT"))) {
            return Evidence.exit(vcpu)
                    .and("exitinfo1 " + Hex.of(vcpu.value("exitinfo1").orElse(0)))
                    .and("exitinfo2 " + Hex.of(vcpu.value("exitinfo2").orElse(0)) + ", outside the memory map")
                    .lines();
        }
        return Evidence.NONE;
    }

    private static boolean isHandled(By by) {
        return by == By.KERNEL || by == By.KERNEL_UD || by == By.EITHER || by == By.USERSPACE;
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

    /** Abort in every release that the text can be from. What has a finding of its own is left to it. */
    private static List<String> unhandled(VcpuCase vcpu) {
        List<Handling> handling = handling(vcpu);
        boolean special = vcpu.exitIs(Vendor.AMD, AMD_INVALID, AMD_SHUTDOWN, AMD_EXCEPTION_MC)
                || vcpu.exitIs(
                        Vendor.INTEL,
                        INTEL_TRIPLE_FAULT,
                        INTEL_GUEST_STATE,
                        INTEL_MSR_LOADING,
                        INTEL_EPT_MISCONFIGURATION);
        return !special
                        && !isTold(vcpu)
                        && !handling.isEmpty()
                        && handling.stream().allMatch(h -> h.by() == By.ABORT)
                ? exit(vcpu)
                : Evidence.NONE;
    }

    private static List<String> unknown(VcpuCase vcpu) {
        return vcpu.exit().filter(e -> !e.known()).isPresent() ? exit(vcpu) : Evidence.NONE;
    }

    /**
     * Handled in every release that the text can be from, so that it never reaches bhyve as an end. Of a VM that is known
     * to run on nobody asks why it ended.
     */
    private static List<String> handled(VcpuCase vcpu) {
        if (vcpu.whole().text().vm().suspended().filter(CpuSet::isEmpty).isPresent()) {
            return Evidence.NONE;
        }
        List<Handling> handling = handling(vcpu).stream()
                .filter(h -> h.by() != By.NOT_INTERCEPTED)
                .toList();
        boolean wouldLoop = vcpu.exitIs(Vendor.AMD, AMD_SHUTDOWN);
        if (handling.isEmpty()
                || wouldLoop
                || isTold(vcpu)
                || !handling.stream().allMatch(h -> isHandled(h.by()))) {
            return Evidence.NONE;
        }
        Evidence evidence = Evidence.exit(vcpu);
        handling.forEach(h -> evidence.and("FreeBSD " + Release.range(h.first(), h.last()) + ": " + h.text()));
        return evidence.lines();
    }

    private static List<String> kick(VcpuCase vcpu) {
        boolean interrupt = vcpu.exitIs(Vendor.AMD, AMD_INTR) || vcpu.exitIs(Vendor.INTEL, INTEL_EXTERNAL);
        return interrupt && !vcpu.isSuspended() && !isTold(vcpu) ? exit(vcpu) : Evidence.NONE;
    }

    private static List<String> icebp(VcpuCase vcpu) {
        if (!vcpu.exitIs(Vendor.AMD, AMD_ICEBP)) {
            return Evidence.NONE;
        }
        Evidence evidence = Evidence.exit(vcpu);
        if (vcpu.hasQueued(UD)) {
            evidence.and("current: exception vector 6 (#UD), queued and not yet delivered");
        }
        return evidence.and(vcpu, "rip").lines();
    }

    private static List<String> halted(VcpuCase vcpu) {
        boolean halt = vcpu.exitIs(Vendor.AMD, AMD_HLT) || vcpu.exitIs(Vendor.INTEL, INTEL_HLT);
        return halt && vcpu.lacks("rflags", "IF")
                ? Evidence.exit(vcpu).and(vcpu, "rflags").lines()
                : Evidence.NONE;
    }
}
