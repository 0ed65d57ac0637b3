/*
 * A tree of three generations, with threads, that forks as fast as it can:
 * waited_for FILE, until its standard input ends. Two children of two threads each make short lives of several kinds; the
 * first process makes children that each make one more. Whoever waits for a life appends to FILE
 *   life pid=N ppid=N born_ns=N made_ns=N ended_ns=N status=N cpu_ns=N
 * (CLOCK_BOOTTIME before and after fork and after wait4; status is raw; cpu_ns is what wait4 gave,
 * descendants included), and most lives, last of all,
 *   alive pid=N at_ns=N
 * Prints "ready PID" when all run, and at the end "lives=N bad=N": those that did not end as they
 * should.
 * Key decision: the truth comes from the real parents' wait4, which nothing that traces may change.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

struct totals {
	atomic_long lives, bad;
	atomic_bool over;
};

static struct totals *totals; /* shared by all of them */
static int log_fd;

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int64_t tv_ns(struct timeval tv)
{
	return tv.tv_sec * 1000000000LL + tv.tv_usec * 1000LL;
}

static void burn(int64_t ns)
{
	int64_t end_ns = now_ns() + ns;

	while (now_ns() < end_ns)
		;
}

struct birth {
	int64_t born_ns, made_ns;
};

static void reap(pid_t pid, struct birth birth, int expected)
{
	struct rusage usage;
	int status = -1;
	char line[240];
	int n;

	if (pid <= 0 || wait4(pid, &status, 0, &usage) != pid)
		_exit(99);
	n = snprintf(line, sizeof line,
		     "life pid=%d ppid=%d born_ns=%lld made_ns=%lld ended_ns=%lld status=%d "
		     "cpu_ns=%lld\n",
		     (int)pid, (int)getpid(), (long long)birth.born_ns, (long long)birth.made_ns,
		     (long long)now_ns(), status,
		     (long long)(tv_ns(usage.ru_utime) + tv_ns(usage.ru_stime)));
	if (write(log_fd, line, (size_t)n) != n)
		_exit(98);
	atomic_fetch_add(&totals->lives, 1);
	if (status != expected)
		atomic_fetch_add(&totals->bad, 1);
}

/* The last thing that a life does but ending. */
static void say_alive(void)
{
	char line[80];
	int n = snprintf(line, sizeof line, "alive pid=%d at_ns=%lld\n", (int)getpid(),
			 (long long)now_ns());

	if (write(log_fd, line, (size_t)n) != n)
		_exit(98);
}

static void *burn_a_little(void *nothing)
{
	burn(100000);
	return nothing;
}

static void threaded(int code)
{
	pthread_t threads[2];

	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, burn_a_little, NULL);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	say_alive();
	_exit(code);
}

static pid_t vfork_and_exit(int code)
{
	pid_t pid = vfork();

	if (pid == 0)
		_exit(code);
	return pid;
}

static void one_life(int number)
{
	struct birth birth = {.born_ns = now_ns()};
	char *argv[] = {(char *)(uintptr_t) "/bin/true", NULL};
	int code = number % 100, expected = code << 8;
	pid_t pid;

	if (number % 5 == 0) {
		expected = 0;
		if (posix_spawn(&pid, argv[0], NULL, NULL, argv, environ) != 0)
			pid = -1;
	} else if (number % 5 == 1) {
		pid = vfork_and_exit(code);
	} else {
		pid = fork();
	}
	if (pid == 0) {
		if (number % 5 == 3)
			threaded(code);
		say_alive();
		if (number % 5 == 2)
			_exit(code);
		raise(SIGKILL);
	}
	birth.made_ns = now_ns();
	if (number % 5 == 4)
		expected = SIGKILL;
	reap(pid, birth, expected);
}

static void *make_lives(void *first)
{
	for (int i = (int)(intptr_t)first; !atomic_load(&totals->over); i++)
		one_life(i);
	return NULL;
}

/* A second generation that stays: two threads that fork. */
static void stay(int which)
{
	pthread_t other;

	pthread_create(&other, NULL, make_lives, (void *)(intptr_t)(which + 1));
	make_lives((void *)(intptr_t)(which + 3));
	pthread_join(other, NULL);
	say_alive();
	_exit(10 + which);
}

static void *await_end(void *nothing)
{
	char byte;

	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	atomic_store(&totals->over, true);
	return nothing;
}

static pid_t forked(struct birth *ret_birth)
{
	pid_t pid;

	ret_birth->born_ns = now_ns();
	pid = fork();
	ret_birth->made_ns = now_ns();
	return pid;
}

int main(int argc, char **argv)
{
	struct birth birth, stay_births[2];
	pthread_t waiting;
	pid_t staying[2];

	if (argc < 2)
		return 2;
	totals = mmap(NULL, sizeof *totals, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	log_fd = open(argv[1], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (totals == MAP_FAILED || log_fd < 0)
		return 2;
	for (int i = 0; i < 2; i++) {
		staying[i] = forked(&stay_births[i]);
		if (staying[i] == 0)
			stay(i);
	}
	pthread_create(&waiting, NULL, await_end, NULL);
	printf("ready %d\n", (int)getpid());
	fflush(stdout);
	for (int i = 0; !atomic_load(&totals->over); i++) {
		pid_t pid = forked(&birth);

		if (pid == 0) {
			one_life(i);
			say_alive();
			_exit(5);
		}
		reap(pid, birth, 5 << 8);
	}
	for (int i = 0; i < 2; i++)
		reap(staying[i], stay_births[i], (10 + i) << 8);
	printf("lives=%ld bad=%ld\n", atomic_load(&totals->lives), atomic_load(&totals->bad));
	return 0;
}
