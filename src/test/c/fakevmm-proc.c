/*
 * The look-alike's processes: kern.proc by sysctl(3), and kqueue(2) for their ends. See fakevmm.h for the script. The process that
 * uses the look-alike is among them, as in life: its name is java, and a script calls it self.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fakevmm.h"
#include "kinfo.h"

#define MAX_PROCS 512
#define MAX_THREADS 64
#define MAX_QUEUES 16
#define MAX_NOTES 64
#define FIRST_QUEUE 2000000

#define FILTER_PROC (-5)
#define NOTE_EXIT 0x80000000U
#define FLAG_ADD 0x0001
#define FLAG_DELETE 0x0002
#define FLAG_ONESHOT 0x0010
#define FLAG_RECEIPT 0x0040
#define FLAG_ERROR 0x4000
#define FLAG_EOF 0x8000

enum { LIST_PROC = 8, ONE_PID = 1, ONE_PID_THREADS = 0x11, ARGS = 7 };
enum { RUNNING = 2, SLEEPING = 3, ZOMBIE = 5 };

struct thread {
	char name[20];
	char channel[9];
	long user, system;
};

static struct proc {
	int pid; /* 0: free */
	int ppid, jail, uid;
	char comm[20];
	char args[1024]; /* between NULs */
	size_t args_length;
	long sec, usec, user, system, pages;
	struct thread threads[MAX_THREADS];
	int thread_count;
	int hidden, zombie, status;
} procs[MAX_PROCS];
static int struct_size;

static struct queue {
	int used;
	struct note {
		int pid; /* 0: free */
		int fired;
		int status;
		unsigned long order;
	} notes[MAX_NOTES];
} queues[MAX_QUEUES];
static unsigned long fired;

static struct {
	long calls; /* that are left until then */
	char line[256]; /* empty: nothing */
} later;

/* ---- the script */

static struct proc *proc_of(int pid)
{
	for (int i = 0; i < MAX_PROCS && pid > 0; i++)
		if (procs[i].pid == pid)
			return &procs[i];
	return NULL;
}

static struct proc *visible(int pid)
{
	struct proc *p = proc_of(pid);

	return p == NULL || p->hidden ? NULL : p;
}

static struct proc *add(int pid, const char *comm, long sec, long usec)
{
	struct proc *p = proc_of(pid);

	for (int i = 0; i < MAX_PROCS && p == NULL; i++)
		if (procs[i].pid == 0)
			p = &procs[i];
	if (p == NULL || pid <= 0)
		return NULL;
	*p = (struct proc){.pid = pid, .ppid = 1, .sec = sec, .usec = usec};
	snprintf(p->comm, sizeof p->comm, "%s", comm);
	return p;
}

static void set_args(struct proc *p, const char *text, int split)
{
	p->args_length = (size_t)snprintf(p->args, sizeof p->args, "%s", text) + 1;
	for (size_t i = 0; i < p->args_length && split; i++)
		if (p->args[i] == ' ')
			p->args[i] = '\0';
}

static void add_thread(struct proc *p, const char *name, const char *channel)
{
	struct thread *t = &p->threads[p->thread_count++];

	snprintf(t->name, sizeof t->name, "%.19s", name);
	snprintf(t->channel, sizeof t->channel, "%.8s", channel);
}

static int add_bhyve(const char *line, int n, char w[][256])
{
	struct proc *p;
	char text[300];
	int vcpus = atoi(w[7]), rest = 0;

	if (n < 8 || strcmp(w[3], "start") != 0 || strcmp(w[6], "vcpus") != 0 || vcpus < 0 || vcpus >= MAX_THREADS)
		return -1;
	if ((p = add(atoi(w[1]), "bhyve", atol(w[4]), atol(w[5]))) == NULL)
		return -1;
	snprintf(text, sizeof text, "bhyve: %s", w[2]);
	sscanf(line, "%*s %*s %*s %*s %*s %*s %*s %*s untitled %n", &rest);
	set_args(p, rest > 0 ? line + rest : text, rest > 0);
	add_thread(p, "mevent", "kqread");
	for (int i = 0; i < vcpus; i++) {
		snprintf(text, sizeof text, "vcpu %d", i);
		add_thread(p, text, "");
	}
	return 0;
}

