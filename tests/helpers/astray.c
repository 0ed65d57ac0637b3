/*
 * Processes that leave the tree they were born in: astray GATE PIDS
 * Forks one that waits at GATE (a FIFO: until it was opened and closed again), prints "ready", runs
 * /bin/true for each line of its input; at the input's end starts a daemon and a process that a
 * subreaper adopts, and ends. Each of the three appends a line "daemon PID", "adopted PID" or
 * "outlived PID" to the file PIDS and runs /bin/true. Key decision: each makes sure that it has gone
 * astray before it does so.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t must_fork(void)
{
	pid_t pid = fork();

	if (pid < 0)
		_exit(99);
	return pid;
}

static void become(const char *what, const char *pids)
{
	int fd = open(pids, O_WRONLY | O_APPEND | O_CLOEXEC);

	if (fd < 0 || dprintf(fd, "%s %d\n", what, (int)getpid()) < 0)
		_exit(98);
	execl("/bin/true", "true", what, NULL);
	_exit(97);
}

static void await_orphanage(pid_t parent)
{
	while (getppid() == parent)
		sched_yield();
}

static void outlive(const char *gate, const char *pids)
{
	char c;
	int fd;

	alarm(100); /* a test that failed leaves nobody behind */
	fd = open(gate, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, &c, 1) != 0)
		_exit(96);
	become("outlived", pids);
}

static void daemonise(const char *pids)
{
	pid_t parent;

	setsid();
	parent = getpid();
	if (must_fork())
		_exit(0);
	await_orphanage(parent);
	setsid();
	become("daemon", pids);
}

static void be_reaper(const char *pids)
{
	pid_t middle;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	middle = must_fork();
	if (middle == 0) {
		middle = getpid();
		if (must_fork())
			_exit(0);
		await_orphanage(middle);
		become("adopted", pids);
	}
	while (wait(NULL) > 0)
		;
	_exit(0);
}

static int await(pid_t pid)
{
	int status;

	return waitpid(pid, &status, 0) != pid || status;
}

int main(int argc, char **argv)
{
	pid_t pid, reaper;
	char line[64];

	if (argc < 3)
		return 2;
	if (must_fork() == 0)
		outlive(argv[1], argv[2]);
	printf("ready\n");
	fflush(stdout);
	while (fgets(line, sizeof line, stdin)) {
		pid = must_fork();
		if (pid == 0)
			execl("/bin/true", "true", line, NULL);
		await(pid);
	}
	pid = must_fork();
	if (pid == 0)
		daemonise(argv[2]);
	reaper = must_fork();
	if (reaper == 0)
		be_reaper(argv[2]);
	return await(pid) | await(reaper);
}
