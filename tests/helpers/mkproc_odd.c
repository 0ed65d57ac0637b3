/* Situations that trip process watchers up. Key decision: see mkproc.h. */
#include "mkproc.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static pid_t raw_clone(unsigned long flags)
{
	pid_t pid = (pid_t)syscall(SYS_clone, flags, NULL, NULL, NULL, NULL);

	if (pid < 0)
		die("clone");
	return pid;
}

/* Ends when every holder of the write end is gone. */
static void wait_closed(int fd)
{
	char byte;

	while (read(fd, &byte, 1) > 0)
		;
	close(fd);
}

/* The double fork: the daemon outlives who made it, in a session of its own. */
static void make_daemon(void)
{
	int gone[2], ended[2];
	pid_t middle;

	if (pipe(gone) || pipe(ended))
		die("pipe");
	middle = must_fork();
	if (middle == 0) {
		pid_t middle_pid = getpid();

		close(ended[0]);
		setsid();
		if (must_fork())
			_exit(1);
		close(gone[1]);
		wait_closed(gone[0]); /* the maker is reaped */
		truth("life pid=%d ppid=%d exit_code=7 sid=%d pgid=%d execs=0", (int)getpid(),
		      (int)middle_pid, (int)middle_pid, (int)middle_pid);
		_exit(7);
	}
	close(ended[1]);
	reap(middle, getpid(), "execs=0");
	close(gone[0]);
	close(gone[1]);
	wait_closed(ended[0]);
}

/* The child is its maker's sibling: the fork event's process is not the parent. */
static void make_clone_parent(void)
{
	pid_t sibling = 0, maker;
	int fds[2];

	if (pipe(fds))
		die("pipe");
	maker = must_fork();
	if (maker == 0) {
		sibling = raw_clone(CLONE_PARENT | SIGCHLD);
		if (sibling == 0)
			_exit(14);
		if (write(fds[1], &sibling, sizeof sibling) != sizeof sibling)
			die("write");
		_exit(13);
	}
	if (read(fds[0], &sibling, sizeof sibling) != sizeof sibling)
		die("read");
	reap(maker, getpid(), "execs=0");
	reap(sibling, getpid(), "execs=0");
	close(fds[0]);
	close(fds[1]);
}

/* clone3, as posix_spawn of newer libraries and runtimes do. */
static void make_clone3(void)
{
	struct clone_args args = {.exit_signal = SIGCHLD};
	pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof args);

	if (pid == 0)
		_exit(15);
	if (pid < 0)
		die("clone3");
	reap(pid, getpid(), "execs=0");
}

/* ptrace cannot hold on to this one; every other source sees it. */
static void make_untraced(void)
{
	pid_t pid = raw_clone(CLONE_UNTRACED | SIGCHLD);

	if (pid == 0)
		_exit(16);
	reap(pid, getpid(), "execs=0 untraced=1");
}

/* Dead, but nobody reaps it for longer than anyone should wait for its cost. */
static void make_zombie(void)
{
	struct timespec a_while = {.tv_nsec = 700000000};
	pid_t pid = must_fork();
	siginfo_t info;

	if (pid == 0) {
		burn(5000000);
		_exit(4);
	}
	waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
	nanosleep(&a_while, NULL); /* the length of this is the situation */
	reap(pid, getpid(), "execs=0");
}

/* Never waited for: its parent ignores SIGCHLD, so the kernel reaps it. */
static void make_unwaited(void)
{
	int fds[2];
	pid_t pid;

	if (pipe(fds))
		die("pipe");
	signal(SIGCHLD, SIG_IGN);
	pid = must_fork();
	if (pid == 0) {
		close(fds[0]);
		_exit(17);
	}
	close(fds[1]);
	wait_closed(fds[0]);
	waitpid(pid, NULL, 0); /* ECHILD, once it is gone */
	signal(SIGCHLD, SIG_DFL);
	truth("life pid=%d ppid=%d exit_code=17 execs=0", (int)pid, (int)getpid());
}

