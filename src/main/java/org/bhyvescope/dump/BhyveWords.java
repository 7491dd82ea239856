package org.bhyvescope.dump;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Single lines of bhyve, bhyvectl and who started bhyve, from the table {@code messages.tsv}. */
final class BhyveWords implements LineKind {
    private static final String COMPLAINT = "COMPLAINT";
    private static final int SHOWN = 200;

    /** How far around the literal a pattern may reach: keeps long lines cheap. */
    private static final int BEFORE = 320;

    private static final int BEHIND = 640;
    private static final List<Row> ROWS = TsvRows.load("messages.tsv").stream()
            .map(r -> new Row(r[0], r[1], Pattern.compile(r[2])))
            .toList();

    private record Row(String kind, String literal, Pattern pattern) {
        @Nullable
        Matcher find(String text) {
            int at = text.indexOf(literal);
            if (at < 0) {
                return null;
            }
            Matcher m = pattern.matcher(text)
                    .region(Math.max(0, at - BEFORE), Math.min(text.length(), at + BEHIND))
                    .useTransparentBounds(true);
            return m.find() ? m : null;
        }

        boolean isComplaint() {
            return kind.equals(COMPLAINT);
        }

        /** Without a number or words to keep, half of it says as much. */
        boolean isNeverHalf() {
            return !isComplaint() && pattern.matcher("").groupCount() == 0;
        }
    }

    private final Collected to;

    BhyveWords(Collected to) {
        this.to = to;
    }

    /**
     * Where a complaint of bhyvectl begins inside of a line: standard error is not buffered, standard output is, so in a
     * merged stream the half line before it goes on in the next line. 0 or less: it does not.
     */
    static int complaintInside(String text) {
        for (Row row : ROWS) {
            Matcher m = row.isComplaint() ? row.find(text) : null;
            if (m != null) {
                return m.start();
            }
        }
        return -1;
    }

    @Override
    public boolean accept(Line line) {
        for (Row row : ROWS) {
            Matcher m = row.find(line.text());
            if (m != null && (line.whole() || row.isNeverHalf() || isClosed(m, line.text()))) {
                return row.isComplaint() ? complain(m.group()) : say(row, m, line);
            }
        }
        return false;
    }

    /** Whether more text could not have changed what the pattern found. */
    private static boolean isClosed(Matcher m, String text) {
        char last = text.charAt(m.end() - 1);
        return m.end() < text.length() || last == '.' || last == ')' || last == '>' || last == '"';
    }

    private boolean complain(String text) {
        to.complaint(Line.shown(text, SHOWN));
        return true;
    }

    private boolean say(Row row, Matcher m, Line line) {
        List<Long> numbers = new ArrayList<>();
        for (int i = 1; i <= m.groupCount(); i++) {
            OptionalLong number = Numbers.any(String.valueOf(m.group(i)));
            if (number.isEmpty()) {
                return false;
            }
            numbers.add(number.getAsLong());
        }
        BhyveMessage.Kind kind = BhyveMessage.Kind.valueOf(row.kind());
        String shown = Line.shown(line.text().substring(Math.max(0, m.start() - 40)), SHOWN);
        return to.message(new BhyveMessage.Said(kind, List.copyOf(numbers), shown));
    }
}
