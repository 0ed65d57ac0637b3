/*
 * Starts many short processes:
 * storm [-w WORKERS] [-f EACH] [-v | -m EACH] [-s SECONDS] [-o FILE] COUNT [PROGRAM]
 * Each gets an argument of its own, "PID-OF-WORKER.NUMBER"; with -f every EACHth is /bin/false;
 * with -v they are vfork + _exit without an exec, with -m all but every EACHth are; with -s it is
 * over after so many seconds at most; with -o FILE gets a line "PID ARGUMENT" of each.
 * Key decision: the cost is RUSAGE_CHILDREN of the workers, which the kernel adds up in ns, so the
 * truth is not rounded once a process.
 * Prints: wall_ns=N lives=N spawned=N failed=N children_cpu_ns=N (the short processes only).
 */
#include <errno.h>
#include <spawn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

struct totals {
	int64_t lives, spawned, failed, cpu_ns;
};

struct options {
	int workers, each_false, each_spawn, seconds, count;
	bool vfork_only;
	const char *program, *list;
};

/* Shared by the workers: who they are, and whom each started, one after the other. */
struct made {
	pid_t *workers, *pids;
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

static bool is_spawned(const struct options *options, int number)
{
	return options->each_spawn ? number % options->each_spawn == 0 : !options->vfork_only;
}

static pid_t start_one(const struct options *options, int number)
{
	char nonce[64];
	const char *program = options->program;
	char *argv[3] = {NULL, nonce, NULL};
	pid_t pid;

	if (!is_spawned(options, number)) {
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

static void work(const struct options *options, int count, pid_t *ret_pids, int fd)
{
	int64_t end = options->seconds ? now_ns() + options->seconds * 1000000000LL : INT64_MAX;
	struct totals totals = {0};
	struct rusage usage;

	for (int i = 1; i <= count && (i % 64 || now_ns() < end); i++) {
		int status = -1;
		pid_t pid = start_one(options, i);

		if (pid < 0 || waitpid(pid, &status, 0) != pid)
			_exit(1);
		ret_pids[i - 1] = pid;
		totals.lives++;
		totals.spawned += is_spawned(options, i);
		totals.failed += status != 0;
	}
	getrusage(RUSAGE_CHILDREN, &usage);
	totals.cpu_ns = tv_ns(usage.ru_utime) + tv_ns(usage.ru_stime);
	_exit(write(fd, &totals, sizeof totals) != sizeof totals);
}

static void *shared(size_t count, size_t size)
{
	void *p = mmap(NULL, count * size, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		exit(1);
	return p;
}

static int list(const struct options *options, const struct made *made, int each)
{
	FILE *file = fopen(options->list, "we");

	if (!file)
		return 1;
	for (int i = 0; i < options->workers * each; i++)
		if (made->pids[i])
			fprintf(file, "%d %d.%d\n", (int)made->pids[i],
				(int)made->workers[i / each], i % each + 1);
	return fclose(file) != 0;
}

static int run(const struct options *options)
{
	int each = options->count / options->workers;
	struct made made = {shared(options->workers, sizeof(pid_t)),
			    shared(options->count, sizeof(pid_t))};
	struct totals sum = {0}, one;
	int64_t started = now_ns();
	int fds[2], status, bad = 0;

	if (pipe(fds))
		return 1;
	for (int w = 0; w < options->workers; w++) {
		if (fork() == 0) {
			made.workers[w] = getpid();
			work(options, each, made.pids + (ptrdiff_t)w * each, fds[1]);
		}
	}
	close(fds[1]);
	while (read(fds[0], &one, sizeof one) == sizeof one) {
		sum.lives += one.lives;
		sum.spawned += one.spawned;
		sum.failed += one.failed;
		sum.cpu_ns += one.cpu_ns;
	}
	while (wait(&status) > 0)
		bad |= status;
	printf("wall_ns=%lld lives=%lld spawned=%lld failed=%lld children_cpu_ns=%lld\n",
	       (long long)(now_ns() - started), (long long)sum.lives, (long long)sum.spawned,
	       (long long)sum.failed, (long long)sum.cpu_ns);
	return bad != 0 || (options->list && list(options, &made, each));
}

int main(int argc, char **argv)
{
	struct options options = {.workers = 2, .program = "/bin/true"};
	int option;

	while ((option = getopt(argc, argv, "w:f:vm:s:o:")) > 0) {
		switch (option) {
		case 'w':
			options.workers = atoi(optarg);
			break;
		case 'f':
			options.each_false = atoi(optarg);
			break;
		case 'v':
			options.vfork_only = true;
			break;
		case 'm':
			options.each_spawn = atoi(optarg);
			break;
		case 's':
			options.seconds = atoi(optarg);
			break;
		case 'o':
			options.list = optarg;
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
