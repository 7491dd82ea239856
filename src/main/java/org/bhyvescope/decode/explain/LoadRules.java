package org.bhyvescope.decode.explain;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.bhyvescope.decode.Vendor;

/** Rules about what a vCPU's exits were spent on. */
final class LoadRules {
    /** A share of all exits from which on a reason is what the vCPU does. */
    private static final double MUCH = 0.3;

    private static final double SOME = 0.05;

    /** Fewer exits than this show no habit. */
    private static final long ENOUGH = 1000;

    static final List<Rule> ALL = List.of(
            Rule.vcpu("mmio-dominates", LoadRules::mmio),
            Rule.vcpu("bars-trapped", LoadRules::bars),
            Rule.vcpu("pause-loop", LoadRules::pause),
            Rule.vcpu("port-polling", LoadRules::ports),
            Rule.vcpu("host-interrupts-only", LoadRules::hostInterrupts),
            Rule.vcpu("unknown-exits", LoadRules::unknown),
            Rule.vcpu("unaccounted-exits", LoadRules::unaccounted),
            Rule.vcpu("stopped-by-readers", LoadRules::readers),
            Rule.vm("counters-all-zero", LoadRules::allZero),
            Rule.vcpu("vcpu-never-started", LoadRules::neverStarted),
            Rule.vm("one-vcpu-carries-it", LoadRules::imbalance));

    private LoadRules() {}

    private static List<String> dominates(VcpuCase vcpu, String reason, String what) {
        if (vcpu.counters().isEmpty()) {
            return Evidence.NONE;
        }
        Counters counters = vcpu.counters().get();
        boolean much = counters.total().orElse(0) >= ENOUGH && counters.share(reason) >= MUCH;
        return much ? List.of(Evidence.share(what, counters.reason(reason).orElse(0), counters)) : Evidence.NONE;
    }

    private static List<String> mmio(VcpuCase vcpu) {
        List<String> seen = dominates(vcpu, "instruction_emulation", "instruction emulation");
        if (seen.isEmpty()) {
            return seen;
        }
        Counters counters = vcpu.counters().orElseThrow();
        Evidence evidence = Evidence.of(seen.get(0));
        apic(vcpu, counters).ifPresent(evidence::and);
        userspaceRest(vcpu).ifPresent(rest -> evidence.and(rest));
        return evidence.lines();
    }

    /** Whether it is the local APIC, which a guest in x2APIC mode accesses by MSRs and one with APICv mostly not at all. */
    private static Optional<String> apic(VcpuCase vcpu, Counters counters) {
        boolean trapped = vcpu.whole().vendor() == Vendor.AMD
                || (vcpu.lacks("procbased_ctls2", "APIC-register virtualization")
                        && vcpu.lacks("procbased_ctls2", "virtual-interrupt delivery"));
        OptionalLong wrmsr = counters.reason("wrmsr");
        OptionalLong timer = counters.vlapicTimer();
        boolean forbidden = vcpu.is("x2apic_state", 0);
        // In x2APIC mode each interrupt of the timer is followed by an EOI, a WRMSR.
        boolean fewer = wrmsr.isPresent() && timer.isPresent() && wrmsr.getAsLong() < timer.getAsLong();
        if (!trapped || !(forbidden || fewer)) {
            return Optional.empty();
        }
        String why = forbidden ? "x2APIC is off" : "the local APIC's timer interrupted more often";
        return Optional.of(
                (wrmsr.isPresent() ? "wrmsr: " + Hex.count(wrmsr.getAsLong()) + "; " : "") + why
                        + ": the guest does not use x2APIC, and each EOI and ICR access is MMIO, which is the likeliest reading");
    }

    /** What else returns to userspace, or may: what is known to be no access to a device's memory. */
    private static long explained(Counters counters) {
        long sum = 0;
        for (String reason : List.of("inout", "pause", "rdmsr", "wrmsr")) {
            sum += counters.reason(reason).orElse(0);
        }
        return sum
                + counters.returns("ast_pending").orElse(0)
                + counters.returns("idle_requested").orElse(0);
    }

    /** Returns to userspace that nothing else explains; only where 14 and later count them. */
    private static OptionalLong beyond(VcpuCase vcpu) {
        if (vcpu.counters().isEmpty() || !vcpu.whole().release().isFrom(14)) {
            return OptionalLong.empty();
        }
        Counters counters = vcpu.counters().get();
        OptionalLong userspace = counters.returns("userspace");
        return userspace.isEmpty()
                ? OptionalLong.empty()
                : OptionalLong.of(Math.max(0, userspace.getAsLong() - explained(counters)));
    }

