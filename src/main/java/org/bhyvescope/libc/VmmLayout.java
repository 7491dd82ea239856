package org.bhyvescope.libc;

/**
 * Structures of the vmm kernel module on 64-bit FreeBSD: offsets and sizes in bytes. All numbers are little-endian.
 * Source: sys/amd64/include/vmm_dev.h (12 to 14), sys/dev/vmm/vmm_dev.h (15); a test compiles them.
 *
 * <pre>
 * struct vm_stats, 14 and later            struct vm_stats, 12 and 13
 * offset  0  int cpuid                     offset  0  int cpuid
 * offset  4  int index        (in)         offset  4  int num_entries  (out)
 * offset  8  int num_entries  (out)        offset  8  struct timeval tv: 2 longs
 * offset 16  struct timeval tv: 2 longs    offset 24  uint64_t statbuf[64]
 * offset 32  uint64_t statbuf[64]          size  536
 * size  544
 *
 * struct vm_stat_desc                      struct vm_cpuset
 * offset  0  int index                     offset  0  int which
 * offset  4  char desc[128]                offset  4  int cpusetsize
 * size  132                                offset  8  cpuset_t *cpus
 *                                          size   16
 *
 * struct vm_cpu_topology                   struct vm_register_set
 * offset  0  uint16_t sockets              offset  0  int cpuid
 * offset  2  uint16_t cores                offset  4  unsigned int count
 * offset  4  uint16_t threads              offset  8  const int *regnums
 * offset  6  uint16_t maxcpus              offset 16  uint64_t *regvals
 * size    8                                size   24
 *
 * struct vm_capability                     struct vm_memmap
 * offset  0  int cpuid                     offset  0  vm_paddr_t gpa      (in, out)
 * offset  4  enum vm_cap_type captype      offset  8  int segid
 * offset  8  int capval       (out)        offset 16  vm_ooffset_t segoff
 * offset 12  int allcpus                   offset 24  size_t len
 * size   16                                offset 32  int prot
 *                                          offset 36  int flags
 *                                          size   40
 *
 * struct vm_memseg, 13 and 14              struct vm_rtc_time
 * offset  0  int segid                     offset  0  time_t secs
 * offset  8  size_t len                    size    8
 * offset 16  char name[16]
 * size   32
 * </pre>
 *
 * <p>Of 12's vm_memseg, whose name is longer, nothing is read, and that of 15 is not known.
 */
final class VmmLayout {
    /** Values in one answer of VM_STATS. */
    static final int STATS_CHUNK = 64;

    static final int STATS_CPUID = 0;
    static final int STATS_INDEX = 4;
    static final int STATS_ENTRIES = 8;
    static final int STATS_VALUES = 32;
    static final int STATS_SIZE = 544;

    static final int OLD_STATS_CPUID = 0;
    static final int OLD_STATS_ENTRIES = 4;
    static final int OLD_STATS_VALUES = 24;
    static final int OLD_STATS_SIZE = 536;

    static final int DESC_INDEX = 0;
    static final int DESC_TEXT = 4;
    static final int DESC_TEXT_SIZE = 128;
    static final int DESC_SIZE = 132;

    static final int CPUSET_WHICH = 0;
    static final int CPUSET_SET_SIZE = 4;
    static final int CPUSET_ADDRESS = 8;
    static final int CPUSET_SIZE = 16;

    static final int TOPOLOGY_SOCKETS = 0;
    static final int TOPOLOGY_CORES = 2;
    static final int TOPOLOGY_THREADS = 4;
    static final int TOPOLOGY_MAX_CPUS = 6;
    static final int TOPOLOGY_SIZE = 8;

    static final int REGISTERS_CPUID = 0;
    static final int REGISTERS_COUNT = 4;
    static final int REGISTERS_NUMBERS = 8;
    static final int REGISTERS_VALUES = 16;
    static final int REGISTERS_SIZE = 24;

    static final int CAPABILITY_CPUID = 0;
    static final int CAPABILITY_TYPE = 4;
    static final int CAPABILITY_VALUE = 8;
    static final int CAPABILITY_SIZE = 16;

    static final int MAPPING_ADDRESS = 0;
    static final int MAPPING_SEGMENT = 8;
    static final int MAPPING_OFFSET = 16;
    static final int MAPPING_LENGTH = 24;
    static final int MAPPING_PROTECTION = 32;
    static final int MAPPING_FLAGS = 36;
    static final int MAPPING_SIZE = 40;

    static final int SEGMENT_ID = 0;
    static final int SEGMENT_LENGTH = 8;
    static final int SEGMENT_NAME = 16;
    static final int SEGMENT_NAME_SIZE = 16;
    static final int SEGMENT_SIZE = 32;

    static final int RTC_SECONDS = 0;
    static final int RTC_SIZE = 8;

    private VmmLayout() {}
}
