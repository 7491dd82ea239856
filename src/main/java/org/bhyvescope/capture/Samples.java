package org.bhyvescope.capture;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;

/** The samples of the last minutes. */
public interface Samples {
    /**
     * What was written.
     *
     * @param fromMillis wall clock of the first, ms since 1970
     * @param toMillis of the last
     */
    record Range(long fromMillis, long toMillis, long count) {}

    /**
     * Writes those of one VM as a recording.
     *
     * @param sinceNanos monotonic clock: none older than this
     * @return what was written; empty: nothing
     */
    Optional<Range> write(String vm, long sinceNanos, OutputStream to) throws IOException;
}
