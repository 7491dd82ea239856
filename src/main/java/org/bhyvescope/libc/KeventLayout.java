package org.bhyvescope.libc;

/**
 * {@code struct kevent} of 64-bit FreeBSD 12 and later: offsets and sizes in bytes, little-endian. The C library's symbol without
 * a version takes this one. Source: sys/sys/event.h; a test compiles one.
 */
final class KeventLayout {
    static final int SIZE = 64;

    /** uintptr_t: the pid. */
    static final int IDENT = 0;

    /** short. */
    static final int FILTER = 8;

    /** unsigned short. */
    static final int FLAGS = 10;

    /** unsigned int. */
    static final int FILTER_FLAGS = 12;

    /** int64_t: a wait status, or errno with {@link #EV_ERROR}. */
    static final int DATA = 16;

    static final short EVFILT_PROC = -5;
    static final int NOTE_EXIT = 0x80000000;

    static final short EV_ADD = 0x0001;
    static final short EV_DELETE = 0x0002;

    /** Answers for the change itself, as an entry with {@link #EV_ERROR}, and for nothing else. */
    static final short EV_RECEIPT = 0x0040;

    static final short EV_ERROR = 0x4000;

    private KeventLayout() {}
}
