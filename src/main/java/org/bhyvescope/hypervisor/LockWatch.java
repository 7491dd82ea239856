package org.bhyvescope.hypervisor;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Finds out whether reading statistics locks the vCPU: the kernel then counts a request to leave the guest for each of our
 * readings (libvmmapi.md §4; which 14.x minor began with it, if any, is not known). Not thread-safe.
 */
final class LockWatch {
    /** The description of the counter (sys/amd64/vmm/vmm_stat.c VMEXIT_REQIDLE). */
    static final String IDLE_REQUESTED = "number of times idle requested at exit";

    private static final String TOTAL = "total number of vm exits";

    /** So many readings of one VM in turn that all were counted are no chance. */
    static final int SAMPLES = 10;

    /** More requests than this between two readings are somebody else's. */
    private static final long OURS_AT_MOST = 2;

    private final Map<String, Seen> seen = new HashMap<>();
    private final Set<String> touched = new HashSet<>();

    private record Seen(Snapshot last, int inTurn) {}

    /** Takes a reading; returns whether it is now certain enough. */
    boolean locks(Snapshot now) {
        Seen before = seen.get(now.vm().name());
        if (touched.remove(now.vm().name())) {
            // What came between was a reading of the state, too: this interval proves nothing.
            seen.put(now.vm().name(), new Seen(now, before == null ? 0 : before.inTurn()));
            return false;
        }
        int inTurn = before != null && counted(before.last(), now) ? before.inTurn() + 1 : 0;
        seen.put(now.vm().name(), new Seen(now, inTurn));
        return inTurn >= SAMPLES;
    }

    /** The state of one of its vCPUs is being read, or was: that is counted alike. */
    void touched(VmId vm) {
        touched.add(vm.name());
    }

    /** Keeps only these VMs. */
    void keep(Iterable<VmId> vms) {
        Set<String> names = new HashSet<>();
        vms.forEach(vm -> names.add(vm.name()));
        seen.keySet().retainAll(names);
        touched.retainAll(names);
    }

    /** Whether each vCPU that ran between two readings was asked to leave once or twice, and one did run. */
    private static boolean counted(Snapshot before, Snapshot now) {
        int requests = now.table().column(IDLE_REQUESTED);
        int exits = now.table().column(TOTAL);
        if (requests < 0
                || exits < 0
                || !before.vm().equals(now.vm())
                || !before.table().equals(now.table())
                || !before.active().equals(now.active())) {
            return false;
        }
        boolean ran = false;
        for (int row = 0; row < now.rows(); row++) {
            if (now.value(row, exits) != before.value(row, exits)) {
                ran = true;
                long asked = now.value(row, requests) - before.value(row, requests);
                if (asked < 1 || asked > OURS_AT_MOST) {
                    return false;
                }
            }
        }
        return ran;
    }
}
