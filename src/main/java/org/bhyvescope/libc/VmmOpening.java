package org.bhyvescope.libc;

/** What came of opening a VM's device. */
public sealed interface VmmOpening {
    /** It is open; whoever asked closes it. */
    record Opened(VmmDevice device) implements VmmOpening {}

    /**
     * It could not be opened.
     *
     * @param errno FreeBSD's error number
     */
    record Refused(int errno) implements VmmOpening {}
}
