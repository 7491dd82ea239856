package org.bhyvescope.hypervisor.recording;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Instant;
import java.util.Optional;
import org.bhyvescope.dump.CpuSet;
import org.bhyvescope.dump.StatTable;
import org.bhyvescope.dump.Topology;
import org.bhyvescope.hypervisor.Snapshot;
import org.jspecify.annotations.Nullable;

/**
 * Writes a snapshot as what differs from the one before it. {@link FrameDecoder} is the other half; the name of the VM is
 * known from elsewhere.
 *
 * <pre>
 * flags                    see below
 * inode, created           only in a key frame
 * table, active set        only in a key frame
 * suspended set, topology  only where flagged
 * wall, end                differences
 * per vCPU: its time, a bit for each column that changed, and the differences in those
 * </pre>
 *
 * All differences are of 64 bits and wrap, so they are exact whatever the values are.
 */
final class FrameEncoder {
    /** Stands alone: what it differs from is zero. Where identity, table or active set are others, too. */
    static final int KEY = 1;

    static final int SUSPENDED = 2;
    static final int TOPOLOGY = 4;

    private static final int HEAD = 16 * ByteSink.LONGEST;

    private FrameEncoder() {}

    /**
     * Appends one snapshot.
     *
     * @param before the VM's snapshot that was written last, or null for a key frame
     */
    static void write(ByteSink sink, @Nullable Snapshot before, Snapshot now) {
        Snapshot base = before != null && isSameShape(before, now) ? before : null;
        boolean suspended = base == null || !base.suspended().equals(now.suspended());
        boolean topology = base == null || !base.topology().equals(now.topology());
        sink.reserve(HEAD);
        sink.put((base == null ? KEY : 0) | (suspended ? SUSPENDED : 0) | (topology ? TOPOLOGY : 0));
        if (base == null) {
            writeShape(sink, now);
        }
        if (suspended) {
            write(sink, now.suspended());
        }
        sink.reserve(HEAD);
        if (topology) {
            write(sink, now.topology());
        }
        sink.signed(now.wallMillis() - (base == null ? 0 : base.wallMillis()));
        sink.signed(now.endNanos() - (base == null ? 0 : base.endNanos()));
        int columns = now.table().size();
        for (int row = 0; row < now.rows(); row++) {
            writeRow(sink, base, now, row, columns);
        }
    }

    private static boolean isSameShape(Snapshot before, Snapshot now) {
        return before.vm().equals(now.vm())
                && before.table().equals(now.table())
                && before.active().equals(now.active());
    }

    private static void writeShape(ByteSink sink, Snapshot now) {
        sink.unsigned(now.vm().inode());
        Instant created = now.vm().created();
        sink.signed(created.getEpochSecond());
        sink.unsigned(created.getNano());
        write(sink, now.table());
        write(sink, now.active());
    }

    private static void write(ByteSink sink, StatTable table) {
        sink.unsigned(table.size());
        for (String name : table.names()) {
            byte[] bytes = name.getBytes(UTF_8);
            sink.reserve(bytes.length + ByteSink.LONGEST);
            sink.unsigned(bytes.length);
            sink.put(bytes);
        }
    }

    private static void write(ByteSink sink, CpuSet set) {
        sink.reserve((set.size() + 1) * ByteSink.LONGEST);
        sink.unsigned(set.size());
        int previous = 0;
        for (int i = 0; i < set.size(); i++) {
            sink.signed(set.get(i) - previous);
            previous = set.get(i);
        }
    }

    private static void write(ByteSink sink, Optional<Topology> topology) {
        sink.put(topology.isPresent() ? 1 : 0);
        topology.ifPresent(t -> {
            sink.signed(t.sockets());
            sink.signed(t.cores());
            sink.signed(t.threads());
            sink.signed(t.maxCpus());
        });
    }

    private static void writeRow(ByteSink sink, @Nullable Snapshot base, Snapshot now, int row, int columns) {
        int bitmap = bitmapBytes(columns);
        sink.reserve(bitmap + (columns + 1) * ByteSink.LONGEST);
        // A vCPU is read at about the same distance from the end each time.
        sink.signed(now.nanos(row) - now.endNanos() - (base == null ? 0 : base.nanos(row) - base.endNanos()));
        int changed = sink.skip(bitmap);
        for (int column = 0; column < columns; column++) {
            long difference = now.value(row, column) - (base == null ? 0 : base.value(row, column));
            if (difference != 0) {
                sink.setBit(changed, column);
                sink.unsigned(difference);
            }
        }
    }

    static int bitmapBytes(int columns) {
        return (columns + Byte.SIZE - 1) / Byte.SIZE;
    }
}
