package org.bhyvescope.os;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.bhyvescope.libc.Sysctls.Name;

/**
 * The allow-list (design.md §3, rule 1): every command that bhyvescope ever runs on a host (the demo's own Prometheus is not one) is made by one of the
 * factories below, and nothing but {@link Children} can run one. All of them only read. Options are whole constants,
 * since bhyvectl accepts abbreviations and turns a garbled number into vCPU 0; the VM's name is one argument together
 * with {@code --vm=}, so it can never start an option.
 */
public final class Command {
    /** By name, since it lies above this package. */
    private static final String READER = "org.bhyvescope.hypervisor.vmmdev.ReaderMain";

    private static final List<String> PS_KEYWORDS =
            List.of("pid", "ppid", "jid", "rss", "usertime", "systime", "etimes", "ucomm", "args");

    private final List<String> argv;
    private final boolean takesRequests;
    private final String request;

    private Command(String... argv) {
        this(List.of(argv), false);
    }

    private Command(List<String> argv, boolean takesRequests) {
        this(argv, takesRequests, "");
    }

    private Command(List<String> argv, boolean takesRequests, String request) {
        this.argv = List.copyOf(argv);
        this.takesRequests = takesRequests;
        this.request = request;
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

    /** All of {@link Name} in one process, as {@code name: value}; -i leaves out what this kernel does not have. */
    public static Command sysctls(Path sysctl) {
        List<String> argv = new ArrayList<>(List.of(sysctl.toString(), "-i"));
        for (Name name : Name.values()) {
            argv.add(name.text());
        }
        return new Command(argv.toArray(String[]::new));
    }

    /**
     * All processes, one a line: pid, parent, jail, resident KiB, user time, system time, seconds since the start, executable, title or
     * arguments. The last column is never cut; each keyword has an option of its own, since what stands behind "=" is a header.
     */
    public static Command processes(Path ps) {
        List<String> argv = new ArrayList<>(List.of(ps.toString(), "-axww"));
        for (String keyword : PS_KEYWORDS) {
            argv.addAll(List.of("-o", keyword + "="));
        }
        return new Command(argv, false);
    }

    /** The threads of processes as JSON: names and wait channels. */
    public static Command threads(Path procstat, List<Integer> pids) {
        return procstat(procstat, List.of("--libxo", "json", "-t"), pids);
    }

    /** The same as text, which is whole also where a process goes meanwhile. */
    public static Command threadsAsText(Path procstat, List<Integer> pids) {
        return procstat(procstat, List.of("-t"), pids);
    }

    /** The CPU time of each thread of processes, as text. */
    public static Command threadTimes(Path procstat, List<Integer> pids) {
        return procstat(procstat, List.of("-rH"), pids);
    }

    private static Command procstat(Path procstat, List<String> options, List<Integer> pids) {
        List<String> argv = new ArrayList<>(List.of(procstat.toString()));
        argv.addAll(options);
        for (int pid : pids) {
            if (pid <= 0) {
                throw new IllegalArgumentException("pid " + pid);
            }
            argv.add(Integer.toString(pid));
        }
        return new Command(argv, false);
    }

    /**
     * The part of this program that reads VMs' devices in a process of its own, in a JVM as small as it can be. What the JVM
     * has to say goes to standard error, since standard output is for answers.
     *
     * @param vmmDir the directory of the VMs' device nodes
     */
    public static Command reader(ReaderJvm jvm, Path vmmDir) {
        List<String> argv = new ArrayList<>(List.of(
                jvm.java().toString(),
                "-Xms4m",
                "-Xmx16m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:-UsePerfData",
                "-XX:+ExitOnOutOfMemoryError",
                "-XX:+DisplayVMOutputToStderr",
                "-Xlog:disable",
                "-Xlog:all=warning:stderr",
                "-XX:ErrorFile=" + jvm.errorFile().orElse("/dev/null"),
                "--enable-native-access=ALL-UNNAMED"));
        jvm.properties().forEach(property -> argv.add("-D" + property));
        argv.addAll(List.of("-cp", jvm.classPath(), READER, vmmDir.toString()));
        return new Command(argv, true);
    }

    /** The gate, as root by doas or sudo, with one request. It runs programs of its own, those of this list. */
    public static Command gate(Gate gate, GateRequest request) {
        return new Command(
                List.of(gate.by().toString(), "-n", gate.program().toString()), false, request.line() + "\n");
    }

    /** Whether its standard input is a pipe for requests, and not empty. */
    boolean takesRequests() {
        return takesRequests;
    }

    /** What is written to its standard input at once, before that is closed; empty for nothing. */
    String request() {
        return request;
    }

    /** The argument vector, program first. */
    public List<String> argv() {
        return argv;
    }

    @Override
    public String toString() {
        return String.join(" ", argv);
    }

    // Passthrough devices, their interrupts, and what a capture asks of the host.

    /** Every PCI device with its driver, its numbers and, where they are known, its names. */
    public static Command pciDevices(Path pciconf) {
        return new Command(pciconf.toString(), "-lv");
    }

    /**
     * One PCI device with its base address registers and capabilities. It reads the configuration space of a device that a
     * guest owns, through /dev/pci opened for writing: root only, and rarely.
     *
     * @param selector {@code pci0:3:0:0}
     * @throws IllegalArgumentException if it is no selector
     */
    public static Command pciDevice(Path pciconf, String selector) {
        return new Command(pciconf.toString(), "-lvbc", GateRequest.checkedSelector(selector));
    }

    /** The interrupt sources of an x86 host by their current names, without strays; no other has this sysctl. */
    public static Command interruptSources(Path sysctl) {
        return new Command(sysctl.toString(), "-n", "hw.intrs");
    }

    /** The host's interrupt counters that are not zero. */
    public static Command interrupts(Path vmstat) {
        return new Command(vmstat.toString(), "-i");
    }

    /** All of the host's interrupt counters: a source that has not interrupted yet is missing without {@code -a}. */
    public static Command allInterrupts(Path vmstat) {
        return new Command(vmstat.toString(), "-ai");
    }

    /** The kernel's messages. */
    public static Command messages(Path dmesg) {
        return new Command(dmesg.toString());
    }

    /** The module vmm's values. Two of them are commands when written; read they give a dummy text. */
    public static Command vmmSysctls(Path sysctl) {
        return new Command(sysctl.toString(), "hw.vmm");
    }

    /**
     * The kernel stacks of a process's threads. It interrupts those that run, and needs the right to debug the process.
     *
     * @throws IllegalArgumentException if there can be no such process
     */
    public static Command kernelStacks(Path procstat, int pid) {
        if (pid <= 0) {
            throw new IllegalArgumentException("pid " + pid);
        }
        return new Command(procstat.toString(), "-kk", Integer.toString(pid));
    }

    /**
     * The names and states of a process's threads.
     *
     * @throws IllegalArgumentException if there can be no such process
     */
    public static Command threads(Path procstat, int pid) {
        if (pid <= 0) {
            throw new IllegalArgumentException("pid " + pid);
        }
        return new Command(procstat.toString(), "-t", Integer.toString(pid));
    }
}
