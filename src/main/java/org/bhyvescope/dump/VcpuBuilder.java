package org.bhyvescope.dump;

import java.util.BitSet;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Collects one dump of one vCPU. */
final class VcpuBuilder {
    /** Fields from which on a repeated one starts another dump of the same vCPU. */
    private static final int A_DUMP = 16;

    final int id;
    final Map<String, Long> values = new LinkedHashMap<>();
    final Map<String, SegmentRegister> segments = new LinkedHashMap<>();
    final Map<String, String> others = new LinkedHashMap<>();
    final Map<String, MsrAccess> msrs = new LinkedHashMap<>();
    final Map<String, Capability> capabilities = new LinkedHashMap<>();

    @Nullable
    QueuedEvent pending;

    @Nullable
    QueuedEvent current;

    @Nullable
    StatBlock stats;

    /** Positions of the steps of {@link PrintOrder} whose lines were there. */
    final BitSet seen = new BitSet();

    /** Position of the step whose line came last. */
    int last = -1;

    /** Number of fields, and the position of the first: what tells another dump of the same vCPU. */
    private int fields;

    private int first = -1;

    /** Number of the dump, counted in the text, that the last field was in. */
    private int dump;

    /** Whether pending or current came before the capabilities, as from release 15 on. */
    boolean eventsEarly;

    /** {@code errno = N} behind its last line. */
    OptionalInt errno = OptionalInt.empty();

    VcpuBuilder(int id) {
        this.id = id;
    }

    void see(int position) {
        seen.set(position);
        last = position;
    }

    /**
     * Whether a field cannot belong to the same dump as the fields so far.
     *
     * @param same whether its value is the one that is there already
     * @param inDump number of the dump that it is in
     */
    boolean isRestartedBy(int position, boolean same, int inDump) {
        return fields >= A_DUMP && seen.get(position) && (dump != inDump || position == first || !same);
    }

    /** Notes that a field of {@link PrintOrder} was there. */
    void seeField(int position, int inDump) {
        first = first < 0 ? position : first;
        fields += seen.get(position) ? 0 : 1;
        dump = inDump;
        see(position);
    }

    boolean isEmpty() {
        return values.isEmpty()
                && segments.isEmpty()
                && others.isEmpty()
                && msrs.isEmpty()
                && capabilities.isEmpty()
                && pending == null
                && current == null
                && stats == null;
    }

    void descriptor(String name, long base, long limit, OptionalLong access) {
        SegmentRegister old = segment(name);
        segments.put(name, new SegmentRegister(OptionalLong.of(base), OptionalLong.of(limit), access, old.selector()));
    }

    void selector(String name, long selector) {
        SegmentRegister old = segment(name);
        segments.put(name, new SegmentRegister(old.base(), old.limit(), old.access(), OptionalLong.of(selector)));
    }

    private SegmentRegister segment(String name) {
        SegmentRegister none = new SegmentRegister(
                OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty());
        return segments.getOrDefault(name, none);
    }

    VcpuDump build(List<Gap> gaps) {
        return new VcpuDump(
                id,
                Collections.unmodifiableMap(values),
                Collections.unmodifiableMap(segments),
                Collections.unmodifiableMap(others),
                List.copyOf(msrs.values()),
                Collections.unmodifiableMap(capabilities),
                Optional.ofNullable(pending),
                Optional.ofNullable(current),
                Optional.ofNullable(stats),
                gaps);
    }
}
