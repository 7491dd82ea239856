package org.bhyvescope.metrics;

import java.util.ArrayList;
import java.util.List;

/** Text for mdoc(7). */
final class Mdoc {
    private static final int WIDTH = 78;

    private Mdoc() {}

    /** A paragraph: a sentence begins a line, no line is longer than 78 characters, nothing is taken for a macro. */
    static String paragraph(String words) {
        StringBuilder text = new StringBuilder();
        // FreeBSD 14 is a macro of its own.
        String marked = words.replaceAll("FreeBSD (\\d+)([,;:.)]*)", "\n.Fx $1 $2\n");
        for (String part : marked.split("\n", -1)) {
            if (part.startsWith(".Fx ")) {
                text.append(part.strip().replaceAll("(?<=[,;:.)])(?=[,;:.)])", " "))
                        .append('\n');
            } else {
                sentences(part).forEach(sentence -> wrap(sentence, text));
            }
        }
        return text.toString();
    }

    /** One argument of a macro. */
    static String argument(String words) {
        return '"' + escaped(words).replace("\"", "\\(dq") + '"';
    }

    private static List<String> sentences(String words) {
        return List.of(words.strip().split("(?<=[.?]\\)?) (?=[A-Z])", -1));
    }

    private static void wrap(String sentence, StringBuilder into) {
        List<String> line = new ArrayList<>();
        int length = 0;
        for (String word : escaped(sentence).split(" ", -1)) {
            if (length + word.length() > WIDTH) {
                into.append(guarded(String.join(" ", line))).append('\n');
                line.clear();
                length = 0;
            }
            line.add(word);
            length += word.length() + 1;
        }
        if (!sentence.isEmpty()) {
            into.append(guarded(String.join(" ", line))).append('\n');
        }
    }

    private static String escaped(String words) {
        return words.replace("\\", "\\e");
    }

    private static String guarded(String line) {
        return line.startsWith(".") || line.startsWith("'") ? "\\&" + line : line;
    }
}
