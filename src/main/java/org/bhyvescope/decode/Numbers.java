package org.bhyvescope.decode;

/** Numbers and ranges of numbers, as the tables write them. */
record Numbers(long first, long last) {
    /**
     * {@code 7b}, {@code 20-2f}, {@code -1}, {@code 0x3f8-0x3ff}.
     *
     * @param radix of digits without {@code 0x}
     */
    static Numbers parse(String text, int radix) {
        int dash = text.indexOf('-', 1);
        long first = number(dash < 0 ? text : text.substring(0, dash), radix);
        long last = dash < 0 ? first : number(text.substring(dash + 1), radix);
        if (Long.compareUnsigned(last, first) < 0) {
            throw new IllegalArgumentException("ends before it begins: " + text);
        }
        return new Numbers(first, last);
    }

    private static long number(String text, int radix) {
        return text.startsWith("0x") ? Long.parseUnsignedLong(text.substring(2), 16) : Long.parseLong(text, radix);
    }

    boolean contains(long value) {
        return Long.compareUnsigned(first, value) <= 0 && Long.compareUnsigned(value, last) <= 0;
    }

    boolean overlaps(Numbers other) {
        return contains(other.first) || other.contains(first);
    }
}
