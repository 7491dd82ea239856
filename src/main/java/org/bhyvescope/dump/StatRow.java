package org.bhyvescope.dump;

/**
 * Takes a row {@code "%-40s\t%ld"} of a statistics block apart. One instance serves many rows, and no String is made: this
 * is the hot path of sampling.
 */
final class StatRow {
    /** Bytes of a description: the kernel's buffer holds 127, an array index is added. */
    static final int MAX_NAME = 160;

    private static final String MAX_UNSIGNED = "18446744073709551615";

    private int nameEnd;
    private int valueFrom;
    private boolean tab;
    private long value;

    /**
     * Reads a line without blanks at its ends: split at its last TAB or, where a paste has turned tabs into spaces, at
     * its last run of spaces.
     *
     * @return whether it is a description and a decimal number that {@code %ld} can print
     */
    boolean read(byte[] text, int from, int to) {
        int split = Ascii.last(text, from, to, '\t');
        tab = split >= 0;
        if (!tab) {
            split = Ascii.last(text, from, to, ' ');
        }
        if (split < 0) {
            return false;
        }
        nameEnd = split;
        while (nameEnd > from && Ascii.isBlank(text[nameEnd - 1])) {
            nameEnd--;
        }
        valueFrom = split + 1;
        while (valueFrom < to && Ascii.isBlank(text[valueFrom])) {
            valueFrom++;
        }
        if (valueFrom == to) {
            return false;
        }
        int digits = text[valueFrom] == '-' ? valueFrom + 1 : valueFrom;
        if (!isNumber(text, digits, to)
                || nameEnd == from
                || nameEnd - from > MAX_NAME
                || !Ascii.isPrintable(text, from, nameEnd)) {
            return false;
        }
        long magnitude = unsigned(text, digits, to);
        if (digits > valueFrom && Long.compareUnsigned(magnitude, Long.MIN_VALUE) > 0) {
            return false; // %ld cannot print it
        }
        value = digits == valueFrom ? magnitude : -magnitude;
        return true;
    }

    /** End of the description that {@link #read} found. */
    int nameEnd() {
        return nameEnd;
    }

    /** The 64 bits. */
    long value() {
        return value;
    }

    boolean hasTab() {
        return tab;
    }

    /** Whether a TAB, or at least two spaces, stand between description and value. */
    boolean isWide() {
        return tab || valueFrom - nameEnd > 1;
    }

    /** Whether these are decimal digits of a number that fits 64 bits. */
    private static boolean isNumber(byte[] text, int from, int to) {
        int digits = to - from;
        if (digits < 1 || digits > MAX_UNSIGNED.length()) {
            return false;
        }
        for (int i = from; i < to; i++) {
            if (text[i] < '0' || text[i] > '9') {
                return false;
            }
        }
        return digits < MAX_UNSIGNED.length() || Ascii.string(text, from, to).compareTo(MAX_UNSIGNED) <= 0;
    }

    private static long unsigned(byte[] text, int from, int to) {
        long value = 0;
        for (int i = from; i < to; i++) {
            value = value * 10 + (text[i] - '0');
        }
        return value;
    }
}
