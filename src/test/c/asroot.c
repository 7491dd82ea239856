/*
 * Stands in for doas(1) and sudo(8) in the end-to-end tests: set-uid root, it runs the one program that is named when it
 * is compiled (GATE), as root, without arguments. Like those it takes -n first, and keeps the caller's descriptors.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
	char *const arguments[] = { GATE, NULL };
	char *const environment[] = { "PATH=/bin:/usr/bin", NULL };

	if (argc != 3 || strcmp(argv[1], "-n") != 0 || strcmp(argv[2], GATE) != 0) {
		fprintf(stderr, "asroot: Operation not permitted\n");
		return 1;
	}
	if (setgid(0) != 0 || setuid(0) != 0) {
		perror("asroot");
		return 1;
	}
	execve(GATE, arguments, environment);
	perror("asroot");
	return 1;
}
