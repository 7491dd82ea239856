package org.bhyvescope.dump;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
    /** Rows of one block; FreeBSD has at most 63 statistics of at most 16 elements in practice. */
    static final int MAX_ROWS = 1024;

    /** Bytes of a description: the kernel's buffer holds 127, an array index is added. */
    static final int MAX_NAME = 160;

    private static final Pattern TOPOLOGY =
            Pattern.compile("sockets=(\\d{1,5}), cores=(\\d{1,5}), threads=(\\d{1,5}), maxcpus=(\\d{1,5})");
    private static final Pattern SMALL = Pattern.compile("\\d{1,9}");
    private static final String MAX_UNSIGNED = "18446744073709551615";
    private static final int MAX_SHOWN = 80;
    private static final String[] OTHER_LINES = {
        "active cpus:", "suspended cpus:", "debug cpus:", "cpu_topology:", "errno = "
    };

    private final byte[] text;
    private final int length;
    private final StatTable expected;

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
        while (from < to && isBlank(text[from])) {
            from++;
        }
        while (to > from && isBlank(text[to - 1])) {
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
        if (!startsWith(from, to, "vcpu") || !endsWith(from, to, " stats:")) {
            return false;
        }
        int id = smallNumber(string(from + 4, to - 7), CpuSet.LIMIT);
        if (id < 0) {
            return false;
        }
        closeBlock();
        block = new BlockBuilder(id, expected);
        return true;
    }

    private boolean row(BlockBuilder into, int from, int to) {
        int split = lastTab(from, to);
        if (split < 0) {
            split = lastBlank(from, to);
        }
        if (split < 0) {
            return false;
        }
        int nameEnd = split;
        while (nameEnd > from && isBlank(text[nameEnd - 1])) {
            nameEnd--;
        }
        int valueFrom = split + 1;
        while (valueFrom < to && isBlank(text[valueFrom])) {
            valueFrom++;
        }
        int digits = text[valueFrom] == '-' ? valueFrom + 1 : valueFrom;
        if (!isNumber(digits, to) || nameEnd == from || nameEnd - from > MAX_NAME || !isPrintable(from, nameEnd)) {
            return false;
        }
        long magnitude = unsigned(digits, to);
        if (digits > valueFrom && Long.compareUnsigned(magnitude, Long.MIN_VALUE) > 0) {
            return false; // %ld cannot print it
        }
        if (equals(from, nameEnd, "(null)")) {
            nullRows++;
            return true;
        }
        return into.add(text, from, nameEnd, digits == valueFrom ? magnitude : -magnitude);
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
            Matcher m = TOPOLOGY.matcher(string(from + 13, to).strip());
            if (!m.matches()) {
                return false;
            }
            topology = new Topology(number(m, 1), number(m, 2), number(m, 3), number(m, 4));
            return true;
        }
        if (startsWith(from, to, "errno = ")) {
            int n = smallNumber(string(from + 8, to), 10_000);
            errno = n < 0 ? errno : OptionalInt.of(n);
            return n >= 0;
        }
        return false;
    }

    /** {@code 0, 1, 2} or {@code (none)}; null if it is neither. */
    private @Nullable CpuSet cpuSet(int from, int to) {
        String list = string(from, to).strip();
        if (list.equals("(none)")) {
            return CpuSet.NONE;
        }
        String[] parts = list.split(",", -1);
        int[] ids = new int[parts.length];
        for (int i = 0; i < parts.length; i++) {
            ids[i] = smallNumber(parts[i].strip(), CpuSet.LIMIT);
            if (ids[i] < 0) {
                return null;
            }
        }
        return CpuSet.of(ids);
    }

    private void closeBlock() {
        if (block != null) {
            stats.add(block.build());
            block = null;
        }
    }

    private static boolean isBlank(byte b) {
        return b == ' ' || b == '\t' || b == '\r';
    }

    private boolean isPrintable(int from, int to) {
        for (int i = from; i < to; i++) {
            if ((text[i] & 0xff) < 0x20 || text[i] == 0x7f) {
                return false;
            }
        }
        return true;
    }

    private int lastTab(int from, int to) {
        int i = to - 1;
        while (i >= from && text[i] != '\t') {
            i--;
        }
        return i >= from ? i : -1;
    }

    private int lastBlank(int from, int to) {
        int i = to - 1;
        while (i >= from && text[i] != ' ') {
            i--;
        }
        return i >= from ? i : -1;
    }

    /** Whether these are decimal digits of a number that fits 64 bits. */
    private boolean isNumber(int from, int to) {
        int digits = to - from;
        if (digits < 1 || digits > MAX_UNSIGNED.length()) {
            return false;
        }
        for (int i = from; i < to; i++) {
            if (text[i] < '0' || text[i] > '9') {
                return false;
            }
        }
        return digits < MAX_UNSIGNED.length() || string(from, to).compareTo(MAX_UNSIGNED) <= 0;
    }

    private long unsigned(int from, int to) {
        long value = 0;
        for (int i = from; i < to; i++) {
            value = value * 10 + (text[i] - '0');
        }
        return value;
    }

    /** A decimal number below the limit, or -1. */
    private static int smallNumber(String digits, int limit) {
        if (!SMALL.matcher(digits).matches()) {
            return -1;
        }
        int value = Integer.parseInt(digits);
        return value < limit ? value : -1;
    }

    private static int number(Matcher m, int group) {
        return Integer.parseInt(m.group(group));
    }

    private boolean startsWith(int from, int to, String prefix) {
        return to - from >= prefix.length() && equals(from, from + prefix.length(), prefix);
    }

    private boolean endsWith(int from, int to, String suffix) {
        return to - from >= suffix.length() && equals(to - suffix.length(), to, suffix);
    }

    private boolean equals(int from, int to, String s) {
        if (to - from != s.length()) {
            return false;
        }
        for (int i = 0; i < s.length(); i++) {
            if (text[from + i] != s.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private String string(int from, int to) {
        return new String(text, from, to - from, ISO_8859_1);
    }
}
