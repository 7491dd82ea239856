package org.bhyvescope.host;

import java.util.OptionalInt;

/**
 * How a bhyve process ended: what its wait status says. It does not tell a VM that powered off from some errors, which also end
 * with exit code 1, and the text says so.
 *
 * @param waitStatus as wait(2) gives it; empty if nobody saw it
 * @param text for a person: {@code exit 3: triple fault}
 */
public record VmEnd(How how, OptionalInt waitStatus, String text) {
    /** sys/sys/wait.h: the signal, with the next bit for a core; 0 after exit(2), 0x7f for a stop, which is no end. */
    private static final int SIGNAL = 0x7f;

    private static final int CORE = 0x80;
    private static final int CODE_SHIFT = 8;
    private static final int CODE = 0xff;

    private static final EndTable TABLE = EndTable.load();

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

    /**
     * The end that a wait status tells of. It is not what a shell shows: 134 is a core of signal 6 here.
     *
     * @param waitStatus as wait(2) gives it, and kqueue(2)
     */
    public static VmEnd of(int waitStatus) {
        int signal = waitStatus & SIGNAL;
        if (signal == SIGNAL) {
            return new VmEnd(
                    How.UNKNOWN, OptionalInt.of(waitStatus), "wait status " + waitStatus + ", which is no end");
        }
        return signal == 0 ? exited(waitStatus) : killed(waitStatus, signal);
    }

    private static VmEnd exited(int waitStatus) {
        int code = waitStatus >> CODE_SHIFT & CODE;
        EndTable.Row row = TABLE.code(code)
                .orElse(new EndTable.Row(How.ERROR, "an error with a code that bhyve is not known to have", ""));
        return new VmEnd(row.how(), OptionalInt.of(waitStatus), "exit " + code + ": " + row.text() + noted(row.note()));
    }

    private static VmEnd killed(int waitStatus, int signal) {
        EndTable.Row row = TABLE.signal(signal).orElse(new EndTable.Row(How.SIGNAL, "ended by it", ""));
        String core = (waitStatus & CORE) == 0 ? "" : ", core dumped";
        return new VmEnd(
                How.SIGNAL,
                OptionalInt.of(waitStatus),
                "signal " + signal + ": " + row.text() + core + noted(row.note()));
    }

    private static String noted(String note) {
        return note.isEmpty() ? "" : " (" + note + ")";
    }

    /** The end of one that went while nobody saw how. */
    public static VmEnd unseen() {
        return new VmEnd(How.UNKNOWN, OptionalInt.empty(), "ended, and how was not seen");
    }
}
