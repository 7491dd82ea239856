/* The look-alike's host: its VMs, its sysctls, what is to fail, and the script that tells all of it. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fakevmm.h"

#define MAX_VMS 256
#define MAX_FAULTS 64
#define MAX_SYSCTLS 32
#define WORDS 9

struct host host;

static struct vm vms[MAX_VMS];
static unsigned generations;
static int extra;

static struct fault {
	enum call call;
	int error; /* 0: hangs; -1: crashes */
	long skip;
	long times;
	char vm[256]; /* empty: all */
} faults[MAX_FAULTS];
static int fault_count;

static struct entry {
	char name[64];
	char type; /* i, l, t, - */
	long number;
	char text[128];
} sysctls[MAX_SYSCTLS];
static int sysctl_count;

static FILE *script;

/* ---- VMs */

struct vm *vm_named(const char *name)
{
	for (int i = 0; i < MAX_VMS; i++)
		if (vms[i].generation != 0 && strcmp(vms[i].name, name) == 0)
			return &vms[i];
	return NULL;
}

struct vm *vm_of(int slot, unsigned generation)
{
	return vms[slot].generation == generation ? &vms[slot] : NULL;
}

int vm_slot(const struct vm *vm)
{
	return (int)(vm - vms);
}

int vm_has(const uint64_t *set, int vcpu)
{
	return vcpu >= 0 && vcpu < SET_WORDS * 64 && (set[vcpu / 64] >> (vcpu % 64) & 1) != 0;
}

void vm_destroy(struct vm *vm)
{
	free(vm->values);
	free(vm->regs);
	free(vm->caps);
	memset(vm, 0, sizeof *vm);
}

static void vm_fill(struct vm *vm)
{
	for (int v = 0; v < vm->vcpus; v++)
		for (int i = 0; i < host.stats; i++)
			vm->values[v * MAX_STATS + i] = first_value(&host, v, i);
}

static int vm_create(const char *name, int vcpus)
{
	struct vm *vm = NULL;

	for (int i = 0; i < MAX_VMS && vm == NULL; i++)
		if (vms[i].generation == 0)
			vm = &vms[i];
	if (vm == NULL || vm_named(name) != NULL || vcpus < 0 || vcpus > MAX_VCPUS)
		return -1;
	snprintf(vm->name, sizeof vm->name, "%s", name);
	vm->generation = ++generations;
	vm->vcpus = vcpus;
	for (int i = 0; i < vcpus; i++)
		vm->active[i / 64] |= 1UL << (i % 64);
	vm->topology[0] = 1;
	vm->topology[1] = (uint16_t)vcpus;
	vm->topology[2] = 1;
	vm->values = calloc((size_t)vcpus * MAX_STATS + 1, sizeof *vm->values);
	vm->born_ms = now_ms();
	vm->vanish = -1;
	vm_fill(vm);
	return 0;
}

static int parse_set(const char *text, uint64_t *set)
{
	char *end;

	memset(set, 0, SET_WORDS * sizeof *set);
	if (strcmp(text, "none") == 0)
		return 0;
	for (;;) {
		long id = strtol(text, &end, 10);
		if (end == text || id < 0 || id >= MAX_VCPUS)
			return -1;
		set[id / 64] |= 1UL << (id % 64);
		if (*end == '\0')
			return 0;
		text = end + 1;
	}
}

/* An active vCPU has a row of values, also where its id is beyond the number that the VM was created with. */
static int set_active(struct vm *vm, const char *list)
{
	uint64_t *grown;
	int highest = vm->vcpus - 1;

	if (parse_set(list, vm->active) != 0)
		return -1;
	for (int i = 0; i < MAX_VCPUS; i++)
		if (vm_has(vm->active, i) && i > highest)
			highest = i;
	grown = calloc((size_t)(highest + 1) * MAX_STATS + 1, sizeof *grown);
	free(vm->values);
	vm->values = grown;
	vm->vcpus = highest + 1;
	vm_fill(vm);
	return 0;
}

static int set_register(struct vm *vm, int vcpu, int number, uint64_t value)
{
	vm->regs = realloc(vm->regs, (size_t)(vm->reg_count + 1) * sizeof *vm->regs);
	vm->regs[vm->reg_count++] = (struct reg){vcpu, number, value};
	return 0;
}

