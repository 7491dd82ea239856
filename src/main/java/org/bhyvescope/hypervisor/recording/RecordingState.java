package org.bhyvescope.hypervisor.recording;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.bhyvescope.dump.CpuSet;
import org.bhyvescope.dump.StatTable;
import org.bhyvescope.dump.Topology;
import org.bhyvescope.hypervisor.Reading;
import org.bhyvescope.hypervisor.Snapshot;
import org.bhyvescope.hypervisor.VmId;
import org.jspecify.annotations.Nullable;

/** What the lines so far have established: tables, and each VM's newest sample, of which the next tells what changed. */
final class RecordingState {
    private final NavigableMap<Long, StatTable> tables = new TreeMap<>();
    private final Map<String, Previous> previous = new HashMap<>();
    private final Set<String> lost = new HashSet<>();
    private long cells;

    private record Previous(Snapshot snapshot, long number) {
        long cells() {
            return (long) snapshot.rows() * snapshot.table().size();
        }
    }

    /**
     * What a line says; empty if it says nothing by itself.
     *
     * @throws BadLineException if it cannot be used
     */
    Optional<Recorded> enter(RecordingLine line) throws BadLineException {
        String sample = line.sample;
        String failure = line.failure;
        List<VmId> listed = line.listed;
        if (sample != null) {
            return sample(line, sample);
        } else if (line.statistics != null) {
            tables.put(RecordingLine.needed(line.table, "table"), new StatTable(line.statistics));
            while (tables.size() > Limits.TABLES) {
                tables.pollFirstEntry();
            }
            return Optional.empty();
        } else if (listed != null) {
            Set<String> there = new HashSet<>();
            listed.forEach(vm -> there.add(vm.name()));
            List.copyOf(previous.keySet()).stream()
                    .filter(name -> !there.contains(name))
                    .forEach(this::forget);
            lost.retainAll(there);
            return Optional.of(new Recorded.Listed(List.copyOf(listed), line.moment()));
        } else if (failure != null) {
            return Optional.of(new Recorded.Failed(
                    line.identity(line.vm), new Reading.Failure(cause(failure), line.detail), line.moment()));
        } else if (line.listingFailed) {
            return Optional.of(new Recorded.ListingFailed(line.moment()));
        } else if (line.event != null) {
            String vm = line.vm == null ? "" : line.vm;
            return Optional.of(new Recorded.Happened(line.event, vm, line.moment(), line.detail));
        }
        return Optional.empty();
    }

    private static Reading.Cause cause(String label) throws BadLineException {
        return Arrays.stream(Reading.Cause.values())
                .filter(cause -> cause.label().equals(label))
                .findFirst()
                .orElseThrow(() -> new BadLineException("no failure is called \"" + label + "\" in this version"));
    }

    private Optional<Recorded> sample(RecordingLine line, String name) throws BadLineException {
        long number = RecordingLine.needed(line.number, "n");
        boolean whole = line.active != null;
        Previous before = whole ? null : previous.get(name);
        if (!whole && (before == null || number != before.number() + 1)) {
            forget(name);
            if (!lost.add(name)) {
                return Optional.empty();
            }
            throw new BadLineException("the sample of VM \"" + name
                    + "\" before it is missing, so its samples are left out up to its next whole one");
        }
        forget(name); // what is not understood now is not there for the next one either
        Snapshot snapshot = before == null ? whole(line, name) : next(line, before.snapshot());
        Previous newest = new Previous(snapshot, number);
        if (cells + newest.cells() > Limits.ALL_CELLS || previous.size() >= Limits.VMS) {
            throw new BadLineException("there are more VMs and vCPUs than can be kept in mind");
        }
        previous.put(name, newest);
        cells += newest.cells();
        lost.remove(name);
        return Optional.of(new Recorded.Sample(snapshot));
    }

    private void forget(String name) {
        Previous gone = previous.remove(name);
        cells -= gone == null ? 0 : gone.cells();
    }

    private Snapshot whole(RecordingLine line, String name) throws BadLineException {
        long id = RecordingLine.needed(line.table, "table");
        StatTable table = tables.get(id);
        if (table == null) {
            throw new BadLineException("the line with table " + id + " is missing");
        }
        return snapshot(
                line,
                line.identity(name),
                set(line.active, CpuSet.NONE),
                set(line.suspended, CpuSet.NONE),
                topology(line.topology),
                table,
                null);
    }

    private static Snapshot next(RecordingLine line, Snapshot before) throws BadLineException {
        return snapshot(
                line,
                before.vm(),
                before.active(),
                set(line.suspended, before.suspended()),
                before.topology(),
                before.table(),
                before);
    }

    private static Snapshot snapshot(
            RecordingLine line,
            VmId vm,
            CpuSet active,
            CpuSet suspended,
            Optional<Topology> topology,
            StatTable table,
            @Nullable Snapshot base)
            throws BadLineException {
        long[][] vcpus = line.vcpus;
        Moment when = line.moment();
        if (vcpus == null || vcpus.length != active.size()) {
            throw new BadLineException(
                    "it has " + (vcpus == null ? "no" : vcpus.length) + " rows for " + active.size() + " active vCPUs");
        }
        if ((long) active.size() * table.size() > Limits.CELLS) {
            throw new BadLineException("it has more than " + Limits.CELLS + " values");
        }
        List<Snapshot.Row> rows = new ArrayList<>(vcpus.length);
        for (int row = 0; row < vcpus.length; row++) {
            long[] values = new long[table.size()];
            for (int column = 0; column < values.length; column++) {
                values[column] = base == null ? 0 : base.value(row, column);
            }
            for (int i = 1; i < vcpus[row].length; i += 2) {
                long column = vcpus[row][i];
                if (column < 0 || column >= values.length) {
                    throw new BadLineException("its table has no column " + Long.toUnsignedString(column));
                }
                values[(int) column] = vcpus[row][i + 1];
            }
            rows.add(new Snapshot.Row(when.nanos() + vcpus[row][0], values));
        }
        return new Snapshot(vm, when.wallMillis(), when.nanos(), active, suspended, topology, table, rows);
    }

    private static CpuSet set(int @Nullable [] ids, CpuSet otherwise) throws BadLineException {
        if (ids == null) {
            return otherwise;
        }
        for (int id : ids) {
            if (id < 0 || id >= Limits.VCPU_IDS) {
                throw new BadLineException("there is no vCPU " + id);
            }
        }
        return CpuSet.of(ids);
    }

    private static Optional<Topology> topology(int @Nullable [] numbers) throws BadLineException {
        if (numbers == null) {
            return Optional.empty();
        }
        if (numbers.length != 4) {
            throw new BadLineException("a topology has 4 numbers");
        }
        return Optional.of(new Topology(numbers[0], numbers[1], numbers[2], numbers[3]));
    }
}
