package org.bhyvescope.host;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import org.bhyvescope.libc.Sysctls.Name;

/**
 * What the host tells of itself, once, at the start.
 *
 * @param tscHz {@code machdep.tsc_freq}: cycles of {@code vcpu total runtime} a second
 * @param hz {@code kern.hz}: idle ticks a second
 * @param release {@code kern.osreldate}, for example 1403000
 * @param machine what it is
 */
public record HostFacts(OptionalLong tscHz, OptionalLong hz, OptionalLong release, Machine machine) {
    /** A host that tells nothing. */
    public static final HostFacts NONE =
            new HostFacts(OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty());

    /** From here on reading statistics freezes the vCPU (libvmmapi.md §4; which 14.x minor began is not known). */
    private static final long LOCKING_RELEASE = 1_500_000;

    /** {@code __FreeBSD_version} is major, minor and patch: 1403000 is 14.3. */
    private static final long MAJOR = 100_000;

    private static final long MINOR = 1000;

    /** The units and the release of a host of which nothing else is known. */
    public HostFacts(OptionalLong tscHz, OptionalLong hz, OptionalLong release) {
        this(tscHz, hz, release, Machine.UNKNOWN);
    }

    /**
     * The facts that sysctls tell.
     *
     * @param read the text of one; empty where the system has none of this name
     */
    static HostFacts of(Function<Name, Optional<String>> read) {
        return new HostFacts(
                number(read, Name.TSC_FREQUENCY, 1),
                number(read, Name.HZ, 1),
                number(read, Name.RELEASE_DATE, 1),
                new Machine(
                        read.apply(Name.MODEL).map(String::strip).filter(text -> !text.isEmpty()),
                        number(read, Name.VMX_INITIALIZED, 0),
                        number(read, Name.MAX_VCPUS, 1),
                        number(read, Name.IOMMU_INITIALIZED, 0),
                        number(read, Name.IOMMU_ENABLED, 0),
                        number(read, Name.PPT_DEVICES, 0)));
    }

    static OptionalLong number(Function<Name, Optional<String>> read, Name name, long least) {
        return read.apply(name)
                .filter(text -> text.matches("[0-9]{1,18}"))
                .map(Long::parseLong)
                .filter(value -> value >= least)
                .map(OptionalLong::of)
                .orElse(OptionalLong.empty());
    }

    /** Whether reading a vCPU's statistics locks it on this host. */
    public boolean readingLocks() {
        return release.isPresent() && release.getAsLong() >= LOCKING_RELEASE;
    }

    /** {@code 14.3}; empty where the release is not known. */
    public Optional<String> releaseName() {
        return release.isEmpty()
                ? Optional.empty()
                : Optional.of(release.getAsLong() / MAJOR + "." + release.getAsLong() % MAJOR / MINOR);
    }

    /** These facts, with what is missing taken from the other's; the machine is the other's. */
    public HostFacts orElse(HostFacts other) {
        return new HostFacts(
                tscHz.isPresent() ? tscHz : other.tscHz,
                hz.isPresent() ? hz : other.hz,
                release.isPresent() ? release : other.release,
                other.machine);
    }
}
