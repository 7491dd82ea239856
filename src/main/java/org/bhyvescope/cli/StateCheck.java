package org.bhyvescope.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.bhyvescope.dump.Gap;
import org.bhyvescope.host.HostFacts;
import org.bhyvescope.hypervisor.Hypervisor;
import org.bhyvescope.hypervisor.Reading;
import org.bhyvescope.hypervisor.StateReading;
import org.bhyvescope.hypervisor.StateSource;
import org.bhyvescope.hypervisor.VcpuState;
import org.bhyvescope.hypervisor.VmId;
import org.bhyvescope.sampling.StateAccess;

/** What {@code bhyvectl --get-all} gives on this host: tries one vCPU that may be read. */
final class StateCheck {
    /** Each VM takes a second. */
    private static final int MAX_VMS = 3;

    private final Hypervisor hypervisor;
    private final StateSource states;
    private final HostFacts host;
    private final Duration readTimeout;

    StateCheck(Hypervisor hypervisor, StateSource states, HostFacts host, Duration readTimeout) {
        this.hypervisor = hypervisor;
        this.states = states;
        this.host = host;
        this.readTimeout = readTimeout;
    }

    /** What to say of it, line by line. Nothing that fails here is necessary to the agent. */
    List<String> run(List<VmId> readable) throws InterruptedException {
        for (VmId vm : readable.subList(0, Math.min(MAX_VMS, readable.size()))) {
            LiveVm live = new LiveVm(hypervisor, states, host, vm, readTimeout);
            if (live.sampleTwice().isPresent()) {
                continue;
            }
            OptionalInt vcpu = allowed(live);
            if (vcpu.isPresent()) {
                return said(vm, vcpu.getAsInt(), live.read(vcpu.getAsInt()));
            }
        }
        return List.of("bhyvectl --get-all was not tried: no vCPU moves, and no VM is suspended");
    }

    private static OptionalInt allowed(LiveVm live) throws InterruptedException {
        for (int vcpu : live.active().stream().toArray()) {
            if (live.access(vcpu) == StateAccess.ALLOWED) {
                return OptionalInt.of(vcpu);
            }
        }
        return OptionalInt.empty();
    }

    private static List<String> said(VmId vm, int vcpu, StateReading reading) {
        String which = "bhyvectl --get-all of VM " + vm.name() + ", vCPU " + vcpu;
        if (reading instanceof Reading.Failure failure) {
            return List.of(which + " failed: " + failure.detail());
        }
        VcpuState state = (VcpuState) reading;
        List<String> lines = new ArrayList<>();
        for (Gap gap : state.ofVcpu().gaps()) {
            lines.add(which + " ends early" + (gap.after().isEmpty() ? "" : " after " + gap.after())
                    + (gap.why().isEmpty() ? "" : ": " + gap.why()) + "; lost: " + gap.missing());
        }
        if (lines.isEmpty()) {
            lines.add(which + " is whole");
        }
        if (lines.stream().anyMatch(line -> line.contains("/dev/mem"))) {
            lines.add("without /dev/mem there are no metrics of last exit, capabilities and clock;"
                    + " statistics are not affected. It is root's to open, and not to be had in a jail");
        }
        return lines;
    }
}
