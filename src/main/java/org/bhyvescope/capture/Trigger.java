package org.bhyvescope.capture;

/** Why evidence is kept; {@link #label} is the value of the label {@code trigger}. */
public enum Trigger {
    /** A bhyve process ended. */
    VM_ENDED("vm_ended"),
    /** Every active vCPU is in the suspended set. */
    SUSPENDED("suspended"),
    /** Its vCPUs stand still, or it does not answer any more. */
    STALL("stall"),
    /** Far more exits than it usually has. */
    EXIT_STORM("exit_storm"),
    /** It starts again and again. */
    BOOT_LOOP("boot_loop"),
    /** Exits of a reason that the kernel does not know. */
    UNKNOWN_EXITS("unknown_exits"),
    /** Somebody asked for it. */
    MANUAL("manual");

    private final String label;

    Trigger(String label) {
        this.label = label;
    }

    public String label() {
        return label;
    }
}
