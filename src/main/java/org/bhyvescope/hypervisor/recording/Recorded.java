package org.bhyvescope.hypervisor.recording;

import java.util.List;
import org.bhyvescope.hypervisor.Reading;
import org.bhyvescope.hypervisor.Snapshot;
import org.bhyvescope.hypervisor.VmId;

/** What one line of a recording says, or why it says nothing. */
public sealed interface Recorded {
    /** A reading of a VM. */
    record Sample(Snapshot snapshot) implements Recorded {}

    /** A VM could not be read. */
    record Failed(VmId vm, Reading.Failure failure, Moment when) implements Recorded {}

    /** The VMs that were there; recorded when they change. */
    record Listed(List<VmId> vms, Moment when) implements Recorded {}

    /** The VMs could not be listed. */
    record ListingFailed(Moment when) implements Recorded {}

    /**
     * Anything else that happened to a VM.
     *
     * @param kind what, in one word, for example {@code end}
     */
    record Happened(String kind, String vm, Moment when, String detail) implements Recorded {}

    /**
     * A line that cannot be used, while those after it can.
     *
     * @param line its number, from 1
     * @param why what is wrong with it, and what is left out
     */
    record Refused(long line, String why) implements Recorded {}

    /**
     * The recording ends before its end, and nothing comes after this.
     *
     * @param line number of the line that is not whole or not readable
     * @param why what is wrong, and what is left out
     */
    record Cut(long line, String why) implements Recorded {}
}
