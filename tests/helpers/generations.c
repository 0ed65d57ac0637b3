/*
 * A storm of families that writes down who was there: generations [-l LIVING] FILE
 * Prints "ROOT-PID", runs until its stdin ends, then prints how many there were. Whoever starts
 * children does not wait for them: they are orphans soon, and go to this program, which is a
 * subreaper. Three generations below the root, each living 0 to 5 ms, some up to 300 ms; a third of
 * the last ones execs. FILE gets a struct life of each.
 * Key decision: who forks notes the time before and after, who ends notes it right before; so of any
 * moment it is certain who lived, but for the few that were just about to.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LIVES_MAX 4000000u
#define NS_PER_MS 1000000

/* As tests/live/attach reads it: struct format "<iiiiqqq". */
struct life {
	int32_t pid, parent; /* parent: its index; -1: the root */
	int32_t generation, exec;
	int64_t before_ns, after_ns; /* the fork: birth is between the two */
	int64_t end_ns;              /* right before its end; 0: has not come */
};

struct shared {
	_Atomic uint32_t count; /* lives */
	_Atomic int32_t living;
	_Atomic int32_t stop;
	int32_t living_most;
	char reserved[48];
	struct life lives[];
};

static struct shared *shared;
static const char *self, *path;
static uint64_t random_state;

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static unsigned any(unsigned below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (unsigned)(random_state >> 33) % below;
}

static void nap(int64_t ns)
{
	const int64_t until = now_ns() + ns;

	while (!shared->stop && now_ns() < until) {
		int64_t left = until - now_ns();
		struct timespec t = {0, left > 20 * NS_PER_MS ? 20 * NS_PER_MS : left};

		if (left > 0)
			nanosleep(&t, NULL);
	}
}

static int64_t some_time(void)
{
	return any(12) ? any(5 * NS_PER_MS) : any(300 * NS_PER_MS);
}

static _Noreturn void end(struct life *life)
{
	atomic_fetch_sub(&shared->living, 1);
	life->end_ns = now_ns();
	_exit(0);
}

static _Noreturn void live(uint32_t index);

static void bear(int32_t parent, int generation)
{
	uint32_t index = atomic_fetch_add(&shared->count, 1);
	struct life *life;
	pid_t pid;

	if (index >= LIVES_MAX) {
		atomic_fetch_sub(&shared->count, 1);
		return;
	}
	life = &shared->lives[index];
	life->parent = parent;
	life->generation = generation;
	atomic_fetch_add(&shared->living, 1);
	life->before_ns = now_ns();
	pid = fork();
	if (pid == 0)
		live(index);
	life->after_ns = now_ns();
	life->pid = pid > 0 ? pid : 0;
	if (pid < 0)
		atomic_fetch_sub(&shared->living, 1);
}

static void exec_again(uint32_t index)
{
	char number[16];

	snprintf(number, sizeof number, "%u", index);
	execl(self, self, "-x", number, path, (char *)NULL);
}

static _Noreturn void live(uint32_t index)
{
	struct life *life = &shared->lives[index];

	random_state = (index + 1) * UINT64_C(0x9e3779b97f4a7c15);
	if (life->generation < 3)
		for (unsigned i = 1 + any(2); i > 0 && !shared->stop; i--) {
			nap(any(2 * NS_PER_MS));
			bear((int32_t)index, life->generation + 1);
		}
	else if (any(3) == 0) {
		life->exec = 1;
		exec_again(index);
	}
	nap(some_time());
	end(life);
}

static _Noreturn void be_root(void)
{
	random_state = 88172645463325252u;
	while (!shared->stop) {
		if (shared->living < shared->living_most)
			bear(-1, 1);
		else
			nap(NS_PER_MS / 5);
	}
	_exit(0);
}

static void map_file(int flags)
{
	size_t size = sizeof *shared + (size_t)LIVES_MAX * sizeof(struct life);
	int fd = open(path, O_RDWR | O_CLOEXEC | flags, 0600);

	if (fd < 0 || (flags && ftruncate(fd, (off_t)size) < 0) ||
	    (shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)) == MAP_FAILED) {
		perror(path);
		exit(2);
	}
	close(fd);
}

int main(int argc, char **argv)
{
	int option, living_most = 24;
	const char *again = NULL;
	char byte;
	pid_t root;

	self = argv[0];
	while ((option = getopt(argc, argv, "l:x:")) > 0) {
		if (option == 'l')
			living_most = atoi(optarg);
		else if (option == 'x')
			again = optarg;
		else
			return 2;
	}
	path = argv[optind];
	if (!path)
		return 2;
	map_file(again ? 0 : O_CREAT | O_TRUNC);
	if (again) {
		random_state = strtoull(again, NULL, 10) + 1;
		nap(any(5 * NS_PER_MS));
		end(&shared->lives[strtoul(again, NULL, 10)]);
	}
	shared->living_most = living_most;
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	signal(SIGCHLD, SIG_IGN);
	root = fork();
	if (root == 0)
		be_root();
	printf("%d\n", (int)root);
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0 || errno == EINTR)
		;
	shared->stop = 1;
	while (wait(NULL) > 0 || errno == EINTR)
		;
	printf("%u\n", shared->count);
	return 0;
}
