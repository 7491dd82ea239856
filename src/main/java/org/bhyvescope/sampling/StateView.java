package org.bhyvescope.sampling;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.bhyvescope.hypervisor.Reading.Cause;

/**
 * The newest states of a VM, as far as they are exported: small, since a host may have a thousand vCPUs. Immutable.
 *
 * @param vcpus by ascending id; only those whose state is known and not too old
 * @param facts what the newest of them said of the VM as a whole
 * @param errors failed readings of states by cause; outlives the states
 */
public record StateView(List<StateDigest.OfVcpu> vcpus, Optional<StateDigest.OfVm> facts, Map<Cause, Long> errors) {
    public static final StateView NONE = new StateView(List.of(), Optional.empty(), Map.of());

    StateView with(StateDigest digest) {
        List<StateDigest.OfVcpu> next = new ArrayList<>(vcpus);
        next.removeIf(v -> v.vcpu() == digest.ofVcpu().vcpu());
        next.add(digest.ofVcpu());
        next.sort(Comparator.comparingInt(StateDigest.OfVcpu::vcpu));
        return new StateView(List.copyOf(next), Optional.of(digest.ofVm()), errors);
    }

    StateView withError(Cause cause) {
        Map<Cause, Long> next = new EnumMap<>(Cause.class);
        next.putAll(errors);
        next.merge(cause, 1L, Long::sum);
        return new StateView(vcpus, facts, Collections.unmodifiableMap(next));
    }

    /** Without the states of vCPUs that are not wanted any more; the same object if all are. */
    StateView only(Predicate<StateDigest.OfVcpu> wanted) {
        if (vcpus.stream().allMatch(wanted)) {
            return this;
        }
        return new StateView(vcpus.stream().filter(wanted).toList(), facts, errors);
    }

    /** Without what was read before this moment; the same object if there is nothing so old. */
    StateView since(long oldestNanos) {
        StateView left = only(v -> v.readNanos() - oldestNanos >= 0);
        boolean old = left.facts.filter(f -> f.readNanos() - oldestNanos < 0).isPresent();
        return old ? new StateView(left.vcpus, Optional.empty(), errors) : left;
    }

    /** Only the errors. */
    StateView dropped() {
        return vcpus.isEmpty() && facts.isEmpty() ? this : new StateView(List.of(), Optional.empty(), errors);
    }
}
