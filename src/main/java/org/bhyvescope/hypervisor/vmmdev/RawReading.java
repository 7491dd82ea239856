package org.bhyvescope.hypervisor.vmmdev;

import org.bhyvescope.hypervisor.Reading.Cause;
import org.bhyvescope.hypervisor.Reading.Failure;

/** What came of reading a state. */
sealed interface RawReading {
    record Whole(RawState state) implements RawReading {}

    record Not(Failure failure) implements RawReading {}

    static RawReading not(Cause cause, String detail) {
        return new Not(new Failure(cause, detail));
    }
}
