package org.bhyvescope.libc;

import com.sun.jna.Native;

/**
 * The C library's functions, by JNA's direct mapping. Addresses are passed as {@code long}, which allocates nothing. After
 * a failure {@link Native#getLastError} has errno; read it before any other native call.
 *
 * <p>open(2) and ioctl(2) are variadic in C, and are called here with a fixed number of arguments. That is right where
 * both conventions put integer arguments into the same registers: the System V ABI of amd64 (al, which a variadic callee
 * may look at, only counts vector registers), and FreeBSD's procedure call standard of arm64 and riscv64. It is not right
 * on Apple's arm64, which puts variadic arguments on the stack.
 */
final class Libc {
    private static boolean bound;

    private Libc() {}

    /**
     * Binds the functions; before that none of them may be called.
     *
     * @throws LinkageError if one of them is missing: Linux has no sysctlbyname
     */
    static synchronized void load() {
        if (!bound) {
            Native.register(Libc.class, LibcName.get());
            bound = true;
        }
    }

    /** {@code int open(const char *path, int flags, ...)}: a descriptor, or -1. */
    static native int open(long path, int flags);

    /** {@code int close(int fd)}: 0 or -1; the descriptor is gone either way. */
    static native int close(int descriptor);

    /** {@code int ioctl(int fd, unsigned long request, ...)}: 0 or -1. */
    static native int ioctl(int descriptor, long request, long argument);

    /**
     * {@code int sysctlbyname(const char *name, void *oldp, size_t *oldlenp, const void *newp, size_t newlen)}: 0 or -1.
     */
    static native int sysctlbyname(long name, long oldValue, long oldLength, long newValue, long newLength);

    /**
     * {@code int sysctl(const int *name, u_int namelen, void *oldp, size_t *oldlenp, const void *newp, size_t newlen)}: 0 or -1.
     */
    static native int sysctl(long name, int nameLength, long oldValue, long oldLength, long newValue, long newLength);

    /** {@code int kqueue(void)}: a descriptor, or -1. A child does not inherit it. */
    static native int kqueue();

    /**
     * {@code int kevent(int kq, const struct kevent *changelist, int nchanges, struct kevent *eventlist, int nevents, const struct
     * timespec *timeout)}: the number of events, or -1.
     */
    static native int kevent(int descriptor, long changes, int changeCount, long events, int eventCount, long timeout);
}
