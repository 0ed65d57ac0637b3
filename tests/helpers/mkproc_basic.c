/* Situations that every program makes: forks, execs, ends, costs. Key decision: see mkproc.h. */
#include "mkproc.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

/* Each generation waits for the next, and ends with its number. */
static void make_chain(void)
{
	for (int depth = 0; depth < 5; depth++) {
		pid_t pid = must_fork();

		if (pid == 0)
			continue;
		reap(pid, getpid(), "");
		if (depth == 0)
			return;
		_exit(depth);
	}
	_exit(5);
}

static void make_nonces(void)
{
	for (int i = 0; i < 20; i++) {
		char nonce[32], more[64];
		char *words[] = {nonce, NULL};
		pid_t pid;

		snprintf(nonce, sizeof nonce, "nonce-%d-%d", (int)getpid(), i);
		snprintf(more, sizeof more, "execs=1 last_arg=%s", nonce);
		pid = must_fork();
		if (pid == 0)
			exec_exit(i, words);
		reap(pid, getpid(), more);
	}
}

static void make_spawn(void)
{
	char name[] = "mkproc", verb[] = "exit", code[] = "6";
	char *argv[] = {name, verb, code, NULL};
	pid_t pid;

	errno = posix_spawn(&pid, "/proc/self/exe", NULL, NULL, argv, environ);
	if (errno)
		die("posix_spawn");
	reap(pid, getpid(), "execs=1");
}

static void make_brief(void)
{
	struct timespec ms = {.tv_nsec = 1000000};
	pid_t pid = must_fork();

	if (pid == 0)
		_exit(3);
	reap(pid, getpid(), "execs=0");
	pid = must_fork();
	if (pid == 0) {
		nanosleep(&ms, NULL);
		_exit(4);
	}
	reap(pid, getpid(), "execs=0");
}

static void make_vfork(void)
{
	pid_t pid = vfork();

	if (pid == 0)
		_exit(9);
	reap(pid, getpid(), "execs=0");
	pid = vfork();
	if (pid == 0)
		exec_exit(10, NULL);
	reap(pid, getpid(), "execs=1");
}

static void *burn_thread(void *ns)
{
	burn(*(int64_t *)ns);
	return NULL;
}

/* Eight threads that end in another order than they began in; the leader before all or last. */
static void threads(bool leader_first)
{
	static int64_t times[8];
	pthread_t thread;

	for (int i = 0; i < 8; i++) {
		times[i] = (1 + (i * 5) % 8) * 3000000LL;
		if (pthread_create(&thread, NULL, burn_thread, &times[i]))
			die("pthread_create");
		if (!leader_first && i == 7)
			pthread_join(thread, NULL);
	}
	if (leader_first)
		pthread_exit(NULL);
	burn(30000000);
	_exit(2);
}

static void make_threads(void)
{
	pid_t pid = must_fork();

	if (pid == 0)
		threads(false);
	reap(pid, getpid(), "threads=9 execs=0");
	pid = must_fork();
	if (pid == 0)
		threads(true);
	reap(pid, getpid(), "threads=9 execs=0");
}

static void *exec_thread(void *unused)
{
	burn(2000000);
	exec_exit(5, NULL);
}

static void make_thread_exec(void)
{
	pthread_t thread;
	pid_t pid = must_fork();

	if (pid == 0) {
		burn(4000000);
		if (pthread_create(&thread, NULL, exec_thread, NULL))
			die("pthread_create");
		pause();
	}
	reap(pid, getpid(), "execs=1");
}

static void *fork_thread(void *unused)
{
	pid_t pid = must_fork();

	if (pid == 0)
		_exit(12);
	reap(pid, getpid(), "execs=0");
	return NULL;
}

static void make_thread_fork(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, fork_thread, NULL))
		die("pthread_create");
	pthread_join(thread, NULL);
}

static void make_signals(void)
{
	static const int deaths[] = {SIGKILL, SIGTERM, SIGSEGV, SIGABRT, SIGUSR1};
	struct rlimit none = {0, 0};

	for (unsigned i = 0; i < sizeof deaths / sizeof *deaths; i++) {
		pid_t pid = must_fork();

		if (pid == 0) {
			setrlimit(RLIMIT_CORE, &none);
			signal(deaths[i], SIG_DFL);
			raise(deaths[i]);
			_exit(98);
		}
		reap(pid, getpid(), "");
	}
}

static void make_core(void)
{
	struct rlimit some = {1 << 20, 1 << 20};
	char folder[] = "/tmp/mkproc.XXXXXX", path[64];
	pid_t pid;

	if (!mkdtemp(folder))
		die("mkdtemp");
	pid = must_fork();
	if (pid == 0) {
		if (setrlimit(RLIMIT_CORE, &some) || chdir(folder))
			_exit(97);
		raise(SIGQUIT);
		_exit(98);
	}
	reap(pid, getpid(), "");
	snprintf(path, sizeof path, "%s/core", folder);
	unlink(path);
	snprintf(path, sizeof path, "%s/core.%d", folder, (int)pid);
	unlink(path);
	rmdir(folder);
}

static void make_execs(void)
{
	char word[] = "again", name[] = "mkproc", verb[] = "exit", code[] = "21";
	char *words[] = {word, NULL};
	char sh[] = "sh", c[] = "-c", script[] = "exec \"$0\" \"$@\"", self[64];
	char *argv[] = {sh, c, script, self, verb, code, NULL};
	pid_t pid = must_fork();

	if (pid == 0)
		exec_exit(20, words);
	reap(pid, getpid(), "execs=1");
	snprintf(self, sizeof self, "/proc/%d/exe", (int)getpid());
	pid = must_fork();
	if (pid == 0) {
		execv("/bin/sh", argv);
		die(name);
	}
	reap(pid, getpid(), "execs=2");
}

static void make_memory(void)
{
	size_t n = 48 << 20;
	pid_t pid = must_fork();

	if (pid == 0) {
		char *p = mmap(NULL, n, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

		if (p == MAP_FAILED)
			die("mmap");
		memset(p, 1, n);
		pid = must_fork();
		if (pid == 0)
			exec_exit(0, NULL); /* its peak is not that of the image before */
		reap(pid, getpid(), "execs=1 rss_peak_max=16777216");
		_exit(0);
	}
	reap(pid, getpid(), "rss_peak_min=50331648");
}

static void make_io(void)
{
	static char block[65536];
	pid_t pid = must_fork();

	if (pid == 0) {
		int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

		for (int i = 0; i < 16; i++)
			if (write(fd, block, sizeof block) != sizeof block)
				die("write");
		_exit(0);
	}
	reap(pid, getpid(), "write_chars=1048576 read_chars=0");
}

const struct situation basic_situations[] = {
	{"chain",           "five generations", make_chain},
	{"nonces",       "twenty programs, each with an argument of its own", make_nonces},
	{"spawn",          "posix_spawn", make_spawn},
	{"brief",      "a life of microseconds, a life of a millisecond", make_brief},
	{"vfork",           "vfork with and without exec", make_vfork},
	{"threads",       "eight threads that end in any order, the leader last or first", make_threads},
	{"thread_exec",           "exec from a thread that is not the leader", make_thread_exec},
	{"thread_fork",       "fork from a thread that is not the leader", make_thread_fork},
	{"signals",           "deaths by signals", make_signals},
	{"core",       "a death with a core dump, where the machine allows one", make_core},
	{"execs",         "one process, several programs", make_execs},
	{"memory",     "48 MiB, and a child that does not inherit that peak", make_memory},
	{"io",     "one MiB written", make_io},
	{NULL},
};
