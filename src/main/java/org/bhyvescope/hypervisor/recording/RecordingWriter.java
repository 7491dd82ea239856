package org.bhyvescope.hypervisor.recording;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.stream.JsonWriter;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.bhyvescope.dump.CpuSet;
import org.bhyvescope.dump.StatTable;
import org.bhyvescope.hypervisor.Reading;
import org.bhyvescope.hypervisor.Snapshot;
import org.bhyvescope.hypervisor.VmId;
import org.jspecify.annotations.Nullable;

/**
 * Writes a recording: JSON lines, as docs/RECORDING.md describes them. A line goes out whole, so that what was written
 * stays readable whatever happens next. Thread-safe.
 */
public final class RecordingWriter implements AutoCloseable {
    /** A whole sample in so many of a VM: what a lost line costs at most. */
    static final int WHOLE_EVERY = 60;

    private static final String WALL = "wall";
    private static final String MONO = "mono";

    private final Writer out;
    private final Flush flush;
    private final StringWriter line = new StringWriter();
    private final Map<StatTable, Integer> tables = new HashMap<>();
    private final Map<String, Previous> previous = new HashMap<>();
    private final Set<String> names = new HashSet<>();
    private int tablesWritten;
    private @Nullable List<VmId> listed;
    private long samples;
    private long lastFlush;

    /**
     * When what was written is handed on to the operating system.
     *
     * @param nanos so long after it was handed on last, by the moments of the lines; 0: after each line
     */
    public record Flush(long nanos) {
        public static final Flush EACH_LINE = new Flush(0);
    }

    /** A VM's newest sample in this file. */
    private record Previous(Snapshot snapshot, long number) {}

    /**
     * Begins a recording.
     *
     * @param to closed with the writer; may compress
     * @throws IOException if it cannot be written
     */
    public RecordingWriter(OutputStream to, RecordingHeader header, Flush flush) throws IOException {
        this.out = new OutputStreamWriter(new BufferedOutputStream(to, 1 << 16), UTF_8);
        this.flush = flush;
        write(json -> {
            json.name("format").value(RecordingHeader.FORMAT);
            json.name("version").value(RecordingHeader.VERSION);
            json.name("agent").value(header.agent());
            json.name("created").value(header.created());
            optional(json, "tsc_hz", header.tscHz());
            optional(json, "hz", header.hz());
            optional(json, "osreldate", header.release());
            json.name("source").value(header.source());
        });
        out.flush();
    }

    /** The members of a line. */
    private interface Members {
        void write(JsonWriter json) throws IOException;
    }

    /** Writes a sample. Those of one VM must come in their order. */
    public synchronized void sample(Snapshot snapshot) throws IOException {
        int table = table(snapshot.table());
        Previous before = previous.get(snapshot.vm().name());
        long number = before == null ? 0 : before.number() + 1;
        Snapshot base = before == null || number % WHOLE_EVERY == 0 || !isSameShape(before.snapshot(), snapshot)
                ? null
                : before.snapshot();
        write(json -> sample(json, snapshot, base, table, number));
        previous.put(snapshot.vm().name(), new Previous(snapshot, number));
        names.add(snapshot.vm().name());
        samples++;
        flush(snapshot.endNanos());
    }

    /** Writes that a VM could not be read. */
    public synchronized void failure(VmId vm, Reading.Failure failure, Moment when) throws IOException {
        write(json -> {
            json.name("failure").value(failure.cause().label());
            identity(json, vm);
            json.name("detail").value(failure.detail());
            moment(json, when);
        });
        flush(when.nanos());
    }

    /** Writes which VMs are there, unless that was written last. */
    public synchronized void listed(List<VmId> vms, Moment when) throws IOException {
        if (vms.equals(listed)) {
            return;
        }
        listed = List.copyOf(vms);
        Set<String> there = new HashSet<>();
        vms.forEach(vm -> there.add(vm.name()));
        previous.keySet().retainAll(there);
        write(json -> {
            json.name("listed").beginArray();
            for (VmId vm : vms) {
                json.beginObject();
                identity(json, vm);
                json.endObject();
            }
            json.endArray();
            moment(json, when);
        });
        flush(when.nanos());
    }

    /** Writes that the VMs could not be listed. */
    public synchronized void listingFailed(Moment when) throws IOException {
        write(json -> {
            json.name("listing_failed").value(true);
            moment(json, when);
        });
        flush(when.nanos());
    }

