package org.bhyvescope.host;

import java.util.Optional;
import org.bhyvescope.libc.ProcessAnswer;
import org.bhyvescope.libc.ProcessRecord;
import org.bhyvescope.libc.ProcessSysctls;

/**
 * This process, as the kernel tells of it. It adds the time of the boot to every start, and that moves whenever the host's clock is
 * set, for all processes alike (sys/kern/kern_proc.c). By our own start, which is no other than before, one sees how far.
 *
 * @param startMicros when it started, as told at first; μs since 1970
 */
record OwnProcess(int pid, long startMicros) {
    /** Empty where the kernel does not tell. */
    static Optional<OwnProcess> asked(ProcessSysctls sysctls) {
        int pid = (int) ProcessHandle.current().pid();
        return sysctls.process(pid) instanceof ProcessAnswer.Got<ProcessRecord> own
                ? Optional.of(new OwnProcess(pid, own.value().startMicros()))
                : Optional.empty();
    }

    /** As it is now; the one at first if the kernel does not tell. */
    Now now(ProcessSysctls sysctls) {
        return sysctls.process(pid) instanceof ProcessAnswer.Got<ProcessRecord> own
                ? new Now(own.value().startMicros() - startMicros, own.value().realUid() == 0)
                : new Now(0, false);
    }

    /**
     * What the kernel tells of it now.
     *
     * @param shiftMicros how far starts have moved since {@link #asked}, μs
     * @param root whether it runs as root
     */
    record Now(long shiftMicros, boolean root) {}
}
