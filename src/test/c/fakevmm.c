/* The look-alike's calls: what a program that is linked with it gets instead of libc's. See fakevmm.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fakevmm.h"

#define MAX_DESCRIPTORS 4096
#define FIRST_DESCRIPTOR 1000000
#define RDONLY_CLOEXEC 0x00100000
#define LOG_LINES 65536
#define LOG_LINE 160

#define REQUEST_STATS 0xC2207632UL
#define REQUEST_OLD_STATS 0xC2187632UL
#define REQUEST_STAT_DESC 0xC0847633UL
#define REQUEST_CPUS 0x8010765BUL
#define REQUEST_TOPOLOGY 0x40087640UL
#define REQUEST_REGISTERS 0xC0187619UL
#define REQUEST_CAPABILITY 0xC0107603UL
#define REQUEST_MAPPING 0xC0287611UL
#define REQUEST_SEGMENT 0xC020760FUL
#define REQUEST_RTC 0x40087667UL

struct stats {
	int cpuid;
	int index;
	int entries;
	int64_t tv[2];
	uint64_t values[CHUNK];
};

struct old_stats {
	int cpuid;
	int entries;
	int64_t tv[2];
	uint64_t values[CHUNK];
};

struct stat_desc {
	int index;
	char text[128];
};

struct cpuset {
	int which;
	int size;
	void *cpus;
};

struct topology {
	uint16_t sockets, cores, threads, maxcpus;
};

struct register_set {
	int cpuid;
	unsigned count;
	const int *numbers;
	uint64_t *values;
};

struct capability {
	int cpuid;
	int type;
	int value;
	int allcpus;
};

struct memmap {
	uint64_t address;
	int segment;
	int64_t offset;
	size_t length;
	int protection;
	int flags;
};

struct memseg {
	int id;
	size_t length;
	char name[16];
};

static struct descriptor {
	int used;
	int slot;
	unsigned generation;
	char name[256];
} descriptors[MAX_DESCRIPTORS];

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t waking = PTHREAD_COND_INITIALIZER;
static long wakes;

static int logging;
static char (*lines)[LOG_LINE];
static FILE *log_file;
static struct counts {
	long lines, violations, calls, locking, stats, descriptions, hanging, opens, closes;
} counts;

/* ---- lock, clock, log */

void lock(void)
{
	pthread_mutex_lock(&mutex);
}

void unlock(void)
{
	pthread_mutex_unlock(&mutex);
}

void wake(void)
{
	wakes++;
	pthread_cond_broadcast(&waking);
}

long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void spin(long micros)
{
	struct timespec now;
	long until;

	if (micros <= 0)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	until = now.tv_sec * 1000000000 + now.tv_nsec + micros * 1000;
	do
		clock_gettime(CLOCK_MONOTONIC, &now);
	while (now.tv_sec * 1000000000 + now.tv_nsec < until);
}

void set_log(int on)
{
	logging = on;
	if (on && lines == NULL)
		lines = calloc(LOG_LINES, LOG_LINE);
}

void reset_counts(void)
{
	memset(&counts, 0, sizeof counts);
}

void note(const char *format, ...)
{
	char line[LOG_LINE];
	va_list args;

	if (!logging && log_file == NULL)
		return;
	va_start(args, format);
	vsnprintf(line, sizeof line, format, args);
	va_end(args);
	if (logging)
		memcpy(lines[counts.lines++ % LOG_LINES], line, sizeof line);
	if (log_file != NULL) {
		fprintf(log_file, "%s\n", line);
		fflush(log_file);
	}
}

#define violation(...) (counts.violations++, note("VIOLATION " __VA_ARGS__))

void count_violation(const char *what)
{
	violation("%s", what);
}

void count_call(void)
{
	counts.calls++;
}

__attribute__((constructor)) static void start_log(void)
{
	const char *name = named_file("FAKEVMM_LOG", ".log");

	if (name != NULL)
		log_file = fopen(name, "ae");
}

/* ---- for tests */

