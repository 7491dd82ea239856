package org.bhyvescope.sampling;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.bhyvescope.decode.Decoder;
import org.bhyvescope.decode.Vendor;
import org.bhyvescope.dump.Capability;
import org.bhyvescope.dump.MemoryMapping;
import org.bhyvescope.dump.VcpuDump;
import org.bhyvescope.dump.VmFacts;
import org.bhyvescope.hypervisor.VcpuState;

/**
 * What is kept of one reading of a state.
 *
 * @param ofVcpu of the vCPU
 * @param ofVm of its VM
 */
public record StateDigest(OfVcpu ofVcpu, OfVm ofVm) {
    /** bhyvectl's name of the last exit's code, of both vendors. */
    private static final String EXIT_CODE = "exit_reason";

    /**
     * A vCPU's state.
     *
     * @param vcpu its id
     * @param readNanos monotonic clock when reading began
     * @param exitName the last exit by its name in the tables, or {@code unknown}; empty if the dump does not tell
     * @param capabilities those that the kernel offers, by name: whether it is set
     */
    public record OfVcpu(int vcpu, long readNanos, Optional<String> exitName, Map<String, Boolean> capabilities) {}

    /**
     * A VM's facts.
     *
     * @param readNanos monotonic clock when reading began
     * @param memory mapped lengths, bytes, by segment and flags
     * @param rtcOffset emulated clock minus the host's, whole seconds; empty if the dump does not tell
     */
    public record OfVm(long readNanos, Map<Mapped, Long> memory, OptionalLong rtcOffset) {}

    /**
     * Mappings that are summed up.
     *
     * @param flags {@code wired}, {@code iommu}, {@code wired/iommu} or {@code none}: an empty label would be no label
     */
    public record Mapped(String segment, String flags) implements Comparable<Mapped> {
        @Override
        public int compareTo(Mapped other) {
            int bySegment = segment.compareTo(other.segment);
            return bySegment != 0 ? bySegment : flags.compareTo(other.flags);
        }
    }

    /**
     * Takes from a state what is exported. Pure.
     *
     * @param begunNanos monotonic clock when reading began
     * @param vendor whose exit codes it holds
     */
    static StateDigest of(VcpuState state, long begunNanos, Vendor vendor, Decoder decoder) {
        VcpuDump dump = state.ofVcpu();
        OptionalLong code = dump.value(EXIT_CODE);
        Optional<String> exitName = code.isPresent()
                ? Optional.of(decoder.exit(vendor, code.getAsLong()).name())
                : Optional.empty();
        Map<String, Boolean> capabilities = new TreeMap<>();
        dump.capabilities().forEach((name, said) -> {
            if (said != Capability.NOT_AVAILABLE) {
                capabilities.put(name.intern(), said == Capability.SET);
            }
        });
        VmFacts vm = state.dump().vm();
        OptionalLong offset = vm.rtc().isPresent()
                ? OptionalLong.of(vm.rtc().get().epochSeconds() - Math.floorDiv(state.wallMillis(), 1000L))
                : OptionalLong.empty();
        return new StateDigest(
                new OfVcpu(state.vcpu(), begunNanos, exitName, Map.copyOf(capabilities)),
                new OfVm(begunNanos, memory(vm.mappings()), offset));
    }

    private static Map<Mapped, Long> memory(List<MemoryMapping> mappings) {
        Map<Mapped, Long> sums = new TreeMap<>();
        for (MemoryMapping mapping : mappings) {
            sums.merge(
                    new Mapped(mapping.segment(), flags(mapping)),
                    mapping.size().bytes(),
                    Long::sum);
        }
        return Map.copyOf(sums);
    }

    private static String flags(MemoryMapping mapping) {
        List<String> flags = Stream.of(mapping.wired() ? "wired" : "", mapping.iommu() ? "iommu" : "")
                .filter(flag -> !flag.isEmpty())
                .toList();
        return flags.isEmpty() ? "none" : String.join("/", flags);
    }
}
