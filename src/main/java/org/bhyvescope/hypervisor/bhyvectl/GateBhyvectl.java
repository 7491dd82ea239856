package org.bhyvescope.hypervisor.bhyvectl;

import java.util.Optional;
import org.bhyvescope.os.Allowance;
import org.bhyvescope.os.ChildResult;
import org.bhyvescope.os.Command;
import org.bhyvescope.os.Gate;
import org.bhyvescope.os.GateAnswer;
import org.bhyvescope.os.GateRequest;
import org.bhyvescope.os.Owner;

/**
 * Run by root for this process, through the gate: one child for a whole reading. It is not killed from here. The gate
 * ends what it started before our own deadline; one that is still there after it stands for a bhyvectl that sleeps in the
 * kernel, and counts as abandoned until it goes.
 */
public record GateBhyvectl(Gate gate, VmChildren children) implements Bhyvectl {
    @Override
    public String name() {
        return "gate";
    }

    @Override
    public int processesBesides() {
        return 1;
    }

    @Override
    public boolean isHeldUp(Owner owner) {
        return children.isHeldUp(owner);
    }

    /** Root may. */
    @Override
    public boolean isDenied(String vm) {
        return false;
    }

    @Override
    public Statistics statistics(String vm, Allowance allowance) {
        return new Statistics() {
            private ChildResult answer = new ChildResult.NotStarted("the gate was not asked");

            @Override
            public ChildResult setsAndFirstVcpu() throws InterruptedException {
                Optional<String> problem = GateRequest.problem(vm);
                if (problem.isPresent()) {
                    return new ChildResult.NotStarted(problem.get());
                }
                answer = run(GateRequest.statistics(vm, allowance.leftNanos()), Owner.statistics(vm), allowance);
                children.alsoStarted(GateAnswer.programs(answer));
                return GateAnswer.of(answer, 0);
            }

            @Override
            public ChildResult vcpu(int vcpu) {
                return GateAnswer.of(answer, vcpu);
            }
        };
    }

    @Override
    public ChildResult state(String vm, int vcpu, Allowance allowance) throws InterruptedException {
        Optional<String> problem = GateRequest.problem(vm);
        if (problem.isPresent()) {
            return new ChildResult.NotStarted(problem.get());
        }
        GateRequest request = GateRequest.state(vm, vcpu, allowance.leftNanos());
        ChildResult result = run(request, Owner.state(vm), allowance);
        children.alsoStarted(request.programs());
        return GateAnswer.of(result, vcpu);
    }

    private ChildResult run(GateRequest request, Owner owner, Allowance allowance) throws InterruptedException {
        return children.run(Command.gate(gate, request), owner, allowance);
    }
}
