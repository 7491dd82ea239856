package org.bhyvescope.decode;

import java.util.ArrayList;
import java.util.List;
import org.bhyvescope.decode.ExitCode.By;
import org.bhyvescope.decode.ExitCode.Handling;

/** A row of an exit table: one code, or a range of codes whose texts count along. */
record ExitRow(
        Numbers codes,
        String name,
        String symbol,
        String meaning,
        String info1,
        String info2,
        String infoText,
        List<Handling> handling,
        String source,
        String doubt) {
    /** The name of a row that says that the manual sets its code aside. */
    static final String UNUSED = "unused";

    private static final int COLUMNS = 10;

    /** @throws IllegalArgumentException naming the row, if it is malformed */
    static ExitRow parse(String row, int radix) {
        String[] c = Tsv.cells(row, COLUMNS);
        try {
            return new ExitRow(
                    Numbers.parse(c[0], radix), c[1], c[2], c[3], c[4], c[5], c[6], handlings(c[7]), c[8], c[9]);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(e.getMessage() + " in: " + row, e);
        }
    }

    private static List<Handling> handlings(String cell) {
        List<Handling> handlings = new ArrayList<>();
        int start = 0;
        while (start < cell.length()) {
            int bar = cell.indexOf(" | ", start);
            int end = bar < 0 ? cell.length() : bar;
            handlings.add(handling(cell.substring(start, end)));
            start = bar < 0 ? end : bar + 3;
        }
        return List.copyOf(handlings);
    }

    /** {@code 12-13 ABORT some text {the statistic}}. */
    private static Handling handling(String text) {
        String[] words = text.split(" ", 3);
        int dash = words[0].indexOf('-');
        if (words.length < 3 || dash < 0) {
            throw new IllegalArgumentException("not RELEASES BY TEXT: " + text);
        }
        String last = words[0].substring(dash + 1);
        int brace = words[2].endsWith("}") ? words[2].lastIndexOf(" {") : -1;
        return new Handling(
                Integer.parseInt(words[0].substring(0, dash)),
                last.isEmpty() ? Integer.MAX_VALUE : Integer.parseInt(last),
                By.valueOf(words[1]),
                brace < 0 ? words[2] : words[2].substring(0, brace),
                brace < 0 ? "" : words[2].substring(brace + 2, words[2].length() - 1));
    }

    /** What it says of a code in its range. */
    ExitCode exit(Vendor vendor, long raw, long code, List<Part> flags) {
        if (name.equals(UNUSED)) {
            return unknown(vendor, raw, code, meaning, source);
        }
        return new ExitCode(
                vendor,
                raw,
                code,
                true,
                counted(name, code),
                symbol,
                counted(meaning, code),
                info1,
                info2,
                infoText,
                handling,
                flags,
                source,
                doubt);
    }

    static ExitCode unknown(Vendor vendor, long raw, long code, String meaning, String source) {
        return new ExitCode(
                vendor, raw, code, false, "unknown", "", meaning, "", "", "", List.of(), List.of(), source, "");
    }

    /** A text with <code>{-20}</code> replaced by the code minus 0x20, in decimal. */
    private static String counted(String text, long code) {
        int open = text.indexOf("{-");
        if (open < 0) {
            return text;
        }
        int close = text.indexOf('}', open);
        long base = Long.parseLong(text.substring(open + 2, close), 16);
        return String.join(Long.toString(code - base), text.substring(0, open), text.substring(close + 1));
    }
}
