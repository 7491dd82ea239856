package org.bhyvescope.dump;

/**
 * A row of a summary that a tracing script printed under {@code SVM code  Count}.
 *
 * @param code AMD's exit code
 * @param count how often it was seen
 */
public record ExitCount(long code, long count) {}
