package org.bhyvescope.sampling;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.bhyvescope.decode.StatPlan;
import org.bhyvescope.decode.StatisticsTable;
import org.bhyvescope.dump.StatTable;
import org.bhyvescope.host.HostFacts;
import org.bhyvescope.hypervisor.Reading;
import org.bhyvescope.hypervisor.Snapshot;
import org.bhyvescope.hypervisor.VmId;

/** Keeps the books of all VMs and posts the {@link Board}. Thread-safe. */
public final class Ledger {
    /** Kernels of one host print one list, or two while vmm.ko is reloaded; more is a source gone mad. */
    private static final int MAX_PLANS = 16;

    private final StatisticsTable meanings;
    private final HostFacts host;
    private final Map<String, VmLedger> vms = new TreeMap<>();
    private final Map<StatTable, StatPlan> plans = new HashMap<>();
    private final Announcements announcements = new Announcements();
    private long listingErrors;
    private HostView hostView = HostView.NONE;
    private volatile Board board = Board.EMPTY;

    public Ledger(StatisticsTable meanings, HostFacts host) {
        this.meanings = meanings;
        this.host = host;
    }

    /** The newest board. */
    public Board board() {
        return board;
    }

    /** From now on this listener is told of what is entered. */
    public void tell(SampleListener listener) {
        announcements.add(listener);
    }

    /** Opens and closes books so that there is one for each of these VMs; a new identity starts over. */
    public void reconcile(List<VmId> present) {
        enterListing(present);
        announcements.tell();
    }

    private synchronized void enterListing(List<VmId> present) {
        Set<VmId> wanted = new HashSet<>(present);
        boolean changed = vms.values().removeIf(ledger -> !wanted.contains(ledger.vm()));
        for (VmId vm : present) {
            if (!vms.containsKey(vm.name())) {
                vms.put(vm.name(), new VmLedger(vm));
                changed = true;
            }
        }
        if (changed) {
            post();
        }
        announcements.note(listener -> listener.listed(present));
    }

    /** Counts a failure to list the VMs. */
    public void listingFailed() {
        synchronized (this) {
            listingErrors++;
            post();
            announcements.note(SampleListener::listingFailed);
        }
        announcements.tell();
    }

    /**
     * Enters the outcome of a reading. One of a VM that is gone by now is dropped.
     *
     * @return how many more requests to stop a vCPU for a moment its kernel has counted since the reading before
     */
    public long accept(VmId vm, Reading reading) {
        long idleRequests = enter(vm, reading);
        announcements.tell();
        return idleRequests;
    }

    private synchronized long enter(VmId vm, Reading reading) {
        VmLedger ledger = vms.get(vm.name());
        if (ledger == null || !ledger.vm().equals(vm)) {
            return 0;
        }
        long idleRequests = 0;
        if (reading instanceof Snapshot snapshot) {
            idleRequests = ledger.accept(snapshot, plan(snapshot.table()), host.tscHz(), hostView);
        } else {
            ledger.miss((Reading.Failure) reading);
        }
        post();
        announcements.note(listener -> listener.accepted(vm, reading));
        return idleRequests;
    }

    /** Enters what is known of the machine around the VMs. */
    public synchronized void acceptHost(HostView view) {
        hostView = view;
        post();
    }

    /** Enters the state of a vCPU. One of a VM that is gone by now is dropped. */
    public synchronized void acceptState(VmId vm, StateDigest digest) {
        VmLedger ledger = vms.get(vm.name());
        if (ledger != null && ledger.vm().equals(vm)) {
            ledger.accept(digest);
            post();
        }
    }

    /** Counts a failure to read the state of a vCPU of this VM. */
    public synchronized void stateFailed(VmId vm, Reading.Failure failure) {
        VmLedger ledger = vms.get(vm.name());
        if (ledger != null && ledger.vm().equals(vm)) {
            ledger.missState(failure);
            post();
        }
    }

    /** Withholds states that were read before a moment of the monotonic clock. */
    synchronized void forgetStates(long beforeNanos) {
        boolean any = false;
        for (VmLedger ledger : vms.values()) {
            any |= ledger.forgetStates(beforeNanos);
        }
        if (any) {
            post();
        }
    }

    private StatPlan plan(StatTable table) {
        if (plans.size() >= MAX_PLANS && !plans.containsKey(table)) {
            plans.clear();
        }
        return plans.computeIfAbsent(table, t -> StatPlan.of(t, meanings));
    }

    private void post() {
        board = new Board(vms.values().stream().map(VmLedger::view).toList(), listingErrors, hostView);
    }
}
