package org.bhyvescope.hypervisor.vmmdev;

import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.bhyvescope.hypervisor.Reading.Cause;
import org.bhyvescope.hypervisor.Reading.Failure;
import org.bhyvescope.hypervisor.VmDirectory;
import org.bhyvescope.hypervisor.VmId;

/** Whether a VM is still the one that was listed. */
final class Endings {
    private static final Set<Cause> MAY_BE_THE_END = EnumSet.of(Cause.GONE, Cause.NO_OUTPUT, Cause.EXIT_STATUS);

    private final VmDirectory directory;

    Endings(VmDirectory directory) {
        this.directory = directory;
    }

    boolean isStill(VmId vm) {
        return directory.identify(vm.name()).equals(Optional.of(vm));
    }

    /** The failure, or that of a VM that is not there any more: the end of a VM shows in several errors. */
    Failure explained(VmId vm, Failure failure) {
        if (!MAY_BE_THE_END.contains(failure.cause()) || isStill(vm)) {
            return failure;
        }
        return directory.identify(vm.name()).isPresent()
                ? new Failure(Cause.REPLACED, "destroyed and created again: " + failure.detail())
                : new Failure(Cause.GONE, failure.detail());
    }
}
