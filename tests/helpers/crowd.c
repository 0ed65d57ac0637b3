/*
 * crowd N [COMMAND...]: N children that sleep, forked one by one from this small program, so that
 * each is as light as a process can be. Without a command it says "ready" and keeps them until its
 * standard input ends; with one it runs that among them and ends with its status.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static int sleep_for_ever(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		return 0;
	for (;;)
		pause();
}

static int run(char **command)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		execvp(command[0], command);
		_exit(127);
	}
	while (waitpid(child, &status, 0) != child)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 126;
}

int main(int argc, char **argv)
{
	long n = argc > 1 ? strtol(argv[1], NULL, 10) : 0;
	pid_t self = getpid();
	char c;

	/* the children are ended at once by the end of their parent */
	for (long i = 0; i < n; i++) {
		pid_t child = fork();

		if (child == 0)
			return sleep_for_ever(self);
		if (child < 0) {
			perror("crowd: fork");
			return 1;
		}
	}
	if (argc > 2)
		return run(argv + 2);
	puts("ready");
	fflush(stdout);
	while (read(0, &c, 1) > 0 || errno == EINTR)
		errno = 0;
	return 0;
}
