package org.bhyvescope.dump;

/**
 * A length that bhyvectl printed through humanize_number(3): rounded to the unit, hence lossy.
 *
 * @param text as printed, {@code 3072MB}
 * @param bytes the number times its unit (1024-based)
 */
public record HumanSize(String text, long bytes) {}
