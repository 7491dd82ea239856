package org.bhyvescope.host;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What ps(1) prints for {@link org.bhyvescope.os.Command#processes}: no header, columns between blanks, {@code -} for what is missing.
 * Source: bin/ps/print.c (12).
 */
final class PsText {
    private static final long KIB = 1024;
    private static final long MICROS = 1_000_000;
    private static final long MICROS_OF_HUNDREDTH = 10_000;
    private static final int SECONDS_A_MINUTE = 60;

    private static final Pattern ROW = Pattern.compile(
            "\\s*(?<pid>\\d{1,9})\\s+(?<parent>\\d{1,9})\\s+(?<jail>\\d{1,9}|-)"
                    + "\\s+(?<rss>\\d{1,15}|-)\\s+(?<user>\\S+)\\s+(?<system>\\S+)\\s+(?<elapsed>\\d{1,12})\\s+(?<rest>\\S.*)");

    private static final Pattern BHYVE = Pattern.compile("bhyve\\s+(.*\\S)\\s*");

    /** Minutes have no upper bound; the decimal sign is the locale's. */
    private static final Pattern TIME = Pattern.compile("(\\d{1,10}):(\\d\\d)[.,](\\d\\d)");

    private PsText() {}

    /**
     * A process whose executable is named bhyve.
     *
     * @param elapsedSeconds since it started, whole ones
     * @param args its title or arguments, as ps joins them
     */
    record Row(
            int pid,
            int parent,
            int jail,
            OptionalLong residentBytes,
            OptionalLong userMicros,
            OptionalLong systemMicros,
            long elapsedSeconds,
            String args) {}

    /**
     * All that is there.
     *
     * @param understood lines that are a process: ps always shows itself
     */
    record Rows(int understood, List<Row> bhyve) {}

    static Rows parse(String text) {
        List<Matcher> rows =
                text.lines().map(ROW::matcher).filter(Matcher::matches).toList();
        return new Rows(
                rows.size(),
                rows.stream().map(PsText::row).flatMap(Optional::stream).toList());
    }

    private static Optional<Row> row(Matcher row) {
        Matcher bhyve = BHYVE.matcher(row.group("rest"));
        if (!bhyve.matches()) {
            return Optional.empty();
        }
        OptionalLong kib = number(row.group("rss"));
        return Optional.of(new Row(
                Integer.parseInt(row.group("pid")),
                Integer.parseInt(row.group("parent")),
                (int) number(row.group("jail")).orElse(0),
                kib.isPresent() ? OptionalLong.of(kib.getAsLong() * KIB) : kib,
                micros(row.group("user")),
                micros(row.group("system")),
                Long.parseLong(row.group("elapsed")),
                bhyve.group(1)));
    }

    private static OptionalLong number(String text) {
        return text.equals("-") ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(text));
    }

    /** {@code 12345:59.99} in μs. */
    static OptionalLong micros(String text) {
        Matcher time = TIME.matcher(text);
        return time.matches()
                ? OptionalLong.of(
                        (Long.parseLong(time.group(1)) * SECONDS_A_MINUTE + Long.parseLong(time.group(2))) * MICROS
                                + Long.parseLong(time.group(3)) * MICROS_OF_HUNDREDTH)
                : OptionalLong.empty();
    }
}
