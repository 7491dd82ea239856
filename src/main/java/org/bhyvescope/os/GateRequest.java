package org.bhyvescope.os;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A request to the gate: one line of agent/libexec/bhyvescope-gate's grammar. What that would refuse is not made, so that
 * the reason is told where it can be understood; what holds is what the gate itself refuses.
 *
 * @param line without its end
 * @param programs that the gate runs for it, as far as that is known before
 */
public record GateRequest(String line, int programs) {
    /** As in the gate: what vm-bhyve and cbsd allow, at most what vmm takes. */
    private static final Pattern VM = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,228}");

    private static final Pattern SELECTOR = Pattern.compile("pci[0-9]{1,10}:[0-9]{1,3}:[0-9]{1,2}:[0-9]");

    private static final int MOST_VCPU = 9999;
    private static final int MOST_PID = 9_999_999;
    private static final int MOST_TENTHS = 600;
    private static final long NANOS_PER_TENTH = 100_000_000;

    /** Doas or sudo, two shells and an answer on their way: the gate's programs are killed so long before it is. */
    private static final long ROOM_NANOS = 300_000_000;

    /** Why the gate would refuse a VM's name; empty if it would not. */
    public static Optional<String> problem(String vm) {
        return VM.matcher(vm).matches()
                ? Optional.empty()
                : Optional.of("the gate takes only names of letters, digits and . _ -, at most 229, "
                        + "that begin with a letter, a digit or _");
    }

    /** Whether it is there, and as whom it runs. */
    public static GateRequest hello(Duration limit) {
        return request("hello", limit.toNanos(), "", 1);
    }

    /**
     * Sets, topology, and the statistics of all active vCPUs.
     *
     * @param nanos time that is left for all of it, in ns
     * @throws IllegalArgumentException if there is a {@link #problem}
     */
    public static GateRequest statistics(String vm, long nanos) {
        return request("stats", nanos, " " + checked(vm), 1);
    }

    /**
     * Everything of one vCPU; the set of active ones is read before.
     *
     * @param nanos time that is left, in ns
     * @throws IllegalArgumentException if there is a {@link #problem}, or there can be no such vCPU
     */
    public static GateRequest state(String vm, int vcpu, long nanos) {
        if (vcpu < 0 || vcpu > MOST_VCPU) {
            throw new IllegalArgumentException("vCPU id " + vcpu);
        }
        return request("state", nanos, " " + checked(vm) + " " + vcpu, 2);
    }

    /**
     * The kernel stacks of a process, if it is a bhyve.
     *
     * @throws IllegalArgumentException if there can be no such process
     */
    public static GateRequest kernelStacks(int pid, Duration limit) {
        if (pid <= 0 || pid > MOST_PID) {
            throw new IllegalArgumentException("pid " + pid);
        }
        return request("stacks", limit.toNanos(), " " + pid, 2);
    }

    /**
     * One PCI device with its base address registers and capabilities, if ppt holds it.
     *
     * @throws IllegalArgumentException if it is no selector
     */
    public static GateRequest pciDevice(String selector, Duration limit) {
        return request("pci", limit.toNanos(), " " + checkedSelector(selector), 2);
    }

    /**
     * The same, for whoever runs pciconf.
     *
     * @throws IllegalArgumentException if it is no selector
     */
    static String checkedSelector(String selector) {
        if (!SELECTOR.matcher(selector).matches()) {
            throw new IllegalArgumentException("selector " + selector);
        }
        return selector;
    }

    private static GateRequest request(String verb, long nanos, String rest, int programs) {
        return new GateRequest(verb + " " + tenths(nanos) + rest, programs);
    }

    /** How long one program of the gate's may run, in tenths of a second. */
    private static long tenths(long nanos) {
        return Math.max(1, Math.min(MOST_TENTHS, (nanos - ROOM_NANOS) / NANOS_PER_TENTH));
    }

    private static String checked(String vm) {
        problem(vm).ifPresent(problem -> {
            throw new IllegalArgumentException(problem);
        });
        return vm;
    }
}
