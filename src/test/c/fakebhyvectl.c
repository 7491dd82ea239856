/*
 * bhyvectl on the look-alike of the kernel module: prints what the script says in the format of the release that it says.
 * The script is the file whose name is the program's with ".script" behind it, unless FAKEVMM_SCRIPT names one.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fakevmm.h"

int open(const char *path, int flags, ...);
int ioctl(int descriptor, unsigned long request, ...);

static struct {
	int cpuid, index, entries;
	int64_t tv[2];
	uint64_t values[CHUNK];
} stats;

static struct {
	int cpuid, entries;
	int64_t tv[2];
	uint64_t values[CHUNK];
} old_stats;

static void read_script(const char *program)
{
	char name[4096], line[1024];
	FILE *file;

	snprintf(name, sizeof name, "%s.script", program);
	if (getenv("FAKEVMM_SCRIPT") != NULL || (file = fopen(name, "re")) == NULL)
		return;
	while (fgets(line, sizeof line, file) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (fakevmm_do(line) != 0)
			abort();
	}
	fclose(file);
}

static const char *text_of(int error)
{
	switch (error) {
	case 1:
		return "Operation not permitted";
	case 2:
		return "No such file or directory";
	case 6:
		return "Device not configured";
	case 13:
		return "Permission denied";
	case 24:
		return "Too many open files";
	default:
		return "Unknown error";
	}
}

static int print_set(int vm, int which, const char *title)
{
	uint64_t set[SET_WORDS] = {0};
	struct {
		int which, size;
		void *cpus;
	} cpus = {which, host.release < 14 ? 32 : 128, set};
	int any = 0;

	if (ioctl(vm, 0x8010765BUL, &cpus) != 0)
		return -1;
	printf("%s:\t", title);
	for (int i = 0; i < cpus.size * 8; i++)
		if (vm_has(set, i))
			printf(any++ > 0 ? ", %d" : " %d", i);
	printf(any > 0 ? "\n" : " (none)\n");
	return 0;
}

/* Fetches all values before it prints; if that fails it prints nothing, and that is no error. */
static void print_stats(int vm, int cpu)
{
	uint64_t values[MAX_STATS];
	int count = 0;

	if (host.release < 14) {
		old_stats.cpuid = cpu;
		if (ioctl(vm, 0xC2187632UL, &old_stats) != 0)
			return;
		count = old_stats.entries;
		memcpy(values, old_stats.values, sizeof old_stats.values);
	} else {
		do {
			stats.cpuid = cpu;
			stats.index = count;
			if (ioctl(vm, 0xC2207632UL, &stats) != 0)
				return;
			memcpy(values + count, stats.values, (size_t)stats.entries * sizeof *values);
			count += stats.entries;
		} while (stats.entries == CHUNK);
	}
	printf("vcpu%d stats:\n", cpu);
	for (int i = 0; i < count; i++) {
		struct {
			int index;
			char text[128];
		} desc = {.index = i};
		int known = ioctl(vm, 0xC0847633UL, &desc) == 0;
		printf("%-40s\t%ld\n", known ? desc.text : "(null)", (long)values[i]);
	}
}

int main(int argc, char **argv)
{
	const char *name = "";
	int cpu = 0, active = 0, suspended = 0, topology = 0, statistics = 0, vm, error = 0;
	char path[4096];
	uint16_t shape[4];

	read_script(argv[0]);
	for (int i = 1; i < argc; i++) {
		if (strncmp(argv[i], "--vm=", 5) == 0)
			name = argv[i] + 5;
		else if (strncmp(argv[i], "--cpu=", 6) == 0)
			cpu = atoi(argv[i] + 6);
		active |= strcmp(argv[i], "--get-active-cpus") == 0;
		suspended |= strcmp(argv[i], "--get-suspended-cpus") == 0;
		topology |= strcmp(argv[i], "--get-cpu-topology") == 0;
		statistics |= strcmp(argv[i], "--get-stats") == 0;
	}
	snprintf(path, sizeof path, "/dev/vmm/%s", name);
	if ((vm = open(path, 0x00100000)) < 0) {
		if (host.release == 12)
			printf("VM:%s is not created.\n", name);
		else
			fprintf(stderr, "vm_open: %s could not be opened: %s\n", name, text_of(errno));
		return 1;
	}
	if (active)
		error = print_set(vm, 0, "active cpus");
	if (error == 0 && suspended)
		error = print_set(vm, 1, "suspended cpus");
	if (error == 0 && statistics)
		print_stats(vm, cpu);
	if (error == 0 && topology && (error = ioctl(vm, 0x40087640UL, shape)) == 0)
		printf("cpu_topology:\tsockets=%hu, cores=%hu, threads=%hu, maxcpus=%hu\n", shape[0], shape[1], shape[2],
			shape[3]);
	if (error != 0)
		printf("errno = %d\n", errno);
	return error;
}