    private static Optional<String> userspaceRest(VcpuCase vcpu) {
        OptionalLong beyond = beyond(vcpu);
        if (beyond.isEmpty()) {
            return Optional.empty();
        }
        Counters counters = vcpu.counters().orElseThrow();
        return Optional.of("returns to userspace: "
                + Hex.count(counters.returns("userspace").orElse(0))
                + "; in/out, pause, MSRs, ASTs and reads of registers together: " + Hex.count(explained(counters))
                + "; beyond them: " + Hex.count(beyond.getAsLong()));
    }

    private static List<String> bars(VcpuCase vcpu) {
        OptionalLong beyond = beyond(vcpu);
        if (beyond.isEmpty() || dominates(vcpu, "instruction_emulation", "").isEmpty()) {
            return Evidence.NONE;
        }
        Counters counters = vcpu.counters().orElseThrow();
        long emulated = counters.reason("instruction_emulation").orElse(0);
        return beyond.getAsLong() > MUCH * emulated
                ? Evidence.of(Evidence.share("instruction emulation", emulated, counters))
                        .and(userspaceRest(vcpu).orElse(""))
                        .lines()
                : Evidence.NONE;
    }

    private static List<String> pause(VcpuCase vcpu) {
        return dominates(vcpu, "pause", "pause");
    }

    private static List<String> ports(VcpuCase vcpu) {
        return dominates(vcpu, "inout", "in/out");
    }

    private static List<String> hostInterrupts(VcpuCase vcpu) {
        return vcpu.counters().map(c -> c.share("external_interrupt")).orElse(0.0) >= 0.95
                ? dominates(vcpu, "external_interrupt", "external interrupt")
                : Evidence.NONE;
    }

    private static List<String> unknown(VcpuCase vcpu) {
        long unknown = vcpu.counters().map(c -> c.reason("unknown").orElse(0)).orElse(0L);
        return unknown == 0
                ? Evidence.NONE
                : List.of(Evidence.share(
                        "number of vm exits for unknown reason",
                        unknown,
                        vcpu.counters().orElseThrow()));
    }

    private static List<String> unaccounted(VcpuCase vcpu) {
        if (vcpu.counters().isEmpty()) {
            return Evidence.NONE;
        }
        Counters counters = vcpu.counters().get();
        long rest = counters.unaccounted().orElse(0);
        return counters.total().orElse(0) >= ENOUGH && counters.share(rest) >= SOME
                ? List.of(Evidence.share("counted by no reason", rest, counters))
                : Evidence.NONE;
    }

    private static List<String> readers(VcpuCase vcpu) {
        if (vcpu.counters().isEmpty()) {
            return Evidence.NONE;
        }
        Counters counters = vcpu.counters().get();
        long requested = counters.returns("idle_requested").orElse(0);
        return requested >= ENOUGH && counters.share(requested) >= SOME
                ? List.of("number of times idle requested at exit: " + Hex.count(requested) + " beside "
                        + Hex.count(counters.total().orElse(0)) + " exits")
                : Evidence.NONE;
    }

    private static List<String> allZero(Case whole) {
        List<VcpuCase> counted =
                whole.vcpus().stream().filter(v -> v.counters().isPresent()).toList();
        boolean zero = !counted.isEmpty()
                && counted.stream().allMatch(v -> v.counters().orElseThrow().isAllZero());
        return zero
                ? List.of(
                        "every counter of " + (counted.size() == 1 ? "the vCPU" : counted.size() + " vCPUs") + " is 0")
                : Evidence.NONE;
    }

    /** Not of an id that is no active vCPU: there is nothing to start. */
    private static List<String> neverStarted(VcpuCase vcpu) {
        boolean exists = vcpu.whole()
                .text()
                .vm()
                .active()
                .map(set -> set.contains(vcpu.id()))
                .orElse(true);
        boolean others = vcpu.whole().vcpus().stream()
                .anyMatch(v -> v != vcpu && v.hasRun() && v.counters().isPresent());
        return exists && !vcpu.hasRun() && others
                ? List.of("total number of vm exits: 0, while other vCPUs have some")
                : Evidence.NONE;
    }

    private static List<String> imbalance(Case whole) {
        List<VcpuCase> started = whole.vcpus().stream()
                .filter(v -> v.hasRun() && v.counters().isPresent())
                .toList();
        if (started.size() < 2) {
            return Evidence.NONE;
        }
        double sum = 0;
        double most = 0;
        int where = 0;
        for (VcpuCase vcpu : started) {
            double exits =
                    Counters.unsigned(vcpu.counters().orElseThrow().total().orElse(0));
            sum += exits;
            if (exits > most) {
                most = exits;
                where = vcpu.id();
            }
        }
        double rest = (sum - most) / (started.size() - 1);
        return sum >= ENOUGH && most >= 5 * rest
                ? List.of("vCPU " + where + " has " + Hex.count((long) most) + " exits, the others "
                        + Hex.count((long) rest) + " on average")
                : Evidence.NONE;
    }
}
