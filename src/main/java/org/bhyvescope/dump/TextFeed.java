package org.bhyvescope.dump;

/** From lines as they lie in a file to the lines that bhyvectl and bhyve wrote: undoes JSON and other escapes. */
final class TextFeed {
    private final DumpLines lines;

    /** The end of the last record of a log that keeps its newlines, waiting for the rest. */
    private String pending = "";

    private boolean pendingClosed;
    private boolean keepsNewlines;
    private boolean cut;

    TextFeed(DumpLines lines) {
        this.lines = lines;
    }

    /**
     * A line of the file.
     *
     * @param terminated whether a newline ended it
     */
    void line(String raw, boolean terminated) {
        String text = Pasted.clean(raw);
        JsonLog.Found json = text.indexOf('{') < 0 ? null : json(text);
        if (json != null) {
            record(json, terminated);
            return;
        }
        flush();
        if (text.contains("\\n") || text.contains("\\t")) {
            // The inside of such a string, pasted without its record.
            int from = text.startsWith("\"") ? 1 : 0;
            Escapes.Decoded decoded = Escapes.decode(text, from);
            split(decoded.text(), terminated || decoded.closed());
        } else {
            split(text, terminated);
        }
    }

    /** The text ends; whether its last line was half a line. */
    boolean end() {
        flush();
        return cut;
    }

    private static JsonLog.@org.jspecify.annotations.Nullable Found json(String text) {
        for (String reading : Pasted.readings(text)) {
            if (reading.startsWith("{")) {
                return JsonLog.find(reading);
            }
        }
        return null;
    }

    private void record(JsonLog.Found json, boolean terminated) {
        boolean newlines = json.text().indexOf('\n') >= 0;
        if (!json.key().equals(JsonLog.STREAM)) {
            flush();
            split(json.text(), json.closed());
            return;
        }
        if (!keepsNewlines && !newlines) {
            flush();
        }
        keepsNewlines |= newlines;
        String joined = pending + json.text();
        int last = joined.lastIndexOf('\n') + 1;
        pending = "";
        if (last > 0) {
            split(joined.substring(0, last - 1), true);
        }
        pending = joined.length() - last > LineReader.MAX ? "" : joined.substring(last);
        pendingClosed = json.closed() && terminated;
    }

    private void flush() {
        if (!pending.isEmpty()) {
            String half = pending;
            pending = "";
            split(half, pendingClosed && !keepsNewlines);
        }
    }

    /** Passes on the lines of a piece of text; the last one is whole or not. */
    private void split(String text, boolean whole) {
        int from = 0;
        int at;
        while ((at = breakAt(text, from)) >= 0) {
            lines.line(text.substring(from, at), true);
            from = at + (text.charAt(at) == '^' ? 2 : 1);
        }
        String rest = text.substring(from);
        if (from == 0 || !rest.isEmpty()) {
            lines.line(rest, whole);
            cut = !whole && !rest.isBlank();
        }
    }

    /** The next newline, carriage return, or carriage return made visible ({@code ^M}). */
    private static int breakAt(String text, int from) {
        for (int i = from; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\n' || c == '\r' || (c == '^' && i + 1 < text.length() && text.charAt(i + 1) == 'M')) {
                return i;
            }
        }
        return -1;
    }
}
