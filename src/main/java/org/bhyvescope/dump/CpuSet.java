package org.bhyvescope.dump;

import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** An immutable set of vCPU ids, as {@code --get-active-cpus} and {@code --get-suspended-cpus} print one. */
public final class CpuSet {
    /** The set without members, printed by bhyvectl as {@code (none)}. */
    public static final CpuSet NONE = new CpuSet(new int[0]);

    /** Ids from here on are refused: FreeBSD's cpuset_t ends at 1024, and a garbled number must not become a vCPU. */
    static final int LIMIT = 4096;

    private final int[] ids;

    private CpuSet(int[] ids) {
        this.ids = ids;
    }

    /** The set of these ids, in any order, repetitions allowed. */
    public static CpuSet of(int... ids) {
        return new CpuSet(IntStream.of(ids).sorted().distinct().toArray());
    }

    /** Number of vCPUs in the set. */
    public int size() {
        return ids.length;
    }

    public boolean isEmpty() {
        return ids.length == 0;
    }

    /** The i-th smallest id. */
    public int get(int i) {
        return ids[i];
    }

    public boolean contains(int id) {
        return Arrays.binarySearch(ids, id) >= 0;
    }

    /** Whether every member of the other set is a member of this one. */
    public boolean containsAll(CpuSet other) {
        return IntStream.of(other.ids).allMatch(this::contains);
    }

    /** The ids in ascending order. */
    public IntStream stream() {
        return IntStream.of(ids);
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof CpuSet other && Arrays.equals(ids, other.ids);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(ids);
    }

    @Override
    public String toString() {
        return isEmpty() ? "(none)" : stream().mapToObj(Integer::toString).collect(Collectors.joining(", "));
    }
}
