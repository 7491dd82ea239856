package org.bhyvescope.cli;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as flags write them: {@code 500ms 1s 2m 1h}. */
final class Durations {
    private static final Pattern FORM = Pattern.compile("(\\d{1,9})(ms|s|m|h)");

    private static final long SECOND = 1000;

    private Durations() {}

    /** A duration as a flag would write it; in milliseconds only where seconds do not suffice. */
    static String text(Duration duration) {
        long millis = duration.toMillis();
        return millis % SECOND == 0 ? millis / SECOND + "s" : millis + "ms";
    }

    /** The duration that a text stands for; empty if it is none. */
    static Optional<Duration> parse(String text) {
        Matcher m = FORM.matcher(text);
        if (!m.matches()) {
            return Optional.empty();
        }
        long n = Long.parseLong(m.group(1));
        return Optional.of(
                switch (m.group(2)) {
                    case "ms" -> Duration.ofMillis(n);
                    case "s" -> Duration.ofSeconds(n);
                    case "m" -> Duration.ofMinutes(n);
                    default -> Duration.ofHours(n);
                });
    }
}
