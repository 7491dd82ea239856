package org.bhyvescope.libc;

/**
 * The allow-list: the ioctls that are ever made on a VM's device. All of them only read. A request's number is direction,
 * size of the structure, the group {@code 'v'} and a number. Source: sys/sys/ioccom.h; sys/amd64/include/vmm_dev.h (12 to
 * 14), sys/dev/vmm/vmm_dev.h (15).
 */
enum VmmRequest {
    /** VM_STATS of 14 and later. From 15 on it locks the vCPU. */
    STATS(Direction.IN_OUT, VmmLayout.STATS_SIZE, 50),
    /** VM_STATS of 12 and 13. */
    OLD_STATS(Direction.IN_OUT, VmmLayout.OLD_STATS_SIZE, 50),
    /** VM_STAT_DESC: the description of one statistic. */
    STAT_DESC(Direction.IN_OUT, VmmLayout.DESC_SIZE, 51),
    /** VM_GET_CPUS. The kernel writes the set through the pointer, so the structure itself is only read. */
    GET_CPUS(Direction.IN, VmmLayout.CPUSET_SIZE, 91),
    /** VM_GET_TOPOLOGY. */
    GET_TOPOLOGY(Direction.OUT, VmmLayout.TOPOLOGY_SIZE, 64),
    /** VM_GET_REGISTER_SET. Locks the vCPU on every release. */
    GET_REGISTER_SET(Direction.IN_OUT, VmmLayout.REGISTERS_SIZE, 25),
    /** VM_GET_CAPABILITY. Locks the vCPU on every release. */
    GET_CAPABILITY(Direction.IN_OUT, VmmLayout.CAPABILITY_SIZE, 3),
    /** VM_MMAP_GETNEXT: a mapping of the memory map. On 12 it locks vCPU 15. */
    MMAP_GETNEXT(Direction.IN_OUT, VmmLayout.MAPPING_SIZE, 17),
    /** VM_GET_MEMSEG of 13 and 14: a memory segment. Locks no vCPU. */
    GET_MEMSEG(Direction.IN_OUT, VmmLayout.SEGMENT_SIZE, 15),
    /** VM_RTC_GETTIME: the emulated clock, on amd64. Locks no vCPU. */
    RTC_GETTIME(Direction.OUT, VmmLayout.RTC_SIZE, 103);

    /** As the caller sees it. */
    private enum Direction {
        IN(0x80000000L),
        OUT(0x40000000L),
        IN_OUT(0xC0000000L);

        private final long bits;

        Direction(long bits) {
            this.bits = bits;
        }
    }

    private static final int SIZE_SHIFT = 16;
    private static final int GROUP_SHIFT = 8;

    private final long number;

    VmmRequest(Direction direction, int size, int number) {
        this.number = direction.bits | (long) size << SIZE_SHIFT | (long) 'v' << GROUP_SHIFT | number;
    }

    /** The {@code unsigned long} that ioctl(2) takes. */
    long number() {
        return number;
    }
}
