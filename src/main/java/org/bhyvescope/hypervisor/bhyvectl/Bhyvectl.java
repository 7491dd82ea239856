package org.bhyvescope.hypervisor.bhyvectl;

import org.bhyvescope.os.Allowance;
import org.bhyvescope.os.ChildResult;
import org.bhyvescope.os.Owner;

/** How bhyvectl is run. What it prints, and what that means, is the same whoever runs it. */
public sealed interface Bhyvectl permits OwnBhyvectl, GateBhyvectl {
    /** The name of the source that it makes. */
    String name();

    /** Processes that one reading of a VM's statistics takes besides those of bhyvectl. */
    int processesBesides();

    /** Whether a child sleeps in the kernel that one of this owner would join. */
    boolean isHeldUp(Owner owner);

    /** Whether a VM's node is there, and bhyvectl may not open it. */
    boolean isDenied(String vm);

    /** One reading of a VM's statistics. */
    Statistics statistics(String vm, Allowance allowance);

    /** {@code --get-all} of one vCPU. */
    ChildResult state(String vm, int vcpu, Allowance allowance) throws InterruptedException;

    /** The runs of one reading. */
    interface Statistics {
        /** Sets, topology and the statistics of vCPU 0: the first run. */
        ChildResult setsAndFirstVcpu() throws InterruptedException;

        /** The statistics of another vCPU, which is active. */
        ChildResult vcpu(int vcpu) throws InterruptedException;
    }
}