static int set_capability(struct vm *vm, int vcpu, int number, const char *value)
{
	vm->caps = realloc(vm->caps, (size_t)(vm->cap_count + 1) * sizeof *vm->caps);
	vm->caps[vm->cap_count++] = (struct cap){vcpu, number, strcmp(value, "none") == 0 ? -1 : atoi(value)};
	return 0;
}

static int add_mapping(struct vm *vm, char w[WORDS][256])
{
	if (vm->mapping_count == MAX_MAPPINGS)
		return -1;
	vm->mappings[vm->mapping_count++] = (struct mapping){.address = strtoull(w[2], NULL, 0),
		.segment = atoi(w[3]),
		.offset = strtoll(w[4], NULL, 0),
		.length = strtoull(w[5], NULL, 0),
		.protection = atoi(w[6]),
		.flags = atoi(w[7])};
	return 0;
}

static int set_segment(struct vm *vm, int id, const char *length, const char *name)
{
	if (id < 0 || id >= MAX_SEGMENTS)
		return -1;
	vm->segments[id].length = strtoull(length, NULL, 0);
	snprintf(vm->segments[id].name, sizeof vm->segments[id].name, "%s", name);
	return 0;
}

/* ---- faults */

static const char *const call_names[CALLS] = {
	"open", "VM_STATS", "VM_STAT_DESC", "VM_GET_CPUS", "VM_GET_TOPOLOGY", "VM_GET_REGISTER_SET",
	"VM_GET_CAPABILITY", "VM_MMAP_GETNEXT", "VM_GET_MEMSEG", "VM_RTC_GETTIME", "sysctl",
	"kern.proc", "kern.proc.args", "kqueue", "kevent"};

static int add_fault(const char *call, int error, long skip, long times, const char *vm)
{
	struct fault *f = &faults[fault_count];

	for (int i = 0; i < CALLS; i++) {
		if (strcmp(call, call_names[i]) == 0 && fault_count < MAX_FAULTS) {
			*f = (struct fault){.call = (enum call)i, .error = error, .skip = skip, .times = times};
			snprintf(f->vm, sizeof f->vm, "%s", vm);
			fault_count++;
			return 0;
		}
	}
	return -1;
}

/* Takes one turn off the first fault that fits: 1 if it is due. */
static int due(struct fault *f, enum call call, const char *vm)
{
	if (f->call != call || f->times == 0 || (f->vm[0] != '\0' && strcmp(f->vm, vm) != 0))
		return 0;
	if (f->skip > 0) {
		f->skip--;
		return 0;
	}
	if (f->times > 0)
		f->times--;
	return 1;
}

int injected(enum call call, const char *vm)
{
	for (int i = 0; i < fault_count; i++)
		if (faults[i].error > 0 && due(&faults[i], call, vm))
			return faults[i].error;
	return 0;
}

int must_hang(enum call call, const char *vm)
{
	for (int i = 0; i < fault_count; i++)
		if (faults[i].error == 0 && due(&faults[i], call, vm))
			return 1;
	return 0;
}

int must_crash(enum call call)
{
	for (int i = 0; i < fault_count; i++)
		if (faults[i].error == -1 && due(&faults[i], call, ""))
			return 1;
	return 0;
}

/* ---- sysctls */

static int set_sysctl(const char *name, char type, const char *value)
{
	struct entry *e = NULL;

	for (int i = 0; i < sysctl_count; i++)
		if (strcmp(sysctls[i].name, name) == 0)
			e = &sysctls[i];
	if (e == NULL && sysctl_count == MAX_SYSCTLS)
		return -1;
	e = e == NULL ? &sysctls[sysctl_count++] : e;
	snprintf(e->name, sizeof e->name, "%s", name);
	snprintf(e->text, sizeof e->text, "%s", value);
	e->type = type;
	e->number = atol(value);
	return 0;
}

