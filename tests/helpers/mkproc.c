/* mkproc: the table of situations and what they share. Key decision: see mkproc.h. */
#include "mkproc.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

void die(const char *what)
{
	dprintf(2, "mkproc: %s: %s\n", what, strerror(errno));
	_exit(99);
}

void truth(const char *format, ...)
{
	char line[4096];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(line, sizeof line - 1, format, args);
	va_end(args);
	line[n++] = '\n';
	if (write(1, line, (size_t)n) != n)
		die("write");
}

pid_t must_fork(void)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	return pid;
}

void reap(pid_t pid, pid_t ppid, const char *more)
{
	struct rusage u;
	char how[64];
	int status;

	if (wait4(pid, &status, __WALL, &u) != pid)
		die("wait4");
	if (WIFEXITED(status))
		snprintf(how, sizeof how, "exit_code=%d", WEXITSTATUS(status));
	else
		snprintf(how, sizeof how, "signal=SIG%s core_dumped=%d",
			 sigabbrev_np(WTERMSIG(status)), !!WCOREDUMP(status));
	truth("life pid=%d ppid=%d %s cpu_us=%lld minor_faults=%ld major_faults=%ld %s", (int)pid,
	      (int)ppid, how,
	      (long long)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000 + u.ru_utime.tv_usec +
		      u.ru_stime.tv_usec,
	      u.ru_minflt, u.ru_majflt, more);
}

void exec_exit(int code, char *const *more)
{
	static char number[16], name[] = "mkproc", verb[] = "exit";
	char *argv[64] = {name, verb, number};

	snprintf(number, sizeof number, "%d", code);
	for (int i = 0; more && more[i] && i < 60; i++)
		argv[3 + i] = more[i];
	execv("/proc/self/exe", argv);
	die("execv");
}

void burn(int64_t ns)
{
	struct timespec start, t;
	volatile unsigned sum = 0;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start);
	do {
		for (unsigned i = 0; i < 10000; i++)
			sum += i;
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
		(void)sum;
	} while ((t.tv_sec - start.tv_sec) * 1000000000LL + t.tv_nsec - start.tv_nsec < ns);
}

static const struct situation *const tables[] = {basic_situations, odd_situations,
						 elder_situations};
#define TABLES (sizeof tables / sizeof *tables)

static const struct situation *find(const char *name)
{
	for (unsigned i = 0; i < TABLES; i++)
		for (const struct situation *s = tables[i]; s->name; s++)
			if (strcmp(s->name, name) == 0)
				return s;
	return NULL;
}

static void list(const struct situation *s)
{
	for (; s->name; s++)
		printf("%-14s %s\n", s->name, s->summary);
}

int main(int argc, char **argv)
{
	/* what exec_exit has become: nothing more than an end with that code */
	if (argc > 2 && strcmp(argv[1], "exit") == 0)
		return atoi(argv[2]);
	if (argc < 2) {
		printf("usage: mkproc SITUATION...\n\n");
		for (unsigned i = 0; i < TABLES; i++)
			list(tables[i]);
		return 2;
	}
	for (int i = 1; i < argc; i++) {
		const struct situation *situation = find(argv[i]);

		if (!situation) {
			dprintf(2, "mkproc: no situation named %s\n", argv[i]);
			return 2;
		}
		truth("situation %s", situation->name);
		situation->make();
	}
	truth("done");
	return 0;
}
