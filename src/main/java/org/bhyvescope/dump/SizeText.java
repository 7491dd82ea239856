package org.bhyvescope.dump;

import org.jspecify.annotations.Nullable;

/** Lengths that humanize_number(3) printed: {@code 16384B}, {@code 3072MB}. */
final class SizeText {
    private static final String UNITS = "BKMGTPE";
    private static final int MAX_DIGITS = 6;

    private SizeText() {}

    /** The size, or null if this is none: the unit is needed, since without it half a line looks whole. */
    static @Nullable HumanSize parse(String text) {
        int digits = 0;
        while (digits < text.length() && text.charAt(digits) >= '0' && text.charAt(digits) <= '9') {
            digits++;
        }
        String unit = text.substring(digits);
        int power = unit.isEmpty() ? -1 : UNITS.indexOf(unit.charAt(0));
        boolean bytes = unit.equals("B");
        if (digits == 0 || digits > MAX_DIGITS || power < 0 || !(bytes || (unit.length() == 2 && unit.endsWith("B")))) {
            return null;
        }
        long number = Long.parseLong(text.substring(0, digits));
        int shift = 10 * power;
        return number > Long.MAX_VALUE >> shift ? null : new HumanSize(text, number << shift);
    }
}
