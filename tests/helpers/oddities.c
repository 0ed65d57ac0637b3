/*
 * Processes that trip process viewers up, alive for as long as somebody looks at them:
 *
 *	oddities [-l] [NAME]...
 *
 * makes those named (default: all), prints a line "odd NAME pid=N key=value ..." for each, or
 * "skip NAME reason", then "ready", and holds them until stdin ends. Key decision: what a
 * process is made of (its name, arguments, state) is settled before its line is printed, so a
 * reader never waits or guesses.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define SELF     "/proc/self/exe"
#define READY_FD 9 /* the child writes a byte here once it is what it is to be */

struct oddity {
	const char *name, *summary;
	void (*become)(void); /* in the child; returns to be held, or execs itself to be held */
};

static char folder[64];      /* for copies of the program */
static char cgroup_dir[512]; /* made by the parent */
extern char **environ;

static void die(const char *what)
{
	fprintf(stderr, "oddities: %s: %s\n", what, strerror(errno));
	_exit(2);
}

static void must(int result, const char *what)
{
	if (result < 0)
		die(what);
}

static void hold(void) __attribute__((noreturn));
static void hold(void)
{
	if (write(READY_FD, "r", 1) == 1)
		close(READY_FD);
	for (;;)
		pause();
}

static void exec_self(const char *path, const char *const argv[])
{
	execve(path, (char *const *)(uintptr_t)argv, environ);
	die("execve");
}

static void name_it(const char *name)
{
	must(prctl(PR_SET_NAME, name), "PR_SET_NAME");
}

/* ---- names and arguments ---- */

static void be_parenthesis(void)
{
	name_it(") R 1 (x) S 2");
}

static void be_newline(void)
{
	name_it("new\nline\ttab");
}

static void be_escape(void)
{
	name_it("\033[31mred\033]0;x\a");
}

static void be_bad_utf8(void)
{
	name_it("\xff\xfe\x80zz\xc3");
}

static void be_no_arguments(void)
{
	const char *argv[] = {NULL};

	exec_self(SELF, argv);
}

/* 20 words of 95,000 bytes: 1.9 MB, just below what the kernel takes with 8 MiB of stack. */
static void be_long_arguments(void)
{
	enum { WORDS = 20, BYTES = 95000 };
	const char *argv[WORDS + 3] = {"oddities", "hold"};

	for (int i = 0; i < WORDS; i++) {
		char *word = malloc(BYTES + 1);

		memset(word, 'a' + i, BYTES);
		word[BYTES] = 0;
		argv[i + 2] = word;
	}
	exec_self(SELF, argv);
}

static void be_strange_arguments(void)
{
	const char *argv[] = {"oddities",  "hold",        "two words",        "",
			      "a'b\"c",    "line\nbreak", "\033[2Jclear\x9b", "\xff\xfe",
			      "$HOME;`x`", NULL};

	exec_self(SELF, argv);
}

static void be_titled(void)
{
	const char *argv[] = {"oddities", "title", "long enough to be overwritten by a title",
			      NULL};

	exec_self(SELF, argv);
}

/* ---- states ---- */

static void be_zombie(void)
{
	must((int)write(READY_FD, "r", 1), "write");
	_exit(3);
}

static void be_stopped(void)
{
	must((int)write(READY_FD, "r", 1), "write");
	close(READY_FD);
	for (;;)
		raise(SIGSTOP);
}

static void *wait_forever(void *unused)
{
	for (;;)
		pause();
	return unused;
}

static void be_threads(void)
{
	pthread_attr_t attributes;
	pthread_t thread;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 64 << 10);
	for (int i = 1; i < 200; i++)
		if (pthread_create(&thread, &attributes, wait_forever, NULL))
			die("pthread_create");
}

static void *report_leader_gone(void *unused)
{
	/* the leader is a zombie once its state says so; there is no event to wait for */
	char path[64], text[512], *state;
	ssize_t n;

	snprintf(path, sizeof path, "/proc/%d/task/%d/stat", (int)getpid(), (int)getpid());
	for (;;) {
		int fd = open(path, O_RDONLY);

		n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
		close(fd);
		text[n > 0 ? n : 0] = 0;
		state = strrchr(text, ')');
		if (state && state[2] == 'Z')
			break;
		sched_yield();
	}
	hold();
	return unused;
}

static void be_dead_leader(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, report_leader_gone, NULL))
		die("pthread_create");
	syscall(SYS_exit, 0);
}

static void be_nice(void)
{
	must(setpriority(PRIO_PROCESS, 0, 7), "setpriority");
}

static void be_hasty(void)
{
	must(setpriority(PRIO_PROCESS, 0, -5), "setpriority");
}

