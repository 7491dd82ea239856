package org.bhyvescope.libc;

/**
 * {@code struct kinfo_proc} of 64-bit FreeBSD: offsets and sizes in bytes. All numbers are little-endian. Source: sys/sys/user.h
 * (12 and 15); a test compiles one.
 */
final class KinfoProcLayout {
    static final int SIZE = 1088;

    /** int: the size that the kernel gave it. */
    static final int STRUCT_SIZE = 0;

    /** pid_t. */
    static final int PID = 72;

    /** pid_t. */
    static final int PARENT = 76;

    /** uid_t: the real one. */
    static final int REAL_UID = 172;

    /** segsz_t, in pages. */
    static final int RESIDENT_PAGES = 264;

    /** struct timeval: seconds and microseconds, each 8 bytes. */
    static final int START = 336;

    /** char. */
    static final int STATE = 388;

    /** The first characters of the thread's name; the rest is in {@link #MORE_THREAD_NAME}. */
    static final int THREAD_NAME = 394;

    static final int THREAD_NAME_SIZE = 17;

    static final int WAIT_MESSAGE = 411;
    static final int WAIT_MESSAGE_SIZE = 9;

    static final int COMMAND = 447;
    static final int COMMAND_SIZE = 20;

    static final int MORE_THREAD_NAME = 502;
    static final int MORE_THREAD_NAME_SIZE = 4;

    /** int: 0 on the host, and for a process of one's own jail. */
    static final int JAIL = 592;

    /** lwpid_t. */
    static final int THREAD = 600;

    /** struct timeval at the head of struct rusage. */
    static final int USER_TIME = 608;

    /** struct timeval. */
    static final int SYSTEM_TIME = 624;

    private KinfoProcLayout() {}
}