/* A counter by its name; -1 if there is none. */
EXPORTED long fakevmm_count(const char *what)
{
	long result = -1, open = 0;

	lock();
	for (int i = 0; i < MAX_DESCRIPTORS; i++)
		open += descriptors[i].used;
	const struct {
		const char *name;
		long value;
	} all[] = {{"open", open}, {"queues", proc_open()}, {"lines", counts.lines}, {"violations", counts.violations}, {"calls", counts.calls},
		{"locking", counts.locking}, {"stats", counts.stats}, {"descriptions", counts.descriptions},
		{"hanging", counts.hanging}, {"opens", counts.opens}, {"closes", counts.closes},
		{"statistics", host.stats}};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (strcmp(all[i].name, what) == 0)
			result = all[i].value;
	unlock();
	return result;
}

/* A line of the log; empty if it is not there any more. */
EXPORTED void fakevmm_line(long index, char *into, size_t size)
{
	lock();
	int there = lines != NULL && index >= 0 && index < counts.lines && counts.lines - index <= LOG_LINES;
	snprintf(into, size, "%s", there ? lines[index % LOG_LINES] : "");
	unlock();
}

/* ---- the calls */

/* Sleeps with the lock given back, until "wake", which may come from the script's file. */
static void hang(void)
{
	long before = wakes;
	struct timespec until;

	counts.hanging++;
	while (wakes == before) {
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += 20000000;
		until.tv_sec += until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
		pthread_cond_timedwait(&waking, &mutex, &until);
		follow_script();
	}
	counts.hanging--;
}

static int faulty(enum call call, const char *vm)
{
	if (must_crash(call))
		*(volatile int *)NULL = 0;
	if (must_hang(call, vm))
		hang();
	return injected(call, vm);
}

/* Returns what the call returns, with errno set; gives the lock back. */
static int result(int error)
{
	long micros = host.spin_us;

	unlock();
	spin(micros);
	errno = error;
	return error == 0 ? 0 : -1;
}

static int try_open(const char *name, int flags, int *opened)
{
	struct vm *vm;
	int error;

	if (flags != RDONLY_CLOEXEC) {
		violation("open %.80s with flags %#x", name, (unsigned)flags);
		return E_INVAL;
	}
	if ((error = faulty(CALL_OPEN, name)) != 0)
		return error;
	if ((vm = vm_named(name)) == NULL)
		return E_NOENT;
	for (int i = 0; i < MAX_DESCRIPTORS; i++) {
		struct descriptor *d = &descriptors[i];
		if (!d->used) {
			*d = (struct descriptor){.used = 1, .slot = vm_slot(vm), .generation = vm->generation};
			snprintf(d->name, sizeof d->name, "%s", name);
			*opened = FIRST_DESCRIPTOR + i;
			return 0;
		}
	}
	return E_NFILE;
}

EXPORTED int open(const char *path, int flags, ...)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash == NULL ? path : slash + 1;
	int descriptor = -1, error;

	lock();
	follow_script();
	counts.calls++;
	counts.opens++;
	error = try_open(name, flags, &descriptor);
	note("open %.80s flags %#x = %d", name, (unsigned)flags, error == 0 ? descriptor : -error);
	unlock();
	errno = error;
	return descriptor;
}

EXPORTED int close(int descriptor)
{
	int index = descriptor - FIRST_DESCRIPTOR, error = 0;

	lock();
	counts.calls++;
	counts.closes++;
	if (proc_close(descriptor) == 0) {
		error = 0;
	} else if (index < 0 || index >= MAX_DESCRIPTORS || !descriptors[index].used) {
		violation("close %d, which is not open", descriptor);
		error = E_BADF;
	} else {
		note("close %.80s %d", descriptors[index].name, descriptor);
		descriptors[index].used = 0;
	}
	unlock();
	errno = error;
	return error == 0 ? 0 : -1;
}

static int is_counter(const uint64_t *row, int index)
{
	return row[index] != 0 && index != host.idle_requested && strstr(host.descriptions[index], " memory") == NULL;
}

