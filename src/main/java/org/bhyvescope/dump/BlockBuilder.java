package org.bhyvescope.dump;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Collects the rows of one statistics block. As long as they follow the expected table no String is made, which is the
 * case for all but the first text of a host.
 */
final class BlockBuilder {
    /** Rows of one block; FreeBSD has at most 63 statistics of at most 16 elements in practice. */
    static final int MAX_ROWS = 1024;

    private final int vcpu;
    private final StatTable expected;
    private long[] values;
    private int rows;

    /** Empty while the rows follow the expected table; from the first other row on, all names. */
    private final List<String> names = new ArrayList<>();

    private final Set<String> seen = new HashSet<>();
    private boolean asExpected = true;

    BlockBuilder(int vcpu, StatTable expected) {
        this.vcpu = vcpu;
        this.expected = expected;
        this.values = new long[Math.max(64, expected.size())];
    }

    /** Adds a row; false if it is one too many or repeats a description. */
    boolean add(byte[] text, int from, int to, long value) {
        if (rows == MAX_ROWS) {
            return false;
        }
        if (asExpected && !expected.matches(rows, text, from, to)) {
            asExpected = false;
            names.addAll(expected.names().subList(0, rows));
            seen.addAll(names);
        }
        if (!asExpected) {
            String name = new String(text, from, to - from, ISO_8859_1);
            if (!seen.add(name)) {
                return false;
            }
            names.add(name);
        }
        if (rows == values.length) {
            values = Arrays.copyOf(values, rows * 2);
        }
        values[rows++] = value;
        return true;
    }

    int rows() {
        return rows;
    }

    StatBlock build() {
        StatTable table;
        if (!asExpected) {
            table = new StatTable(names);
        } else if (rows == expected.size()) {
            table = expected;
        } else {
            table = new StatTable(expected.names().subList(0, rows));
        }
        return new StatBlock(vcpu, table, rows == values.length ? values : Arrays.copyOf(values, rows));
    }
}
