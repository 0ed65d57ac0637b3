/*
 * Starts many short processes: storm [-w WORKERS] [-f EACH] [-v] COUNT [PROGRAM]
 * Each gets an argument of its own, "PID-OF-WORKER.NUMBER"; with -f every EACHth is /bin/false;
 * with -v they are vfork + _exit without an exec. Key decision: the cost is RUSAGE_CHILDREN of
 * the workers, which the kernel adds up in ns, so the truth is not rounded once a process.
 * Prints: wall_ns=N lives=N failed=N children_cpu_ns=N (the short processes only).
 */
#include <errno.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

struct totals {
	int64_t lives, failed, cpu_ns;
};

struct options {
	int workers, each_false, vfork_only, count;
	const char *program;
};

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int64_t tv_ns(struct timeval tv)
{
	return tv.tv_sec * 1000000000LL + tv.tv_usec * 1000LL;
}

static pid_t start_one(const struct options *options, int number)
{
	char nonce[64];
	const char *program = options->program;
	char *argv[3] = {NULL, nonce, NULL};
	pid_t pid;

	if (options->vfork_only) {
		pid = vfork();
		if (pid == 0)
			_exit(0);
		return pid;
	}
	if (options->each_false && number % options->each_false == 0)
		program = "/bin/false";
	argv[0] = (char *)(uintptr_t)program;
	snprintf(nonce, sizeof nonce, "%d.%d", (int)getpid(), number);
	errno = posix_spawn(&pid, program, NULL, NULL, argv, environ);
	return errno ? -1 : pid;
}

static void work(const struct options *options, int count, int fd)
{
	struct totals totals = {0};
	struct rusage usage;

	for (int i = 1; i <= count; i++) {
		int status = -1;
		pid_t pid = start_one(options, i);

		if (pid < 0 || waitpid(pid, &status, 0) != pid)
			_exit(1);
		totals.lives++;
		totals.failed += status != 0;
	}
	getrusage(RUSAGE_CHILDREN, &usage);
	totals.cpu_ns = tv_ns(usage.ru_utime) + tv_ns(usage.ru_stime);
	_exit(write(fd, &totals, sizeof totals) != sizeof totals);
}

static int run(const struct options *options)
{
	struct totals sum = {0}, one;
	int64_t started = now_ns();
	int fds[2], status, bad = 0;

	if (pipe(fds))
		return 1;
	for (int w = 0; w < options->workers; w++)
		if (fork() == 0)
			work(options, options->count / options->workers, fds[1]);
	close(fds[1]);
	while (read(fds[0], &one, sizeof one) == sizeof one) {
		sum.lives += one.lives;
		sum.failed += one.failed;
		sum.cpu_ns += one.cpu_ns;
	}
	while (wait(&status) > 0)
		bad |= status;
	printf("wall_ns=%lld lives=%lld failed=%lld children_cpu_ns=%lld\n",
	       (long long)(now_ns() - started), (long long)sum.lives, (long long)sum.failed,
	       (long long)sum.cpu_ns);
	return bad != 0;
}

int main(int argc, char **argv)
{
	struct options options = {.workers = 2, .program = "/bin/true"};
	int option;

	while ((option = getopt(argc, argv, "w:f:v")) > 0) {
		switch (option) {
		case 'w':
			options.workers = atoi(optarg);
			break;
		case 'f':
			options.each_false = atoi(optarg);
			break;
		case 'v':
			options.vfork_only = 1;
			break;
		default:
			return 2;
		}
	}
	options.count = optind < argc ? atoi(argv[optind]) : 0;
	if (optind + 1 < argc)
		options.program = argv[optind + 1];
	if (options.count < 1 || options.workers < 1)
		return 2;
	return run(&options);
}
