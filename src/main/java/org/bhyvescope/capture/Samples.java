package org.bhyvescope.capture;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.bhyvescope.hypervisor.Snapshot;
import org.bhyvescope.hypervisor.VmId;
import org.bhyvescope.hypervisor.recording.History;
import org.bhyvescope.hypervisor.recording.Moment;
import org.bhyvescope.hypervisor.recording.RecordingHeader;
import org.bhyvescope.hypervisor.recording.RecordingWriter;

/** The samples of the last minutes, written as a recording of one VM. */
final class Samples {
    /** Nobody reads it while it is written. */
    private static final RecordingWriter.Flush AT_THE_END = new RecordingWriter.Flush(Long.MAX_VALUE);

    private final History history;
    private final CaptureAbout about;

    Samples(History history, CaptureAbout about) {
        this.history = history;
        this.about = about;
    }

    /**
     * What was written.
     *
     * @param fromMillis wall clock of the first, ms since 1970
     * @param toMillis of the last
     */
    record Range(long fromMillis, long toMillis, long count) {}

    /**
     * Writes them.
     *
     * @param id which VM of that name: what comes after its last sample is another's; empty: not known
     * @param untilMillis wall clock: none later than this; a bhyve that starts on the same node starts the counters anew
     * @param sinceNanos monotonic clock: none older than this
     * @param fired what happened: an event each, at the end
     * @param to closed
     * @return empty: there are none
     */
    Optional<Range> write(
            String vm, Optional<VmId> id, long untilMillis, long sinceNanos, List<Fired> fired, OutputStream to)
            throws IOException {
        RecordingHeader header = new RecordingHeader(
                about.agent(),
                Instant.ofEpochMilli(fired.get(0).wallMillis())
                        .truncatedTo(ChronoUnit.MILLIS)
                        .toString(),
                about.host().tscHz(),
                about.host().hz(),
                about.host().release(),
                about.source().get());
        long count = 0;
        Optional<Snapshot> first = Optional.empty();
        Optional<Snapshot> last = Optional.empty();
        try (RecordingWriter writer = new RecordingWriter(to, header, AT_THE_END)) {
            for (Iterator<Snapshot> all = history.read(vm, sinceNanos); all.hasNext(); ) {
                Snapshot next = all.next();
                boolean other = id.isPresent()
                        && !next.vm().equals(id.get())
                        && last.map(Snapshot::vm).equals(id);
                if (other || next.wallMillis() > untilMillis) {
                    break;
                }
                if (last.map(Snapshot::vm).filter(next.vm()::equals).isEmpty()) {
                    writer.listed(List.of(next.vm()), new Moment(next.wallMillis(), next.endNanos()));
                }
                writer.sample(next);
                count++;
                first = first.or(() -> Optional.of(next));
                last = Optional.of(next);
            }
            if (last.isPresent()) {
                for (Fired each : fired) {
                    Moment when = new Moment(each.wallMillis(), last.get().endNanos());
                    writer.event(each.trigger().label(), vm, when, each.text());
                }
            }
        }
        return first.isEmpty() || last.isEmpty()
                ? Optional.empty()
                : Optional.of(new Range(first.get().wallMillis(), last.get().wallMillis(), count));
    }
}
