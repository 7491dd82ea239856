package org.bhyvescope.hypervisor.vmmdev;

import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.LongSupplier;
import org.bhyvescope.hypervisor.Reading.Cause;
import org.bhyvescope.hypervisor.Reading.Failure;
import org.bhyvescope.hypervisor.VmTurns;
import org.bhyvescope.os.Allowance;
import org.bhyvescope.os.Owner;
import org.bhyvescope.os.WorkerResult;
import org.jspecify.annotations.Nullable;

/**
 * Who asks a reader, and when: a VM in its turn, those that hung before by half of the readers only, nobody after a reader has
 * crashed. Thread-safe.
 */
final class Asking implements AutoCloseable {
    private static final int MANY = 10_000;

    /** 128 and SIGABRT, by which a JVM ends after a crash in native code. */
    private static final int ABORTED = 134;

    private static final String CRASHED = "a reader has crashed in native code, so no other is started in this run; its"
            + " report is in the state directory";

    private final VmTurns turns;
    private final Readers readers;
    private final LongSupplier nanoClock;

    /** Whose last reading hung. A VM that goes away meanwhile stays in it, so it is bounded. */
    private final Set<Owner> lateBefore = ConcurrentHashMap.newKeySet();

    private final Semaphore doubtful = new Semaphore(Readers.MOST_DOUBTFUL);
    private volatile boolean crashed;

    /** @param nanoClock monotonic clock in ns */
    Asking(VmTurns turns, Readers readers, LongSupplier nanoClock) {
        this.turns = turns;
        this.readers = readers;
        this.nanoClock = nanoClock;
    }

    /** What to ask this reader. */
    interface Question {
        ReaderRequest of(Reader reader);
    }

    /** Makes a reading of its answer. */
    interface Understanding<T> {
        AnswerReader.Read<T> of(Reader reader, WorkerResult.Answered answered) throws IOException;
    }

    /** What came of asking. */
    sealed interface Asked<T> {
        /** The answer. */
        record Got<T>(AnswerReader.Read<T> read) implements Asked<T> {}

        /**
         * There is no answer.
         *
         * @param begun whether a reader may have begun with it
         */
        record None<T>(boolean begun, Failure failure) implements Asked<T> {}
    }

    /**
     * Asks a reader on behalf of a VM, once it is its turn and there is one.
     *
     * @param owner whom a reader that does not come back is held against
     */
    <T> Asked<T> ask(Owner owner, Allowance allowance, Question question, Understanding<T> understanding)
            throws InterruptedException {
        if (readers.isClosed()) {
            return none(Cause.NOT_STARTED, "the source is closed");
        }
        if (allowance.leftNanos() <= 0) {
            return none(Cause.TIMEOUT, "no time is left");
        }
        if (turns.isHeldUp(owner)) {
            return none(Cause.ABANDONED, ReaderFailures.STILL_ABANDONED);
        }
        return switch (turns.begin(owner, allowance.leftNanos())) {
            case TOO_LATE -> none(Cause.TIMEOUT, "another reading of this VM did not end in time");
            case HELD_UP -> none(Cause.ABANDONED, ReaderFailures.STILL_ABANDONED);
            case HAS_COME -> {
                try {
                    yield askReader(owner, allowance, question, understanding);
                } finally {
                    turns.end(owner);
                }
            }
        };
    }

    private static <T> Asked<T> none(Cause cause, String detail) {
        return new Asked.None<>(false, new Failure(cause, detail));
    }

    private <T> Asked<T> askReader(Owner owner, Allowance allowance, Question question, Understanding<T> understanding)
            throws InterruptedException {
        if (crashed) {
            return none(Cause.NOT_STARTED, CRASHED);
        }
        boolean late = lateBefore.contains(owner);
        if (late && !doubtful.tryAcquire()) {
            return none(Cause.TIMEOUT, "its last reading hung, and so do those of other VMs");
        }
        try {
            Asked<T> asked = askSome(owner, allowance, question, understanding);
            boolean hung = asked instanceof Asked.None<T> none && none.failure().cause() == Cause.TIMEOUT;
            if (!hung) {
                lateBefore.remove(owner);
            } else if (lateBefore.size() < MANY) {
                lateBefore.add(owner);
            }
            return asked;
        } finally {
            if (late) {
                doubtful.release();
            }
        }
    }

    private <T> Asked<T> askSome(Owner owner, Allowance allowance, Question question, Understanding<T> understanding)
            throws InterruptedException {
        Reader reader = taken(allowance);
        if (reader == null) {
            return readers.isClosed()
                    ? none(Cause.NOT_STARTED, "the source is closed")
                    : none(Cause.TIMEOUT, "all " + Readers.MOST + " readers are held up by other VMs");
        }
        boolean good = false;
        try {
            WorkerResult result = reader.worker.ask(question.of(reader).encode(), owner, allowance);
            if (!(result instanceof WorkerResult.Answered answered)) {
                crashed |= result instanceof WorkerResult.Ended ended && ended.status() == ABORTED;
                return new Asked.None<>(!(result instanceof WorkerResult.NotStarted), ReaderFailures.of(result));
            }
            Asked<T> got = new Asked.Got<>(understanding.of(reader, answered));
            good = true;
            return got;
        } catch (IOException e) {
            String why = e.getMessage() == null ? "it is cut" : e.getMessage();
            return new Asked.None<>(
                    true, new Failure(Cause.GARBLED, "the reader's answer cannot be understood: " + why));
        } finally {
            if (good) {
                readers.giveBack(reader);
            } else {
                readers.discard(reader);
            }
        }
    }

    /** The wait for a reader is part of what the reading takes: whoever looks on sees that it does not come. */
    private @Nullable Reader taken(Allowance allowance) throws InterruptedException {
        allowance.childBegins(nanoClock.getAsLong());
        try {
            return readers.take(allowance.leftNanos());
        } finally {
            allowance.childEnds(nanoClock.getAsLong());
        }
    }

    /** Kills all readers. */
    @Override
    public void close() {
        readers.close();
    }
}
