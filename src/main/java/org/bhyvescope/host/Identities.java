package org.bhyvescope.host;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Gives a process the same identity from listing to listing. When it started is known only about: ps(1) tells whole seconds, and the
 * kernel's number moves with the host's clock. It is the same process if its pid is, its start has moved by at most 2 s since it was
 * last seen, and its CPU time has not fallen.
 */
final class Identities {
    static final long TOLERANCE_MICROS = 2_000_000;

    private final Map<Integer, Known> known = new HashMap<>();

    /** A process as it was last seen. */
    private record Known(BhyveProcess.Id id, long startMicros, long cpuMicros) {}

    /**
     * Which process it is.
     *
     * @param startMicros when it seems to have started
     * @param cpuMicros CPU time so far; empty where it is not known
     */
    BhyveProcess.Id of(int pid, long startMicros, OptionalLong cpuMicros) {
        Known before = known.get(pid);
        long cpu = cpuMicros.orElse(before == null ? 0 : before.cpuMicros());
        BhyveProcess.Id id;
        if (before == null) {
            id = new BhyveProcess.Id(pid, startMicros);
        } else if (isNear(startMicros, before.startMicros()) && cpu >= before.cpuMicros()) {
            id = before.id();
        } else {
            // Never equal to the one before: two processes that began in one second are two.
            id = new BhyveProcess.Id(pid, startMicros == before.id().startMicros() ? startMicros + 1 : startMicros);
        }
        known.put(pid, new Known(id, startMicros, cpu));
        return id;
    }

    /** Forgets all others. */
    void keep(Set<Integer> pids) {
        known.keySet().retainAll(pids);
    }

    /** Whether the two may be the start of one process. */
    static boolean isNear(long startMicros, long otherMicros) {
        return Math.abs(startMicros - otherMicros) <= TOLERANCE_MICROS;
    }
}
