package org.bhyvescope.host;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.function.Function;
import org.bhyvescope.os.ChildResult;
import org.bhyvescope.os.Children;

/** How the run of one of the host's programs went: with a text, or with a reason for a person. */
final class Outcomes {
    private Outcomes() {}

    /** Either of the two. */
    sealed interface Outcome {
        /** What it printed, byte by byte a character. */
        record Text(String text) implements Outcome {}

        /** Why there is none. */
        record Failure(String detail) implements Outcome {}

        default <T> T map(Function<String, ? extends T> text, Function<String, ? extends T> failure) {
            if (this instanceof Text good) {
                return text.apply(good.text());
            }
            return failure.apply(((Failure) this).detail());
        }
    }

    /** Its output, if it ended with status 0. */
    static Outcome text(String program, ChildResult result) {
        if (result instanceof ChildResult.Exited run) {
            return run.status() == 0
                    ? new Outcome.Text(new String(run.stdout(), ISO_8859_1))
                    : new Outcome.Failure(
                            program + " ended with status " + run.status() + ": " + Children.firstLine(run.stderr()));
        }
        return new Outcome.Failure(program + " " + why(result));
    }

    private static String why(ChildResult result) {
        if (result instanceof ChildResult.NotStarted missing) {
            return "could not be started: " + missing.reason();
        }
        if (result instanceof ChildResult.TimedOut late) {
            return late.abandoned() ? "did not end, and cannot be killed" : "did not end in time";
        }
        return "printed too much";
    }
}
