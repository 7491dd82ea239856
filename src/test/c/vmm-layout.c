/*
 * Prints the sizes and offsets of the vmm module's structures, and the numbers of its ioctls, as a C compiler gives them.
 * The structures are written from their documented members; the types are FreeBSD's on 64 bits.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct freebsd_timeval {
	int64_t tv_sec;
	int64_t tv_usec;
};

struct vm_stats {
	int cpuid;
	int index;
	int num_entries;
	struct freebsd_timeval tv;
	uint64_t statbuf[64];
};

struct vm_stats_old {
	int cpuid;
	int num_entries;
	struct freebsd_timeval tv;
	uint64_t statbuf[64];
};

struct vm_stat_desc {
	int index;
	char desc[128];
};

struct vm_cpuset {
	int which;
	int cpusetsize;
	void *cpus;
};

struct vm_cpu_topology {
	uint16_t sockets;
	uint16_t cores;
	uint16_t threads;
	uint16_t maxcpus;
};

struct vm_register_set {
	int cpuid;
	unsigned int count;
	const int *regnums;
	uint64_t *regvals;
};

struct vm_capability {
	int cpuid;
	int captype;
	int capval;
	int allcpus;
};

struct vm_memmap {
	uint64_t gpa;
	int segid;
	int64_t segoff;
	size_t len;
	int prot;
	int flags;
};

struct vm_memseg {
	int segid;
	size_t len;
	char name[16];
};

struct vm_rtc_time {
	int64_t secs;
};

/* As sys/sys/ioccom.h defines them: 13 bits of size, and the direction in the upper three. */
#define DIRECTION_OUT 0x40000000UL
#define DIRECTION_IN 0x80000000UL
#define REQUEST(direction, number, type) \
	((unsigned long)((direction) | ((sizeof(type) & 0x1fff) << 16) | ('v' << 8) | (number)))

#define SIZE(type) printf("%s size %zu\n", #type, sizeof(struct type))
#define OFFSET(type, member) printf("%s.%s %zu\n", #type, #member, offsetof(struct type, member))

int main(void)
{
	SIZE(vm_stats);
	OFFSET(vm_stats, cpuid);
	OFFSET(vm_stats, index);
	OFFSET(vm_stats, num_entries);
	OFFSET(vm_stats, statbuf);
	SIZE(vm_stats_old);
	OFFSET(vm_stats_old, cpuid);
	OFFSET(vm_stats_old, num_entries);
	OFFSET(vm_stats_old, statbuf);
	SIZE(vm_stat_desc);
	OFFSET(vm_stat_desc, index);
	OFFSET(vm_stat_desc, desc);
	SIZE(vm_cpuset);
	OFFSET(vm_cpuset, which);
	OFFSET(vm_cpuset, cpusetsize);
	OFFSET(vm_cpuset, cpus);
	SIZE(vm_cpu_topology);
	OFFSET(vm_cpu_topology, sockets);
	OFFSET(vm_cpu_topology, cores);
	OFFSET(vm_cpu_topology, threads);
	OFFSET(vm_cpu_topology, maxcpus);
	SIZE(vm_register_set);
	OFFSET(vm_register_set, cpuid);
	OFFSET(vm_register_set, count);
	OFFSET(vm_register_set, regnums);
	OFFSET(vm_register_set, regvals);
	SIZE(vm_capability);
	OFFSET(vm_capability, cpuid);
	OFFSET(vm_capability, captype);
	OFFSET(vm_capability, capval);
	SIZE(vm_memmap);
	OFFSET(vm_memmap, gpa);
	OFFSET(vm_memmap, segid);
	OFFSET(vm_memmap, segoff);
	OFFSET(vm_memmap, len);
	OFFSET(vm_memmap, prot);
	OFFSET(vm_memmap, flags);
	SIZE(vm_memseg);
	OFFSET(vm_memseg, segid);
	OFFSET(vm_memseg, len);
	OFFSET(vm_memseg, name);
	SIZE(vm_rtc_time);
	OFFSET(vm_rtc_time, secs);
	printf("STATS %lu\n", REQUEST(DIRECTION_IN | DIRECTION_OUT, 50, struct vm_stats));
	printf("OLD_STATS %lu\n", REQUEST(DIRECTION_IN | DIRECTION_OUT, 50, struct vm_stats_old));
	printf("STAT_DESC %lu\n", REQUEST(DIRECTION_IN | DIRECTION_OUT, 51, struct vm_stat_desc));
	printf("GET_CPUS %lu\n", REQUEST(DIRECTION_IN, 91, struct vm_cpuset));
	printf("GET_TOPOLOGY %lu\n", REQUEST(DIRECTION_OUT, 64, struct vm_cpu_topology));
	printf("GET_REGISTER_SET %lu\n", REQUEST(DIRECTION_IN | DIRECTION_OUT, 25, struct vm_register_set));
	printf("GET_CAPABILITY %lu\n", REQUEST(DIRECTION_IN | DIRECTION_OUT, 3, struct vm_capability));
	printf("MMAP_GETNEXT %lu\n", REQUEST(DIRECTION_IN | DIRECTION_OUT, 17, struct vm_memmap));
	printf("GET_MEMSEG %lu\n", REQUEST(DIRECTION_IN | DIRECTION_OUT, 15, struct vm_memseg));
	printf("RTC_GETTIME %lu\n", REQUEST(DIRECTION_OUT, 103, struct vm_rtc_time));
	return 0;
}
