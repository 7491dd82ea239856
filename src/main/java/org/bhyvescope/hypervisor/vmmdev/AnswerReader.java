package org.bhyvescope.hypervisor.vmmdev;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;
import org.bhyvescope.dump.CpuSet;
import org.bhyvescope.dump.StatTable;
import org.bhyvescope.dump.Topology;
import org.bhyvescope.hypervisor.Reading;
import org.bhyvescope.hypervisor.Reading.Cause;
import org.bhyvescope.hypervisor.Reading.Failure;
import org.bhyvescope.hypervisor.Snapshot;
import org.bhyvescope.hypervisor.VmId;
import org.bhyvescope.libc.VmmDevice;

/**
 * Reads the answers of one reader. All that can be wrong with one is an {@link IOException}, so that a reader which has gone
 * mad takes nothing with it.
 */
final class AnswerReader {
    private static final int MAX_COUNT = 4096;

    private final UnaryOperator<StatTable> shared;
    private StatTable known = StatTable.EMPTY;

    /** @param shared the host's instance of a table */
    AnswerReader(UnaryOperator<StatTable> shared) {
        this.shared = shared;
    }

    /**
     * What an answer holds.
     *
     * @param calls that were made for it: VM_STATS for a snapshot, locking ones for a state
     * @param value it, or a failure
     */
    record Read<T>(int calls, T value) {}

    /**
     * An answer to {@link ReaderRequest.Statistics}.
     *
     * @param endNanos monotonic clock when the answer was there: what its moments are distances from
     */
    Read<Reading> statistics(byte[] answer, VmId vm, long wallMillis, long endNanos) throws IOException {
        try {
            DataInputStream in = new DataInputStream(new ByteArrayInputStream(answer));
            int calls = in.readInt();
            byte kind = in.readByte();
            Reading reading = kind == AnswerWriter.FAILURE ? failure(in) : snapshot(in, kind, vm, wallMillis, endNanos);
            return whole(in, calls, reading);
        } catch (IllegalArgumentException e) {
            throw new IOException(e);
        }
    }

    /** An answer to {@link ReaderRequest.State}. */
    static Read<RawReading> state(byte[] answer) throws IOException {
        try {
            DataInputStream in = new DataInputStream(new ByteArrayInputStream(answer));
            int calls = in.readInt();
            byte kind = in.readByte();
            RawReading reading = kind == AnswerWriter.FAILURE
                    ? new RawReading.Not(failure(in))
                    : new RawReading.Whole(state(in, kind));
            return whole(in, calls, reading);
        } catch (IllegalArgumentException e) {
            throw new IOException(e);
        }
    }

    private static <T> Read<T> whole(DataInputStream in, int calls, T value) throws IOException {
        if (in.read() >= 0 || calls < 0) {
            throw new IOException("more than an answer");
        }
        return new Read<>(calls, value);
    }

    private static Failure failure(DataInputStream in) throws IOException {
        return new Failure(Cause.valueOf(in.readUTF()), in.readUTF());
    }

    private Snapshot snapshot(DataInputStream in, byte kind, VmId vm, long wallMillis, long endNanos)
            throws IOException {
        if (kind != AnswerWriter.SNAPSHOT) {
            throw new IOException("answer of kind " + kind);
        }
        if (in.readBoolean()) {
            List<String> names = new ArrayList<>();
            for (int i = count(in); i > 0; i--) {
                names.add(in.readUTF());
            }
            known = shared.apply(new StatTable(names));
        }
        CpuSet active = set(in);
        CpuSet suspended = set(in);
        Optional<Topology> topology = topology(in);
        long end = endNanos - in.readLong();
        List<Snapshot.Row> rows = new ArrayList<>(active.size());
        for (int i = 0; i < active.size(); i++) {
            long nanos = endNanos - in.readLong();
            long[] values = new long[known.size()];
            for (int column = 0; column < values.length; column++) {
                values[column] = in.readLong();
            }
            rows.add(new Snapshot.Row(nanos, values));
        }
        return new Snapshot(vm, wallMillis, end, active, suspended, topology, known, rows);
    }

    private static RawState state(DataInputStream in, byte kind) throws IOException {
        if (kind != AnswerWriter.STATE) {
            throw new IOException("answer of kind " + kind);
        }
        int release = in.readInt();
        boolean intel = in.readBoolean();
        long[] registers = new long[count(in)];
        for (int i = 0; i < registers.length; i++) {
            registers[i] = in.readLong();
        }
        int[] capabilities = new int[count(in)];
        for (int i = 0; i < capabilities.length; i++) {
            capabilities[i] = in.readByte();
        }
        List<long[]> mappings = new ArrayList<>();
        for (int i = count(in); i > 0; i--) {
            long[] mapping = new long[VmmDevice.MAPPING_WORDS];
            for (int word = 0; word < mapping.length; word++) {
                mapping[word] = in.readLong();
            }
            mappings.add(mapping);
        }
        List<RawState.Segment> segments = new ArrayList<>();
        for (int i = count(in); i > 0; i--) {
            segments.add(new RawState.Segment(in.readInt(), in.readLong(), in.readUTF()));
        }
        boolean clock = in.readBoolean();
        long seconds = in.readLong();
        return new RawState(
                release,
                intel,
                registers,
                capabilities,
                mappings,
                segments,
                clock ? OptionalLong.of(seconds) : OptionalLong.empty(),
                set(in),
                set(in),
                topology(in));
    }

    private static int count(DataInputStream in) throws IOException {
        int count = in.readInt();
        if (count < 0 || count > MAX_COUNT) {
            throw new IOException("a count of " + count);
        }
        return count;
    }

    private static CpuSet set(DataInputStream in) throws IOException {
        int[] ids = new int[count(in)];
        int above = 0;
        for (int i = 0; i < ids.length; i++) {
            ids[i] = in.readInt();
            if (ids[i] < above || ids[i] >= MAX_COUNT) {
                throw new IOException("vCPU " + ids[i]);
            }
            above = ids[i] + 1;
        }
        return CpuSet.of(ids);
    }

    private static Optional<Topology> topology(DataInputStream in) throws IOException {
        return in.readBoolean()
                ? Optional.of(new Topology(in.readInt(), in.readInt(), in.readInt(), in.readInt()))
                : Optional.empty();
    }
}
