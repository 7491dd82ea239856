package org.bhyvescope.decode.explain;

/** What kind of virtual address a number is, with 48 address bits (APM vol. 2 §5.3.1, SDM vol. 1 §3.3.7.1). */
final class Address {
    private static final int CANONICAL_BITS = 48;

    private Address() {}

    /** Names a linear address of the guest. */
    static String guestVirtual(long address, Mode mode) {
        String what = "guest virtual address";
        boolean longMode = mode.kind() == Mode.Kind.LONG || mode.kind() == Mode.Kind.LONG_UNTOLD;
        if (!longMode) {
            boolean paged = mode.kind() != Mode.Kind.REAL && mode.kind() != Mode.Kind.PROTECTED;
            return paged ? what : "guest linear address, the same as the guest physical one without paging";
        }
        long high = address >> (CANONICAL_BITS - 1);
        if (high == 0) {
            return what + ", lower canonical half";
        }
        return high == -1
                ? what + ", upper canonical half: where 64-bit Windows, Linux and FreeBSD keep their kernels"
                : what + ", not canonical with 48 address bits";
    }
}
