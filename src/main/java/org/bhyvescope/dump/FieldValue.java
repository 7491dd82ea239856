package org.bhyvescope.dump;

import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Values behind {@code NAME[N]}. Most are printed with a fixed number of digits; fewer of them are half a value (a
 * terminal or mail program broke the line, the writer was killed), and half a value is none.
 */
final class FieldValue {
    private FieldValue() {}

    /**
     * The numbers of a value.
     *
     * @param whole false if the text ends behind it: then only what has all of its digits counts
     * @return null if this is not a value of that form
     */
    static long @Nullable [] read(PrintOrder.Form form, String text, boolean whole) {
        return switch (form) {
            case X16 -> fixed(text, whole, 16);
            case X8 -> fixed(text, whole, 8);
            case SELECTOR -> fixed(text, whole, 4);
            case X4 -> atLeast(text, whole, 4);
            case X -> atLeast(text, whole, 1);
            case D -> decimal(text, whole);
            case DESC3 -> parts(text, 16, 8, 8);
            case DESC2 -> parts(text, 16, 8);
            case EVENT, PART -> null;
        };
    }

    private static long @Nullable [] fixed(String text, boolean whole, int digits) {
        if (whole && text.equals("0")) {
            return new long[] {0};
        }
        String hex = text.startsWith("0x") ? text.substring(2) : text;
        // Without 0x, only the padding shows that a number is not decimal.
        boolean shows = hex.length() < text.length() || digits >= 8;
        return shows && hex.length() == digits ? one(Numbers.hex(hex)) : null;
    }

    private static long @Nullable [] atLeast(String text, boolean whole, int digits) {
        if (!whole) {
            return null;
        }
        if (text.equals("0")) {
            return new long[] {0};
        }
        return Numbers.digitsOf(text) >= digits ? one(Numbers.any(text)) : null;
    }

    private static long @Nullable [] decimal(String text, boolean whole) {
        return whole ? one(Numbers.decimal(text)) : null;
    }

    private static long @Nullable [] parts(String text, int... digits) {
        String[] parts = text.split("/", digits.length + 1);
        if (parts.length != digits.length) {
            return null;
        }
        long[] numbers = new long[digits.length];
        for (int i = 0; i < digits.length; i++) {
            long[] number = fixed(parts[i].strip(), false, digits[i]);
            if (number == null) {
                return null;
            }
            numbers[i] = number[0];
        }
        return numbers;
    }

    private static long @Nullable [] one(OptionalLong number) {
        return number.isPresent() ? new long[] {number.getAsLong()} : null;
    }
}
