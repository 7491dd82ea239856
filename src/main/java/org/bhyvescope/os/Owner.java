package org.bhyvescope.os;

/**
 * On whose behalf a child runs: whom it is held against if it cannot be killed. A VM's statistics and its state are two
 * owners, since reading the state waits for a vCPU where reading statistics does not (FreeBSD 12 to 14).
 *
 * @param purpose what is read
 * @param name the VM's name, or the program's
 */
public record Owner(Purpose purpose, String name) {
    /** What is read. */
    public enum Purpose {
        STATISTICS,
        STATE,
        /** Facts of the host; {@code name} is no VM's. */
        HOST
    }

    public static Owner statistics(String vm) {
        return new Owner(Purpose.STATISTICS, vm);
    }

    public static Owner state(String vm) {
        return new Owner(Purpose.STATE, vm);
    }

    public static Owner host(String program) {
        return new Owner(Purpose.HOST, program);
    }
}
