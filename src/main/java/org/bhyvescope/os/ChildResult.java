package org.bhyvescope.os;

/** How the run of a child process went. */
public sealed interface ChildResult {
    /**
     * It ended by itself.
     *
     * @param status exit status; 128 + n if signal n killed it
     * @param stdout all of standard output
     * @param stderr standard error, at most its first {@link Children#MAX_ERROR_BYTES}
     * @param middleNanos monotonic clock, halfway between start and end: when the values were read, as well as one knows
     */
    record Exited(int status, byte[] stdout, byte[] stderr, long middleNanos) implements ChildResult {}

    /**
     * It was still running when its time was used up.
     *
     * @param abandoned whether not even SIGKILL ended it, or a gate has not ended by itself: it is counted and left behind
     */
    record TimedOut(boolean abandoned) implements ChildResult {}

    /** It printed more than {@code limit} bytes and was killed. */
    record TooMuchOutput(int limit) implements ChildResult {}

    /** It ended by itself, and what it printed is not what it should be. */
    record Garbled(String why) implements ChildResult {}

    /** It could not be started: not there, not executable, no descriptors or memory left. */
    record NotStarted(String reason) implements ChildResult {}
}