static void tell_end(int pid, int status)
{
	for (int i = 0; i < MAX_QUEUES; i++) {
		for (int j = 0; j < MAX_NOTES; j++) {
			struct note *k = &queues[i].notes[j];
			if (queues[i].used && k->pid == pid && !k->fired) {
				k->fired = 1;
				k->status = status;
				k->order = fired++;
			}
		}
	}
}

static int others(int count)
{
	char name[20];

	for (int i = 0; i < count; i++) {
		snprintf(name, sizeof name, "other%d", i);
		if (add(90000 + i, name, 1000, 0) == NULL)
			return -1;
	}
	return 0;
}

static int set_vcpu(struct proc *p, char w[][256])
{
	char name[20];

	snprintf(name, sizeof name, "vcpu %.10s", w[2]);
	for (int i = 0; i < p->thread_count; i++) {
		struct thread *t = &p->threads[i];
		if (strcmp(t->name, name) == 0) {
			t->user = atol(w[3]);
			t->system = atol(w[4]);
			snprintf(t->channel, sizeof t->channel, "%.8s", strcmp(w[5], "-") == 0 ? "" : w[5]);
			return 0;
		}
	}
	return -1;
}

static int is_line(const char *verb, int words, char w[][256], int n)
{
	return n == words && strcmp(w[0], verb) == 0;
}

int proc_obey(const char *line, int n, char w[][256])
{
	int pid = strcmp(w[1], "self") == 0 ? getpid() : atoi(w[1]);
	struct proc *p = proc_of(pid);

	if (strcmp(w[0], "proc") == 0)
		return add_bhyve(line, n, w);
	if (is_line("structsize", 2, w, n)) {
		struct_size = atoi(w[1]);
		return 0;
	}
	if (strcmp(w[0], "later") == 0 && n > 2) {
		int rest = 0;
		sscanf(line, "%*s %*s %n", &rest);
		later.calls = atol(w[1]);
		snprintf(later.line, sizeof later.line, "%s", line + rest);
		return 0;
	}
	if (is_line("others", 2, w, n))
		return others(atoi(w[1]));
	if (p == NULL)
		return -1;
	if (is_line("cpu", 4, w, n)) {
		p->user = atol(w[2]);
		p->system = atol(w[3]);
	} else if (is_line("start", 4, w, n)) {
		p->sec = atol(w[2]);
		p->usec = atol(w[3]);
	} else if (is_line("comm", 3, w, n))
		snprintf(p->comm, sizeof p->comm, "%.19s", w[2]);
	else if (is_line("vcpu", 6, w, n))
		return set_vcpu(p, w);
	else if (is_line("ppid", 3, w, n))
		p->ppid = atoi(w[2]);
	else if (is_line("jail", 3, w, n))
		p->jail = atoi(w[2]);
	else if (is_line("uid", 3, w, n))
		p->uid = atoi(w[2]);
	else if (is_line("rss", 3, w, n))
		p->pages = atol(w[2]);
	else if (is_line("noargs", 2, w, n))
		p->args_length = 0;
	else if (is_line("hide", 2, w, n))
		p->hidden = 1;
	else if (is_line("exit", 3, w, n)) {
		tell_end(pid, atoi(w[2]));
		p->pid = 0;
	} else if (is_line("zombie", 3, w, n)) {
		tell_end(pid, atoi(w[2]));
		p->zombie = 1;
		p->status = atoi(w[2]);
	} else
		return -1;
	return 0;
}

void proc_reset(void)
{
	memset(procs, 0, sizeof procs);
	memset(&later, 0, sizeof later);
	struct_size = sizeof(struct fbsd_kinfo_proc);
	add(getpid(), "java", 1000000, 0);
}

/* Each call of this file begins so, with the lock held. */
static void begin(void)
{
	char line[sizeof later.line];

	follow_script();
	count_call();
	if (later.line[0] != '\0' && later.calls-- == 0) {
		memcpy(line, later.line, sizeof line);
		later.line[0] = '\0';
		obey(line);
	}
}

/* ---- sysctl */

struct output {
	char *to;
	size_t room, length;
	int error;
};

static void put(struct output *out, const void *from, size_t size)
{
	if (out->to == NULL) {
		out->length += size;
	} else if (out->room - out->length < size) {
		out->error = E_NOMEM;
	} else {
		memcpy(out->to + out->length, from, size);
		out->length += size;
	}
}

