package org.bhyvescope.hypervisor.bhyvectl;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import org.bhyvescope.hypervisor.Reading.Cause;
import org.bhyvescope.hypervisor.Reading.Failure;
import org.bhyvescope.hypervisor.StateReading;
import org.bhyvescope.hypervisor.StateSource;
import org.bhyvescope.hypervisor.VcpuState;
import org.bhyvescope.hypervisor.VmDirectory;
import org.bhyvescope.hypervisor.VmId;
import org.bhyvescope.os.Allowance;
import org.bhyvescope.os.ChildResult;
import org.bhyvescope.os.Owner;

/** Reads the state of a vCPU by {@code bhyvectl --get-all}, one process each. */
public final class BhyvectlState implements StateSource {
    private final Bhyvectl bhyvectl;
    private final VmDirectory directory;
    private final InstantSource wallClock;

    public BhyvectlState(Bhyvectl bhyvectl, VmDirectory directory, InstantSource wallClock) {
        this.bhyvectl = bhyvectl;
        this.directory = directory;
        this.wallClock = wallClock;
    }

    /** By children of this process. */
    public BhyvectlState(Path program, VmDirectory directory, VmChildren children, InstantSource wallClock) {
        this(new OwnBhyvectl(program, directory, children), directory, wallClock);
    }

    @Override
    public StateReading readState(VmId vm, int vcpu, Allowance allowance) throws InterruptedException {
        if (bhyvectl.isHeldUp(Owner.state(vm.name()))) {
            return new Failure(Cause.ABANDONED, Failures.STILL_ABANDONED);
        }
        // A look at the node first: bhyvectl on FreeBSD 12 may destroy a VM that it cannot open.
        if (isReplaced(vm)) {
            return new Failure(Cause.GONE, "destroyed, or created again, since its statistics were read");
        }
        ChildResult result = bhyvectl.state(vm.name(), vcpu, allowance);
        long wallMillis = wallClock.millis();
        StateReading reading = StateOutcome.of(result, vm, vcpu, wallMillis, () -> bhyvectl.isDenied(vm.name()));
        if (reading instanceof VcpuState && isReplaced(vm)) {
            return new Failure(Cause.REPLACED, "destroyed, or created again, while it was read");
        }
        return reading;
    }

    private boolean isReplaced(VmId vm) {
        return !directory.identify(vm.name()).equals(Optional.of(vm));
    }
}
