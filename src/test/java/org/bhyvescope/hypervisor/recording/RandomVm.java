package org.bhyvescope.hypervisor.recording;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.bhyvescope.dump.CpuSet;
import org.bhyvescope.dump.StatTable;
import org.bhyvescope.dump.Topology;
import org.bhyvescope.hypervisor.Snapshot;
import org.bhyvescope.hypervisor.VmId;

/** A VM that does everything that a VM can do, and more often: from a seed. */
final class RandomVm {
    private static final int MOST_VCPUS = 9;
    private static final int MOST_COLUMNS = 20;

    private final String name;
    private final Random random;
    private VmId vm;
    private StatTable table;
    private CpuSet active;
    private CpuSet suspended = CpuSet.NONE;
    private Optional<Topology> topology = Optional.empty();
    private long[][] values;
    private long nanos;
    private long wall = 1_760_000_000_000L;

    RandomVm(String name, Random random) {
        this.name = name;
        this.random = random;
        // nanoTime may be anything, and may wrap within a run.
        this.nanos = random.nextInt(4) == 0 ? Long.MAX_VALUE - 2_000_000_000L : random.nextLong();
        this.vm = identity();
        this.table = someTable();
        this.active = someSet();
        this.values = new long[MOST_VCPUS][MOST_COLUMNS];
    }

    private boolean once(int in) {
        return random.nextInt(in) == 0;
    }

    private VmId identity() {
        return new VmId(
                name, random.nextLong(), Instant.ofEpochSecond(random.nextInt(), random.nextInt(1_000_000_000)));
    }

    private StatTable someTable() {
        int columns = random.nextInt(MOST_COLUMNS + 1);
        int of = random.nextInt(3);
        return new StatTable(IntStream.range(0, columns)
                .mapToObj(i -> "statistic \u00e9 " + of + "[" + i + "]")
                .toList());
    }

    private CpuSet someSet() {
        return CpuSet.of(IntStream.range(0, random.nextInt(MOST_VCPUS + 1))
                .map(i -> random.nextInt(MOST_VCPUS) * (once(5) ? 113 : 1))
                .limit(MOST_VCPUS)
                .toArray());
    }

    Snapshot next() {
        nanos += random.nextInt(2_000_000_000);
        wall += once(20) ? -random.nextInt(5_000_000) : random.nextInt(2000);
        vm = once(40) ? identity() : vm;
        table = once(40) ? someTable() : table;
        active = once(20) ? someSet() : active;
        suspended = once(20) ? someSet() : suspended;
        topology = once(20) ? someTopology() : topology;
        if (once(30)) {
            values = new long[MOST_VCPUS][MOST_COLUMNS];
        }
        List<Snapshot.Row> rows = new ArrayList<>();
        for (int row = 0; row < active.size(); row++) {
            long[] all = values[row];
            for (int i = 0; i < all.length; i++) {
                all[i] = grown(all[i]);
            }
            rows.add(new Snapshot.Row(nanos - random.nextInt(3_000_000), Arrays.copyOf(all, table.size())));
        }
        return new Snapshot(vm, wall, nanos, active, suspended, topology, table, rows);
    }

    private Optional<Topology> someTopology() {
        return once(3)
                ? Optional.empty()
                : Optional.of(new Topology(random.nextInt(4), random.nextInt(), -1, random.nextInt(2048)));
    }

    private long grown(long value) {
        return switch (random.nextInt(12)) {
            case 0 -> value + random.nextInt(200);
            case 1, 2 -> value + random.nextInt(1 << 20);
            case 3 -> value - random.nextInt(1000);
            case 4 -> once(10) ? random.nextLong() : value + (1L << 33);
            case 5 -> once(10) ? -1 - random.nextInt(3) : value;
            default -> value;
        };
    }
}
