package org.bhyvescope.libc;

/**
 * The allow-list: what is ever asked of sysctl(3) by number, all of it below {@code kern.proc}. All of them only read.
 * Source: sys/sys/sysctl.h, CTL_KERN and the KERN_PROC_ numbers; sys/kern/kern_proc.c.
 */
enum ProcessRequest {
    /** kern.proc.proc: one record for each process that can be seen. */
    PROCESSES(8),
    /** kern.proc.pid: the record of one process. */
    PROCESS(1),
    /** kern.proc.pid_td: one record for each thread of a process, with the CPU time of the thread. */
    THREADS(1 | 0x10),
    /** kern.proc.args: the argument vector of a process, or the title that took its place. */
    ARGUMENTS(7);

    private static final int CTL_KERN = 1;
    private static final int KERN_PROC = 14;

    private final int number;

    ProcessRequest(int number) {
        this.number = number;
    }

    /**
     * The name as numbers.
     *
     * @param pid which process; of no meaning where all are asked for
     */
    int[] name(int pid) {
        return new int[] {CTL_KERN, KERN_PROC, number, pid};
    }
}
