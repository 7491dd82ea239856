package org.bhyvescope.dump;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Reads the output of {@code bhyvectl --get-stats --get-active-cpus --get-suspended-cpus --get-cpu-topology}
 * (usr.sbin/bhyvectl/bhyvectl.c; formats in FreeBSD 12 to main are the same).
 *
 * <p>A statistic is {@code "%-40s\t%ld\n"}: split at the last TAB, so that a description may be longer than its column
 * or hold anything. Where a paste has turned tabs into spaces, the last run of spaces splits. Order means nothing.
 * Never throws: what it does not understand it counts.
 */
public final class BhyvectlParser {
    private static final int MAX_SHOWN = 80;
    private static final String[] OTHER_LINES = {
        "active cpus:", "suspended cpus:", "debug cpus:", "cpu_topology:", "errno = "
    };

    private final byte[] text;
    private final int length;
    private final StatTable expected;
    private final StatRow row = new StatRow();

    private @Nullable CpuSet active;
    private @Nullable CpuSet suspended;
    private @Nullable Topology topology;
    private final List<StatBlock> stats = new ArrayList<>(1);
    private OptionalInt errno = OptionalInt.empty();
    private int nullRows;
    private int unknownLines;
    private String firstUnknown = "";
    private @Nullable BlockBuilder block;

    private BhyvectlParser(byte[] text, int length, StatTable expected) {
        this.text = text;
        this.length = length;
        this.expected = expected;
    }

    /**
     * Parses a whole output.
     *
     * @param text bytes as bhyvectl wrote them (ISO-8859-1; NUL bytes are harmless)
     * @param expected the table of the last text of this host, or {@link StatTable#EMPTY}; if the text has the same
     *     descriptions in the same order, the very same instance is in the result
     */
    public static BhyvectlText parse(byte[] text, StatTable expected) {
        return new BhyvectlParser(text, text.length, expected).run();
    }

    private BhyvectlText run() {
        int from = 0;
        boolean cut = false;
        while (from < length) {
            int end = from;
            while (end < length && text[end] != '\n') {
                end++;
            }
            if (end == length) {
                cut = true;
                break;
            }
            line(from, end);
            from = end + 1;
        }
        closeBlock();
        return new BhyvectlText(
                Optional.ofNullable(active),
                Optional.ofNullable(suspended),
                Optional.ofNullable(topology),
                List.copyOf(stats),
                errno,
                nullRows,
                unknownLines,
                firstUnknown,
                cut);
    }

    private void line(int lineFrom, int lineEnd) {
        int from = lineFrom;
        int to = lineEnd;
        while (from < to && Ascii.isBlank(text[from])) {
            from++;
        }
        while (to > from && Ascii.isBlank(text[to - 1])) {
            to--;
        }
        if (from == to
                || header(from, to)
                || (isOther(from, to) ? other(from, to) : block != null && row(block, from, to))) {
            return;
        }
        unknownLines++;
        if (firstUnknown.isEmpty()) {
            firstUnknown = string(from, Math.min(to, from + MAX_SHOWN));
        }
    }

    /** {@code vcpuN stats:} */
    private boolean header(int from, int to) {
        if (!startsWith(from, to, "vcpu") || !Ascii.endsWith(text, from, to, " stats:")) {
            return false;
        }
        int id = Numbers.small(string(from + 4, to - 7), CpuSet.LIMIT);
        if (id < 0) {
            return false;
        }
        closeBlock();
        block = new BlockBuilder(id, expected);
        return true;
    }

    private boolean row(BlockBuilder into, int from, int to) {
        if (!row.read(text, from, to)) {
            return false;
        }
        if (equals(from, row.nameEnd(), "(null)")) {
            nullRows++;
            return true;
        }
        return into.add(text, from, row.nameEnd(), row.value());
    }

    /**
     * Whether this is one of the lines that bhyvectl prints around a statistics block. Asked before a row is tried, since
     * {@code errno = 6} and {@code active cpus: 0} look like one too.
     */
    private boolean isOther(int from, int to) {
        for (String prefix : OTHER_LINES) {
            if (startsWith(from, to, prefix)) {
                return true;
            }
        }
        return false;
    }

    private boolean other(int from, int to) {
        closeBlock();
        if (startsWith(from, to, "active cpus:")) {
            CpuSet set = cpuSet(from + 12, to);
            active = set == null ? active : set;
            return set != null;
        }
        if (startsWith(from, to, "suspended cpus:")) {
            CpuSet set = cpuSet(from + 15, to);
            suspended = set == null ? suspended : set;
            return set != null;
        }
        if (startsWith(from, to, "debug cpus:")) {
            return cpuSet(from + 11, to) != null;
        }
        if (startsWith(from, to, "cpu_topology:")) {
            Topology found = TopologyText.parse(string(from + 13, to));
            topology = found == null ? topology : found;
            return found != null;
        }
        if (startsWith(from, to, "errno = ")) {
            int n = Numbers.small(string(from + 8, to), 10_000);
            errno = n < 0 ? errno : OptionalInt.of(n);
            return n >= 0;
        }
        return false;
    }

    private @Nullable CpuSet cpuSet(int from, int to) {
        return CpuSetText.parse(string(from, to));
    }

    private void closeBlock() {
        if (block != null) {
            stats.add(block.build());
            block = null;
        }
    }

    private boolean startsWith(int from, int to, String prefix) {
        return Ascii.startsWith(text, from, to, prefix);
    }

    private boolean equals(int from, int to, String s) {
        return Ascii.equals(text, from, to, s);
    }

    private String string(int from, int to) {
        return Ascii.string(text, from, to);
    }
}
