package org.bhyvescope.dump;

import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Collects what a text says of the VM as a whole; the last word counts. */
final class VmBuilder {
    /** The sets that bhyvectl prints, by their first word. */
    enum Set {
        ACTIVE,
        SUSPENDED,
        DEBUG;

        static @Nullable Set named(String word) {
            for (Set set : values()) {
                if (set.name().toLowerCase(Locale.ROOT).equals(word)) {
                    return set;
                }
            }
            return null;
        }
    }

    private final Map<Set, CpuSet> sets = new EnumMap<>(Set.class);
    List<MemorySegment> segments = List.of();
    List<MemoryMapping> mappings = List.of();

    @Nullable
    Topology topology;

    @Nullable
    Rtc rtc;

    final Map<Integer, Integer> nvram = new TreeMap<>();
    private @Nullable Set newest;

    void put(Set set, CpuSet members) {
        sets.put(set, members);
        newest = set;
    }

    /** The set that was read last turned out to be half of one. */
    void dropNewestSet() {
        if (newest != null) {
            sets.remove(newest);
        }
    }

    VmFacts build() {
        return new VmFacts(
                segments,
                mappings,
                Optional.ofNullable(sets.get(Set.ACTIVE)),
                Optional.ofNullable(sets.get(Set.SUSPENDED)),
                Optional.ofNullable(sets.get(Set.DEBUG)),
                Optional.ofNullable(topology),
                Optional.ofNullable(rtc),
                Collections.unmodifiableMap(nvram));
    }
}
