package org.bhyvescope.decode.explain;

import java.util.List;
import java.util.OptionalLong;
import org.bhyvescope.decode.Decoded;

/** Rules about what the guest's code was doing, by its registers. */
final class GuestRules {
    private static final int DOUBLE_FAULT = 8;
    private static final long INTERRUPT_TYPE_EXCEPTION = 3;

    static final List<Rule> ALL = List.of(
            Rule.vcpu("double-fault", GuestRules::doubleFault),
            Rule.vcpu("single-step-in-kernel", GuestRules::singleStepInKernel),
            Rule.vcpu("single-step-in-program", GuestRules::singleStepInProgram),
            Rule.vcpu("control-block-zero", GuestRules::zero),
            Rule.vcpu("hardware-breakpoints", GuestRules::breakpoints));

    private GuestRules() {}

    private static List<String> doubleFault(VcpuCase vcpu) {
        if (vcpu.hasPending(DOUBLE_FAULT) || vcpu.hasQueued(DOUBLE_FAULT)) {
            return Evidence.of("pending or current: exception vector 8 (#DF)").lines();
        }
        boolean delivering = vcpu.word("exitintinfo")
                .filter(GuestRules::isException)
                .map(info -> (info.value() & 0xff) == DOUBLE_FAULT)
                .orElse(false);
        return delivering
                ? Evidence.of("event being delivered: #DF")
                        .and(vcpu, "exitintinfo")
                        .lines()
                : Evidence.NONE;
    }

    private static boolean isException(Decoded info) {
        return info.has("V") && (info.value() >> 8 & 7) == INTERRUPT_TYPE_EXCEPTION;
    }

    private static List<String> singleStepInKernel(VcpuCase vcpu) {
        return vcpu.has("rflags", "TF") && vcpu.mode().isKernel()
                ? Evidence.of("privilege level 0")
                        .and(vcpu, "rflags")
                        .and(vcpu, "rip")
                        .andMoments(vcpu)
                        .lines()
                : Evidence.NONE;
    }

    private static List<String> singleStepInProgram(VcpuCase vcpu) {
        return vcpu.has("rflags", "TF") && vcpu.mode().privilege().orElse(0) == 3
                ? Evidence.of("privilege level 3")
                        .and(vcpu, "rflags")
                        .andMoments(vcpu)
                        .lines()
                : Evidence.NONE;
    }

    private static List<String> zero(VcpuCase vcpu) {
        return vcpu.isControlBlockZero()
                ? Evidence.of("cr_intercept, inst1_intercept and inst2_intercept are 0")
                        .lines()
                : Evidence.NONE;
    }

    /** DR7 bits 7:0 enable the four breakpoints (APM vol. 2 §13.1.1.4, SDM vol. 3 §18.2.4). */
    private static List<String> breakpoints(VcpuCase vcpu) {
        OptionalLong dr7 = vcpu.value("dr7");
        return dr7.isPresent() && (dr7.getAsLong() & 0xff) != 0
                ? Evidence.of("DR7 enables a breakpoint").and(vcpu, "dr7").lines()
                : Evidence.NONE;
    }
}
