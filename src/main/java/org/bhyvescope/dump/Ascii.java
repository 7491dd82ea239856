package org.bhyvescope.dump;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

/** Ranges of bytes compared with text, without making Strings. */
final class Ascii {
    private Ascii() {}

    static boolean isBlank(byte b) {
        return b == ' ' || b == '\t' || b == '\r';
    }

    static boolean isPrintable(byte[] text, int from, int to) {
        for (int i = from; i < to; i++) {
            if ((text[i] & 0xff) < 0x20 || text[i] == 0x7f) {
                return false;
            }
        }
        return true;
    }

    /** The last position of a byte in the range, or -1. */
    static int last(byte[] text, int from, int to, char what) {
        int i = to - 1;
        while (i >= from && text[i] != what) {
            i--;
        }
        return i >= from ? i : -1;
    }

    static boolean startsWith(byte[] text, int from, int to, String prefix) {
        return to - from >= prefix.length() && equals(text, from, from + prefix.length(), prefix);
    }

    static boolean endsWith(byte[] text, int from, int to, String suffix) {
        return to - from >= suffix.length() && equals(text, to - suffix.length(), to, suffix);
    }

    static boolean equals(byte[] text, int from, int to, String s) {
        if (to - from != s.length()) {
            return false;
        }
        for (int i = 0; i < s.length(); i++) {
            if (text[from + i] != s.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    static String string(byte[] text, int from, int to) {
        return new String(text, from, to - from, ISO_8859_1);
    }
}
