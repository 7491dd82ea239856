package org.bhyvescope.dump;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Takes off what terminals, mail programs and loggers put around a line. */
final class Pasted {
    private static final char ESCAPE = '\u001b';
    private static final Pattern CONTROL = Pattern.compile(
            "\u001b\\[[0-9;?]{0,32}[@-~]|\u001b\\][^\u0007\u001b]{0,256}+\u0007?|\u001b[()][0-9A-Z]|\u001b[@-Z\\\\^_=>]");
    private static final Pattern VISIBLE_CONTROL = Pattern.compile("\\^\\[\\[[0-9;?]{0,32}[A-Za-z]");

    /** Priority, then a date with a time. */
    private static final Pattern TIME = Pattern.compile("(?:<\\d{1,3}>)?\\[?(?:"
            + "\\d{4}[-/]\\d\\d[-/]\\d\\d[T ]\\d\\d:\\d\\d:\\d\\d(?:[.,]\\d{1,9})?(?: ?(?:Z|[+-]\\d\\d:?\\d\\d))?"
            + "|[A-Z][a-z]{2} [ \\d]\\d(?: \\d{4})? \\d\\d:\\d\\d:\\d\\d(?:[.,]\\d{1,9})?"
            + ")[:\\]]{0,2}(?:\\s+|$)");

    /** Host and program, or only one of them. */
    private static final Pattern PROGRAM =
            Pattern.compile("(?:[\\w.-]{1,64}\\s+)?[\\w./-]{1,64}(?:\\[\\d{1,10}])?:(?:\\s+|$)");

    private static final Pattern MARKS = Pattern.compile("^\\s*(?:[>|] ?)+");

    private Pasted() {}

    /** The line without escape sequences, and with plain spaces. */
    static String clean(String raw) {
        String text = raw;
        if (text.indexOf(ESCAPE) >= 0) {
            text = CONTROL.matcher(text).replaceAll("");
        }
        if (text.contains("^[[")) {
            text = VISIBLE_CONTROL.matcher(text).replaceAll("");
        }
        if (text.indexOf('\u00a0') >= 0) {
            // A space that does not break, in UTF-8 (two bytes) or Latin 1.
            text = text.replace("\u00c2\u00a0", " ").replace('\u00a0', ' ');
        }
        return text.startsWith("\u00ef\u00bb\u00bf") ? text.substring(3) : text;
    }

    /**
     * What the line may say, the most stripped reading first: without time, host and program; without the time; without
     * marks of quotation only. A reading is without blanks at its ends.
     */
    static List<String> readings(String clean) {
        String text = unquoted(clean);
        List<String> readings = new ArrayList<>(1);
        Matcher time = startsLikeTime(text) ? TIME.matcher(text) : null;
        if (time != null && time.lookingAt()) {
            String rest = text.substring(time.end());
            Matcher program = PROGRAM.matcher(rest);
            if (program.lookingAt()) {
                readings.add(unquoted(rest.substring(program.end())));
            }
            readings.add(rest.strip());
        }
        readings.add(text);
        return readings;
    }

    /** The line without marks of quotation, but with the blanks behind them: the second half of a line may begin so. */
    static String unmarked(String clean) {
        return MARKS.matcher(clean).replaceFirst("");
    }

    private static boolean startsLikeTime(String text) {
        char c = text.isEmpty() ? ' ' : text.charAt(0);
        return c == '<' || c == '[' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
    }

    private static String unquoted(String text) {
        int from = 0;
        while (from < text.length()
                && (Character.isWhitespace(text.charAt(from))
                        || text.charAt(from) == '>'
                        || text.charAt(from) == '|')) {
            from++;
        }
        return text.substring(from).strip();
    }
}
