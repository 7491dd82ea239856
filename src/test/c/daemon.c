/*
 * A double of FreeBSD's daemon(8) for the tests of the rc.d script: what the script and those that signal the supervisor
 * can see of it. Its ways differ from release to release; DAEMON_RELEASE names one:
 *
 *   13   on SIGTERM signals the child and ends at once
 *   14   waits for the child; a SIGTERM between two runs of the child is lost
 *   15   waits for the child; a SIGTERM between two runs ends it
 *
 * Options: -c -f -H -R N -u USER -P FILE -t TITLE -o FILE. Exit: 2 the pid file cannot be opened, 3 running already, 7 the
 * output file cannot be opened.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t term, hup, chld;
static const char *pidfile, *output, *title = "daemon", *user;
static int release, reopen, delay = -1, log_fd = -1;
static char *argv_begin;
static size_t argv_size;

static void on_signal(int sig)
{
	if (sig == SIGTERM)
		term = 1;
	else if (sig == SIGHUP)
		hup = 1;
	else
		chld = 1;
}

static void fail(int status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("daemon: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(status);
}

/* What ps(1) shows, and rc.subr looks at. */
static void set_title(pid_t child)
{
	char text[256];

	if (child > 0)
		snprintf(text, sizeof text, "daemon: %s[%d]", title, (int)child);
	else
		snprintf(text, sizeof text, "daemon: %s", title);
	memset(argv_begin, 0, argv_size);
	strncpy(argv_begin, text, argv_size - 1);
}

static int open_log(void)
{
	return open(output, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
}

static void finish(int status)
{
	unlink(pidfile);
	exit(status);
}

static void become(const char *name)
{
	struct passwd *entry = getpwnam(name);

	if (entry == NULL)
		fail(1, "unknown user: %s", name);
	if (initgroups(name, entry->pw_gid) != 0 || setgid(entry->pw_gid) != 0 || setuid(entry->pw_uid) != 0)
		fail(1, "cannot become %s", name);
	setenv("HOME", entry->pw_dir, 1);
	setenv("USER", entry->pw_name, 1);
	setenv("SHELL", entry->pw_shell, 1);
}

/* Starts the child; its output comes through the descriptor. */
static pid_t start(char **command, int *from)
{
	int ends[2];
	pid_t pid;
	sigset_t none;

	if (pipe2(ends, O_CLOEXEC) != 0)
		exit(1);
	pid = fork();
	if (pid == 0) {
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		signal(SIGTERM, SIG_DFL);
		signal(SIGHUP, SIG_DFL);
		signal(SIGCHLD, SIG_DFL);
		dup2(ends[1], 1);
		dup2(ends[1], 2);
		if (user != NULL)
			become(user);
		execvp(command[0], command);
		fail(1, "%s: %s", command[0], strerror(errno));
	}
	close(ends[1]);
	*from = ends[0];
	return pid;
}

static int copy(int from)
{
	char buffer[4096];
	ssize_t n = read(from, buffer, sizeof buffer);

	return n > 0 && write(log_fd, buffer, (size_t)n) == n;
}

static void rotate(void)
{
	int fd;

	hup = 0;
	if (!reopen)
		finish(1);
	fd = open_log();
	if (fd >= 0) {
		close(log_fd);
		log_fd = fd;
	}
}

/* Until the child has ended; its status. */
static int supervise(pid_t child, int from, const sigset_t *open_mask)
{
	struct pollfd in = {.fd = from, .events = POLLIN};
	int status = 0;

	for (;;) {
		if (ppoll(&in, 1, NULL, open_mask) > 0) {
			if (in.revents & POLLIN)
				copy(from);
			else
				in.fd = -1; /* closed: only signals from now on */
		}
		if (hup)
			rotate();
		if (term == 1) {
			kill(child, SIGTERM);
			if (release < 14)
				finish(0);
			term = 2;
		}
		if (chld) {
			chld = 0;
			if (waitpid(child, &status, WNOHANG) == child) {
				fcntl(from, F_SETFL, O_NONBLOCK);
				while (copy(from))
					; /* what it said last */
				return status;
			}
		}
	}
}

static void pause_between_runs(const sigset_t *open_mask)
{
	struct timespec now, end;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += delay;
	for (;;) {
		struct timespec left;
		long nanos;

		clock_gettime(CLOCK_MONOTONIC, &now);
		nanos = (end.tv_sec - now.tv_sec) * 1000000000L + end.tv_nsec - now.tv_nsec;
		if (nanos <= 0)
			return;
		left.tv_sec = nanos / 1000000000L;
		left.tv_nsec = nanos % 1000000000L;
		ppoll(NULL, 0, &left, open_mask);
		if (hup)
			rotate();
		if (term && release == 14)
			term = 0;
		if (term)
			finish(0);
	}
}

int main(int argc, char **argv)
{
	int option, lock, from, to_root = 0, quiet = 0;
	char text[32], **command;
	const char *wanted = getenv("DAEMON_RELEASE");
	struct sigaction action = {.sa_handler = on_signal};
	sigset_t mine, before;

	release = wanted == NULL ? 14 : atoi(wanted);
	while ((option = getopt(argc, argv, "+cfHR:u:P:t:o:")) != -1) {
		switch (option) {
		case 'c': to_root = 1; break;
		case 'f': quiet = 1; break;
		case 'H': reopen = 1; break;
		case 'R': delay = atoi(optarg); break;
		case 'u': user = strdup(optarg); break;
		case 'P': pidfile = strdup(optarg); break;
		case 't': title = strdup(optarg); break;
		case 'o': output = strdup(optarg); break;
		default: return 1;
		}
	}
	if (optind >= argc || pidfile == NULL || output == NULL || !quiet || delay == 0)
		fail(1, "used in a way that this double does not know");
	if (user != NULL && getpwnam(user) == NULL)
		fail(1, "unknown user: %s", user);
	command = calloc((size_t)(argc - optind + 1), sizeof *command);
	for (int i = optind; i < argc; i++)
		command[i - optind] = strdup(argv[i]);
	argv_begin = argv[0];
	argv_size = (size_t)(argv[argc - 1] + strlen(argv[argc - 1]) + 1 - argv[0]);

	lock = open(pidfile, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	if (lock < 0)
		fail(2, "%s: %s", pidfile, strerror(errno));
	if (flock(lock, LOCK_EX | LOCK_NB) != 0)
		fail(3, "process already running");
	log_fd = open_log();
	if (log_fd < 0)
		fail(7, "%s: %s", output, strerror(errno));

	if (daemon(!to_root, 0) != 0)
		fail(1, "%s", strerror(errno));
	snprintf(text, sizeof text, "%d", (int)getpid());
	if (ftruncate(lock, 0) != 0 || write(lock, text, strlen(text)) < 0)
		return 1;

	sigemptyset(&mine);
	sigaddset(&mine, SIGTERM);
	sigaddset(&mine, SIGHUP);
	sigaddset(&mine, SIGCHLD);
	sigprocmask(SIG_BLOCK, &mine, &before);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	sigaction(SIGCHLD, &action, NULL);
	for (;;) {
		pid_t child = start(command, &from);
		int status;

		set_title(child);
		status = supervise(child, from, &before);
		close(from);
		if (term || delay < 0)
			finish(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
		set_title(0);
		pause_between_runs(&before);
	}
}