static void first_sysctls(void)
{
	char release[16];

	sysctl_count = 0;
	snprintf(release, sizeof release, "%d", host.release * 100000 + 500);
	set_sysctl("machdep.tsc_freq", 'l', "2994375000");
	set_sysctl("kern.hz", 'i', "1000");
	set_sysctl("kern.osreldate", 'i', release);
	set_sysctl("hw.model", 't', host.intel ? "Intel(R) Xeon(R) CPU" : "AMD EPYC 7302P 16-Core Processor");
	set_sysctl("hw.vmm.vmx.initialized", 'i', host.intel ? "1" : "0");
	set_sysctl("hw.vmm.iommu.initialized", 'i', "1");
	set_sysctl("hw.vmm.iommu.enable", 'i', "1");
	set_sysctl("hw.vmm.ppt.devices", 'i', "2");
	set_sysctl("hw.vmm.amdvi.enable", 'i', "0");
	set_sysctl("hw.vmm.amdvi.count", 'i', "0");
	set_sysctl("hw.pagesize", 'i', "4096");
	set_sysctl("security.bsd.see_other_uids", 'i', "1");
	set_sysctl("security.bsd.see_other_gids", 'i', "1");
	set_sysctl("security.bsd.see_jail_proc", 'i', "1");
	set_sysctl("security.jail.jailed", 'i', "0");
	if (host.release >= 14)
		set_sysctl("hw.vmm.maxcpu", 'i', "32");
}

int sysctl_value(const char *name, void *value, size_t *length)
{
	int special = device_sysctl(name, value, length);

	if (special >= 0)
		return special;
	for (int i = 0; i < sysctl_count; i++) {
		struct entry *e = &sysctls[i];
		int number = (int)e->number;
		const void *from = e->type == 'i' ? (void *)&number : e->type == 'l' ? (void *)&e->number : e->text;
		size_t size = e->type == 'i' ? sizeof number : e->type == 'l' ? sizeof e->number : strlen(e->text) + 1;

		if (strcmp(e->name, name) != 0 || e->type == '-')
			continue;
		if (value != NULL && *length < size)
			return E_NOMEM;
		if (value != NULL)
			memcpy(value, from, size);
		*length = size;
		return 0;
	}
	return E_NOENT;
}

/* ---- the script */

static int reset(void)
{
	for (int i = 0; i < MAX_VMS; i++)
		if (vms[i].generation != 0)
			vm_destroy(&vms[i]);
	fault_count = 0;
	extra = 0;
	devices_reset();
	host.release = 14;
	host.intel = 0;
	host.compat = 1;
	host.inactive_zeros = 0;
	host.maxcpu = 32;
	host.spin_us = 0;
	describe(&host, extra);
	first_sysctls();
	proc_reset();
	set_log(0);
	reset_counts();
	wake();
	return 0;
}

static int is(const char *word, const char *other)
{
	return strcmp(word, other) == 0;
}

static int anew(void)
{
	describe(&host, extra);
	first_sysctls();
	for (int i = 0; i < MAX_VMS; i++)
		if (vms[i].generation != 0)
			vm_fill(&vms[i]);
	return 0;
}

static int obey_vm(const char *verb, struct vm *vm, int n, char w[WORDS][256])
{
	int vcpu = atoi(w[2]), index = atoi(w[3]);

	if (is(verb, "destroy"))
		vm_destroy(vm);
	else if (is(verb, "active") && n == 3)
		return set_active(vm, w[2]);
	else if (is(verb, "suspended") && n == 3)
		return parse_set(w[2], vm->suspended);
	else if (is(verb, "topology") && n == 5)
		for (int i = 0; i < 3; i++)
			vm->topology[i] = (uint16_t)atoi(w[2 + i]);
	else if (is(verb, "set") && n == 5 && vcpu >= 0 && vcpu < vm->vcpus && index >= 0 && index < host.stats)
		vm->values[vcpu * MAX_STATS + index] = strtoull(w[4], NULL, 0);
	else if (is(verb, "grow") && n == 4 && (is(w[2], "call") || is(w[2], "ms")))
		*(is(w[2], "call") ? &vm->grow_call : &vm->grow_ms) = atol(w[3]);
	else if (is(verb, "reg") && n == 5)
		return set_register(vm, vcpu, (int)strtoul(w[3], NULL, 0), strtoull(w[4], NULL, 0));
	else if (is(verb, "cap") && n == 5)
		return set_capability(vm, vcpu, index, w[4]);
	else if (is(verb, "map") && n == 8)
		return add_mapping(vm, w);
	else if (is(verb, "seg") && n >= 4)
		return set_segment(vm, vcpu, w[3], w[4]);
	else if (is(verb, "rtc") && n == 3)
		vm->rtc = strtoll(w[2], NULL, 0);
	else if (is(verb, "vanish") && n == 3)
		vm->vanish = atol(w[2]);
	else
		return -1;
	return 0;
}

