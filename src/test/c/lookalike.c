/*
 * A look-alike bhyvectl that costs as little as a process can, so that what is measured is the reader's cost and not its
 * own. VM "xNAME" has x vCPUs. Every counter grows by 1 a millisecond, but not that of unknown exits, for which the agent
 * would write captures. rows.h is made by the benchmark from a text of bhyvectl's: ROW("description", first value).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int main(int argc, char **argv)
{
	int vcpus = 1, cpu = 0, sets = 0;
	struct timespec now;

	for (int i = 1; i < argc; i++) {
		if (strncmp(argv[i], "--vm=", 5) == 0)
			vcpus = atoi(argv[i] + 5);
		else if (strncmp(argv[i], "--cpu=", 6) == 0)
			cpu = atoi(argv[i] + 6);
		else if (strcmp(argv[i], "--get-active-cpus") == 0)
			sets = 1;
	}
	clock_gettime(CLOCK_MONOTONIC, &now);
	long grown = now.tv_sec * 1000 + now.tv_nsec / 1000000;
	if (sets) {
		printf("active cpus:\t");
		for (int i = 0; i < vcpus; i++)
			printf(i == 0 ? " %d" : ", %d", i);
		printf("\nsuspended cpus:\t (none)\n");
	}
	printf("vcpu%d stats:\n", cpu);
#define ROW(description, value) printf("%-40s\t%ld\n", description, value + (strstr(description, "unknown") ? 0 : grown));
#include "rows.h"
	if (sets)
		printf("cpu_topology:\tsockets=1, cores=%d, threads=1, maxcpus=32\n", vcpus);
	return 0;
}
