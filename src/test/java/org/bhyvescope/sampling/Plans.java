package org.bhyvescope.sampling;

import org.bhyvescope.decode.StatPlan;
import org.bhyvescope.decode.StatisticsTable;
import org.bhyvescope.hypervisor.Snapshot;

/** The real meanings of what test snapshots hold. */
final class Plans {
    static final StatisticsTable MEANINGS = StatisticsTable.load();

    private Plans() {}

    static StatPlan of(Snapshot snapshot) {
        return StatPlan.of(snapshot.table(), MEANINGS);
    }

    /** The change from one to the next, with no snapshot before them. */
    static Change change(Snapshot before, Snapshot after) {
        return Change.between(before, after, of(after));
    }

    static Change first(Snapshot only) {
        return Change.between(null, only, of(only));
    }

    static Rates rates(Snapshot before, Snapshot after) {
        return Rates.of(change(before, after), of(after));
    }
}
