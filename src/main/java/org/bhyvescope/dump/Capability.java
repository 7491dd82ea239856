package org.bhyvescope.dump;

/** What {@code --get-all} says of a capability of a vCPU. */
public enum Capability {
    SET,
    NOT_SET,
    /** The kernel does not offer it on this host. */
    NOT_AVAILABLE
}
