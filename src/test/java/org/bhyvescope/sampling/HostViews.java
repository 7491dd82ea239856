package org.bhyvescope.sampling;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.bhyvescope.host.BhyveProcess;
import org.bhyvescope.host.BhyveProcess.VcpuThread;
import org.bhyvescope.host.DeviceInterrupts;
import org.bhyvescope.host.Iommu;
import org.bhyvescope.host.PptDevice;
import org.bhyvescope.host.VmEnd;

/** Views of the machine around the VMs, made up. */
public final class HostViews {
    /** Later than any sample of a test. */
    private static final long FAR_OFF = 4_000_000_000_000L;

    private HostViews() {}

    /** A process of this VM. */
    public static BhyveProcess process(String vm, int pid, long startMillis) {
        return new BhyveProcess(
                new BhyveProcess.Id(pid, startMillis * 1000),
                vm,
                1,
                0,
                OptionalLong.of(64L << 20),
                OptionalLong.of(1_500_000),
                OptionalLong.of(90_250_000),
                List.of(
                        new VcpuThread(0, OptionalLong.of(40_000_000), "vmidle"),
                        new VcpuThread(1, OptionalLong.of(41_000_000), "")),
                List.of());
    }

    /** A graphics card. */
    public static PptDevice card() {
        return new PptDevice(
                "ppt0", "pci0:3:0:0", 0x1002, 0x73af, 0x030000, Optional.of("Advanced Micro"), Optional.empty());
    }

    /** Ends: none but these. */
    public static VmLife life(VmEnd end, long number, List<Long> starts) {
        Map<VmEnd.How, Long> ends = new EnumMap<>(VmEnd.How.class);
        for (VmEnd.How how : VmEnd.How.values()) {
            ends.put(how, how == end.how() ? number : 0L);
        }
        return new VmLife(
                ends,
                number == 0
                        ? Optional.empty()
                        : Optional.of(new VmLife.Ended(process("gone", 7, 1000), List.of(), end, FAR_OFF)),
                starts,
                0);
    }

    /** A VM with a process and a device, another that has ended. */
    public static HostView everything() {
        Map<HostView.Part, Boolean> works = new EnumMap<>(HostView.Part.class);
        for (HostView.Part part : HostView.Part.values()) {
            works.put(part, part != HostView.Part.EXIT_STATUS);
        }
        return new HostView(
                Map.of("vm", new HostView.Running(process("vm", 4711, 1_700_000_000_500L), List.of())),
                Map.of(
                        "vm",
                        life(VmEnd.unseen(), 0, List.of(1_700_000_000_500L)),
                        "gone",
                        life(new VmEnd(VmEnd.How.TRIPLE_FAULT, OptionalInt.of(768), "exit 3"), 2, List.of())),
                true,
                List.of(new HostView.Ppt(
                        card(),
                        "vm",
                        Optional.of(new DeviceInterrupts(
                                "ppt0", 1234, OptionalDouble.of(55.5), OptionalDouble.of(99), 4, false)))),
                new Iommu(
                        OptionalLong.of(1),
                        OptionalLong.of(1),
                        OptionalLong.of(1),
                        OptionalLong.of(1),
                        OptionalLong.of(3)),
                works);
    }
}
