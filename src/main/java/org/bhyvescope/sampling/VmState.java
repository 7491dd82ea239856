package org.bhyvescope.sampling;

/** What a VM is doing (design.md §2); {@link #label} is the value of the label {@code state}. */
public enum VmState {
    /** Exits go on and the guest runs. */
    RUNNING("running"),
    /** Exits go on, next to no run time. */
    IDLE("idle"),
    /** Every active vCPU is in the suspended set: reset, power-off, halt or triple fault is under way or done. */
    SUSPENDED("suspended"),
    /** Exits, run time and idle ticks of all started vCPUs have stood still for 10 s, and it is not suspended. */
    STALLED("stalled"),
    /** The node is there but no bhyve process runs it any more, or none has started it: no vCPU is active. */
    NO_PROCESS("no_process"),
    /** Three samples in a row were missed. */
    UNREADABLE("unreadable");

    private final String label;

    VmState(String label) {
        this.label = label;
    }

    public String label() {
        return label;
    }
}
