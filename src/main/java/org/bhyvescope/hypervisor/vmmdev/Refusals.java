package org.bhyvescope.hypervisor.vmmdev;

import org.bhyvescope.hypervisor.Reading.Cause;
import org.bhyvescope.hypervisor.Reading.Failure;
import org.bhyvescope.libc.Errno;

/** What an error of the kernel means for a reading (libvmmapi.md §6). Pure. */
final class Refusals {
    private Refusals() {}

    /** A failure of VM_STATS, where bhyvectl prints nothing and exits with 0. */
    static Failure ofStatistics(int vcpu, int errno) {
        Failure failure = of("VM_STATS of vCPU " + vcpu, errno);
        return failure.cause() == Cause.EXIT_STATUS ? new Failure(Cause.NO_OUTPUT, failure.detail()) : failure;
    }

    /** A failure of VM_GET_REGISTER_SET. VMREAD's own error numbers, 1 and 2, come out of it as EPERM and ENOENT. */
    static Failure ofRegisters(int vcpu, int errno) {
        String call = "VM_GET_REGISTER_SET of vCPU " + vcpu;
        return is(errno, Errno.EPERM) || is(errno, Errno.ENOENT)
                ? new Failure(
                        Cause.EXIT_STATUS,
                        call + ": " + Errno.text(errno) + ": this CPU lacks one of the fields that are read")
                : of(call, errno);
    }

    /**
     * A failure of opening a device, or of a call on it. Causes are those of a bhyvectl that meets the same error.
     *
     * @param call what was called, for a person
     * @param errno FreeBSD's number
     */
    static Failure of(String call, int errno) {
        String what = call + ": " + Errno.text(errno);
        if (is(errno, Errno.ENOENT) || is(errno, Errno.ENXIO)) {
            return new Failure(Cause.GONE, what + ": the VM went away");
        } else if (is(errno, Errno.EACCES)) {
            return new Failure(
                    Cause.DENIED,
                    what + ": no right to open the VM's node; run as root, or let a devfs rule give a group mode 0440");
        } else if (is(errno, Errno.EPERM)) {
            return new Failure(Cause.DENIED, what + ": is this a jail without allow.vmm?");
        } else if (is(errno, Errno.ENOTTY)) {
            return new Failure(Cause.EXIT_STATUS, what + ": an unknown kernel, which has this call in no known form");
        } else if (is(errno, Errno.EMFILE) || is(errno, Errno.ENFILE)) {
            return new Failure(Cause.EXIT_STATUS, what + ": no file descriptor is left");
        }
        return new Failure(Cause.EXIT_STATUS, what);
    }

    private static boolean is(int number, Errno errno) {
        return number == errno.number();
    }
}
