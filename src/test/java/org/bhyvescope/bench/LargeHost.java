package org.bhyvescope.bench;

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bhyvescope.host.BhyveProcess;
import org.bhyvescope.host.BhyveProcess.VcpuThread;
import org.bhyvescope.host.DeviceInterrupts;
import org.bhyvescope.host.Iommu;
import org.bhyvescope.host.PptDevice;
import org.bhyvescope.host.VmEnd;
import org.bhyvescope.sampling.HostView;
import org.bhyvescope.sampling.VmLife;

/** The machine around the VMs of a {@link SimulatedBoard}: a process and two passthrough devices for each, busy all the time. */
final class LargeHost {
    private static final int FUNCTIONS = 2;
    private static final int FIRST_PID = 2000;
    private static final long MICROS_A_STEP = 400_000;
    private static final int INTERRUPTS_A_STEP = 9000;

    private final int vms;
    private final int vcpus;
    private long steps;

    LargeHost(int vms, int vcpus) {
        this.vms = vms;
        this.vcpus = vcpus;
    }

    /** What is seen of it a step later. */
    HostView next() {
        steps++;
        Map<String, HostView.Running> processes = new LinkedHashMap<>();
        Map<String, VmLife> lives = new LinkedHashMap<>();
        for (int vm = 0; vm < vms; vm++) {
            processes.put(SimulatedBoard.name(vm), new HostView.Running(process(vm), List.of()));
            lives.put(SimulatedBoard.name(vm), new VmLife(ends(vm), Optional.empty(), List.of(), 0));
        }
        Iommu iommu = new Iommu(
                OptionalLong.of(1), OptionalLong.of(1), OptionalLong.of(1), OptionalLong.of(1), OptionalLong.of(steps));
        return new HostView(
                processes,
                lives,
                true,
                IntStream.range(0, vms * FUNCTIONS).mapToObj(this::device).toList(),
                iommu,
                works());
    }

    private BhyveProcess process(int vm) {
        List<VcpuThread> threads = IntStream.range(0, vcpus)
                .mapToObj(vcpu -> new VcpuThread(
                        vcpu, OptionalLong.of(steps * MICROS_A_STEP), (steps + vcpu) % 3 == 0 ? "vmidle" : ""))
                .toList();
        return new BhyveProcess(
                new BhyveProcess.Id(FIRST_PID + vm, 0),
                SimulatedBoard.name(vm),
                1,
                0,
                OptionalLong.of(45_000_000),
                OptionalLong.of(steps * MICROS_A_STEP / 10),
                OptionalLong.of(steps * MICROS_A_STEP * vcpus),
                threads,
                List.of());
    }

    /** Now and then one is reset, and one in ten has a triple fault. */
    private Map<VmEnd.How, Long> ends(int vm) {
        Map<VmEnd.How, Long> ends = new EnumMap<>(VmEnd.How.class);
        for (VmEnd.How how : VmEnd.How.values()) {
            boolean happens = how == VmEnd.How.RESET || (how == VmEnd.How.TRIPLE_FAULT && vm % 10 == 0);
            ends.put(how, happens ? (steps + vm) / 60 : 0);
        }
        return ends;
    }

    private HostView.Ppt device(int number) {
        int vm = number / FUNCTIONS;
        String name = "ppt" + number;
        PptDevice device = new PptDevice(
                name,
                "pci0:" + (1 + vm) + ":0:" + number % FUNCTIONS,
                0x1002,
                0x73af,
                0x030000,
                Optional.of("Advanced Micro Devices, Inc. [AMD/ATI]"),
                Optional.of("Navi 21"));
        double rate = INTERRUPTS_A_STEP / 15.0;
        return new HostView.Ppt(
                device,
                SimulatedBoard.name(vm),
                Optional.of(new DeviceInterrupts(
                        name,
                        steps * (double) INTERRUPTS_A_STEP,
                        OptionalDouble.of(rate),
                        OptionalDouble.of(rate * 2),
                        1,
                        false)));
    }

    private static Map<HostView.Part, Boolean> works() {
        return new EnumMap<>(
                Stream.of(HostView.Part.values()).collect(Collectors.toMap(Function.identity(), p -> true)));
    }
}