/* `count` arguments of `each` bytes: letters that a reader can verify. */
static void long_argv(int count, size_t each)
{
	char *words[60] = {NULL}, more[128];
	pid_t pid;

	for (int i = 0; i < count; i++) {
		words[i] = malloc(each + 1);
		for (size_t at = 0; at < each; at++)
			words[i][at] = (char)('a' + (at + (size_t)i) % 26);
		words[i][each] = '\0';
	}
	/* "mkproc", "exit", "0" and theirs, each with its NUL */
	snprintf(more, sizeof more, "execs=1 args_bytes=%zu args_letters=%d",
		 7 + 5 + 2 + (size_t)count * (each + 1), count);
	pid = must_fork();
	if (pid == 0)
		exec_exit(0, words);
	reap(pid, getpid(), more);
	for (int i = 0; i < count; i++)
		free(words[i]);
}

static void make_longargv(void)
{
	long_argv(1, 120000);
	long_argv(40, 3000);
}

static void make_hugeargv(void)
{
	long_argv(3, 100000);
}

static void make_oddargv(void)
{
	char empty[] = "", lines[] = "two\nlines", bytes[] = "\xff\xfe\x80", esc[] = "\033[31mred",
	     word[] = "end";
	char *words[] = {empty, lines, bytes, esc, word, NULL};
	pid_t pid = must_fork();

	if (pid == 0)
		exec_exit(0, words);
	reap(pid, getpid(), "execs=1 words=8 last_arg=end");
}

static void make_session(void)
{
	char more[96];
	pid_t pid = must_fork();

	if (pid == 0) {
		setsid();
		_exit(0);
	}
	snprintf(more, sizeof more, "sid=%d pgid=%d", (int)pid, (int)pid);
	reap(pid, getpid(), more);
	pid = must_fork();
	if (pid == 0) {
		setpgid(0, 0);
		_exit(0);
	}
	snprintf(more, sizeof more, "sid=%d pgid=%d", (int)getsid(0), (int)pid);
	reap(pid, getpid(), more);
}

static void make_setuid(void)
{
	pid_t pid = must_fork();

	if (pid == 0) {
		if (getuid() == 0 &&
		    (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534)))
			die("setresuid");
		_exit(18);
	}
	reap(pid, getpid(), getuid() == 0 ? "uid=65534" : "");
}

static void make_comm(void)
{
	pid_t pid = must_fork();

	if (pid == 0) {
		prctl(PR_SET_NAME, "evil) R 1\n2 (x");
		prctl(PR_SET_NAME, "renamed");
		_exit(0);
	}
	reap(pid, getpid(), "comm=renamed");
}

static void make_cwd(void)
{
	char more[4200], where[4096];
	pid_t pid;

	if (!getcwd(where, sizeof where))
		die("getcwd");
	snprintf(more, sizeof more, "execs=1 cwd=%s", where);
	pid = must_fork();
	if (pid == 0)
		exec_exit(0, NULL);
	reap(pid, getpid(), more);
}

static void make_execveat(void)
{
	char name[] = "mkproc", verb[] = "exit", code[] = "19";
	char *argv[] = {name, verb, code, NULL};
	pid_t pid = must_fork();
	siginfo_t info;

	if (pid == 0) {
		int fd = open("/proc/self/exe", O_PATH | O_CLOEXEC);

		syscall(SYS_execveat, fd, "", argv, environ, AT_EMPTY_PATH);
		_exit(96); /* 5.10 refuses it on an initial ram disk */
	}
	waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
	reap(pid, getpid(), info.si_status == 96 ? "execs=0" : "execs=1");
}

static void make_badexec(void)
{
	char name[] = "none";
	char *argv[] = {name, NULL};
	pid_t pid = must_fork();

	if (pid == 0) {
		execve("/nonexistent/program", argv, environ);
		execve("/", argv, environ);
		exec_exit(22, NULL);
	}
	reap(pid, getpid(), "execs=1 bad_execs=2");
}

