package org.bhyvescope.hypervisor.vmmdev;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.bhyvescope.dump.Capability;
import org.bhyvescope.dump.DumpText;
import org.bhyvescope.dump.HumanSize;
import org.bhyvescope.dump.MemoryMapping;
import org.bhyvescope.dump.MemorySegment;
import org.bhyvescope.dump.Rtc;
import org.bhyvescope.dump.UnknownLines;
import org.bhyvescope.dump.VcpuDump;
import org.bhyvescope.dump.VmFacts;

/** Puts the kernel's numbers into the form of a dump, under the names that bhyvectl prints. Pure. */
final class StateDump {
    private static final int READ = 1;
    private static final int WRITE = 2;
    private static final int EXECUTE = 4;
    private static final int WIRED = 1;
    private static final int IOMMU = 2;

    /** The end of the year 9999: a clock beyond it shows nothing. */
    private static final long MAX_SECONDS = 253_402_300_799L;

    private StateDump() {}

    /**
     * The dump of one vCPU.
     *
     * @param state with as many registers as the tables have for its vendor
     * @param capabilities by their number, perhaps of an earlier reading
     */
    static DumpText of(RawState state, int vcpu, int[] capabilities, StateTables tables) {
        Map<String, Long> values = new LinkedHashMap<>();
        List<StateTables.Register> registers = tables.registers(state.intel());
        for (int i = 0; i < registers.size(); i++) {
            values.put(registers.get(i).name(), state.registers()[i]);
        }
        Map<String, Capability> named = new LinkedHashMap<>();
        for (int i = 0; i < capabilities.length; i++) {
            named.put(tables.capabilities().get(i), capability(capabilities[i]));
        }
        VcpuDump dump = new VcpuDump(
                vcpu,
                Collections.unmodifiableMap(values),
                Map.of(),
                Map.of(),
                List.of(),
                Collections.unmodifiableMap(named),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                List.of());
        return new DumpText(
                facts(state, tables),
                List.of(dump),
                List.of(),
                List.of(),
                List.of(),
                OptionalInt.empty(),
                new UnknownLines(0, List.of()),
                false);
    }

    private static Capability capability(int value) {
        if (value == RawState.NOT_AVAILABLE) {
            return Capability.NOT_AVAILABLE;
        }
        return value == 0 ? Capability.NOT_SET : Capability.SET;
    }

    private static VmFacts facts(RawState state, StateTables tables) {
        Map<Integer, String> names = new LinkedHashMap<>();
        List<MemorySegment> segments = new ArrayList<>();
        for (RawState.Segment segment : state.segments()) {
            String name = segment.name().isEmpty() ? tables.segment(state.release(), segment.id()) : segment.name();
            names.put(segment.id(), name);
            segments.add(new MemorySegment(segment.id(), HumanSize.exact(segment.length()), name));
        }
        List<MemoryMapping> mappings = new ArrayList<>();
        for (long[] mapping : state.mappings()) {
            int id = (int) mapping[1];
            String known = names.get(id);
            mappings.add(new MemoryMapping(
                    mapping[0],
                    HumanSize.exact(mapping[3]),
                    known == null ? tables.segment(state.release(), id) : known,
                    mapping[2],
                    protection(mapping[4]),
                    (mapping[5] & WIRED) != 0,
                    (mapping[5] & IOMMU) != 0));
        }
        return new VmFacts(
                List.copyOf(segments),
                List.copyOf(mappings),
                Optional.of(state.active()),
                Optional.of(state.suspended()),
                Optional.empty(),
                state.topology(),
                rtc(state.rtc()),
                Map.of());
    }

    private static String protection(long bits) {
        return ((bits & READ) != 0 ? "R" : "-")
                + ((bits & WRITE) != 0 ? "W" : "-")
                + ((bits & EXECUTE) != 0 ? "X" : "-");
    }

    private static Optional<Rtc> rtc(OptionalLong seconds) {
        return seconds.isPresent() && Math.abs(seconds.getAsLong()) <= MAX_SECONDS
                ? Optional.of(Rtc.of(seconds.getAsLong()))
                : Optional.empty();
    }
}
