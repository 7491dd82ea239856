package org.bhyvescope.os;

/** Children without the limit of process starts: for the benchmark, which has minutes to do what takes an agent hours. */
public final class Unpaced {
    private static final int STARTS_PER_SECOND = 1_000_000;

    private Unpaced() {}

    public static Children children() {
        return new Children(System::nanoTime, STARTS_PER_SECOND);
    }
}
