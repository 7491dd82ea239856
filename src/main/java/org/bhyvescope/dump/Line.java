package org.bhyvescope.dump;

/**
 * A line after everything that a paste or a logger put around it was taken off.
 *
 * @param text without blanks at its ends; ISO-8859-1
 * @param whole false if the text ends here without a newline: half a number is not a number
 */
record Line(String text, Start start, boolean whole) {
    private static final int SHOWN = 120;

    /** How sure it is that a line begins where its text does. */
    enum Start {
        SURE,
        /** The first line of all: its beginning may be missing just as the end of the last. */
        FIRST,
        /** Put together from the half before a complaint and the line behind it, which may not belong together. */
        JOINED,
        /** Behind a complaint: it may be the second half of a line. */
        REST
    }

    boolean mayLackItsBeginning() {
        return start == Start.FIRST || start == Start.REST;
    }

    /** Whether a complaint tore it, or may have. */
    boolean mayBeTorn() {
        return start == Start.JOINED || start == Start.REST;
    }

    /** The line for a person: printable and shortened. */
    String shown() {
        return shown(text, SHOWN);
    }

    static String shown(String text, int length) {
        StringBuilder shown = new StringBuilder(Math.min(text.length(), length));
        for (int i = 0; i < text.length() && i < length; i++) {
            char c = text.charAt(i);
            shown.append(c < 0x20 || c == 0x7f || (c >= 0x80 && c < 0xa0) ? '?' : c);
        }
        return shown.toString();
    }
}
