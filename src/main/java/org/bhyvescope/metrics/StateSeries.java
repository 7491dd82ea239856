package org.bhyvescope.metrics;

import io.prometheus.metrics.model.snapshots.Labels;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.bhyvescope.hypervisor.Reading.Cause;
import org.bhyvescope.sampling.StateDigest.Mapped;
import org.bhyvescope.sampling.StateDigest.OfVcpu;
import org.bhyvescope.sampling.StateView;
import org.bhyvescope.sampling.VmView;

/** The series that the states of a VM's vCPUs give. */
final class StateSeries {
    /** What of the states decides which series there are. Not the name of the last exit: see {@link ChangingInfo}. */
    record Shape(List<Vcpu> vcpus, Optional<Set<Mapped>> memory, boolean clock, Set<Cause> causes) {
        private record Vcpu(int vcpu, boolean exit, Set<String> capabilities) {}

        static Shape of(VmView vm) {
            StateView shown = shown(vm);
            return new Shape(
                    shown.vcpus().stream()
                            .map(v -> new Vcpu(
                                    v.vcpu(),
                                    v.exitName().isPresent(),
                                    v.capabilities().keySet()))
                            .toList(),
                    shown.facts().map(f -> f.memory().keySet()),
                    shown.facts().filter(f -> f.rtcOffset().isPresent()).isPresent(),
                    vm.vcpuStates().errors().keySet());
        }
    }

    /** Takes a series of one VM, whose label is added. */
    interface Sink {
        void point(String family, Layout.VmSource source, String... labels);
    }

    private StateSeries() {}

    /** While a VM is unreadable nothing but the errors is shown, as with its statistics. */
    private static StateView shown(VmView vm) {
        return vm.sample().isPresent() ? vm.vcpuStates() : StateView.NONE;
    }

    /** Adds all but the last exits. */
    static void add(VmView vm, Sink to) {
        for (Cause cause : vm.vcpuStates().errors().keySet()) {
            to.point(
                    "bhyvescope_read_errors_total",
                    v -> v.vcpuStates().errors().getOrDefault(cause, 0L),
                    "cause",
                    "state_" + cause.label());
        }
        StateView shown = shown(vm);
        for (int i = 0; i < shown.vcpus().size(); i++) {
            int slot = i;
            OfVcpu vcpu = shown.vcpus().get(slot);
            for (String name : new TreeSet<>(vcpu.capabilities().keySet())) {
                to.point(
                        "bhyve_vcpu_capability",
                        v -> isSet(v.vcpuStates().vcpus().get(slot), name) ? 1 : 0,
                        "vcpu",
                        Integer.toString(vcpu.vcpu()),
                        "capability",
                        name);
            }
        }
        shown.facts().ifPresent(facts -> {
            for (Mapped mapped : facts.memory().keySet()) {
                to.point(
                        "bhyve_vm_memory_segment_bytes",
                        v -> v.vcpuStates()
                                .facts()
                                .map(f -> f.memory().getOrDefault(mapped, 0L))
                                .orElse(0L),
                        "segment",
                        mapped.segment(),
                        "flags",
                        mapped.flags());
            }
            if (facts.rtcOffset().isPresent()) {
                to.point(
                        "bhyve_vm_rtc_offset_seconds",
                        v -> v.vcpuStates()
                                .facts()
                                .map(f -> (double) f.rtcOffset().orElse(0))
                                .orElse(Double.NaN));
            }
        });
    }

    private static boolean isSet(OfVcpu vcpu, String capability) {
        return vcpu.capabilities().getOrDefault(capability, false);
    }

    /** The last exits of a VM, which is the index-th of the board. */
    static List<ChangingInfo> lastExits(VmView vm, int index) {
        List<OfVcpu> vcpus = shown(vm).vcpus();
        return IntStream.range(0, vcpus.size())
                .filter(slot -> vcpus.get(slot).exitName().isPresent())
                .mapToObj(slot -> new ChangingInfo(
                        Labels.of(
                                "vm",
                                vm.name(),
                                "vcpu",
                                Integer.toString(vcpus.get(slot).vcpu())),
                        "name",
                        board -> board.vms()
                                .get(index)
                                .vcpuStates()
                                .vcpus()
                                .get(slot)
                                .exitName()
                                .orElseThrow()))
                .toList();
    }
}