static void fill(struct vm *vm, int vcpu, int index, int count, uint64_t *into)
{
	uint64_t *row = vm->values + (size_t)vcpu * MAX_STATS;

	for (int i = 0; i < host.stats && index == 0 && vm->grow_call != 0; i++)
		row[i] += is_counter(row, i) ? (uint64_t)vm->grow_call : 0;
	memcpy(into, row + index, (size_t)count * sizeof *into);
	if (vm->grow_ms == 0)
		return;
	for (int i = 0; i < count; i++)
		into[i] += is_counter(row, index + i) ? (uint64_t)(vm->grow_ms * (now_ms() - vm->born_ms)) : 0;
}

static int get_stats(struct vm *vm, int vcpu, int index, int *entries, uint64_t *into)
{
	int count;

	counts.stats++;
	if (vcpu < 0 || vcpu >= host.maxcpu)
		return E_INVAL;
	if (!vm_has(vm->active, vcpu) && host.inactive_zeros) {
		*entries = index < host.stats ? (host.stats - index < CHUNK ? host.stats - index : CHUNK) : 0;
		memset(into, 0, (size_t)*entries * sizeof *into);
		return 0;
	}
	if (!vm_has(vm->active, vcpu)) {
		violation("VM_STATS %.80s vcpu %d, which is not active", vm->name, vcpu);
		return E_INVAL;
	}
	if (host.release >= 15) {
		counts.locking++;
		if (host.idle_requested >= 0)
			vm->values[(size_t)vcpu * MAX_STATS + (size_t)host.idle_requested]++;
	}
	if (index < 0 || index > host.stats)
		return E_NOENT;
	count = host.stats - index < CHUNK ? host.stats - index : CHUNK;
	fill(vm, vcpu, index, count, into);
	*entries = count;
	return 0;
}

static int get_desc(struct stat_desc *d)
{
	counts.descriptions++;
	if (d->index < 0 || d->index >= host.stats)
		return E_INVAL;
	memset(d->text, 0, sizeof d->text);
	memcpy(d->text, host.descriptions[d->index], strnlen(host.descriptions[d->index], sizeof d->text - 1));
	return 0;
}

/* 12 to 14 take exactly their cpuset_t, which is also the largest; later ones what holds the highest member. */
static int get_cpus(struct vm *vm, struct cpuset *s)
{
	const uint64_t *set = s->which == 0 ? vm->active : vm->suspended;
	int exact = host.release < 14 ? 32 : 128, needed = 0;

	if (s->which < 0 || s->which > 1)
		return E_INVAL;
	for (int i = 0; i < SET_WORDS * 8; i++)
		if (((const unsigned char *)set)[i] != 0)
			needed = i + 1;
	if (host.release < 15 ? s->size != exact : s->size < needed || s->size > SET_WORDS * 8)
		return E_RANGE;
	memcpy(s->cpus, set, (size_t)s->size);
	return 0;
}

static int get_register(const struct vm *vm, int vcpu, int number, uint64_t *value)
{
	int last = host.release < 14 ? 45 : 49;
	unsigned bytes = (unsigned)number >> 16 & 0xf, offset = (unsigned)number & 0xfff;

	/* The kernel compares signed numbers, so those of the VMCB and the VMCS, which are negative, pass. */
	if (number >= last)
		return E_INVAL;
	if (number < 0 && !host.intel && ((bytes != 2 && bytes != 4 && bytes != 8) || offset + bytes >= 4096))
		return E_INVAL;
	for (int i = 0; i < vm->reg_count; i++) {
		if (vm->regs[i].vcpu == vcpu && vm->regs[i].number == number) {
			*value = vm->regs[i].value;
			return 0;
		}
	}
	*value = 0;
	return 0;
}