int obey(const char *line)
{
	static char w[WORDS][256];
	int rest = 0;
	int n;

	memset(w, 0, sizeof w);
	n = sscanf(line, "%255s %255s %255s %255s %255s %255s %255s %255s %255s", w[0], w[1], w[2], w[3], w[4], w[5],
		w[6], w[7], w[8]);
	if (n <= 0 || w[0][0] == '#')
		return 0;
	if (is(w[0], "reset"))
		return reset();
	if (is(w[0], "wake")) {
		wake();
		return 0;
	}
	if (is(w[0], "release") && n == 2 && atoi(w[1]) >= 12 && atoi(w[1]) <= 15) {
		host.release = atoi(w[1]);
		host.maxcpu = host.release < 14 ? 16 : 32;
		return anew();
	}
	if (is(w[0], "vendor") && n == 2) {
		host.intel = is(w[1], "intel");
		return anew();
	}
	if (is(w[0], "extra") && n == 2) {
		extra = atoi(w[1]);
		return anew();
	}
	if (is(w[0], "name") && n >= 3 && atoi(w[1]) >= 0 && atoi(w[1]) < host.stats) {
		sscanf(line, "%*s %*s %n", &rest);
		free(host.descriptions[atoi(w[1])]);
		host.descriptions[atoi(w[1])] = strdup(line + rest);
		return 0;
	}
	if (is(w[0], "compat") && n == 2)
		host.compat = is(w[1], "yes");
	else if (is(w[0], "inactive") && n == 2)
		host.inactive_zeros = is(w[1], "zeros");
	else if (is(w[0], "maxcpu") && n == 2)
		host.maxcpu = atoi(w[1]);
	else if (is(w[0], "spin") && n == 2)
		host.spin_us = atol(w[1]);
	else if (is(w[0], "log") && n == 2)
		set_log(is(w[1], "on"));
	else if (is(w[0], "vm") && n == 3)
		return vm_create(w[1], atoi(w[2]));
	else if (is(w[0], "error") && n >= 5 && atoi(w[2]) > 0)
		return add_fault(w[1], atoi(w[2]), atol(w[3]), atol(w[4]), w[5]);
	else if (is(w[0], "hang") && n >= 2)
		return add_fault(w[1], 0, 0, 1, w[2]);
	else if (is(w[0], "crash") && n == 2)
		return add_fault(w[1], -1, 0, 1, "");
	else if (is(w[0], "sysctl") && n >= 3) {
		sscanf(line, "%*s %*s %*s %n", &rest);
		return set_sysctl(w[1], is(w[2], "none") ? '-' : w[2][0], n > 3 ? line + rest : "");
	} else if (devices_know(w[0]))
		return devices_obey(line);
	else if (n >= 2 && proc_obey(line, n, w) == 0)
		return 0;
	else if (n >= 2 && vm_named(w[1]) != NULL)
		return obey_vm(w[0], vm_named(w[1]), n, w);
	else
		return -1;
	return 0;
}

int fakevmm_do(const char *line)
{
	int result;

	lock();
	result = obey(line);
	unlock();
	return result;
}

/* Whole lines only: the other process may be writing the next. */
void follow_script(void)
{
	char line[1024];
	long begin;

	if (script == NULL)
		return;
	for (;;) {
		clearerr(script);
		begin = ftell(script);
		if (fgets(line, sizeof line, script) == NULL || strchr(line, '\n') == NULL) {
			fseek(script, begin, SEEK_SET);
			return;
		}
		line[strcspn(line, "\n")] = '\0';
		if (obey(line) != 0) {
			fprintf(stderr, "fakevmm: not understood: %s\n", line);
			abort();
		}
	}
}

const char *named_file(const char *variable, const char *suffix)
{
	static char beside[4096];
	Dl_info library;

	if (getenv(variable) != NULL)
		return getenv(variable);
	if (dladdr(&host, &library) == 0 || strstr(library.dli_fname, ".so") == NULL)
		return NULL;
	snprintf(beside, sizeof beside, "%s%s", library.dli_fname, suffix);
	return access(beside, F_OK) == 0 ? beside : NULL;
}

__attribute__((constructor)) static void start(void)
{
	const char *name = named_file("FAKEVMM_SCRIPT", ".script");

	lock();
	reset();
	if (name != NULL && (script = fopen(name, "re")) == NULL) {
		perror(name);
		abort();
	}
	follow_script();
	unlock();
}
