/*
 * The least that reading statistics by ioctl costs: VM_STATS of one vCPU after the other, each answer copied into a table.
 *
 *   ioctlloop SPIN_US VCPUS COUNT BATCHES
 *
 * prints the CPU time of one ioctl in ns, the median of BATCHES of COUNT each. Linked with the look-alike of the kernel
 * module, whose ioctls take SPIN_US.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fakevmm.h"

int open(const char *path, int flags, ...);
int ioctl(int descriptor, unsigned long request, ...);

static struct {
	int cpuid, index, entries;
	int64_t tv[2];
	uint64_t values[CHUNK];
} stats;

static uint64_t table[MAX_VCPUS][CHUNK];

static double cpu_nanos(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

int main(int argc, char **argv)
{
	char line[64];

	if (argc != 5)
		return 2;
	int vcpus = atoi(argv[2]), count = atoi(argv[3]), batches = atoi(argv[4]);
	double *times = calloc((size_t)batches, sizeof *times);
	snprintf(line, sizeof line, "spin %s", argv[1]);
	if (fakevmm_do(line) != 0)
		return 2;
	snprintf(line, sizeof line, "vm loop %d", vcpus);
	if (fakevmm_do(line) != 0)
		return 2;
	int device = open("/dev/vmm/loop", 0x00100000);
	for (int batch = 0; batch < batches; batch++) {
		double begun = cpu_nanos();
		for (int i = 0; i < count; i++) {
			stats.cpuid = i % vcpus;
			stats.index = 0;
			if (ioctl(device, 0xC2207632UL, &stats) != 0)
				return 1;
			memcpy(table[i % vcpus], stats.values, (size_t)stats.entries * sizeof *stats.values);
		}
		times[batch] = (cpu_nanos() - begun) / count;
	}
	qsort(times, (size_t)batches, sizeof *times, by_size);
	printf("%.1f\n", times[batches / 2]);
	return 0;
}
