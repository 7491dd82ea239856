/*
 * The least that reading statistics by ioctl costs: VM_STATS of one vCPU after the other, each answer copied into a table.
 *
 *   ioctlloop SPIN_US VCPUS COUNT BATCHES
 *
 * prints the CPU time of one ioctl in ns, the least of BATCHES of COUNT each, since other work on the machine only adds to
 * it. Linked with the look-alike of the kernel module, whose ioctls take SPIN_US. A second thread sleeps: libc leaves out
 * atomic operations in a process with one thread only, and what is compared with has several.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

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

static void *sleeper(void *unused)
{
	for (;;)
		pause();
	return unused;
}

int main(int argc, char **argv)
{
	char line[64];

	if (argc != 5)
		return 2;
	int vcpus = atoi(argv[2]), count = atoi(argv[3]), batches = atoi(argv[4]);
	double least = 1e18;
	pthread_t thread;

	pthread_create(&thread, NULL, sleeper, NULL);
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
		double each = (cpu_nanos() - begun) / count;
		least = each < least ? each : least;
	}
	printf("%.1f\n", least);
	return 0;
}
