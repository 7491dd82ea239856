package org.bhyvescope.hypervisor.vmmdev;

import org.bhyvescope.hypervisor.Reading.Cause;
import org.bhyvescope.hypervisor.Reading.Failure;
import org.bhyvescope.os.WorkerResult;

/** What is said of a reader that did not answer. Pure. */
final class ReaderFailures {
    static final String STILL_ABANDONED =
            "an earlier reader sleeps in the kernel and cannot be killed; is the bhyve process stopped?";

    private ReaderFailures() {}

    static Failure of(WorkerResult result) {
        if (result instanceof WorkerResult.TimedOut timedOut) {
            return timedOut.abandoned()
                    ? new Failure(
                            Cause.ABANDONED, "the reader outlived its deadline and SIGKILL: it sleeps in the kernel")
                    : new Failure(Cause.TIMEOUT, "the kernel did not answer in time, and the reader was killed");
        } else if (result instanceof WorkerResult.Ended ended) {
            String said = ended.said().isEmpty() ? "" : ": " + ended.said();
            return new Failure(Cause.EXIT_STATUS, "the reader ended with status " + ended.status() + said);
        } else if (result instanceof WorkerResult.Garbled garbled) {
            return new Failure(Cause.GARBLED, "the reader's answer is none: " + garbled.detail());
        } else if (result instanceof WorkerResult.NotStarted not) {
            return new Failure(Cause.NOT_STARTED, not.reason());
        }
        throw new IllegalArgumentException("an answer: " + result);
    }
}