static void put_record(struct output *out, const struct proc *p, const struct thread *t)
{
	struct fbsd_kinfo_proc k = {.structsize = struct_size,
		.pid = p->pid,
		.ppid = p->ppid,
		.uid = (uint32_t)p->uid,
		.ruid = (uint32_t)p->uid,
		.rssize = p->pages,
		.xstat = (unsigned short)p->status,
		.start = {p->sec, p->usec},
		.stat = p->zombie ? ZOMBIE : t != NULL && t->channel[0] == '\0' ? RUNNING : SLEEPING,
		.jid = p->jail,
		.numthreads = p->thread_count,
		.tid = 100000 + p->pid % 1000 * 100};
	long user = t == NULL ? p->user : t->user, system = t == NULL ? p->system : t->system;

	memcpy(k.comm, p->comm, sizeof k.comm);
	k.rusage.utime = (struct fbsd_timeval){user / 1000000, user % 1000000};
	k.rusage.stime = (struct fbsd_timeval){system / 1000000, system % 1000000};
	if (t != NULL) {
		snprintf(k.tdname, sizeof k.tdname, "%.16s", t->name);
		snprintf(k.moretdname, sizeof k.moretdname, "%.3s", strlen(t->name) > 16 ? t->name + 16 : "");
		memcpy(k.wmesg, t->channel, sizeof k.wmesg);
		k.tid += (int)(t - p->threads);
	}
	put(out, &k, sizeof k);
}

static int answer(const int *name, struct output *out)
{
	struct proc *p = visible(name[3]);

	if (name[2] == LIST_PROC) {
		for (int i = 0; i < MAX_PROCS; i++)
			if (procs[i].pid != 0 && !procs[i].hidden)
				put_record(out, &procs[i], NULL);
		return 0;
	}
	if (p == NULL)
		return E_SRCH;
	if (name[2] == ONE_PID)
		put_record(out, p, NULL);
	else if (name[2] == ONE_PID_THREADS)
		for (int i = 0; i < p->thread_count; i++)
			put_record(out, p, &p->threads[i]);
	else if (!p->zombie)
		put(out, p->args, p->args_length);
	return 0;
}

static int try_sysctl(const int *name, unsigned count, struct output *out, int writes)
{
	char pid[16];
	int error;

	if (writes || count != 4 || name[0] != 1 || name[1] != 14
		|| (name[2] != LIST_PROC && name[2] != ONE_PID && name[2] != ONE_PID_THREADS && name[2] != ARGS)) {
		count_violation("sysctl by numbers");
		return E_PERM;
	}
	snprintf(pid, sizeof pid, "%d", name[3]);
	if ((error = injected(name[2] == ARGS ? CALL_PROC_ARGS : CALL_PROC, pid)) != 0)
		return error;
	error = answer(name, out);
	return error != 0 ? error : out->error;
}

EXPORTED int sysctl(
	const int *name, unsigned count, void *value, size_t *length, const void *new_value, size_t new_length)
{
	struct output out = {.to = value, .room = value == NULL ? 0 : *length};
	int error;

	lock();
	begin();
	error = try_sysctl(name, count, &out, new_value != NULL || new_length != 0);
	*length = out.length;
	note("sysctl kern.proc %d %d%s = errno %d", name[2], name[3], value == NULL ? " size" : "", error);
	unlock();
	errno = error;
	return error == 0 ? 0 : -1;
}

/* ---- kqueue */

static struct queue *queue_of(int descriptor)
{
	int index = descriptor - FIRST_QUEUE;

	return index < 0 || index >= MAX_QUEUES || !queues[index].used ? NULL : &queues[index];
}

int proc_close(int descriptor)
{
	struct queue *q = queue_of(descriptor);

	if (q == NULL)
		return -1;
	memset(q, 0, sizeof *q);
	note("close kqueue %d", descriptor);
	return 0;
}

long proc_open(void)
{
	long open = 0;

	for (int i = 0; i < MAX_QUEUES; i++)
		open += queues[i].used;
	return open;
}

/* The lowest number that is free, as in life: who goes on using a closed one uses another's. */
EXPORTED int kqueue(void)
{
	int descriptor = -1, error;

	lock();
	begin();
	if ((error = injected(CALL_KQUEUE, "")) == 0)
		error = E_NFILE;
	for (int i = 0; i < MAX_QUEUES && error == E_NFILE && descriptor < 0; i++) {
		if (!queues[i].used) {
			queues[i].used = 1;
			descriptor = FIRST_QUEUE + i;
		}
	}
	note("kqueue = %d", descriptor);
	unlock();
	errno = descriptor < 0 ? error : 0;
	return descriptor;
}

