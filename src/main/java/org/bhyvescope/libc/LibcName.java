package org.bhyvescope.libc;

/** Which library is called as the C library. */
final class LibcName {
    private static final String PROPERTY = "bhyvescope.libc";

    private LibcName() {}

    /** Whether the library has FreeBSD's functions, as far as one can tell: one that was named is taken to. */
    static boolean isFreeBsd() {
        return System.getProperty(PROPERTY) != null
                || System.getProperty("os.name", "").equals("FreeBSD");
    }

    /** The system property {@code bhyvescope.libc}, a name or a path; the system's own without it. */
    static String get() {
        return System.getProperty(PROPERTY, "c");
    }
}
