package org.bhyvescope.libc;

/**
 * What the kernel tells of a process, or of one of its threads: a {@code struct kinfo_proc}. Strings are cut at their NUL.
 *
 * @param realUid user id
 * @param jail 0 on the host, and for a process of one's own jail
 * @param command name of the executable, at most 19 characters; a title does not change it
 * @param zombie whether it has ended and waits for its parent
 * @param startMicros when the process started, μs since 1970; moves when the host's clock is set
 * @param residentPages pages mapped in its own address space
 * @param userMicros CPU time outside the kernel, μs: of the thread, in a record of one
 * @param systemMicros CPU time inside the kernel, μs: of the thread, in a record of one
 * @param thread id of the thread
 * @param threadName at most 19 characters
 * @param waitChannel what the thread sleeps on, at most 8 characters; empty if it does not
 */
public record ProcessRecord(
        int pid,
        int parent,
        int realUid,
        int jail,
        String command,
        boolean zombie,
        long startMicros,
        long residentPages,
        long userMicros,
        long systemMicros,
        int thread,
        String threadName,
        String waitChannel) {}
