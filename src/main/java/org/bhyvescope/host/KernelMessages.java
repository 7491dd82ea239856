package org.bhyvescope.host;

/** What dmesg prints: the kernel's message buffer, a ring that loses its oldest lines. */
public final class KernelMessages {
    /** AMD's IOMMU tells of each access of a device to memory that is not its guest's (sys/amd64/vmm/amd/amdvi_hw.c). */
    private static final String IO_PAGE_FAULT = "[IO_PAGE_FAULT EVT:";

    private KernelMessages() {}

    /** How many faults of AMD's IOMMU a text tells of. Intel's vmm driver tells of none. */
    public static long ioPageFaults(String text) {
        long count = 0;
        for (int at = text.indexOf(IO_PAGE_FAULT); at >= 0; at = text.indexOf(IO_PAGE_FAULT, at + 1)) {
            count++;
        }
        return count;
    }
}
