package org.bhyvescope.dump;

/**
 * A length that bhyvectl printed through humanize_number(3): rounded to the unit, hence lossy; or an exact one.
 *
 * @param text as printed, {@code 3072MB}
 * @param bytes the number times its unit (1024-based)
 */
public record HumanSize(String text, long bytes) {
    private static final String[] UNITS = {"B", "KB", "MB", "GB", "TB", "PB", "EB"};
    private static final int UNIT_BITS = 10;

    /** A length that is known to the byte, in the largest unit of which it is a whole number. */
    public static HumanSize exact(long bytes) {
        int unit = bytes == 0 ? 0 : Math.min(Long.numberOfTrailingZeros(bytes) / UNIT_BITS, UNITS.length - 1);
        return new HumanSize(Long.toUnsignedString(bytes >>> (unit * UNIT_BITS)) + UNITS[unit], bytes);
    }
}
