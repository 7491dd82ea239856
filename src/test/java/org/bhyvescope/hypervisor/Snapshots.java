package org.bhyvescope.hypervisor;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.bhyvescope.dump.CpuSet;
import org.bhyvescope.dump.StatTable;
import org.bhyvescope.dump.Topology;

/**
 * Builds snapshots for tests:
 *
 * <pre>
 * Snapshots.of("web").table(TOTAL, HLT).at(12.5).vcpu(0, 1000, 400).vcpu(1, 20, 3).build()
 * </pre>
 */
public final class Snapshots {
    /** Descriptions that every amd64 kernel prints. */
    public static final String TOTAL = "total number of vm exits";

    public static final String HLT = "number of times hlt was intercepted";
    public static final String INOUT = "number of times in/out was intercepted";
    public static final String RUNTIME = "vcpu total runtime";
    public static final String IDLE = "number of ticks vcpu was idle";
    public static final String RESIDENT = "Resident memory";

    /** Printed by AMD kernels only. */
    public static final String AMD = "VM exits during event delivery";

    /** Printed by Intel kernels only. */
    public static final String INTEL = "Number of vpid invalidations done";

    /** Printed by arm64 kernels only. */
    public static final String WFI = "number of times wfi was intercepted";

    private static final long SECOND = 1_000_000_000L;
    private static final long WALL_AT_ZERO = 1_700_000_000_000L;

    private final VmId vm;
    private final Map<Integer, Snapshot.Row> rows = new TreeMap<>();
    private StatTable table = new StatTable(List.of(TOTAL));
    private CpuSet suspended = CpuSet.NONE;
    private long nanos;
    private Optional<Long> wallMillis = Optional.empty();

    private Snapshots(VmId vm) {
        this.vm = vm;
    }

    /** An identity: VMs of one name and different inodes are different VMs. */
    public static VmId id(String name, long inode) {
        return new VmId(name, inode, Instant.ofEpochMilli(WALL_AT_ZERO).minusSeconds(3600));
    }

    public static Snapshots of(String name) {
        return of(id(name, 1));
    }

    public static Snapshots of(VmId vm) {
        return new Snapshots(vm);
    }

    /** The wall clock at a monotonic time, as long as nobody sets it. */
    public static long wallMillisAt(double seconds) {
        return WALL_AT_ZERO + Math.round(seconds * 1000);
    }

    /** Columns; one for the total of exits if this is not called. */
    public Snapshots table(String... descriptions) {
        table = new StatTable(List.of(descriptions));
        return this;
    }

    /** Monotonic time of the end, and of each vCPU that is added next. */
    public Snapshots at(double seconds) {
        return atNanos(Math.round(seconds * SECOND));
    }

    /** As {@link #at}, in ns. */
    public Snapshots atNanos(long now) {
        nanos = now;
        return this;
    }

    /** Sets the wall clock, which otherwise goes with the monotonic one. */
    public Snapshots wall(long millis) {
        wallMillis = Optional.of(millis);
        return this;
    }

    /** Adds an active vCPU. */
    public Snapshots vcpu(int id, long... values) {
        if (values.length != table.size()) {
            throw new IllegalArgumentException(values.length + " values for " + table.size() + " columns");
        }
        rows.put(id, new Snapshot.Row(nanos, values));
        return this;
    }

    public Snapshots suspended(int... ids) {
        suspended = CpuSet.of(ids);
        return this;
    }

    public Snapshot build() {
        int[] active = rows.keySet().stream().mapToInt(Integer::intValue).toArray();
        return new Snapshot(
                vm,
                wallMillis.orElse(wallMillisAt(nanos / (double) SECOND)),
                nanos,
                CpuSet.of(active),
                suspended,
                Optional.of(new Topology(1, Math.max(1, active.length), 1, 16)),
                table,
                new ArrayList<>(rows.values()));
    }
}
