package org.bhyvescope.dump;

/**
 * A line after everything that a paste or a logger put around it was taken off.
 *
 * @param text without blanks at its ends; ISO-8859-1
 * @param first whether it is the first line, whose beginning may be missing just as the end of the last
 * @param whole false if the text ends here without a newline: half a number is not a number
 */
record Line(String text, boolean first, boolean whole) {
    private static final int SHOWN = 120;

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
