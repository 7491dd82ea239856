package org.bhyvescope.hypervisor.bhyvectl;

import java.nio.file.Path;
import org.bhyvescope.hypervisor.VmDirectory;
import org.bhyvescope.os.Allowance;
import org.bhyvescope.os.ChildResult;
import org.bhyvescope.os.Command;
import org.bhyvescope.os.Owner;

/** Run by this process, with its rights: one child for each vCPU. */
public record OwnBhyvectl(Path program, VmDirectory directory, VmChildren children) implements Bhyvectl {
    @Override
    public String name() {
        return "bhyvectl";
    }

    @Override
    public int processesBesides() {
        return 0;
    }

    @Override
    public boolean isHeldUp(Owner owner) {
        return children.isHeldUp(owner);
    }

    @Override
    public boolean isDenied(String vm) {
        return directory.isDenied(vm);
    }

    @Override
    public Statistics statistics(String vm, Allowance allowance) {
        return new Statistics() {
            @Override
            public ChildResult setsAndFirstVcpu() throws InterruptedException {
                return children.run(Command.setsAndFirstVcpu(program, vm), Owner.statistics(vm), allowance);
            }

            @Override
            public ChildResult vcpu(int vcpu) throws InterruptedException {
                return children.run(Command.statistics(program, vm, vcpu), Owner.statistics(vm), allowance);
            }
        };
    }

    @Override
    public ChildResult state(String vm, int vcpu, Allowance allowance) throws InterruptedException {
        return children.run(Command.getAll(program, vm, vcpu), Owner.state(vm), allowance);
    }
}
