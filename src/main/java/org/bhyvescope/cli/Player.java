package org.bhyvescope.cli;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.bhyvescope.hypervisor.VmId;
import org.bhyvescope.hypervisor.recording.Recorded;
import org.bhyvescope.hypervisor.recording.RecordingReader;
import org.bhyvescope.os.Printable;
import org.bhyvescope.sampling.Ledger;

/** Plays a recording into a ledger: what was entered when it was made is entered again, in the same order. */
final class Player {
    /** As fast as it can. */
    static final double MAX_SPEED = Double.POSITIVE_INFINITY;

    private final RecordingReader recording;
    private final Ledger ledger;
    private final Predicate<String> wanted;
    private final Consumer<String> complaints;
    private long samples;

    /**
     * @param wanted the VMs to play
     * @param complaints told of each line that cannot be used
     */
    Player(RecordingReader recording, Ledger ledger, Predicate<String> wanted, Consumer<String> complaints) {
        this.recording = recording;
        this.ledger = ledger;
        this.wanted = wanted;
        this.complaints = complaints;
    }

    /** Waits for so many ns. */
    interface Waiting {
        void await(long nanos) throws InterruptedException;
    }

    /** Plays all of it at once. */
    void playAtOnce() {
        while (recording.hasNext()) {
            enter(recording.next());
        }
    }

    /** Plays it in its own time, so many times as fast. */
    void play(double speed, LongSupplier nanoClock, Waiting waiting) throws InterruptedException {
        Optional<Long> first = Optional.empty();
        long begun = nanoClock.getAsLong();
        while (recording.hasNext()) {
            Recorded next = recording.next();
            Optional<Long> when = nanos(next);
            if (first.isEmpty()) {
                first = when;
            }
            if (when.isPresent() && first.isPresent()) {
                long due = (long) ((when.get() - first.get()) / speed);
                long early = due - (nanoClock.getAsLong() - begun);
                if (early > 0) {
                    waiting.await(early);
                }
            }
            if (Thread.interrupted()) {
                throw new InterruptedException("the program is ending");
            }
            enter(next);
        }
    }

    static void sleep(long nanos) throws InterruptedException {
        TimeUnit.NANOSECONDS.sleep(nanos);
    }

    /** Samples that were played so far. */
    long samples() {
        return samples;
    }

    private static Optional<Long> nanos(Recorded recorded) {
        if (recorded instanceof Recorded.Sample sample) {
            return Optional.of(sample.snapshot().endNanos());
        } else if (recorded instanceof Recorded.Failed failed) {
            return Optional.of(failed.when().nanos());
        } else if (recorded instanceof Recorded.Listed listed) {
            return Optional.of(listed.when().nanos());
        } else if (recorded instanceof Recorded.ListingFailed failed) {
            return Optional.of(failed.when().nanos());
        } else if (recorded instanceof Recorded.Happened happened) {
            return Optional.of(happened.when().nanos());
        }
        return Optional.empty();
    }

    private void enter(Recorded recorded) {
        if (recorded instanceof Recorded.Sample sample) {
            if (wanted.test(sample.snapshot().vm().name())) {
                samples++;
                ledger.accept(sample.snapshot().vm(), sample.snapshot());
            }
        } else if (recorded instanceof Recorded.Failed failed) {
            if (wanted.test(failed.vm().name())) {
                ledger.accept(failed.vm(), failed.failure());
            }
        } else if (recorded instanceof Recorded.Listed listed) {
            List<VmId> vms =
                    listed.vms().stream().filter(vm -> wanted.test(vm.name())).toList();
            ledger.reconcile(vms);
        } else if (recorded instanceof Recorded.ListingFailed) {
            ledger.listingFailed();
        } else if (recorded instanceof Recorded.Refused refused) {
            complaints.accept("line " + refused.line() + ": " + Printable.line(refused.why()));
        } else if (recorded instanceof Recorded.Cut cut) {
            complaints.accept("line " + cut.line() + ": " + Printable.line(cut.why()));
        }
    }
}
