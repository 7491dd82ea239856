package org.bhyvescope.sampling;

import java.util.List;
import org.bhyvescope.hypervisor.Reading;
import org.bhyvescope.hypervisor.VmId;

/**
 * Told of what the {@link Ledger} enters, in the order in which it does, one at a time, by whichever thread. What takes
 * long holds up the readings that come after it, not the board.
 */
public interface SampleListener {
    /** A reading was entered; not one of a VM that had gone. */
    void accepted(VmId vm, Reading reading);

    /** These VMs are there; told each time that they are listed. */
    void listed(List<VmId> vms);

    /** The VMs could not be listed. */
    default void listingFailed() {}
}
