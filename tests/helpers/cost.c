/*
 * Runs a command and writes what it cost, its waited-for descendants included:
 * cost FILE COMMAND... ; FILE gets: pid=N wall_ns=N cpu_ns=N user_ns=N sys_ns=N start_ns=N status=N
 * max_rss_bytes=N (of the largest of them)
 * Key decision: RUSAGE_CHILDREN of a process of its own, so nothing else is in the sum.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int64_t now_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int64_t tv_ns(struct timeval tv)
{
	return tv.tv_sec * 1000000000LL + tv.tv_usec * 1000LL;
}

int main(int argc, char **argv)
{
	struct rusage usage;
	int64_t started = now_ns(CLOCK_BOOTTIME);
	int status = 0;
	FILE *file;
	pid_t pid;

	if (argc < 3)
		return 125;
	pid = fork();
	if (pid == 0) {
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 125;
	getrusage(RUSAGE_CHILDREN, &usage);
	file = fopen(argv[1], "we");
	if (!file)
		return 125;
	fprintf(file,
		"pid=%d wall_ns=%lld cpu_ns=%lld user_ns=%lld sys_ns=%lld start_ns=%lld "
		"status=%d max_rss_bytes=%lld\n",
		(int)pid, (long long)(now_ns(CLOCK_BOOTTIME) - started),
		(long long)(tv_ns(usage.ru_utime) + tv_ns(usage.ru_stime)),
		(long long)tv_ns(usage.ru_utime), (long long)tv_ns(usage.ru_stime),
		(long long)started, status, (long long)usage.ru_maxrss * 1024);
	if (fclose(file))
		return 125;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