/* A stop and a continue are no ends; who waits for them sees them as without a watcher. */
static void make_stop(void)
{
	int status, seen[2];
	pid_t pid;

	if (pipe(seen))
		die("pipe");
	pid = must_fork();
	if (pid == 0) {
		close(seen[1]);
		raise(SIGSTOP);
		wait_closed(seen[0]); /* its end would hide that it was continued */
		_exit(23);
	}
	close(seen[0]);
	if (waitpid(pid, &status, WUNTRACED) != pid || !WIFSTOPPED(status))
		die("no stop was seen");
	kill(pid, SIGCONT);
	if (waitpid(pid, &status, WCONTINUED) != pid || !WIFCONTINUED(status))
		die("no continue was seen");
	close(seen[1]);
	reap(pid, getpid(), "execs=0");
}

/* The parent is dead before the child does anything: it belongs to the tree all the same. */
static void make_orphan(void)
{
	int ended[2];
	pid_t middle;

	if (pipe(ended))
		die("pipe");
	middle = must_fork();
	if (middle == 0) {
		pid_t middle_pid = getpid(), pid = must_fork();

		if (pid)
			_exit(0);
		while (getppid() == middle_pid)
			sched_yield();
		pid = must_fork();
		if (pid == 0)
			exec_exit(24, NULL);
		reap(pid, getpid(), "execs=1");
		truth("life pid=%d ppid=%d exit_code=25 execs=0", (int)getpid(), (int)middle_pid);
		_exit(25);
	}
	close(ended[1]);
	reap(middle, getpid(), "execs=0");
	wait_closed(ended[0]);
}

/* A request that a thread of the kernel's making serves, within the process. False: not allowed. */
static bool use_uring(void)
{
	struct io_uring_params params = {0};
	int fd = (int)syscall(SYS_io_uring_setup, 1, &params);
	struct io_uring_sqe *sqe;
	size_t ring_size;
	char *ring;

	if (fd < 0)
		return false;
	ring_size = params.sq_off.array + params.sq_entries * sizeof(unsigned);
	ring = mmap(NULL, ring_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, IORING_OFF_SQ_RING);
	sqe = mmap(NULL, sizeof *sqe, PROT_READ | PROT_WRITE, MAP_SHARED, fd, IORING_OFF_SQES);
	if (ring == MAP_FAILED || sqe == MAP_FAILED)
		die("mmap");
	*sqe = (struct io_uring_sqe){.opcode = IORING_OP_NOP, .flags = IOSQE_ASYNC};
	*(unsigned *)(void *)(ring + params.sq_off.array) = 0;
	__atomic_store_n((unsigned *)(void *)(ring + params.sq_off.tail), 1, __ATOMIC_RELEASE);
	return syscall(SYS_io_uring_enter, fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) == 1;
}

/* The kernel makes threads in it that nobody sees begin; they end before its leader or after. */
static void make_uring(void)
{
	pid_t pid = must_fork();

	if (pid == 0) {
		bool used = use_uring();

		burn(3000000);
		_exit(used ? 26 : 96);
	}
	reap(pid, getpid(), "execs=0");
}

const struct situation odd_situations[] = {
	{"daemon",           "a double fork into a session of its own", make_daemon},
	{"clone_parent",       "a child that is its maker's sibling", make_clone_parent},
	{"clone3",     "a child by clone3", make_clone3},
	{"untraced", "a child that ptrace may not follow", make_untraced},
	{"zombie",           "dead for 0.7 s before it is reaped", make_zombie},
	{"unwaited",       "reaped by the kernel", make_unwaited},
	{"longargv",         "120 KB of arguments, in one word and in forty", make_longargv},
	{"hugeargv",     "300 KB of arguments", make_hugeargv},
	{"oddargv",           "empty, with line ends, not UTF-8, escapes", make_oddargv},
	{"session",       "setsid and setpgid", make_session},
	{"setuid",         "root that becomes nobody", make_setuid},
	{"comm",     "a process that renames itself", make_comm},
	{"cwd",         "an exec in the working directory", make_cwd},
	{"execveat",     "exec of an open file", make_execveat},
	{"badexec",         "two failed execs, then one that works", make_badexec},
	{"stop",     "stopped and continued", make_stop},
	{"orphan",          "the parent dies first", make_orphan},
	{"uring",      "threads that the kernel makes for it", make_uring},
	{NULL         },
};
