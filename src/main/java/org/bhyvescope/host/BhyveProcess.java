package org.bhyvescope.host;

import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/**
 * One bhyve process, at one time.
 *
 * @param vm the name of the VM that it runs
 * @param parent pid of the process that started it: a shell, vm-bhyve's or CBSD's script, lockf
 * @param jail 0: none
 * @param residentBytes mapped in bhyve's own address space; not guest memory, which lives in the kernel's
 * @param userMicros CPU time in bhyve itself, of all threads: device emulation, μs
 * @param systemMicros CPU time in the kernel, μs; what runs inside the guest is charged here (sys/kern/kern_clock.c)
 * @param vcpus its vCPU threads, by ascending vCPU; empty where threads cannot be seen
 * @param arguments its argument vector, program first; empty once its title has replaced them
 */
public record BhyveProcess(
        Id id,
        String vm,
        int parent,
        int jail,
        OptionalLong residentBytes,
        OptionalLong userMicros,
        OptionalLong systemMicros,
        List<VcpuThread> vcpus,
        List<String> arguments) {
    private static final Pattern SECRET = Pattern.compile("(?i)(password=)[^,\\s]*");

    /** The same without what the arguments hold of secrets: the password of a VNC console. */
    public BhyveProcess withoutSecrets() {
        return new BhyveProcess(
                id,
                vm,
                parent,
                jail,
                residentBytes,
                userMicros,
                systemMicros,
                vcpus,
                arguments.stream()
                        .map(word -> SECRET.matcher(word).replaceAll("$1[left out]"))
                        .toList());
    }

    /**
     * Which process.
     *
     * @param startMicros when it started, μs since 1970, by the host's clock as it stood when the agent began; where ps(1) tells it,
     *     exact to 2 s. It stays the same for as long as the process is there
     */
    public record Id(int pid, long startMicros) {}

    /**
     * The thread of one vCPU.
     *
     * @param cpuMicros CPU time of the thread, guest included, μs
     * @param waitChannel what it sleeps on: {@code vmidle} is a guest's HLT; empty while it runs or is ready to
     */
    public record VcpuThread(int vcpu, OptionalLong cpuMicros, String waitChannel) {}
}
