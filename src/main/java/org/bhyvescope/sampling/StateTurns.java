package org.bhyvescope.sampling;

import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.bhyvescope.hypervisor.VmId;

/**
 * Whose state is read next: of the vCPUs that are due, and may be read now, the one that has waited longest; of those that
 * were never read the lowest, so that soon something is known of every VM. Not thread-safe; without a clock of its own.
 */
final class StateTurns {
    private final Map<Turn, Long> readAt = new HashMap<>();
    private final Map<VmId, Trouble> troubles = new HashMap<>();

    /** A vCPU to be read. */
    record Turn(VmId vm, int vcpu) {}

    /** Failures in a row, and when the VM may be tried again. */
    private record Trouble(int failures, long againNanos) {}

    /** Forgets what is not on the board any more; returns the number of vCPUs that are. */
    int reconcile(Board board) {
        Set<Turn> all = new HashSet<>();
        Set<VmId> vms = new HashSet<>();
        board.vms().stream().flatMap(vm -> vm.sample().stream()).forEach(sample -> {
            vms.add(sample.snapshot().vm());
            sample.snapshot().active().stream()
                    .forEach(v -> all.add(new Turn(sample.snapshot().vm(), v)));
        });
        readAt.keySet().retainAll(all);
        troubles.keySet().retainAll(vms);
        return all.size();
    }

    /**
     * The next one.
     *
     * @param nowNanos monotonic clock
     * @param intervalNanos how long after its last reading a vCPU is due
     * @param freshNanos age from which a sample of statistics is too old to allow a reading
     */
    Optional<Turn> next(Board board, long nowNanos, long intervalNanos, long freshNanos) {
        return board.vms().stream()
                .flatMap(vm -> due(vm, nowNanos, intervalNanos)
                        .filter(turn -> StateAccess.of(vm, turn.vcpu(), nowNanos, freshNanos) == StateAccess.ALLOWED))
                .min(Comparator.<Turn>comparingLong(turn -> -waited(turn, nowNanos))
                        .thenComparingInt(Turn::vcpu));
    }

    private Stream<Turn> due(VmView vm, long nowNanos, long intervalNanos) {
        if (vm.sample().isEmpty()) {
            return Stream.empty();
        }
        VmId id = vm.sample().get().snapshot().vm();
        Trouble trouble = troubles.get(id);
        if (trouble != null && trouble.againNanos() - nowNanos > 0) {
            return Stream.empty();
        }
        return vm.sample().get().snapshot().active().stream()
                .mapToObj(vcpu -> new Turn(id, vcpu))
                .filter(turn -> waited(turn, nowNanos) >= intervalNanos);
    }

    /** Nanoseconds since it was last read, or tried; a very long time if it never was. */
    private long waited(Turn turn, long nowNanos) {
        Long at = readAt.get(turn);
        return at == null ? Long.MAX_VALUE : nowNanos - at;
    }

    /** A reading begins. */
    void begin(Turn turn, long nowNanos) {
        readAt.put(turn, nowNanos);
    }

    /** A reading has ended. A VM whose readings fail is left alone for 1 to 60 s, as with its statistics. */
    void end(Turn turn, boolean good, long nowNanos) {
        if (good) {
            troubles.remove(turn.vm());
            return;
        }
        Trouble before = troubles.get(turn.vm());
        int failures = before == null ? 1 : before.failures() + 1;
        troubles.put(turn.vm(), new Trouble(failures, nowNanos + VmTask.backoffNanos(failures)));
    }
}
