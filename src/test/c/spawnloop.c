/*
 * The least that reading through processes costs: starts a program over and over, drains its two pipes, waits for it.
 *
 *   spawnloop COUNT SPACING_US PROGRAM [ARGUMENT...]
 *
 * prints its own CPU time and that of its children, each user and system together, in microseconds. SPACING_US is the
 * time from one start to the next, 0 for none.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char *const environment[] = {"LC_ALL=C", NULL};

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void run(char **argv)
{
	int out[2], err[2], status;
	pid_t pid;
	posix_spawn_file_actions_t actions;
	char buffer[8192];

	if (pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0)
		fail("pipe");
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, out[1], 1);
	posix_spawn_file_actions_adddup2(&actions, err[1], 2);
	if (posix_spawn(&pid, argv[0], &actions, NULL, argv, environment) != 0)
		fail(argv[0]);
	posix_spawn_file_actions_destroy(&actions);
	close(out[1]);
	close(err[1]);
	struct pollfd fds[2] = {{.fd = out[0], .events = POLLIN}, {.fd = err[0], .events = POLLIN}};
	for (int open = 2; open > 0;) {
		if (poll(fds, 2, -1) < 0)
			fail("poll");
		for (int i = 0; i < 2; i++) {
			if (fds[i].fd >= 0 && fds[i].revents != 0 && read(fds[i].fd, buffer, sizeof buffer) <= 0) {
				close(fds[i].fd);
				fds[i].fd = -1;
				open--;
			}
		}
	}
	if (waitpid(pid, &status, 0) < 0 || status != 0)
		fail("waitpid");
}

static long micros(int who)
{
	struct rusage u;

	getrusage(who, &u);
	return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000L + u.ru_utime.tv_usec + u.ru_stime.tv_usec;
}

int main(int argc, char **argv)
{
	struct timespec next;

	if (argc < 4)
		return 2;
	long spacing = atol(argv[2]) * 1000;
	clock_gettime(CLOCK_MONOTONIC, &next);
	for (long i = atol(argv[1]); i > 0; i--) {
		run(argv + 3);
		next.tv_nsec += spacing;
		next.tv_sec += next.tv_nsec / 1000000000;
		next.tv_nsec %= 1000000000;
		if (spacing > 0)
			clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
	}
	printf("%ld %ld\n", micros(RUSAGE_SELF), micros(RUSAGE_CHILDREN));
	return 0;
}
