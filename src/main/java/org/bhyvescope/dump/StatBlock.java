package org.bhyvescope.dump;

/**
 * One {@code vcpuN stats:} block.
 *
 * <p>The kernel's counters are unsigned 64-bit numbers that bhyvectl prints through {@code %ld}; {@link #value} returns
 * the same 64 bits, so compare with {@link Long#compareUnsigned}.
 */
public final class StatBlock {
    private final int vcpu;
    private final StatTable table;
    private final long[] values;

    /** Takes ownership of {@code values}, which has one value per column of the table. */
    StatBlock(int vcpu, StatTable table, long[] values) {
        this.vcpu = vcpu;
        this.table = table;
        this.values = values;
    }

    /** The vCPU number of the header line. */
    public int vcpu() {
        return vcpu;
    }

    public StatTable table() {
        return table;
    }

    /** The value in a column of the table. */
    public long value(int column) {
        return values[column];
    }

    /**
     * The values in the column order of another table (bhyvectl's order is no contract).
     *
     * @return a fresh array, or null if the two tables do not hold the same descriptions
     */
    public long @org.jspecify.annotations.Nullable [] valuesIn(StatTable other) {
        if (other.equals(table)) {
            return values.clone();
        }
        if (other.size() != table.size()) {
            return null;
        }
        long[] sorted = new long[values.length];
        for (int i = 0; i < values.length; i++) {
            int column = other.column(table.name(i));
            if (column < 0) {
                return null;
            }
            sorted[column] = values[i];
        }
        return sorted;
    }
}
