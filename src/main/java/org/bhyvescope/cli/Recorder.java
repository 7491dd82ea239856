package org.bhyvescope.cli;

import java.io.IOException;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.bhyvescope.hypervisor.Reading;
import org.bhyvescope.hypervisor.Snapshot;
import org.bhyvescope.hypervisor.VmId;
import org.bhyvescope.hypervisor.recording.Moment;
import org.bhyvescope.hypervisor.recording.RecordingWriter;
import org.bhyvescope.sampling.SampleListener;

/** Writes what the ledger enters, up to the first error: what comes after half a line would not be understood. */
final class Recorder implements SampleListener {
    private final RecordingWriter writer;
    private final InstantSource wallClock;
    private final LongSupplier nanoClock;
    private final Runnable onError;
    private Optional<IOException> error = Optional.empty();
    private boolean ended;

    /** @param onError run once, when it cannot be written any more */
    Recorder(RecordingWriter writer, InstantSource wallClock, LongSupplier nanoClock, Runnable onError) {
        this.writer = writer;
        this.wallClock = wallClock;
        this.nanoClock = nanoClock;
        this.onError = onError;
    }

    /** Writes one line. */
    private interface Writing {
        void write() throws IOException;
    }

    private synchronized void write(Writing writing) {
        if (ended || error.isPresent()) {
            return;
        }
        try {
            writing.write();
        } catch (IOException e) {
            error = Optional.of(e);
            onError.run();
        }
    }

    private Moment now() {
        return new Moment(wallClock.millis(), nanoClock.getAsLong());
    }

    @Override
    public void accepted(VmId vm, Reading reading) {
        if (reading instanceof Snapshot snapshot) {
            write(() -> writer.sample(snapshot));
        } else if (reading instanceof Reading.Failure failure) {
            write(() -> writer.failure(vm, failure, now()));
        }
    }

    @Override
    public void listed(List<VmId> vms) {
        write(() -> writer.listed(vms, now()));
    }

    @Override
    public void listingFailed() {
        write(() -> writer.listingFailed(now()));
    }

    /** Closes the file, and says why it could not be written. */
    synchronized Optional<IOException> end() {
        ended = true;
        try {
            writer.close();
        } catch (IOException e) {
            error = error.isPresent() ? error : Optional.of(e);
        }
        return error;
    }
}