static void be_locked(void)
{
	void *p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED || mlock(p, 1 << 20) < 0)
		die("mlock");
}

static void be_on_terminal(void)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY), fd;

	must(master, "posix_openpt");
	must(grantpt(master) | unlockpt(master), "unlockpt");
	must(setsid(), "setsid");
	fd = open(ptsname(master), O_RDWR);
	must(fd, "open pts");
	must(ioctl(fd, TIOCSCTTY, 0), "TIOCSCTTY");
	must(tcsetpgrp(fd, getpid()), "tcsetpgrp");
}

/* ---- files ---- */

static void copy_self(const char *path)
{
	char buffer[1 << 16];
	int from = open(SELF, O_RDONLY | O_CLOEXEC);
	int to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	ssize_t n;

	must(from, SELF);
	must(to, path);
	while ((n = read(from, buffer, sizeof buffer)) > 0)
		if (write(to, buffer, (size_t)n) != n)
			die("write");
	close(from);
	close(to);
}

static void be_deleted(void)
{
	char path[96];
	const char *argv[] = {"oddities", "unlink", path, NULL};

	snprintf(path, sizeof path, "%s/gone", folder);
	copy_self(path);
	exec_self(path, argv);
}

static void be_named_deleted(void)
{
	char path[96];
	const char *argv[] = {"oddities", "hold", NULL};

	snprintf(path, sizeof path, "%s/x (deleted)", folder);
	copy_self(path);
	exec_self(path, argv);
}

/* As many of 20,000 as the hard limit allows: only CAP_SYS_RESOURCE raises that. */
static void be_descriptors(void)
{
	enum { MANY = 20000 };
	struct rlimit limit;
	int fd = open("/dev/null", O_RDONLY);

	must(getrlimit(RLIMIT_NOFILE, &limit), "RLIMIT_NOFILE");
	limit.rlim_cur = limit.rlim_max;
	must(setrlimit(RLIMIT_NOFILE, &limit), "RLIMIT_NOFILE");
	for (int i = 0; i < MANY && dup(fd) >= 0; i++)
		;
}

/* ---- who and where ---- */

static void be_nobody(void)
{
	must(setresgid(65534, 65534, 65534), "setresgid");
	must(setresuid(65534, 65534, 65534), "setresuid");
}

static void be_pid_namespace(void)
{
	must(prctl(PR_SET_NAME, "namespace-init"), "PR_SET_NAME");
}

static void be_cgroup(void)
{
	char path[600];
	int fd;

	snprintf(path, sizeof path, "%s/cgroup.procs", cgroup_dir);
	fd = open(path, O_WRONLY);
	must(fd, path);
	must((int)write(fd, "0", 1), path);
	close(fd);
}

static const struct oddity oddities[] = {
	{"parenthesis",   "a name like the end of a stat line",             be_parenthesis      },
	{"newline",       "a name of two lines",                            be_newline          },
	{"escape",        "a name that turns a terminal red",               be_escape           },
	{"bad-utf8",      "a name that is no UTF-8",                        be_bad_utf8         },
	{"argc-0",        "no arguments at all",                            be_no_arguments     },
	{"long",          "1.9 MB of arguments",                            be_long_arguments   },
	{"strange",       "arguments with blanks, quotes, escapes",         be_strange_arguments},
	{"title",         "a title written over the arguments",             be_titled           },
	{"zombie",        "ended, nobody waits for it",                     be_zombie           },
	{"stopped",       "stopped by SIGSTOP",                             be_stopped          },
	{"threads",       "200 threads",                                    be_threads          },
	{"dead-leader",   "the first thread ended, another lives",          be_dead_leader      },
	{"nice",          "nice 7",                                         be_nice             },
	{"hasty",         "nice -5",                                        be_hasty            },
	{"locked",        "1 MiB of locked memory",                         be_locked           },
	{"terminal",      "leader of a session with a terminal of its own", be_on_terminal      },
	{"deleted",       "its program was deleted",                        be_deleted          },
	{"named-deleted", "its program is really called \"x (deleted)\"",   be_named_deleted    },
	{"descriptors",   "20,000 open files",                              be_descriptors      },
	{"nobody",        "another user's",                                 be_nobody           },
	{"namespace",     "process 1 of a pid namespace",                   be_pid_namespace    },
	{"cgroup",        "in a cgroup with colons and blanks in its name", be_cgroup           },
};
#define COUNT (sizeof oddities / sizeof *oddities)

/* ---- the parent ---- */

