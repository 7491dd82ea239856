package org.bhyvescope.os;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The allow-list (design.md §3, rule 1): every command that bhyvescope ever runs on a host (the demo's own Prometheus is not one) is made by one of the
 * factories below, and nothing but {@link Children} can run one. All of them only read. Options are whole constants,
 * since bhyvectl accepts abbreviations and turns a garbled number into vCPU 0; the VM's name is one argument together
 * with {@code --vm=}, so it can never start an option.
 */
public final class Command {
    /** sysctl names that may be read. None of them is under hw.vmm.create or hw.vmm.destroy, which are commands. */
    public enum SysctlName {
        /** Host TSC frequency in Hz: the unit of {@code vcpu total runtime}. */
        TSC_FREQUENCY("machdep.tsc_freq"),
        /** Clock ticks a second: the unit of {@code number of ticks vcpu was idle}. */
        HZ("kern.hz"),
        /** {@code __FreeBSD_version}, for example 1403000: says whether reading statistics locks the vCPU. */
        RELEASE_DATE("kern.osreldate");

        private final String text;

        SysctlName(String text) {
            this.text = text;
        }

        /** The name as sysctl(8) takes it. */
        public String text() {
            return text;
        }
    }

    private final List<String> argv;

    private Command(String... argv) {
        this.argv = List.of(argv);
    }

    /** Sets, topology and the statistics of vCPU 0 in one process. */
    public static Command setsAndFirstVcpu(Path bhyvectl, String vm) {
        return new Command(
                bhyvectl.toString(),
                "--vm=" + vm,
                "--cpu=0",
                "--get-active-cpus",
                "--get-suspended-cpus",
                "--get-cpu-topology",
                "--get-stats");
    }

    /**
     * The statistics of one vCPU.
     *
     * @param vcpu an id out of the VM's active set: asking for any other one creates it in newer kernels
     * @throws IllegalArgumentException if the id is negative
     */
    public static Command statistics(Path bhyvectl, String vm, int vcpu) {
        if (vcpu < 0) {
            throw new IllegalArgumentException("vCPU id " + vcpu);
        }
        return new Command(bhyvectl.toString(), "--vm=" + vm, "--cpu=" + vcpu, "--get-stats");
    }

    /**
     * Everything that bhyvectl prints of one vCPU and its VM. Each of its 80 to 105 reads of registers and control words
     * freezes the vCPU for a moment and waits for it without end if it does not come out of the guest (get-all.md §12).
     *
     * @param vcpu an id out of the VM's active set, of a vCPU that moves or is suspended (design.md §3, rule 6)
     * @throws IllegalArgumentException if the id is negative
     */
    public static Command getAll(Path bhyvectl, String vm, int vcpu) {
        if (vcpu < 0) {
            throw new IllegalArgumentException("vCPU id " + vcpu);
        }
        return new Command(bhyvectl.toString(), "--vm=" + vm, "--cpu=" + vcpu, "--get-all");
    }

    /** All of {@link SysctlName} in one process, as {@code name: value}; -i leaves out what this kernel does not have. */
    public static Command sysctls(Path sysctl) {
        List<String> argv = new ArrayList<>(List.of(sysctl.toString(), "-i"));
        for (SysctlName name : SysctlName.values()) {
            argv.add(name.text());
        }
        return new Command(argv.toArray(String[]::new));
    }

    /** The argument vector, program first. */
    public List<String> argv() {
        return argv;
    }

    @Override
    public String toString() {
        return String.join(" ", argv);
    }
}
