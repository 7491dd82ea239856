package org.bhyvescope.hypervisor;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import org.bhyvescope.dump.DumpParser;

/** Short texts in the format of {@code bhyvectl --get-all} on an AMD host, release 14, with values of our own. */
public final class Dumps {
    /** Where a dump of 12 to 14 ends that may not read /dev/mem. */
    public static final String NO_DEV_MEM = "Couldn't open /dev/mem: Permission denied\n";

    private Dumps() {}

    /** All of it, in short. */
    public static String whole(int vcpu, long exitCode) {
        return untilMsrs(vcpu) + afterMsrs(vcpu, exitCode);
    }

    /** What there is of it without the right to read /dev/mem. */
    public static String cutAtMsrs(int vcpu) {
        return untilMsrs(vcpu) + "errno = 13\n";
    }

    /** The clock of the guest in {@link #whole}. */
    public static Instant rtc() {
        return Instant.parse("2026-11-24T14:00:00Z");
    }

    /** The state that a reading of {@link #whole} gives. */
    public static VcpuState state(VmId vm, int vcpu, long exitCode, long wallMillis) {
        String text = whole(vcpu, exitCode);
        return new VcpuState(vm, vcpu, wallMillis, DumpParser.parse(text.getBytes(ISO_8859_1)), Optional.of(text));
    }

    private static String untilMsrs(int vcpu) {
        return String.format(Locale.ROOT, """
                ID  Length      Name
                0   4096MB      sysmem
                1   16384B      bootrom
                Address     Length      Segment     Offset      Prot  Flags
                0           3072MB      sysmem      0           RWX   \0wired/iommu
                FFFFC000    16384B      bootrom     0           R-X   \s
                100000000   1024MB      sysmem      C0000000    RWX   \0wired/iommu
                efer[%1$d]\t\t0x0000000000001d01
                cr0[%1$d]\t\t0x0000000080050033
                rip[%1$d]\t\t0xffffffff81000000
                rflags[%1$d]\t0x0000000000000246
                exitinfo1[%1$d]\t0x0000000000000000
                rvi/npt[%1$d]\t\t0x0000000012345000
                exception_bitmap[%1$d]\t0x60042
                msr_bitmap[%1$d]\t\t0x12340000
                """, vcpu);
    }

    private static String afterMsrs(int vcpu, long exitCode) {
        return String.format(Locale.ROOT, """
                MSR_EFER            [%1$d]\t\tR-
                asid[%1$d]\t\t0x0002
                exit_reason[%1$d]\t%2$#x
                rtc nvram[000]: 0x00
                rtc time %3$#x: Tue Nov 24 14:00:00 2026
                Capability "hlt_exit" is set on vcpu %1$d
                Capability "mtrap_exit" is not available
                Capability "pause_exit" is not set on vcpu %1$d
                active cpus:\t 0, 1, 2
                suspended cpus:\t (none)
                pending:\tn/a
                current:\tn/a
                vcpu%1$d stats:
                total number of vm exits                \t100
                VM exits during event delivery          \t0
                cpu_topology:\tsockets=1, cores=3, threads=1, maxcpus=16
                """, vcpu, exitCode, rtc().getEpochSecond());
    }
}
