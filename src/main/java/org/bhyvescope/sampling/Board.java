package org.bhyvescope.sampling;

import java.util.List;

/**
 * What everybody reads: every VM, sorted by name, as of the newest samples. Immutable; replaced as a whole.
 *
 * @param listingErrors how often the VMs could not be listed
 * @param host the machine around them
 */
public record Board(List<VmView> vms, long listingErrors, HostView host) {
    static final Board EMPTY = new Board(List.of(), 0, HostView.NONE);
}
