package org.bhyvescope.dump;

/** A string with backslash escapes, as in JSON. */
final class Escapes {
    private Escapes() {}

    /**
     * A decoded string.
     *
     * @param text without escapes; characters above 0xff become {@code ?}
     * @param end index behind the closing quote, or the length of the text
     * @param closed whether there was a closing quote
     */
    record Decoded(String text, int end, boolean closed) {}

    /** Decodes from an index behind the opening quote. An escape that the end of the text cut is dropped. */
    static Decoded decode(String text, int from) {
        StringBuilder out = new StringBuilder(Math.min(text.length() - from, 256));
        int i = from;
        while (i < text.length()) {
            char c = text.charAt(i);
            if (c == '"') {
                return new Decoded(out.toString(), i + 1, true);
            }
            if (c != '\\') {
                out.append(c);
                i++;
            } else {
                i = escape(text, i + 1, out);
            }
        }
        return new Decoded(out.toString(), text.length(), false);
    }

    private static int escape(String text, int at, StringBuilder out) {
        if (at >= text.length()) {
            return at;
        }
        char c = text.charAt(at);
        if (c == 'u') {
            int end = Math.min(at + 5, text.length());
            String digits = text.substring(at + 1, end);
            if (digits.length() == 4 && Numbers.isHex(digits)) {
                int code = Integer.parseInt(digits, 16);
                out.append(code < 0x100 ? (char) code : '?');
            }
            return end;
        }
        int which = "nrtbf".indexOf(c);
        out.append(which < 0 ? c : "\n\r\t\b\f".charAt(which));
        return at + 1;
    }
}