static int get_registers(struct vm *vm, struct register_set *r)
{
	uint64_t values[64];
	int error;

	if (r->cpuid < 0 || r->cpuid >= host.maxcpu || r->count > 64)
		return E_INVAL;
	if (!vm_has(vm->active, r->cpuid)) {
		violation("VM_GET_REGISTER_SET %.80s vcpu %d, which is not active", vm->name, r->cpuid);
		return E_INVAL;
	}
	counts.locking++;
	for (unsigned i = 0; i < r->count; i++)
		if ((error = get_register(vm, r->cpuid, r->numbers[i], &values[i])) != 0)
			return error;
	memcpy(r->values, values, r->count * sizeof *values);
	return 0;
}

static int get_capability(struct vm *vm, struct capability *c)
{
	int known = host.release < 14 ? 6 : 11;

	if (c->cpuid < 0 || c->cpuid >= host.maxcpu)
		return E_INVAL;
	if (!vm_has(vm->active, c->cpuid)) {
		violation("VM_GET_CAPABILITY %.80s vcpu %d, which is not active", vm->name, c->cpuid);
		return E_INVAL;
	}
	counts.locking++;
	if (c->type < 0 || c->type >= known)
		return E_INVAL;
	for (int i = 0; i < vm->cap_count; i++) {
		if (vm->caps[i].vcpu == c->cpuid && vm->caps[i].number == c->type) {
			c->value = vm->caps[i].value;
			return c->value < 0 ? E_NOENT : 0;
		}
	}
	c->value = 1;
	return c->type == 3 && !host.intel ? 0 : E_NOENT;
}

/* On 12 it locks the last vCPU there can be, whether it is there or not. */
static int get_mapping(struct vm *vm, struct memmap *m)
{
	const struct mapping *best = NULL;

	if (host.release < 13) {
		violation("VM_MMAP_GETNEXT %.80s, which locks vcpu 15", vm->name);
		counts.locking++;
	}
	for (int i = 0; i < vm->mapping_count; i++) {
		const struct mapping *each = &vm->mappings[i];
		if (each->address >= m->address && (best == NULL || each->address < best->address))
			best = each;
	}
	if (best == NULL)
		return E_NOENT;
	*m = (struct memmap){best->address, best->segment, best->offset, best->length, best->protection, best->flags};
	return 0;
}

static int get_segment(const struct vm *vm, struct memseg *s)
{
	if (host.release < 13 || host.release > 14)
		return E_NOTTY;
	if (s->id < 0 || s->id >= MAX_SEGMENTS)
		return E_INVAL;
	s->length = vm->segments[s->id].length;
	memcpy(s->name, vm->segments[s->id].name, sizeof s->name);
	return 0;
}

static int get_rtc(const struct vm *vm, int64_t *seconds)
{
	*seconds = vm->rtc;
	return 0;
}

static int old_form(unsigned long request)
{
	return request == REQUEST_OLD_STATS;
}

static int stats_call(struct vm *vm, unsigned long request, void *argument)
{
	struct stats *s = argument;
	struct old_stats *o = argument;
	int entries = 0, error;

	if (old_form(request) ? host.release >= 14 && !host.compat : host.release < 14)
		return E_NOTTY;
	if (old_form(request)) {
		error = get_stats(vm, o->cpuid, 0, &entries, o->values);
		o->entries = error == 0 ? entries : o->entries;
	} else {
		error = get_stats(vm, s->cpuid, s->index, &entries, s->values);
		s->entries = error == 0 ? entries : s->entries;
	}
	return error;
}

static int topology_call(const struct vm *vm, struct topology *t)
{
	*t = (struct topology){vm->topology[0], vm->topology[1], vm->topology[2], (uint16_t)host.maxcpu};
	return 0;
}

