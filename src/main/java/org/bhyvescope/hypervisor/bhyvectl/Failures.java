package org.bhyvescope.hypervisor.bhyvectl;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.OptionalInt;
import java.util.function.BooleanSupplier;
import org.bhyvescope.dump.FailureText;
import org.bhyvescope.hypervisor.Reading.Cause;
import org.bhyvescope.hypervisor.Reading.Failure;
import org.bhyvescope.os.ChildResult;
import org.bhyvescope.os.Children;

/** What is said of a run of bhyvectl that failed, whatever it was to print. */
final class Failures {
    static final String STILL_ABANDONED =
            "an earlier bhyvectl sleeps in the kernel and cannot be killed; is the bhyve process stopped?";

    private Failures() {}

    /** Of a run that did not end by itself. */
    static Failure unfinished(ChildResult result) {
        if (result instanceof ChildResult.TimedOut timedOut) {
            return timedOut.abandoned()
                    ? new Failure(
                            Cause.ABANDONED,
                            "bhyvectl outlived its deadline and SIGKILL (or the gate its own limit): it sleeps in the kernel")
                    : new Failure(Cause.TIMEOUT, "bhyvectl did not answer in time and was killed");
        } else if (result instanceof ChildResult.TooMuchOutput much) {
            return new Failure(Cause.TOO_MUCH_OUTPUT, "bhyvectl printed more than " + much.limit() + " bytes");
        } else if (result instanceof ChildResult.Garbled garbled) {
            return new Failure(Cause.GARBLED, garbled.why());
        } else if (result instanceof ChildResult.NotStarted not) {
            return new Failure(Cause.NOT_STARTED, not.reason());
        }
        throw new IllegalArgumentException("ended by itself: " + result);
    }

    /**
     * Of a run that ended with an error.
     *
     * @param errno the number in its {@code errno = N} line
     * @param denied whether the VM's node is there and may not be opened; asked only where the text does not tell
     */
    static Failure refused(ChildResult.Exited run, OptionalInt errno, BooleanSupplier denied) {
        String stdout = new String(run.stdout(), ISO_8859_1);
        String stderr = new String(run.stderr(), ISO_8859_1);
        String said = Children.firstLine(run.stderr().length > 0 ? run.stderr() : run.stdout());
        String how = "bhyvectl exited with " + run.status() + ": " + said;
        Cause cause = switch (FailureText.of(stdout, stderr, errno)) {
            case MISSING -> Cause.GONE;
            case DENIED -> Cause.DENIED;
            case MISSING_OR_DENIED -> denied.getAsBoolean() ? Cause.DENIED : Cause.GONE;
            case UNKNOWN_VENDOR, USAGE, OTHER -> Cause.EXIT_STATUS;
        };
        return new Failure(cause, how);
    }
}
