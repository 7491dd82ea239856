package org.bhyvescope.hypervisor;

/** The outcome of reading one VM once. */
public sealed interface Reading permits Snapshot, Reading.Failure {
    /**
     * The VM, or the state of one of its vCPUs, could not be read.
     *
     * @param cause the kind, for a label
     * @param detail what happened and what to do, for a person
     */
    record Failure(Cause cause, String detail) implements Reading, StateReading {}

    /** Kinds of failure; {@link #label} is the value of the label {@code cause}. */
    enum Cause {
        /** The VM went away; normal when it is being destroyed. */
        GONE("gone"),
        /** No right to open the VM's node. */
        DENIED("denied"),
        /** Reading took longer than it may; a bhyvectl or reader that was still at it was killed. */
        TIMEOUT("timeout"),
        /** The bhyvectl or reader did not even go when killed; nothing is read until it is gone. */
        ABANDONED("abandoned"),
        /** The kernel refused the statistics; bhyvectl says so by exiting with 0 and printing none. */
        NO_OUTPUT("no_output"),
        /** The output is not what bhyvectl prints, or it was cut; or the kernel's answers do not fit each other. */
        GARBLED("garbled"),
        /** bhyvectl printed far more than it ever does, and was killed. */
        TOO_MUCH_OUTPUT("too_much_output"),
        /** bhyvectl or a reader could not be started, cannot do this on such a host, or the source is closed. */
        NOT_STARTED("not_started"),
        /** bhyvectl exited with an error, a reader ended, or a call of our own failed with an error that means none of the others. */
        EXIT_STATUS("exit_status"),
        /** Destroyed and created again under the same name while it was read. */
        REPLACED("replaced"),
        /** A bug of bhyvescope's; the log has the stack trace. */
        INTERNAL("internal");

        private final String label;

        Cause(String label) {
            this.label = label;
        }

        public String label() {
            return label;
        }
    }
}
