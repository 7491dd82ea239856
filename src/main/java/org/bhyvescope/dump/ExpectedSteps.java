package org.bhyvescope.dump;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The lines that a whole {@code --get-all} of this vCPU would have, in their order. */
final class ExpectedSteps {
    private static final PrintOrder ORDER = PrintOrder.OF_GET_ALL;

    /** So many lines of consecutive steps are --get-all, and not a few single options. */
    private static final int A_RUN = 8;

    private static final Set<String> EVENTS = Set.of("pending", "current");
    private static final int EFER = ORDER.position("efer");
    private static final int CAPABILITIES = ORDER.position("capabilities");
    private static final int EXIT_REASON = ORDER.position("exit_reason");

    private ExpectedSteps() {}

    static List<PrintOrder.Step> of(VcpuBuilder vcpu) {
        String vendor = vendor(vcpu);
        List<PrintOrder.Step> steps = new ArrayList<>();
        for (PrintOrder.Step step : ORDER.steps()) {
            boolean here = step.hosts().equals("any")
                    || (!vendor.isEmpty() && step.hosts().equals("amd64"))
                    || step.hosts().equals(vendor);
            if (here) {
                steps.add(step);
            }
        }
        if (hasEventsEarly(vcpu)) {
            List<PrintOrder.Step> events =
                    steps.stream().filter(s -> EVENTS.contains(s.name())).toList();
            steps.removeAll(events);
            int at = 0;
            while (at < steps.size() && steps.get(at).position() < CAPABILITIES) {
                at++;
            }
            steps.addAll(at, events);
        }
        return steps;
    }

    /** {@code amd}, {@code intel}, {@code amd64} if it can be either, or empty: another architecture. */
    private static String vendor(VcpuBuilder vcpu) {
        for (PrintOrder.Step step : ORDER.steps()) {
            if (vcpu.seen.get(step.position())
                    && (step.hosts().equals("amd") || step.hosts().equals("intel"))) {
                return step.hosts();
            }
        }
        // arm64 and riscv have no names for their capabilities, and no fields.
        boolean other = vcpu.seen.get(CAPABILITIES) && vcpu.capabilities.isEmpty() && !hasFields(vcpu);
        return other ? "" : "amd64";
    }

    private static boolean hasFields(VcpuBuilder vcpu) {
        return ORDER.steps().stream().anyMatch(s -> s.form().isField() && vcpu.seen.get(s.position()));
    }

    /** Release 15 and later: known by the place of the events, or because it went on after an error. */
    static boolean hasEventsEarly(VcpuBuilder vcpu) {
        boolean wentOn = vcpu.seen.get(CAPABILITIES) && !vcpu.seen.get(EXIT_REASON) && vcpu.errno.isEmpty();
        return vcpu.eventsEarly || (wentOn && hasFields(vcpu));
    }

    /** Whether the lines are those of --get-all; else gaps mean nothing. */
    static boolean isGetAll(VcpuBuilder vcpu) {
        boolean tables = vcpu.seen.get(0) || vcpu.seen.get(1);
        boolean more = vcpu.seen.get(EFER) || vcpu.seen.get(CAPABILITIES) || vcpu.isEmpty();
        return (tables && more) || hasRun(vcpu);
    }

    private static boolean hasRun(VcpuBuilder vcpu) {
        int run = 0;
        for (PrintOrder.Step step : of(vcpu)) {
            if (step.form().isField()) {
                run = vcpu.seen.get(step.position()) ? run + 1 : 0;
            }
            if (run == A_RUN) {
                return true;
            }
        }
        return false;
    }
}