    /**
     * Writes that something else happened to a VM.
     *
     * @param kind what, in one word
     */
    public synchronized void event(String kind, String vm, Moment when, String detail) throws IOException {
        write(json -> {
            json.name("event").value(kind);
            json.name("vm").value(vm);
            json.name("detail").value(detail);
            moment(json, when);
        });
        flush(when.nanos());
    }

    /** Samples so far. */
    public synchronized long samples() {
        return samples;
    }

    /** How many VMs, by name, there are samples of. */
    public synchronized int vms() {
        return names.size();
    }

    private int table(StatTable table) throws IOException {
        Integer known = tables.get(table);
        if (known != null) {
            return known;
        }
        if (tables.size() >= Limits.TABLES) {
            tables.clear(); // a reader keeps the newest; what is still in use is written again
        }
        int number = tablesWritten++;
        write(json -> {
            json.name("table").value(number);
            json.name("statistics").beginArray();
            for (String name : table.names()) {
                json.value(name);
            }
            json.endArray();
        });
        tables.put(table, number);
        return number;
    }

    private static boolean isSameShape(Snapshot before, Snapshot now) {
        return before.vm().equals(now.vm())
                && before.table().equals(now.table())
                && before.active().equals(now.active())
                && before.topology().equals(now.topology());
    }

    private static void sample(JsonWriter json, Snapshot now, @Nullable Snapshot base, int table, long number)
            throws IOException {
        json.name("sample").value(now.vm().name());
        json.name("n").value(number);
        json.name(WALL).value(now.wallMillis());
        json.name(MONO).value(now.endNanos());
        if (base == null) {
            json.name("inode").jsonValue(Long.toUnsignedString(now.vm().inode()));
            json.name("created").value(now.vm().created().toString());
            json.name("table").value(table);
            set(json, "active", now.active());
            if (now.topology().isPresent()) {
                var topology = now.topology().get();
                json.name("topology")
                        .beginArray()
                        .value(topology.sockets())
                        .value(topology.cores())
                        .value(topology.threads())
                        .value(topology.maxCpus())
                        .endArray();
            }
        }
        if (base == null ? !now.suspended().isEmpty() : !base.suspended().equals(now.suspended())) {
            set(json, "suspended", now.suspended());
        }
        json.name("vcpus").beginArray();
        for (int row = 0; row < now.rows(); row++) {
            json.beginArray().value(now.nanos(row) - now.endNanos());
            for (int column = 0; column < now.table().size(); column++) {
                long value = now.value(row, column);
                if (value != (base == null ? 0 : base.value(row, column))) {
                    json.value(column).jsonValue(Long.toUnsignedString(value));
                }
            }
            json.endArray();
        }
        json.endArray();
    }

    private static void set(JsonWriter json, String name, CpuSet set) throws IOException {
        json.name(name).beginArray();
        for (int i = 0; i < set.size(); i++) {
            json.value(set.get(i));
        }
        json.endArray();
    }

    private static void identity(JsonWriter json, VmId vm) throws IOException {
        json.name("vm").value(vm.name());
        json.name("inode").jsonValue(Long.toUnsignedString(vm.inode()));
        json.name("created").value(vm.created().toString());
    }

    private static void moment(JsonWriter json, Moment when) throws IOException {
        json.name(WALL).value(when.wallMillis());
        json.name(MONO).value(when.nanos());
    }

    private static void optional(JsonWriter json, String name, OptionalLong value) throws IOException {
        if (value.isPresent()) {
            json.name(name).value(value.getAsLong());
        }
    }

    /** The line is made whole first: half a line because of a bug would spoil what comes after it. */
    private void write(Members members) throws IOException {
        line.getBuffer().setLength(0);
        JsonWriter json = new JsonWriter(line);
        json.beginObject();
        members.write(json);
        json.endObject();
        json.flush();
        out.append(line.getBuffer()).append('\n');
    }

    private void flush(long now) throws IOException {
        if (now - lastFlush >= flush.nanos() || now - lastFlush < 0) {
            out.flush();
            lastFlush = now;
        }
    }

    /** Hands on what is left, and closes. */
    @Override
    public synchronized void close() throws IOException {
        out.close();
    }
}
