/*
 * A look-alike of FreeBSD's vmm kernel module behind a look-alike of libc: open, close, ioctl and sysctlbyname answer from
 * a host that a script describes. Error numbers, request numbers and structures are FreeBSD's. Everything else of libc
 * is the real one's, by linking.
 *
 * The script is lines of words; NAME is a VM's name, CALL one of open VM_STATS VM_STAT_DESC VM_GET_CPUS VM_GET_TOPOLOGY
 * VM_GET_REGISTER_SET VM_GET_CAPABILITY VM_MMAP_GETNEXT VM_GET_MEMSEG VM_RTC_GETTIME sysctl kern.proc kern.proc.args kqueue
 * kevent:
 *
 *   reset                               the host as it is at the start: release 14, AMD, no VM, no log
 *   release 12|13|14|15                 structures, sets, descriptions, what locks
 *   vendor amd|intel
 *   compat yes|no                       whether 14 and later take the old VM_STATS, too
 *   maxcpu N                            limit of vCPU ids
 *   inactive refused|zeros              reading a vCPU that is not active: a VIOLATION, or zeros as from bhyvectl
 *   extra N                             N more statistics
 *   name INDEX DESCRIPTION              another description for a statistic
 *   vm NAME N                           creates a VM with the active vCPUs 0 to N-1
 *   destroy NAME                        open descriptors of it fail with ENXIO from now on
 *   active NAME LIST|none               LIST is 0,2,5
 *   suspended NAME LIST|none
 *   topology NAME SOCKETS CORES THREADS
 *   set NAME VCPU INDEX VALUE           a counter
 *   grow NAME call|ms N                 counters that are not 0 grow by N a reading, or a
 *                                       millisecond; not "idle requested", which locking calls count
 *   reg NAME VCPU NUMBER VALUE          a register
 *   cap NAME VCPU NUMBER 0|1|none       a capability; without a line none but unrestricted_guest on AMD
 *   map NAME ADDRESS SEGMENT OFFSET LENGTH PROTECTION FLAGS     a mapping of the memory map
 *   seg NAME ID LENGTH [TEXT]           a memory segment
 *   rtc NAME SECONDS                    what the emulated clock shows
 *   error CALL ERRNO SKIP TIMES [NAME]  after SKIP calls, TIMES calls fail (-1: all)
 *   vanish NAME N                       the VM is destroyed after N more ioctls on it
 *   hang CALL [NAME]                    the next such call does not return until "wake"
 *   crash CALL                          the next such call is a segmentation fault
 *   spin MICROSECONDS                   every ioctl takes so long
 *   sysctl NAME int|long|text VALUE     also "none": there is none of this name
 *   ppt UNIT SELECTOR VENDOR DEVICE CLASS|none                  dev.ppt.UNIT, for example 0 pci0:3:0:0 0x1002 0x73af 0x030000
 *   stride 20|39                        length of an interrupt name: x86, or intrng
 *   irqs N                              so many slots for interrupt sources, at least; the first is "???", the others unused
 *   irq INDEX COUNT [NAME]              a source: "irq256: ppt0"; without NAME the slot is unused, its counter stays
 *   intgrow INDEX N                     its counter grows by N a millisecond
 *   irqafter N INDEX COUNT [NAME]       as irq, after hw.intrcnt has been read N more times
 *   proc PID NAME start SEC USEC vcpus N [untitled ARGS...]     a bhyve process; for the others PID may be self, too
 *   others N                            N more processes, which are no bhyve
 *   comm PID TEXT | ppid PID N | jail PID N | uid PID N | rss PID PAGES | start PID SEC USEC
 *   cpu PID USER SYSTEM                 CPU time of the process, microseconds
 *   vcpu PID N USER SYSTEM CHANNEL|-    CPU time of the thread of a vCPU, and what it sleeps on
 *   noargs PID                          the kernel keeps no arguments of it
 *   exit PID WAITSTATUS                 it ends, and its parent has taken notice
 *   zombie PID WAITSTATUS               it ends, and its parent has not
 *   hide PID                            it may not be seen
 *   later N LINE                        obeys LINE after N more calls of sysctl(3), kqueue and kevent
 *   structsize N                        what kernel and agent are to disagree about
 *   log on|off                          in memory; off at the start
 *
 * An error of kern.proc, kern.proc.args or kevent may be for one process: its pid in place of NAME; for the wait of kevent: wait.
 *
 * Environment: FAKEVMM_SCRIPT names a file with such lines; it is read at the start, and what is appended to it later
 * before the next call, and while one hangs. FAKEVMM_LOG names a file that every call is appended to. Without them a
 * library takes the files beside it whose names are its own and ".script", ".log", where they are there: a process that
 * gets no environment can be told so.
 *
 * VIOLATION is logged and counted for what a program that only reads must never do; the call fails.
 */
