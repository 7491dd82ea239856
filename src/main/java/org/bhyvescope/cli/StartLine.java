package org.bhyvescope.cli;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The one line of the log that says what has started. Pure. */
final class StartLine {
    private StartLine() {}

    /**
     * The line.
     *
     * @param urls where the metrics are served
     * @param facts as {@link #facts} or {@link #replay} tells them
     */
    static String of(String version, List<String> urls, String facts) {
        return "bhyvescope " + version + " listening on " + String.join(", ", urls) + ": " + facts;
    }

    /**
     * What an agent reads.
     *
     * @param release of FreeBSD, as {@code 14.3}
     * @param statistics the interval that is wanted
     * @param states likewise; zero for never
     */
    static String facts(Optional<String> release, String source, Duration statistics, Duration states) {
        return system(release)
                + ", source " + source
                + ", statistics every " + Durations.text(statistics)
                + (states.isZero() ? ", no states" : ", states every " + Durations.text(states));
    }

    /** What an agent plays. */
    static String replay(Optional<String> release, String source) {
        return system(release) + ", source " + source;
    }

    private static String system(Optional<String> release) {
        return release.map(name -> "FreeBSD " + name).orElse("FreeBSD release unknown");
    }
}
