package org.bhyvescope.dump;

import java.util.OptionalLong;

/** Numbers as bhyvectl and bhyve print them. */
final class Numbers {
    private static final int HEX_DIGITS = 16;
    private static final int SMALL_DIGITS = 9;

    private Numbers() {}

    /** A decimal number below the limit, or -1. */
    static int small(String digits, int limit) {
        if (digits.isEmpty() || digits.length() > SMALL_DIGITS) {
            return -1;
        }
        int value = 0;
        for (int i = 0; i < digits.length(); i++) {
            char c = digits.charAt(i);
            if (c < '0' || c > '9') {
                return -1;
            }
            value = value * 10 + (c - '0');
        }
        return value < limit ? value : -1;
    }

    /** Whether the whole text is hexadecimal digits, at least one. */
    static boolean isHex(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.digit(text.charAt(i), 16) < 0 || text.charAt(i) > 'f') {
                return false;
            }
        }
        return !text.isEmpty();
    }

    /** Number of digits behind {@code 0x}, or -1 if this is not a number of that form. */
    static int digitsOf(String text) {
        boolean prefixed = text.startsWith("0x") && isHex(text.substring(2));
        return prefixed ? text.length() - 2 : -1;
    }

    /** 1 to 16 hexadecimal digits without a prefix: the 64 bits. */
    static OptionalLong hex(String digits) {
        return isHex(digits) && digits.length() <= HEX_DIGITS
                ? OptionalLong.of(Long.parseUnsignedLong(digits, 16))
                : OptionalLong.empty();
    }

    /** {@code 0x88}, or a decimal number that may be negative; the 64 bits. */
    static OptionalLong any(String text) {
        if (text.startsWith("0x")) {
            return hex(text.substring(2));
        }
        return decimal(text);
    }

    /** A decimal number that fits 64 bits, signed or unsigned. */
    static OptionalLong decimal(String text) {
        if (text.length() > 20 || text.startsWith("+")) {
            return OptionalLong.empty();
        }
        try {
            return OptionalLong.of(text.startsWith("-") ? Long.parseLong(text) : Long.parseUnsignedLong(text));
        } catch (NumberFormatException e) {
            return OptionalLong.empty();
        }
    }
}
