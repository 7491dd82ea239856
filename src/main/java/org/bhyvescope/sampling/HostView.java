package org.bhyvescope.sampling;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bhyvescope.host.BhyveProcess;
import org.bhyvescope.host.DeviceInterrupts;
import org.bhyvescope.host.Iommu;
import org.bhyvescope.host.PptDevice;

/**
 * What is known of the machine around the VMs. Immutable.
 *
 * @param processes the bhyve process of each VM that is seen to have one, by the VM's name
 * @param lives what became of the processes of each VM, by name; an hour longer than the VM is there
 * @param complete whether a VM without a process in this view has none at all
 * @param devices those that ppt owns
 * @param iommu what the host tells of it
 * @param works whether each part can be seen on this host; absent while it has not been tried
 */
public record HostView(
        Map<String, Running> processes,
        Map<String, VmLife> lives,
        boolean complete,
        List<Ppt> devices,
        Iommu iommu,
        Map<Part, Boolean> works) {
    /** Nothing has been looked at. */
    public static final HostView NONE =
            new HostView(Map.of(), Map.of(), false, List.of(), Iommu.NONE, new EnumMap<>(Part.class));

    /**
     * A running bhyve process.
     *
     * @param arguments its argument vector, if it was seen before its title replaced it
     */
    public record Running(BhyveProcess now, List<String> arguments) {}

    /**
     * A passthrough device.
     *
     * @param vm the VM that has it, as far as bhyve's arguments tell: {@code none}, or {@code unknown} where the arguments of
     *     some process were not seen
     * @param interrupts empty where they cannot be counted
     */
    public record Ppt(PptDevice device, String vm, Optional<DeviceInterrupts> interrupts) {}

    /** What is looked at; {@link #label} is the value of the label {@code part}. */
    public enum Part {
        PROCESSES("processes"),
        EXIT_STATUS("exit_status"),
        DEVICES("devices"),
        INTERRUPTS("interrupts");

        private final String label;

        Part(String label) {
            this.label = label;
        }

        public String label() {
            return label;
        }
    }

    /** The process of a VM. */
    public Optional<Running> process(String vm) {
        return Optional.ofNullable(processes.get(vm));
    }

    /** The same, without what became of processes. */
    HostView withoutLives() {
        return new HostView(processes, Map.of(), complete, devices, iommu, works);
    }

    /** What became of a VM's processes. */
    public Optional<VmLife> life(String vm) {
        return Optional.ofNullable(lives.get(vm));
    }

    /** Whether it is certain that no bhyve process runs this VM: its end was seen, or all processes were. */
    public boolean isWithoutProcess(String vm) {
        return !processes.containsKey(vm) && (complete || life(vm).isPresent());
    }
}
