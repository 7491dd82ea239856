/*
 * What FreeBSD's kernel tells of processes and their ends, as a 64-bit compiler lays it out: the order and types of the fields of
 * sys/user.h and sys/event.h (12 to 15). Fields that nobody here fills are gathered into arrays of their type.
 */
#ifndef KINFO_H
#define KINFO_H

#include <stdint.h>

struct fbsd_timeval {
	int64_t sec;
	int64_t usec;
};

struct fbsd_rusage {
	struct fbsd_timeval utime, stime;
	int64_t maxrss, ixrss, idrss, isrss, minflt, majflt, nswap, inblock, oublock, msgsnd, msgrcv, nsignals, nvcsw, nivcsw;
};

struct fbsd_kinfo_proc {
	int structsize;
	int layout;
	void *args_to_vmspace[7];
	const void *wchan;
	int32_t pid, ppid, pgid, tpgid, sid, tsid;
	short jobc, spare_short1;
	uint32_t tdev_freebsd11;
	uint32_t sigsets[4][4];
	uint32_t uid, ruid, svuid, rgid, svgid;
	short ngroups, spare_short2;
	uint32_t groups[16];
	uint64_t size;
	int64_t rssize, swrss, tsize, dsize, ssize;
	unsigned short xstat, acflag;
	uint32_t pctcpu;
	unsigned estcpu, slptime, swtime, cow;
	uint64_t runtime;
	struct fbsd_timeval start, childtime;
	long flag, kiflag;
	int traceflag;
	char stat;
	signed char nice;
	char lock, rqindex;
	unsigned char oncpu_old, lastcpu_old;
	char tdname[16 + 1];
	char wmesg[8 + 1];
	char login[17 + 1];
	char lockname[8 + 1];
	char comm[19 + 1];
	char emul[16 + 1];
	char loginclass[17 + 1];
	char moretdname[19 - 16 + 1];
	char sparestrings[46];
	int spareints[2];
	uint64_t tdev;
	int oncpu, lastcpu, tracer, flag2, fibnum;
	unsigned cr_flags;
	int jid, numthreads;
	int32_t tid;
	unsigned char pri[4];
	struct fbsd_rusage rusage, rusage_ch;
	void *pcb, *kstack, *udata, *tdaddr, *pd;
	void *spareptrs[5];
	long sparelongs[12];
	long sflag, tdflags;
};

struct fbsd_kevent {
	uintptr_t ident;
	short filter;
	unsigned short flags;
	unsigned fflags;
	int64_t data;
	void *udata;
	uint64_t ext[4];
};

struct fbsd_timespec {
	int64_t sec;
	long nsec;
};

#endif
