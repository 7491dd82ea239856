package org.bhyvescope.hypervisor.recording;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bhyvescope.dump.CpuSet;
import org.bhyvescope.dump.StatTable;
import org.bhyvescope.dump.Topology;
import org.bhyvescope.hypervisor.Snapshot;
import org.bhyvescope.hypervisor.VmId;
import org.jspecify.annotations.Nullable;

/** Reads the snapshots of one VM, one after the other, as {@link FrameEncoder} wrote them. Not thread-safe. */
final class FrameDecoder {
    private final String name;
    private StatTable table = StatTable.EMPTY;
    private @Nullable Snapshot before;

    FrameDecoder(String name) {
        this.name = name;
    }

    /** The next snapshot. */
    Snapshot read(ByteSource source) {
        int flags = source.get();
        Snapshot base = (flags & FrameEncoder.KEY) == 0 ? before : null;
        VmId vm;
        CpuSet active;
        if (base == null) {
            long inode = source.unsigned();
            vm = new VmId(name, inode, Instant.ofEpochSecond(source.signed(), source.unsigned()));
            readTable(source);
            active = readSet(source);
        } else {
            vm = base.vm();
            active = base.active();
        }
        CpuSet suspended = base == null || (flags & FrameEncoder.SUSPENDED) != 0 ? readSet(source) : base.suspended();
        Optional<Topology> topology =
                base == null || (flags & FrameEncoder.TOPOLOGY) != 0 ? readTopology(source) : base.topology();
        long wall = source.signed() + (base == null ? 0 : base.wallMillis());
        long end = source.signed() + (base == null ? 0 : base.endNanos());
        List<Snapshot.Row> rows = new ArrayList<>(active.size());
        for (int row = 0; row < active.size(); row++) {
            rows.add(readRow(source, base, row, end));
        }
        Snapshot now = new Snapshot(vm, wall, end, active, suspended, topology, table, rows);
        before = now;
        return now;
    }

    /** Keeps the table that it has if that is the same: snapshots share one. */
    private void readTable(ByteSource source) {
        int count = source.length();
        List<String> names = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            names.add(new String(source.get(source.length()), UTF_8));
        }
        if (!table.names().equals(names)) {
            table = new StatTable(names);
        }
    }

    private static CpuSet readSet(ByteSource source) {
        int[] ids = new int[source.length()];
        int previous = 0;
        for (int i = 0; i < ids.length; i++) {
            previous += (int) source.signed();
            ids[i] = previous;
        }
        return CpuSet.of(ids);
    }

    private static Optional<Topology> readTopology(ByteSource source) {
        return source.get() == 0
                ? Optional.empty()
                : Optional.of(new Topology(
                        (int) source.signed(), (int) source.signed(), (int) source.signed(), (int) source.signed()));
    }

    private Snapshot.Row readRow(ByteSource source, @Nullable Snapshot base, int row, long end) {
        int columns = table.size();
        long nanos = source.signed() + end + (base == null ? 0 : base.nanos(row) - base.endNanos());
        int changed = source.skip(FrameEncoder.bitmapBytes(columns));
        long[] values = new long[columns];
        for (int column = 0; column < columns; column++) {
            values[column] = (base == null ? 0 : base.value(row, column))
                    + (source.bit(changed, column) ? source.unsigned() : 0);
        }
        return new Snapshot.Row(nanos, values);
    }
}
