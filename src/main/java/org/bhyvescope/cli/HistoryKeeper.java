package org.bhyvescope.cli;

import java.util.List;
import org.bhyvescope.hypervisor.Reading;
import org.bhyvescope.hypervisor.Snapshot;
import org.bhyvescope.hypervisor.VmId;
import org.bhyvescope.hypervisor.recording.History;
import org.bhyvescope.sampling.SampleListener;

/** Puts every snapshot into the history. */
record HistoryKeeper(History history) implements SampleListener {
    @Override
    public void accepted(VmId vm, Reading reading) {
        if (reading instanceof Snapshot snapshot) {
            history.add(snapshot);
        }
    }

    @Override
    public void listed(List<VmId> vms) {
        // One that has gone ages out by itself.
    }
}
