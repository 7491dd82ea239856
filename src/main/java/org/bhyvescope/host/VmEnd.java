package org.bhyvescope.host;

import java.util.OptionalInt;

/**
 * How a bhyve process ended.
 *
 * @param waitStatus as wait(2) gives it; empty if nobody saw it
 * @param text for a person: {@code exit 3: triple fault}
 */
public record VmEnd(How how, OptionalInt waitStatus, String text) {
    /** Kinds of ends; {@link #label} is the value of the label {@code how}. */
    public enum How {
        RESET("reset"),
        POWEROFF("poweroff"),
        HALT("halt"),
        TRIPLE_FAULT("triple_fault"),
        ERROR("error"),
        SIGNAL("signal"),
        UNKNOWN("unknown");

        private final String label;

        How(String label) {
            this.label = label;
        }

        public String label() {
            return label;
        }
    }

    public static VmEnd of(int waitStatus) {
        return new VmEnd(How.UNKNOWN, OptionalInt.of(waitStatus), "");
    }

    public static VmEnd unseen() {
        return new VmEnd(How.UNKNOWN, OptionalInt.empty(), "");
    }
}
