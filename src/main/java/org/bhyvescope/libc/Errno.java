package org.bhyvescope.libc;

/**
 * FreeBSD's error numbers that the calls of this package come back with. Source: sys/sys/errno.h. Some differ from other
 * systems' (ENOTTY and ERANGE do not, EAGAIN, EALREADY and ENAMETOOLONG do), so the numbers are written here and never
 * taken from the machine that compiles.
 */
public enum Errno {
    EPERM(1),
    ENOENT(2),
    ESRCH(3),
    EINTR(4),
    ENXIO(6),
    EBADF(9),
    ENOMEM(12),
    EACCES(13),
    EFAULT(14),
    EBUSY(16),
    EEXIST(17),
    EINVAL(22),
    ENFILE(23),
    EMFILE(24),
    ENOTTY(25),
    ERANGE(34),
    EAGAIN(35),
    EALREADY(37),
    ENAMETOOLONG(63);

    private final int number;

    Errno(int number) {
        this.number = number;
    }

    public int number() {
        return number;
    }

    /** For a message: {@code EINVAL (22)}, or {@code errno 99} for a number without a name here. */
    public static String text(int number) {
        for (Errno each : values()) {
            if (each.number == number) {
                return each.name() + " (" + number + ")";
            }
        }
        return "errno " + number;
    }
}
