package org.bhyvescope.dump;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The ordered descriptions of the statistics that one kernel prints. The order follows vmm.ko's link order and is no
 * contract (stats.md §2), so it only serves as a column number while one table is shared by many snapshots.
 */
public final class StatTable {
    /** The table without statistics. */
    public static final StatTable EMPTY = new StatTable(List.of());

    private final List<String> names;
    private final byte[][] bytes;
    private final Map<String, Integer> index;

    /**
     * @param names distinct descriptions, exactly as printed
     * @throws IllegalArgumentException if a description occurs twice
     */
    public StatTable(List<String> names) {
        this.names = List.copyOf(names);
        this.bytes = names.stream().map(n -> n.getBytes(ISO_8859_1)).toArray(byte[][]::new);
        this.index = new HashMap<>(names.size() * 2);
        for (int i = 0; i < this.names.size(); i++) {
            if (index.put(this.names.get(i), i) != null) {
                throw new IllegalArgumentException("description twice: " + this.names.get(i));
            }
        }
    }

    public int size() {
        return names.size();
    }

    /** The description in column i. */
    public String name(int i) {
        return names.get(i);
    }

    /** All descriptions in column order. */
    public List<String> names() {
        return names;
    }

    /** Column of a description, or -1. */
    public int column(String name) {
        return index.getOrDefault(name, -1);
    }

    /** Whether column i is described by these bytes: the parser's way to recognise a line without making a String. */
    boolean matches(int i, byte[] text, int from, int to) {
        return i < bytes.length && Arrays.equals(bytes[i], 0, bytes[i].length, text, from, to);
    }

    @Override
    public boolean equals(Object o) {
        return o == this || (o instanceof StatTable other && names.equals(other.names));
    }

    @Override
    public int hashCode() {
        return names.hashCode();
    }

    @Override
    public String toString() {
        return names.toString();
    }
}