static struct note *note_of(struct queue *q, int pid)
{
	for (int i = 0; i < MAX_NOTES; i++)
		if (q->notes[i].pid == pid)
			return &q->notes[i];
	return NULL;
}

/* As the kernel does, it finds one of this number again whose process has ended but was not told of, and changes nothing. */
static int add_note(struct queue *q, int pid)
{
	struct proc *p = visible(pid);
	struct note *k = note_of(q, pid);

	if (k != NULL)
		return 0;
	if (p == NULL)
		return E_SRCH;
	if ((k = note_of(q, 0)) == NULL)
		return E_NOMEM;
	*k = (struct note){.pid = pid};
	if (p->zombie)
		tell_end(pid, p->status);
	return 0;
}

static int change(struct queue *q, const struct fbsd_kevent *c)
{
	struct note *k;
	char pid[16];
	int error, action = c->flags & ~FLAG_RECEIPT;

	if (c->filter != FILTER_PROC || c->fflags != NOTE_EXIT || (action != FLAG_ADD && action != FLAG_DELETE)) {
		count_violation("kevent for something else");
		return E_INVAL;
	}
	snprintf(pid, sizeof pid, "%d", (int)c->ident);
	if ((error = injected(CALL_KEVENT, pid)) != 0)
		return error;
	if (action == FLAG_ADD)
		return add_note(q, (int)c->ident);
	if ((k = note_of(q, (int)c->ident)) == NULL)
		return E_NOENT;
	memset(k, 0, sizeof *k);
	return 0;
}

static int take(struct queue *q, struct fbsd_kevent *into)
{
	struct note *first = NULL;

	for (int i = 0; i < MAX_NOTES; i++) {
		struct note *k = &q->notes[i];
		if (k->pid != 0 && k->fired && (first == NULL || k->order < first->order))
			first = k;
	}
	if (first == NULL)
		return 0;
	*into = (struct fbsd_kevent){.ident = (uintptr_t)first->pid,
		.filter = FILTER_PROC,
		.flags = FLAG_EOF | FLAG_ONESHOT,
		.fflags = NOTE_EXIT,
		.data = first->status};
	memset(first, 0, sizeof *first);
	return 1;
}

static int try_changes(struct queue *q, const struct fbsd_kevent *c, int count, struct fbsd_kevent *into, int room)
{
	int answers = 0;

	for (int i = 0; i < count; i++) {
		int error = change(q, &c[i]);
		note("kevent %#x %d = errno %d", c[i].flags, (int)c[i].ident, error);
		if (error == 0 && (c[i].flags & FLAG_RECEIPT) == 0)
			continue;
		if (answers == room)
			return -error;
		into[answers] = c[i];
		into[answers].flags = FLAG_ERROR;
		into[answers++].data = error;
	}
	return answers;
}

/* Sleeps without the lock; looks again whose number it is after each sleep, as the kernel does not have to. */
static int try_wait(int descriptor, struct fbsd_kevent *into, int room, long millis)
{
	long until = now_ms() + millis;
	struct timespec nap = {0, 1000000};
	struct queue *q;
	int error, count = 0, told = 0;

	if (room > 0 && (error = injected(CALL_KEVENT, "wait")) != 0)
		return -error;
	while ((q = queue_of(descriptor)) != NULL) {
		while (count < room && take(q, &into[count]))
			count++;
		if (count > 0 || now_ms() >= until)
			return count;
		if (!told++)
			note("kevent waits");
		unlock();
		nanosleep(&nap, NULL);
		lock();
		follow_script();
	}
	count_violation("kevent on a queue that is closed");
	return -E_BADF;
}

EXPORTED int kevent(int descriptor, const struct fbsd_kevent *changes, int count, struct fbsd_kevent *into, int room,
	const struct fbsd_timespec *timeout)
{
	struct queue *q;
	int result = -E_BADF;

	lock();
	begin();
	if (timeout == NULL)
		count_violation("kevent without a timeout");
	else if ((q = queue_of(descriptor)) == NULL)
		count_violation("kevent on no queue");
	else if ((result = try_changes(q, changes, count, into, room)) == 0)
		result = try_wait(descriptor, into, room, timeout->sec * 1000 + (timeout->nsec + 999999) / 1000000);
	unlock();
	errno = result < 0 ? -result : 0;
	return result < 0 ? -1 : result;
}