#ifndef FAKEVMM_H
#define FAKEVMM_H

#include <stddef.h>
#include <stdint.h>

#define MAX_STATS 256
#define MAX_VCPUS 1024
#define SET_WORDS 32
#define CHUNK 64
#define MAX_MAPPINGS 32
#define MAX_SEGMENTS 4

/* The library's own functions are hidden, so that they get into nobody's way. */
#define EXPORTED __attribute__((visibility("default")))

/* FreeBSD's numbers; this machine's <errno.h> has others. */
enum {
	E_PERM = 1,
	E_NOENT = 2,
	E_SRCH = 3,
	E_NXIO = 6,
	E_BADF = 9,
	E_NOMEM = 12,
	E_EXIST = 17,
	E_INVAL = 22,
	E_NFILE = 23,
	E_NOTTY = 25,
	E_RANGE = 34
};

enum call {
	CALL_OPEN,
	CALL_STATS,
	CALL_STAT_DESC,
	CALL_CPUS,
	CALL_TOPOLOGY,
	CALL_REGISTERS,
	CALL_CAPABILITY,
	CALL_MAPPING,
	CALL_SEGMENT,
	CALL_RTC,
	CALL_SYSCTL,
	CALL_PROC,
	CALL_PROC_ARGS,
	CALL_KQUEUE,
	CALL_KEVENT,
	CALLS
};

struct reg {
	int vcpu;
	int number;
	uint64_t value;
};

struct cap {
	int vcpu;
	int number;
	int value; /* -1: not available */
};

struct mapping {
	uint64_t address;
	int segment;
	int64_t offset;
	size_t length;
	int protection;
	int flags;
};

struct segment {
	size_t length;
	char name[17];
};

struct vm {
	char name[256];
	unsigned generation; /* 0: free */
	int vcpus;
	uint64_t active[SET_WORDS];
	uint64_t suspended[SET_WORDS];
	uint16_t topology[3];
	uint64_t *values; /* vcpus rows of MAX_STATS */
	long grow_call;
	long grow_ms;
	long born_ms;
	long vanish; /* ioctls left, -1: stays */
	struct reg *regs;
	int reg_count;
	struct cap *caps;
	int cap_count;
	struct mapping mappings[MAX_MAPPINGS];
	int mapping_count;
	struct segment segments[MAX_SEGMENTS];
	int64_t rtc;
};

struct host {
	int release;
	int intel;
	int compat;
	int inactive_zeros;
	int maxcpu;
	long spin_us;
	char *descriptions[MAX_STATS];
	int stats;
	int idle_requested; /* index of that statistic */
};

extern struct host host;

/* fakevmm-host.c: the host and its script. All but fakevmm_do are called with the lock held. */
struct vm *vm_named(const char *name);
struct vm *vm_of(int slot, unsigned generation);
int vm_slot(const struct vm *vm);
void vm_destroy(struct vm *vm);
int vm_has(const uint64_t *set, int vcpu);
int injected(enum call call, const char *vm); /* errno, or 0 */
int must_hang(enum call call, const char *vm);
int must_crash(enum call call);
int sysctl_value(const char *name, void *value, size_t *length); /* errno, or 0 */
void follow_script(void);
int obey(const char *line); /* 0, or -1 for a line that is not understood */
const char *named_file(const char *variable, const char *suffix); /* NULL: none */
EXPORTED int fakevmm_do(const char *line); /* 0, or -1 for a line that is not understood */

/* fakevmm-intr.c: passthrough devices and interrupts. With the lock held. */
int device_sysctl(const char *name, void *value, size_t *length); /* errno, 0, or -1: not one of these */
int devices_know(const char *verb);
int devices_obey(const char *line); /* 0, or -1 for a line that is not understood */
void devices_reset(void);

/* fakevmm-stats.c: the descriptions of a release and vendor, in its order. */
void describe(struct host *h, int extra);
uint64_t first_value(const struct host *h, int vcpu, int index);

/* fakevmm-proc.c: processes and their ends. */
int proc_obey(const char *line, int n, char words[][256]); /* 0, or -1 for a line that is not understood */
void proc_reset(void);
int proc_close(int descriptor); /* -1: not one of these */
long proc_open(void);

/* fakevmm.c: the calls, the lock, the log. */
__attribute__((format(printf, 1, 2))) void note(const char *format, ...);
void count_violation(const char *what);
void count_call(void);
void lock(void);
void unlock(void);
void wake(void);
void set_log(int on);
void reset_counts(void);
long now_ms(void);

#endif
