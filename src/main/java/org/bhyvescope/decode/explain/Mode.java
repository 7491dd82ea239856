package org.bhyvescope.decode.explain;

import java.util.OptionalInt;
import java.util.OptionalLong;
import org.bhyvescope.dump.SegmentRegister;
import org.bhyvescope.dump.VcpuDump;

/**
 * In which mode and at which privilege a vCPU stood (APM vol. 2 §1.3, SDM vol. 3 §2.2).
 *
 * @param kind its mode
 * @param privilege current privilege level 0 to 3; empty where the text lacks what tells. It is the DPL of SS (SDM vol. 3
 *     §25.4.1), 0 in real mode, 3 in virtual-8086 mode
 */
record Mode(Kind kind, OptionalInt privilege) {
    private static final long PE = 1;
    private static final long PG = 1L << 31;
    private static final long LMA = 1 << 10;
    private static final long VM = 1 << 17;
    private static final long CODE_64 = 1 << 13;
    private static final long DEFAULT_32 = 1 << 14;
    private static final long UNUSABLE = 1 << 16;

    /** Modes, with the words for them. */
    enum Kind {
        REAL("real mode"),
        VIRTUAL_8086("virtual-8086 mode"),
        PROTECTED("protected mode without paging"),
        PROTECTED_PAGING("protected mode with paging"),
        COMPATIBILITY("long mode, compatibility submode"),
        LONG("64-bit long mode"),
        LONG_UNTOLD("long mode (64-bit or compatibility: the text lacks the CS descriptor)"),
        UNTOLD("not told: the text lacks CR0 or EFER");

        private final String label;

        Kind(String label) {
            this.label = label;
        }

        String label() {
            return label;
        }
    }

    static Mode of(VcpuDump dump) {
        Kind kind = kind(dump);
        return new Mode(kind, privilege(dump, kind));
    }

    private static Kind kind(VcpuDump dump) {
        OptionalLong cr0 = dump.value("cr0");
        OptionalLong efer = dump.value("efer");
        OptionalLong cs = access(dump, "cs");
        if (efer.isPresent() && (efer.getAsLong() & LMA) != 0) {
            if (cs.isEmpty()) {
                return Kind.LONG_UNTOLD;
            }
            return (cs.getAsLong() & CODE_64) != 0 ? Kind.LONG : Kind.COMPATIBILITY;
        }
        if (efer.isEmpty() && cs.isPresent() && (cs.getAsLong() & (CODE_64 | DEFAULT_32)) == CODE_64) {
            return Kind.LONG; // L without D is a 64-bit segment, and means that in long mode only
        }
        if (cr0.isEmpty() || efer.isEmpty()) {
            return Kind.UNTOLD;
        }
        if ((cr0.getAsLong() & PE) == 0) {
            return Kind.REAL;
        }
        if ((dump.value("rflags").orElse(0) & VM) != 0) {
            return Kind.VIRTUAL_8086;
        }
        return (cr0.getAsLong() & PG) != 0 ? Kind.PROTECTED_PAGING : Kind.PROTECTED;
    }

    private static OptionalInt privilege(VcpuDump dump, Kind kind) {
        if (kind == Kind.REAL) {
            return OptionalInt.of(0);
        }
        if (kind == Kind.VIRTUAL_8086) {
            return OptionalInt.of(3);
        }
        OptionalLong ss = access(dump, "ss");
        OptionalLong teller = ss.isPresent() && (ss.getAsLong() & UNUSABLE) == 0 ? ss : access(dump, "cs");
        return teller.isPresent() ? OptionalInt.of((int) (teller.getAsLong() >> 5) & 3) : OptionalInt.empty();
    }

    private static OptionalLong access(VcpuDump dump, String segment) {
        return dump.segment(segment).map(SegmentRegister::access).orElse(OptionalLong.empty());
    }

    /** Whether it surely stood in the guest's kernel: privilege level 0, not in real mode. */
    boolean isKernel() {
        return privilege.isPresent() && privilege.getAsInt() == 0 && kind != Kind.REAL;
    }
}
