package org.bhyvescope.dump;

import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Finds the logged text in a line that a logger wrote as a JSON object. */
final class JsonLog {
    /** Docker's key: its records are pieces of a stream, with the newlines in them. */
    static final String STREAM = "log";

    private static final Set<String> KEYS = Set.of(STREAM, "message", "msg", "line", "text");

    private JsonLog() {}

    /**
     * The text of a record.
     *
     * @param key the key it stood under, lower case
     * @param closed whether the string was whole
     */
    record Found(String key, String text, boolean closed) {}

    /** The first string under one of the usual keys of the outermost object; null if there is none. */
    static @Nullable Found find(String line) {
        int depth = 0;
        int i = 0;
        while (i < line.length()) {
            char c = line.charAt(i++);
            if (c == '{' || c == '[') {
                depth++;
            } else if (c == '}' || c == ']') {
                depth--;
            } else if (c == '"') {
                Escapes.Decoded string = Escapes.decode(line, i);
                i = string.end();
                int value = depth == 1 ? valueAt(line, i) : -1;
                String key = string.text().toLowerCase(Locale.ROOT);
                if (value >= 0 && KEYS.contains(key)) {
                    Escapes.Decoded text = Escapes.decode(line, value);
                    return new Found(key, text.text(), text.closed());
                }
            }
        }
        return null;
    }

    /** Index behind the quote that opens the value of a key, or -1. */
    private static int valueAt(String line, int afterKey) {
        int colon = skipBlanks(line, afterKey);
        if (colon >= line.length() || line.charAt(colon) != ':') {
            return -1;
        }
        int quote = skipBlanks(line, colon + 1);
        return quote < line.length() && line.charAt(quote) == '"' ? quote + 1 : -1;
    }

    private static int skipBlanks(String line, int from) {
        int i = from;
        while (i < line.length() && line.charAt(i) == ' ') {
            i++;
        }
        return i;
    }
}
