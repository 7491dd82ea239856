package org.bhyvescope.os;

/** What became of a request to a {@link Worker}. After anything but an answer that worker is over. */
public sealed interface WorkerResult {
    /**
     * It answered.
     *
     * @param bytes the answer, without its length
     * @param nanos monotonic clock when the whole answer was there
     */
    record Answered(byte[] bytes, long nanos) implements WorkerResult {}

    /**
     * There was no answer when the time was used up, and it was killed.
     *
     * @param abandoned whether not even SIGKILL ended it: it is counted and left behind
     */
    record TimedOut(boolean abandoned) implements WorkerResult {}

    /**
     * It ended instead of answering.
     *
     * @param status exit status; 128 + n if signal n killed it
     * @param said the first line with a word in it that it printed to standard error, or else to standard output, printable and
     *     short; may be empty
     */
    record Ended(int status, String said) implements WorkerResult {}

    /**
     * What it wrote is no answer, and it was killed.
     *
     * @param detail what is wrong, for a person
     */
    record Garbled(String detail) implements WorkerResult {}

    /** It could not be started: not there, not executable, no descriptors or memory left. */
    record NotStarted(String reason) implements WorkerResult {}
}
