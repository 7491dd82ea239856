package org.bhyvescope.os;

/** Foreign text for a log or a terminal: a VM's name may hold anything, a line may not. */
public final class Printable {
    private Printable() {}

    /** The text in one line: without control characters, line separators and what changes the direction of writing. */
    public static String line(String text) {
        return text.replaceAll("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]", "?");
    }
}