static const char *name_of(unsigned long request, enum call *call)
{
	switch (request) {
	case REQUEST_STATS:
	case REQUEST_OLD_STATS:
		*call = CALL_STATS;
		return old_form(request) ? "VM_STATS(536)" : "VM_STATS(544)";
	case REQUEST_STAT_DESC:
		*call = CALL_STAT_DESC;
		return "VM_STAT_DESC";
	case REQUEST_CPUS:
		*call = CALL_CPUS;
		return "VM_GET_CPUS";
	case REQUEST_TOPOLOGY:
		*call = CALL_TOPOLOGY;
		return "VM_GET_TOPOLOGY";
	case REQUEST_REGISTERS:
		*call = CALL_REGISTERS;
		return "VM_GET_REGISTER_SET";
	case REQUEST_CAPABILITY:
		*call = CALL_CAPABILITY;
		return "VM_GET_CAPABILITY";
	case REQUEST_MAPPING:
		*call = CALL_MAPPING;
		return "VM_MMAP_GETNEXT";
	case REQUEST_SEGMENT:
		*call = CALL_SEGMENT;
		return "VM_GET_MEMSEG";
	case REQUEST_RTC:
		*call = CALL_RTC;
		return "VM_RTC_GETTIME";
	default:
		return NULL;
	}
}

static int try_ioctl(int descriptor, unsigned long request, void *argument)
{
	int index = descriptor - FIRST_DESCRIPTOR, error;
	enum call call;
	const char *name = name_of(request, &call);
	struct descriptor d;
	struct vm *vm;

	if (name == NULL) {
		violation("ioctl %#lx", request);
		return E_NOTTY;
	}
	if (index < 0 || index >= MAX_DESCRIPTORS || !descriptors[index].used) {
		violation("ioctl %s on %d, which is not open", name, descriptor);
		return E_BADF;
	}
	d = descriptors[index];
	error = faulty(call, d.name);
	vm = vm_of(d.slot, d.generation);
	if (vm != NULL && vm->vanish >= 0 && vm->vanish-- == 0) {
		vm_destroy(vm);
		vm = NULL;
	}
	if (error == 0 && vm == NULL)
		error = E_NXIO;
	if (error != 0) {
		note("ioctl %s %.80s = errno %d", name, d.name, error);
		return error;
	}
	long locking = counts.locking;
	char asked[32] = "";
	if (call != CALL_TOPOLOGY && call != CALL_RTC && (logging || log_file != NULL)) {
		int in[2];
		memcpy(in, argument, sizeof in);
		snprintf(asked, sizeof asked,
			call == CALL_STAT_DESC || call == CALL_SEGMENT ? " %d" : " %d %d", in[0], in[1]);
	}
	switch (call) {
	case CALL_STATS:
		error = stats_call(vm, request, argument);
		break;
	case CALL_STAT_DESC:
		error = get_desc(argument);
		break;
	case CALL_CPUS:
		error = get_cpus(vm, argument);
		break;
	case CALL_TOPOLOGY:
		error = topology_call(vm, argument);
		break;
	case CALL_CAPABILITY:
		error = get_capability(vm, argument);
		break;
	case CALL_MAPPING:
		error = get_mapping(vm, argument);
		break;
	case CALL_SEGMENT:
		error = get_segment(vm, argument);
		break;
	case CALL_RTC:
		error = get_rtc(vm, argument);
		break;
	default:
		error = get_registers(vm, argument);
	}
	note("ioctl %s %.80s%s%s = errno %d", name, d.name, asked, counts.locking > locking ? " LOCKS" : "", error);
	return error;
}

EXPORTED int ioctl(int descriptor, unsigned long request, ...)
{
	va_list args;
	void *argument;

	va_start(args, request);
	argument = va_arg(args, void *);
	va_end(args);
	lock();
	follow_script();
	counts.calls++;
	return result(try_ioctl(descriptor, request, argument));
}

EXPORTED int sysctlbyname(const char *name, void *value, size_t *length, const void *new_value, size_t new_length)
{
	int error;

	lock();
	follow_script();
	counts.calls++;
	if (new_value != NULL || new_length != 0 || strstr(name, "create") != NULL || strstr(name, "destroy") != NULL) {
		violation("sysctl %.80s is written", name);
		error = E_PERM;
	} else if ((error = faulty(CALL_SYSCTL, "")) == 0) {
		error = sysctl_value(name, value, length);
	}
	note("sysctl %.80s = errno %d", name, error);
	unlock();
	errno = error;
	return error == 0 ? 0 : -1;
}
