/* Prints the offsets and sizes that KinfoProcLayout and KeventLayout are to have. */
#include <stddef.h>
#include <stdio.h>

#include "kinfo.h"

#define SIZE(type) printf("%s size %zu\n", #type, sizeof(struct fbsd_##type))
#define OFFSET(type, member) printf("%s.%s %zu\n", #type, #member, offsetof(struct fbsd_##type, member))

int main(void)
{
	SIZE(kinfo_proc);
	OFFSET(kinfo_proc, structsize);
	OFFSET(kinfo_proc, pid);
	OFFSET(kinfo_proc, ppid);
	OFFSET(kinfo_proc, ruid);
	OFFSET(kinfo_proc, rssize);
	OFFSET(kinfo_proc, start);
	OFFSET(kinfo_proc, stat);
	OFFSET(kinfo_proc, tdname);
	OFFSET(kinfo_proc, wmesg);
	OFFSET(kinfo_proc, comm);
	OFFSET(kinfo_proc, moretdname);
	OFFSET(kinfo_proc, jid);
	OFFSET(kinfo_proc, tid);
	OFFSET(kinfo_proc, rusage.utime);
	OFFSET(kinfo_proc, rusage.stime);
	SIZE(kevent);
	OFFSET(kevent, ident);
	OFFSET(kevent, filter);
	OFFSET(kevent, flags);
	OFFSET(kevent, fflags);
	OFFSET(kevent, data);
	return 0;
}
