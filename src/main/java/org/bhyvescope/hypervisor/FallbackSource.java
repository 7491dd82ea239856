package org.bhyvescope.hypervisor;

import java.util.OptionalInt;
import java.util.OptionalLong;
import org.bhyvescope.hypervisor.Reading.Cause;
import org.bhyvescope.hypervisor.Reading.Failure;
import org.bhyvescope.libc.Errno;
import org.bhyvescope.os.Allowance;
import org.bhyvescope.os.Printable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code --source=auto}: one source, and another from the moment at which the first shows that it does not work on this
 * host, or freezes the guest. There is no way back; the log says why, once.
 */
public final class FallbackSource implements Hypervisor, StateSource {
    private static final Logger LOG = LoggerFactory.getLogger(FallbackSource.class);

    private final Hypervisor first;
    private final StateSource firstStates;
    private final Hypervisor second;
    private final StateSource secondStates;
    private final LockWatch locks = new LockWatch();
    private final Runnable locking;
    private volatile String why = "";
    private volatile boolean statesTurned;
    private volatile boolean proven;

    /** @param locking told when it turns out that reading statistics locks a vCPU on this host */
    public FallbackSource(
            Hypervisor first, StateSource firstStates, Hypervisor second, StateSource secondStates, Runnable locking) {
        this.locking = locking;
        this.first = first;
        this.firstStates = firstStates;
        this.second = second;
        this.secondStates = secondStates;
    }

    /** Why the second is in use now; empty while the first is. */
    public String why() {
        return why;
    }

    private boolean hasTurned() {
        return !why.isEmpty();
    }

    private Hypervisor current() {
        return hasTurned() ? second : first;
    }

    @Override
    public String name() {
        return current().name();
    }

    @Override
    public VmListing vms() {
        VmListing listing = current().vms();
        if (!hasTurned() && listing instanceof VmListing.Listed listed) {
            synchronized (locks) {
                locks.keep(listed.vms());
            }
        }
        return listing;
    }

    @Override
    public Reading read(VmId vm, Allowance allowance) throws InterruptedException {
        if (hasTurned()) {
            return second.read(vm, allowance);
        }
        Reading reading = first.read(vm, allowance);
        if (reading instanceof Snapshot snapshot) {
            proven = true;
            if (locks(snapshot)) {
                locking.run();
                turn("the kernel stops a vCPU for each of our readings, and there a call may never return");
            }
            return reading;
        }
        if (reading instanceof Failure failure && !proven && isTheHosts(failure)) {
            turn(failure.detail());
            return second.read(vm, allowance);
        }
        return reading;
    }

    /** Whether it is the host's and not one VM's, if no reading has succeeded yet: no right, or a kernel that is not known. */
    private static boolean isTheHosts(Failure failure) {
        return failure.cause() == Cause.DENIED
                || failure.cause() == Cause.GARBLED
                || failure.detail().contains(Errno.text(Errno.ENOTTY.number()));
    }

    private boolean locks(Snapshot snapshot) {
        synchronized (locks) {
            return locks.locks(snapshot);
        }
    }

    private synchronized void turn(String reason) {
        if (!hasTurned()) {
            why = reason;
            LOG.warn("source {} from now on, not {}: {}", second.name(), first.name(), Printable.line(reason));
        }
    }

    @Override
    public long vcpuReads() {
        return first.vcpuReads() + second.vcpuReads();
    }

    @Override
    public OptionalInt readsPerSecond() {
        return current().readsPerSecond();
    }

    @Override
    public StateReading readState(VmId vm, int vcpu, Allowance allowance) throws InterruptedException {
        StateSource now = stateSource();
        touched(vm);
        try {
            StateReading reading = now.readState(vm, vcpu, allowance);
            if (now == firstStates && isNotToBeHad(reading)) {
                statesTurned = true;
                LOG.warn("states by {} from now on: {}", second.name(), Printable.line(((Failure) reading).detail()));
                return secondStates.readState(vm, vcpu, allowance);
            }
            return reading;
        } finally {
            touched(vm);
        }
    }

    private static boolean isNotToBeHad(StateReading reading) {
        return reading instanceof Failure failure && failure.cause() == Cause.NOT_STARTED;
    }

    /** A state that is read raises the same counter as statistics that lock. */
    private void touched(VmId vm) {
        synchronized (locks) {
            locks.touched(vm);
        }
    }

    @Override
    public OptionalLong lockingReads() {
        return stateSource().lockingReads();
    }

    private StateSource stateSource() {
        return hasTurned() || statesTurned ? secondStates : firstStates;
    }
}
