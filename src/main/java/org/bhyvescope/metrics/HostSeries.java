package org.bhyvescope.metrics;

import io.prometheus.metrics.model.snapshots.Labels;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.bhyvescope.host.BhyveProcess;
import org.bhyvescope.host.BhyveProcess.VcpuThread;
import org.bhyvescope.host.DeviceInterrupts;
import org.bhyvescope.host.VmEnd;
import org.bhyvescope.sampling.Board;
import org.bhyvescope.sampling.HostView;

/** The series that the machine around the VMs gives. */
final class HostSeries {
    private static final double MICROS = 1e6;

    private HostSeries() {}

    /** What of the host decides which series there are. */
    record Shape(
            List<OfProcess> processes,
            Set<String> lives,
            List<OfDevice> devices,
            boolean iommu,
            boolean iommuEvents,
            boolean listed,
            Set<HostView.Part> parts) {
        private record OfProcess(
                String vm, boolean resident, boolean user, boolean system, List<Integer> vcpus, boolean times) {}

        private record OfDevice(HostView.Ppt ppt, boolean counted) {}

        static Shape of(HostView host) {
            List<OfProcess> processes = new ArrayList<>();
            host.processes().forEach((vm, running) -> {
                BhyveProcess now = running.now();
                processes.add(new OfProcess(
                        vm,
                        now.residentBytes().isPresent(),
                        now.userMicros().isPresent(),
                        now.systemMicros().isPresent(),
                        now.vcpus().stream().map(VcpuThread::vcpu).toList(),
                        now.vcpus().stream().allMatch(t -> t.cpuMicros().isPresent())));
            });
            return new Shape(
                    processes,
                    Set.copyOf(host.lives().keySet()),
                    host.devices().stream()
                            .map(ppt -> new OfDevice(
                                    new HostView.Ppt(ppt.device(), ppt.vm(), Optional.empty()),
                                    ppt.interrupts().isPresent()))
                            .toList(),
                    host.iommu().initialized().isPresent(),
                    host.iommu().amdviEvents().isPresent(),
                    isListed(host),
                    host.works().isEmpty()
                            ? Set.of()
                            : EnumSet.copyOf(host.works().keySet()));
        }
    }

    /** Takes a series. */
    interface Sink {
        void point(String family, Layout.Source source, String... labels);
    }

    /** Takes a series with a label that changes. */
    interface ChangingSink {
        void info(String family, ChangingInfo info);
    }

    private static boolean isListed(HostView host) {
        return host.works().getOrDefault(HostView.Part.DEVICES, false);
    }

    static void add(HostView host, Sink to, ChangingSink changing) {
        for (HostView.Part part : host.works().keySet()) {
            to.point(
                    "bhyvescope_host_part_up",
                    board -> board.host().works().getOrDefault(part, false) ? 1 : 0,
                    "part",
                    part.label());
        }
        if (host.iommu().initialized().isPresent()) {
            to.point(
                    "bhyve_host_iommu_enabled",
                    board -> orNan(board.host().iommu().initialized()));
        }
        if (host.iommu().amdviEvents().isPresent()) {
            to.point(
                    "bhyve_host_iommu_events_total",
                    board -> orNan(board.host().iommu().amdviEvents()));
        }
        host.lives().keySet().forEach(vm -> addEnds(vm, to));
        host.processes().forEach((vm, running) -> addProcess(vm, running.now(), to, changing));
        if (isListed(host)) {
            to.point("bhyve_host_ppt_devices", board -> board.host().devices().size());
        }
        for (int i = 0; i < host.devices().size(); i++) {
            addDevice(host.devices().get(i), i, to);
        }
    }

    private static void addEnds(String vm, Sink to) {
        for (VmEnd.How how : VmEnd.How.values()) {
            to.point(
                    "bhyve_vm_ends_total",
                    board -> board.host()
                            .life(vm)
                            .map(life -> life.ends().getOrDefault(how, 0L))
                            .orElse(0L),
                    "vm",
                    vm,
                    "how",
                    how.label());
        }
    }

    private static void addProcess(String vm, BhyveProcess process, Sink to, ChangingSink changing) {
        if (process.userMicros().isPresent()) {
            addMode(vm, "user", p -> orNan(p.userMicros()) / MICROS, to);
        }
        if (process.systemMicros().isPresent()) {
            addMode(vm, "system", p -> orNan(p.systemMicros()) / MICROS, to);
        }
        if (process.residentBytes().isPresent()) {
            to.point("bhyve_vm_process_resident_bytes", of(vm, p -> orNan(p.residentBytes())), "vm", vm);
        }
        to.point("bhyve_vm_process_start_time_seconds", of(vm, p -> p.id().startMicros() / MICROS), "vm", vm);
        for (int i = 0; i < process.vcpus().size(); i++) {
            int slot = i;
            VcpuThread thread = process.vcpus().get(slot);
            String vcpu = Integer.toString(thread.vcpu());
            if (thread.cpuMicros().isPresent()) {
                to.point(
                        "bhyve_vcpu_thread_cpu_seconds_total",
                        of(vm, p -> orNan(p.vcpus().get(slot).cpuMicros()) / MICROS),
                        "vm",
                        vm,
                        "vcpu",
                        vcpu);
            }
            Function<Board, String> waits = board -> board.host()
                    .process(vm)
                    .map(p -> waits(p.now().vcpus().get(slot)))
                    .orElse("");
            changing.info(
                    "bhyve_vcpu_thread_info", new ChangingInfo(Labels.of("vm", vm, "vcpu", vcpu), "waits", waits));
        }
    }

    /** An empty label would be no label. */
    private static String waits(VcpuThread thread) {
        return thread.waitChannel().isEmpty() ? "none" : thread.waitChannel();
    }

    private static void addMode(String vm, String mode, ToDoubleFunction<BhyveProcess> value, Sink to) {
        to.point("bhyve_vm_process_cpu_seconds_total", of(vm, value), "vm", vm, "mode", mode);
    }

    private static void addDevice(HostView.Ppt ppt, int index, Sink to) {
        String device = ppt.device().name();
        to.point(
                "bhyve_ppt_info",
                board -> 1,
                "device",
                device,
                "pci",
                ppt.device().selector(),
                "vendor",
                ppt.device().vendorText(),
                "product",
                ppt.device().productText(),
                "vm",
                ppt.vm());
        if (ppt.interrupts().isPresent()) {
            to.point("bhyve_ppt_interrupts_total", interrupts(index, DeviceInterrupts::total), "device", device);
            to.point("bhyve_ppt_interrupt_rate", interrupts(index, i -> i.rate().orElse(Double.NaN)), "device", device);
            to.point(
                    "bhyve_ppt_interrupt_rate_peak",
                    interrupts(index, i -> i.peak().orElse(Double.NaN)),
                    "device",
                    device);
            to.point("bhyve_ppt_interrupt_vectors", interrupts(index, DeviceInterrupts::vectors), "device", device);
        }
    }

    private static Layout.Source interrupts(int index, ToDoubleFunction<DeviceInterrupts> value) {
        return board -> board.host()
                .devices()
                .get(index)
                .interrupts()
                .map(value::applyAsDouble)
                .orElse(Double.NaN);
    }

    private static Layout.Source of(String vm, ToDoubleFunction<BhyveProcess> value) {
        return board ->
                board.host().process(vm).map(p -> value.applyAsDouble(p.now())).orElse(Double.NaN);
    }

    private static double orNan(OptionalLong value) {
        return value.isPresent() ? (double) value.getAsLong() : Double.NaN;
    }
}
