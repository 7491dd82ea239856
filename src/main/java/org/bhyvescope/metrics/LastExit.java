package org.bhyvescope.metrics;

import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import org.bhyvescope.sampling.Board;
import org.jspecify.annotations.Nullable;

/**
 * The series of a vCPU's last exit. Its label {@code name} is other at almost every reading: were it part of the
 * {@link Layout}, that would be made anew for each scrape.
 */
final class LastExit {
    private final int vm;
    private final int slot;
    private final Labels own;
    private volatile @Nullable Named newest;

    /** Kept, since most scrapes find what the one before has found. */
    private record Named(String name, GaugeDataPointSnapshot point) {}

    /**
     * @param vm index on the board
     * @param slot index among the VM's states
     * @param own its labels without the name
     */
    LastExit(int vm, int slot, Labels own) {
        this.vm = vm;
        this.slot = slot;
        this.own = own;
    }

    GaugeDataPointSnapshot point(Board board) {
        String name =
                board.vms().get(vm).vcpuStates().vcpus().get(slot).exitName().orElseThrow();
        Named known = newest;
        if (known == null || !known.name().equals(name)) {
            known = new Named(name, new GaugeDataPointSnapshot(1, own.merge(Labels.of("name", name)), null));
            newest = known;
        }
        return known.point();
    }
}
