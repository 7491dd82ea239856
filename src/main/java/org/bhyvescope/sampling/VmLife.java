package org.bhyvescope.sampling;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bhyvescope.host.BhyveProcess;
import org.bhyvescope.host.VmEnd;

/**
 * The bhyve processes that have run a VM under one name, since the agent looks. Immutable.
 *
 * @param ends how many ended how; every kind is in it
 * @param last the newest end
 * @param starts when they started, ms since 1970, oldest first; the newest few
 * @param firstSeen when the agent saw the first of them
 */
public record VmLife(Map<VmEnd.How, Long> ends, Optional<Ended> last, List<Long> starts, long firstSeen) {
    /**
     * A process that has ended.
     *
     * @param process as it was seen last
     * @param arguments its argument vector, if it was seen before its title replaced it
     * @param end how
     * @param wallMillis when that was learned, ms since 1970
     */
    public record Ended(BhyveProcess process, List<String> arguments, VmEnd end, long wallMillis) {}
}
