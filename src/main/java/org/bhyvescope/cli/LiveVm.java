package org.bhyvescope.cli;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.bhyvescope.decode.StatisticsTable;
import org.bhyvescope.decode.Vendor;
import org.bhyvescope.dump.CpuSet;
import org.bhyvescope.host.HostFacts;
import org.bhyvescope.hypervisor.Hypervisor;
import org.bhyvescope.hypervisor.Reading;
import org.bhyvescope.hypervisor.StateReading;
import org.bhyvescope.hypervisor.StateSource;
import org.bhyvescope.hypervisor.VmId;
import org.bhyvescope.os.Allowance;
import org.bhyvescope.os.Children;
import org.bhyvescope.sampling.Interval;
import org.bhyvescope.sampling.Ledger;
import org.bhyvescope.sampling.StateAccess;
import org.bhyvescope.sampling.StateFreshness;
import org.bhyvescope.sampling.VmView;

/**
 * One VM as a command looks at it: sampled, so that it is known which of its vCPUs move, before the state of any is read
 * (design.md §3, rule 6).
 */
final class LiveVm {
    private static final Interval PAUSE =
            new Interval(Optional.of(Duration.ofSeconds(1)), Children.MAX_STARTS_PER_SECOND, false);

    /** So many more samples in all are taken for vCPUs that stand still; each takes a second. */
    private static final int PATIENCE = 3;

    private final Hypervisor hypervisor;
    private final StateSource states;
    private final VmId vm;
    private final Duration readTimeout;
    private final Ledger ledger;
    private int patience = PATIENCE;

    /** @param readTimeout how long one reading may take */
    LiveVm(Hypervisor hypervisor, StateSource states, HostFacts host, VmId vm, Duration readTimeout) {
        this.hypervisor = hypervisor;
        this.states = states;
        this.vm = vm;
        this.readTimeout = readTimeout;
        this.ledger = new Ledger(StatisticsTable.load(), host);
        ledger.reconcile(List.of(vm));
    }

    /** Takes two samples about a second apart; returns why that failed, or nothing. */
    Optional<Reading.Failure> sampleTwice() throws InterruptedException {
        Optional<Reading.Failure> failure = sample();
        if (failure.isPresent()) {
            return failure;
        }
        TimeUnit.NANOSECONDS.sleep(PAUSE.wanted().toNanos());
        return sample();
    }

    private Optional<Reading.Failure> sample() throws InterruptedException {
        Reading reading = hypervisor.read(vm, Allowance.of(readTimeout));
        ledger.accept(vm, reading);
        return reading instanceof Reading.Failure failure ? Optional.of(failure) : Optional.empty();
    }

    private VmView view() {
        return ledger.board().vms().get(0);
    }

    /** The active vCPUs of the newest sample. */
    CpuSet active() {
        return view().sample().map(s -> s.snapshot().active()).orElse(CpuSet.NONE);
    }

    /** Whose exit codes its states hold. */
    Vendor vendor() {
        return view().sample().map(s -> s.plan().vendor()).orElse(Vendor.UNKNOWN);
    }

    /**
     * Whether the state of a vCPU may be read now. Takes another sample if the newest has become too old to tell, and some
     * more while it stands still: an idle one wakes now and then.
     */
    StateAccess access(int vcpu) throws InterruptedException {
        StateAccess access = judge(vcpu);
        while (access == StateAccess.STALE || (access == StateAccess.STANDS_STILL && patience > 0)) {
            if (access == StateAccess.STANDS_STILL) {
                patience--;
                TimeUnit.NANOSECONDS.sleep(PAUSE.wanted().toNanos());
            }
            if (sample().isPresent()) {
                return access;
            }
            access = judge(vcpu);
        }
        return access;
    }

    private StateAccess judge(int vcpu) {
        return StateAccess.of(view(), vcpu, System.nanoTime(), StateFreshness.ofStatistics(PAUSE.wanted()));
    }

    /** Reads the state of a vCPU to which {@link #access} is allowed. */
    StateReading read(int vcpu) throws InterruptedException {
        return states.readState(vm, vcpu, Allowance.of(readTimeout));
    }
}