static int make_cgroup(void)
{
	char line[1024], where[256], type[64];
	FILE *mounts = fopen("/proc/self/mounts", "re");
	int made = -1;

	while (made < 0 && mounts && fgets(line, sizeof line, mounts)) {
		if (sscanf(line, "%*s %255s %63s", where, type) != 2 ||
		    strcmp(type, "cgroup2") != 0)
			continue;
		snprintf(cgroup_dir, sizeof cgroup_dir, "%s/odd: a:b (%d)", where, (int)getpid());
		made = mkdir(cgroup_dir, 0755);
	}
	if (mounts)
		fclose(mounts);
	if (made < 0)
		cgroup_dir[0] = 0;
	return made;
}

static pid_t spawn(const struct oddity *odd, int *ret_ready)
{
	bool in_namespace = strcmp(odd->name, "namespace") == 0;
	int ready[2];
	pid_t pid;

	must(pipe2(ready, O_CLOEXEC), "pipe");
	pid = in_namespace
		      ? (pid_t)syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, NULL, NULL, NULL, NULL)
		      : fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		must(dup2(ready[1], READY_FD), "dup2");
		odd->become();
		hold();
	}
	close(ready[1]);
	*ret_ready = ready[0];
	return pid;
}

/* False, with the reason printed, when this machine or user cannot have it. */
static bool make(const struct oddity *odd, pid_t *ret_pid)
{
	char byte;
	int ready;
	pid_t pid;

	if (strcmp(odd->name, "cgroup") == 0 && make_cgroup() < 0) {
		printf("skip %s no cgroup can be made\n", odd->name);
		return false;
	}
	pid = spawn(odd, &ready);
	if (pid < 0) {
		printf("skip %s %s\n", odd->name, strerror(errno));
		return false;
	}
	if (read(ready, &byte, 1) != 1) {
		printf("skip %s it could not be made\n", odd->name);
		waitpid(pid, NULL, 0);
		close(ready);
		return false;
	}
	close(ready);
	if (strcmp(odd->name, "stopped") == 0)
		waitid(P_PID, (id_t)pid, &(siginfo_t){0}, WSTOPPED | WNOWAIT);
	if (strcmp(odd->name, "zombie") == 0)
		waitid(P_PID, (id_t)pid, &(siginfo_t){0}, WEXITED | WNOWAIT);
	printf("odd %s pid=%d\n", odd->name, (int)pid);
	*ret_pid = pid;
	return true;
}

static const struct oddity *find(const char *name)
{
	for (size_t i = 0; i < COUNT; i++)
		if (strcmp(oddities[i].name, name) == 0)
			return &oddities[i];
	fprintf(stderr, "oddities: there is none named %s; -l lists them\n", name);
	exit(2);
}

/* What an exec of ourselves is to do before it is held. */
static void held(int argc, char **argv)
{
	if (argc == 0 || !argv[0] || !argv[0][0])
		hold();
	if (argc < 2)
		return;
	if (strcmp(argv[1], "unlink") == 0 && argc > 2)
		unlink(argv[2]);
	if (strcmp(argv[1], "title") == 0 && argc > 2) {
		size_t n = (size_t)(argv[2] + strlen(argv[2]) + 1 - argv[0]);

		memset(argv[0], 0, n);
		snprintf(argv[0], n, "oddities: a worker's title");
		hold();
	}
	if (strcmp(argv[1], "hold") == 0 || strcmp(argv[1], "unlink") == 0)
		hold();
}

static void clean_up(const pid_t *pids, size_t count)
{
	char path[96];

	for (size_t i = 0; i < count; i++)
		kill(pids[i], SIGKILL);
	while (wait(NULL) > 0 || errno == EINTR)
		;
	if (cgroup_dir[0])
		rmdir(cgroup_dir);
	snprintf(path, sizeof path, "%s/x (deleted)", folder);
	unlink(path);
	rmdir(folder);
}

int main(int argc, char **argv)
{
	pid_t pids[COUNT];
	size_t count = 0;
	char byte;

	held(argc, argv);
	if (argc > 1 && strcmp(argv[1], "-l") == 0) {
		for (size_t i = 0; i < COUNT; i++)
			printf("%-14s %s\n", oddities[i].name, oddities[i].summary);
		return 0;
	}
	snprintf(folder, sizeof folder, "%s/oddities.XXXXXX",
		 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	if (!mkdtemp(folder))
		die("mkdtemp");
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 1; i < argc && count < COUNT; i++)
		count += make(find(argv[i]), &pids[count]);
	for (size_t i = 0; argc < 2 && i < COUNT; i++)
		count += make(&oddities[i], &pids[count]);
	printf("ready\n");
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	clean_up(pids, count);
	return 0;
}
