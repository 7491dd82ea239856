package org.bhyvescope.bench;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.bhyvescope.hypervisor.Snapshot;
import org.bhyvescope.hypervisor.recording.History;

/**
 * Child of {@link HistoryBench}: fills a history of the default size with what 10 VMs of 16 vCPUs bring. Prints ns per
 * add, ns per copy of the values, ns of the slowest add, bytes per snapshot, minutes held, ns per snapshot read, bytes in all.
 */
final class HistoryLoop {
    private static final int VMS = 10;
    private static final int VCPUS = 16;
    private static final long SIZE = 16L << 20;
    private static final int SECONDS = 9000;
    private static final int BATCH = 20;

    private HistoryLoop() {}

    public static void main(String[] args) {
        BusyGuests guests = new BusyGuests(VMS, VCPUS);
        History history = new History(SIZE);
        long kept = 0;
        long adding = 0;
        long copying = 0;
        long slowest = 0;
        long measured = 0;
        long filled = 0;
        for (int second = 0; second < SECONDS; second += BATCH) {
            List<Snapshot> batch = new ArrayList<>();
            for (int i = 0; i < BATCH; i++) {
                batch.addAll(guests.next());
            }
            boolean warm = second > SECONDS / 4;
            long begun = cpuNanos();
            long wall = System.nanoTime();
            for (Snapshot snapshot : batch) {
                history.add(snapshot);
                long now = System.nanoTime();
                slowest = warm ? Math.max(slowest, now - wall) : slowest;
                wall = now;
            }
            long added = cpuNanos();
            for (Snapshot snapshot : batch) {
                kept += copy(snapshot);
            }
            if (warm) {
                adding += added - begun;
                copying += cpuNanos() - added;
                measured += batch.size();
            }
            filled += batch.size();
        }
        long first = cpuNanos();
        long read = 0;
        long oldest = 0;
        long newest = 0;
        Iterator<Snapshot> snapshots = history.read("guest-03", Long.MIN_VALUE / 2);
        while (snapshots.hasNext()) {
            Snapshot snapshot = snapshots.next();
            oldest = read == 0 ? snapshot.endNanos() : oldest;
            newest = snapshot.endNanos();
            read++;
        }
        double reading = cpuNanos() - first;
        double minutes = (newest - oldest) / 60e9;
        if (read * VMS >= filled || kept == 0) {
            throw new IllegalStateException("the ring was not full");
        }
        System.out.println((double) adding / measured + " " + (double) copying / measured + " " + slowest + " "
                + (double) history.bytes() / (read * VMS) + " " + minutes + " " + reading / read + " "
                + history.bytes());
    }

    /** What keeping a snapshot as it is would copy. */
    private static long copy(Snapshot snapshot) {
        long[][] values = new long[snapshot.rows()][snapshot.table().size()];
        for (int row = 0; row < values.length; row++) {
            for (int column = 0; column < values[row].length; column++) {
                values[row][column] = snapshot.value(row, column);
            }
        }
        return values[values.length - 1][0];
    }

    private static long cpuNanos() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }
}
