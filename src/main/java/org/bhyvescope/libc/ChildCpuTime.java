package org.bhyvescope.libc;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import java.util.OptionalDouble;

/**
 * CPU time of all children that have ended, by getrusage(2). A child that is still running, or abandoned, is not in it.
 *
 * <p>{@code struct rusage} begins on 64-bit FreeBSD (sys/resource.h) and Linux alike:
 *
 * <pre>
 * offset  0  long tv_sec   user time, seconds       (struct timeval ru_utime)
 * offset  8  long tv_usec  user time, microseconds
 * offset 16  long tv_sec   system time, seconds     (struct timeval ru_stime)
 * offset 24  long tv_usec  system time, microseconds
 * offset 32  14 more longs, to 144 bytes in all
 * </pre>
 */
public final class ChildCpuTime {
    private static final int RUSAGE_CHILDREN = -1;
    private static final long SIZE = 144;

    /** Apart from {@link Libc}, which only FreeBSD can load. */
    private static final class Usage {
        static {
            Native.register(LibcName.get());
        }

        private Usage() {}

        static native int getrusage(int who, Memory usage);
    }

    private ChildCpuTime() {}

    /** Seconds, user and system together; empty where the C library cannot be called. */
    public static synchronized OptionalDouble seconds() {
        try (Memory usage = new Memory(SIZE)) {
            if (Usage.getrusage(RUSAGE_CHILDREN, usage) != 0) {
                return OptionalDouble.empty();
            }
            return OptionalDouble.of(
                    usage.getLong(0) + usage.getLong(16) + (usage.getLong(8) + usage.getLong(24)) / 1e6);
        } catch (LinkageError e) {
            return OptionalDouble.empty();
        }
    }
}
