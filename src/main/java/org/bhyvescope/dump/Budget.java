package org.bhyvescope.dump;

/**
 * What a parse may keep, in estimated bytes of heap. A dump of 1,024 vCPUs needs about 13 MB; a text that asks for more
 * is not one, and what exceeds the budget is counted as unknown.
 */
final class Budget {
    static final int BYTES = 20 << 20;

    /** A map entry with a boxed number. */
    static final int ENTRY = 80;

    private int left = BYTES;

    /** Whether there is room; takes it if so. */
    boolean take(int bytes) {
        if (bytes > left) {
            return false;
        }
        left -= bytes;
        return true;
    }

    /** What a String costs besides the entry that holds it. */
    static int string(String s) {
        return 56 + s.length();
    }
}
