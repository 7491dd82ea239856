package org.bhyvescope.libc;

/** Which library is called as the C library. */
final class LibcName {
    private LibcName() {}

    /** The system property {@code bhyvescope.libc}, a name or a path; the system's own without it. */
    static String get() {
        return System.getProperty("bhyvescope.libc", "c");
    }
}
