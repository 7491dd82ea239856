package org.bhyvescope.host;

import java.util.OptionalLong;

/**
 * What the host tells about its units, once, at the start.
 *
 * @param tscHz {@code machdep.tsc_freq}: cycles of {@code vcpu total runtime} a second
 * @param hz {@code kern.hz}: idle ticks a second
 * @param release {@code kern.osreldate}, for example 1403000
 */
public record HostFacts(OptionalLong tscHz, OptionalLong hz, OptionalLong release) {
    /** From here on reading statistics freezes the vCPU (libvmmapi.md §4; which 14.x minor began is not known). */
    private static final long LOCKING_RELEASE = 1_500_000;

    /** Whether reading a vCPU's statistics locks it on this host. */
    public boolean readingLocks() {
        return release.isPresent() && release.getAsLong() >= LOCKING_RELEASE;
    }

    /** These facts, with what is missing taken from the other's. */
    public HostFacts orElse(HostFacts other) {
        return new HostFacts(
                tscHz.isPresent() ? tscHz : other.tscHz,
                hz.isPresent() ? hz : other.hz,
                release.isPresent() ? release : other.release);
    }
}
