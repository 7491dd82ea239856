package org.bhyvescope.hypervisor.vmmdev;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.bhyvescope.dump.CpuSet;
import org.bhyvescope.dump.StatTable;
import org.bhyvescope.dump.Topology;
import org.bhyvescope.hypervisor.Reading;
import org.bhyvescope.hypervisor.Reading.Failure;
import org.bhyvescope.hypervisor.Snapshot;

/**
 * Writes a reader's answers. Descriptions are sent when they are other than the last ones. A moment is sent as its distance
 * from the end of the answer: two processes need not have the same monotonic clock.
 */
final class AnswerWriter {
    static final byte FAILURE = 0;
    static final byte SNAPSHOT = 1;
    static final byte STATE = 2;

    private static final int MAX_DETAIL = 1000;

    private final LongSupplier nanoClock;
    private StatTable sent = StatTable.EMPTY;

    /** @param nanoClock the one by which the rows of snapshots have their moments */
    AnswerWriter(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
    }

    /** What any answer begins with. */
    private static DataOutputStream begin(ByteArrayOutputStream bytes, long calls, byte kind) throws IOException {
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeInt((int) calls);
        out.writeByte(kind);
        return out;
    }

    /** @param calls VM_STATS that were made for it */
    byte[] statistics(Reading reading, long calls) {
        if (reading instanceof Failure failure) {
            return failure(failure, calls);
        }
        Snapshot snapshot = (Snapshot) reading;
        StatTable table = snapshot.table();
        ByteArrayOutputStream bytes =
                new ByteArrayOutputStream(256 + snapshot.rows() * (table.size() + 2) * Long.BYTES);
        try {
            DataOutputStream out = begin(bytes, calls, SNAPSHOT);
            boolean fresh = !table.equals(sent);
            out.writeBoolean(fresh);
            if (fresh) {
                out.writeInt(table.size());
                for (String name : table.names()) {
                    out.writeUTF(name);
                }
            }
            write(out, snapshot.active());
            write(out, snapshot.suspended());
            write(out, snapshot.topology());
            long end = nanoClock.getAsLong();
            out.writeLong(end - snapshot.endNanos());
            for (int row = 0; row < snapshot.rows(); row++) {
                out.writeLong(end - snapshot.nanos(row));
                for (int column = 0; column < table.size(); column++) {
                    out.writeLong(snapshot.value(row, column));
                }
            }
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory", e);
        }
        sent = table;
        return bytes.toByteArray();
    }

    /** @param calls locking ones that were made for it */
    byte[] state(RawReading reading, long calls) {
        if (reading instanceof RawReading.Not not) {
            return failure(not.failure(), calls);
        }
        RawState state = ((RawReading.Whole) reading).state();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(1024);
        try {
            DataOutputStream out = begin(bytes, calls, STATE);
            out.writeInt(state.release());
            out.writeBoolean(state.intel());
            out.writeInt(state.registers().length);
            for (long value : state.registers()) {
                out.writeLong(value);
            }
            out.writeInt(state.capabilities().length);
            for (int value : state.capabilities()) {
                out.writeByte(value);
            }
            out.writeInt(state.mappings().size());
            for (long[] mapping : state.mappings()) {
                for (long word : mapping) {
                    out.writeLong(word);
                }
            }
            out.writeInt(state.segments().size());
            for (RawState.Segment segment : state.segments()) {
                out.writeInt(segment.id());
                out.writeLong(segment.length());
                out.writeUTF(segment.name());
            }
            out.writeBoolean(state.rtc().isPresent());
            out.writeLong(state.rtc().orElse(0));
            write(out, state.active());
            write(out, state.suspended());
            write(out, state.topology());
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory", e);
        }
        return bytes.toByteArray();
    }

    /** @param calls that were made all the same */
    byte[] failure(Failure failure, long calls) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
        String detail = failure.detail();
        try {
            DataOutputStream out = begin(bytes, calls, FAILURE);
            out.writeUTF(failure.cause().name());
            out.writeUTF(detail.length() > MAX_DETAIL ? detail.substring(0, MAX_DETAIL) : detail);
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory", e);
        }
        return bytes.toByteArray();
    }

    private static void write(DataOutputStream out, CpuSet set) throws IOException {
        out.writeInt(set.size());
        for (int i = 0; i < set.size(); i++) {
            out.writeInt(set.get(i));
        }
    }

    private static void write(DataOutputStream out, Optional<Topology> topology) throws IOException {
        out.writeBoolean(topology.isPresent());
        if (topology.isPresent()) {
            out.writeInt(topology.get().sockets());
            out.writeInt(topology.get().cores());
            out.writeInt(topology.get().threads());
            out.writeInt(topology.get().maxCpus());
        }
    }
}
