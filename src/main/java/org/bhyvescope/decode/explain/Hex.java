package org.bhyvescope.decode.explain;

import java.math.BigInteger;
import java.util.Locale;

/** Numbers as people read them. */
final class Hex {
    private Hex() {}

    /** {@code 0x88}. */
    static String of(long value) {
        return "0x" + Long.toHexString(value);
    }

    /** {@code 6}, {@code 207 (0xcf)}: decimal, and hexadecimal where that is not the same. */
    static String both(long value) {
        String decimal = Long.toUnsignedString(value);
        return value >= 0 && value < 10 ? decimal : decimal + " (" + of(value) + ")";
    }

    /** {@code 0xffffd001b2ce151d}: all 16 digits, for addresses and registers. */
    static String wide(long value) {
        return String.format(Locale.ROOT, "0x%016x", value);
    }

    /** {@code 3,259,037}; unsigned. */
    static String count(long value) {
        return String.format(Locale.ROOT, "%,d", unsigned(value));
    }

    /** The unsigned number of these 64 bits. */
    static Number unsigned(long value) {
        return value >= 0 ? (Number) value : new BigInteger(Long.toUnsignedString(value));
    }

    /** {@code 45.0 %}. */
    static String percent(double share) {
        return String.format(Locale.ROOT, "%.1f %%", 100 * share);
    }
}
