package org.bhyvescope.hypervisor.vmmdev;

import java.util.function.UnaryOperator;
import org.bhyvescope.dump.StatTable;
import org.bhyvescope.os.Worker;

/** A reader's process, and what is known of it. Used by one thread at a time. */
final class Reader {
    final Worker worker;
    final AnswerReader answers;

    /** Which listing of the VMs it has been told of; see {@link VmmdevApart#vms}. */
    long listing;

    /** Monotonic clock when it was given back, ns. */
    long idleNanos;

    Reader(Worker worker, UnaryOperator<StatTable> shared, long listing) {
        this.worker = worker;
        this.answers = new AnswerReader(shared);
        this.listing = listing;
    }
}
