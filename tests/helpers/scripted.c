/*
 * One process after the other does one thing each, for comparisons of event logs.
 * Prints "NAME PID" for each. Run it in a folder of its own: it leaves a core file there. Key decision: whatever one process does is in one fixed order, and
 * the next begins when the last has been reaped, so two logs must agree on every process.
 */
#include <errno.h>
#include <grp.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void check(bool good, const char *what)
{
	if (good)
		return;
	perror(what);
	_exit(99);
}

static void run(const char *program, const char *argument)
{
	execl(program, program, argument, NULL);
	check(false, program);
}

static void status_0(void) {}

static void status_3(void)
{
	_exit(3);
}

static void status_255(void)
{
	_exit(255);
}

static void killed(void)
{
	kill(getpid(), SIGKILL);
}

static void terminated(void)
{
	raise(SIGTERM);
}

static void dump_core(rlim_t size)
{
	const struct rlimit limit = {size, size};

	check(setrlimit(RLIMIT_CORE, &limit) == 0, "setrlimit");
	raise(SIGSEGV);
}

/* Into the folder that the caller gave, if the machine writes them where the process is. */
static void core(void)
{
	dump_core(RLIM_INFINITY);
}

static void core_refused(void)
{
	dump_core(0);
}

static void exec(void)
{
	run("/bin/true", "an argument");
}

static void exec_false(void)
{
	run("/bin/false", NULL);
}

static void exec_usage(void)
{
	run("/bin/sh", "-c"); /* a usage error: status 2 */
}

static void exec_chain(void)
{
	execl("/bin/sh", "sh", "-c", "exec /bin/true twice", NULL);
	check(false, "sh");
}

static void fork_two(void)
{
	for (int i = 0; i < 2; i++) {
		int status;
		pid_t pid = fork();

		if (pid == 0)
			_exit(i + 1);
		check(pid > 0 && waitpid(pid, &status, 0) == pid, "fork");
	}
}

static void vfork_exec(void)
{
	int status;
	pid_t pid = vfork();

	if (pid == 0) {
		execl("/bin/true", "true", "of vfork", NULL);
		_exit(98);
	}
	check(pid > 0 && waitpid(pid, &status, 0) == pid, "vfork");
}

static void renamed(void)
{
	prctl(PR_SET_NAME, "first name");
	prctl(PR_SET_NAME, "second name");
}

static void *nothing(void *unused)
{
	return unused;
}

static void threads(void)
{
	for (int i = 0; i < 3; i++) {
		pthread_t thread;

		check(pthread_create(&thread, NULL, nothing, NULL) == 0, "pthread_create");
		pthread_join(thread, NULL);
	}
}

static void *exec_true(void *unused)
{
	run("/bin/true", "of a thread");
	return unused;
}

static void thread_exec(void)
{
	pthread_t thread;

	check(pthread_create(&thread, NULL, exec_true, NULL) == 0, "pthread_create");
	pthread_join(thread, NULL);
}

static void session(void)
{
	check(setsid() == getpid(), "setsid");
}

static void other_group(void)
{
	check(setgid(65534) == 0, "setgid");
}

static void other_user(void)
{
	check(setuid(65534) == 0, "setuid");
}

static void other_both(void)
{
	check(setgroups(0, NULL) == 0 && setgid(65534) == 0 && setuid(65534) == 0, "setuid");
}

/* This process is the tracer, its child the traced. */
static void traced(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		raise(SIGSTOP);
		_exit(0);
	}
	check(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status), "stop");
	check(ptrace(PTRACE_SEIZE, pid, NULL, NULL) == 0, "PTRACE_SEIZE");
	check(ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) == 0, "PTRACE_INTERRUPT");
	check(waitpid(pid, &status, 0) == pid && WIFSTOPPED(status), "interrupt");
	check(ptrace(PTRACE_DETACH, pid, NULL, NULL) == 0, "PTRACE_DETACH");
	kill(pid, SIGCONT);
	check(waitpid(pid, &status, 0) == pid && WIFEXITED(status), "end of the traced");
}

/* Its parent ends first; what reads the pipe sees its end. */
static void orphan(void)
{
	char c;
	int fds[2];
	pid_t pid;

	check(pipe(fds) == 0, "pipe");
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	pid = fork();
	if (pid == 0) {
		pid = fork();
		if (pid == 0) {
			close(fds[1]);
			check(read(fds[0], &c, 1) == 0, "read"); /* the parent is gone */
			_exit(7);
		}
		_exit(pid < 0);
	}
	close(fds[0]);
	check(pid > 0 && waitpid(pid, NULL, 0) == pid, "fork");
	close(fds[1]);
	check(wait(NULL) > 0, "orphan");
}

static const struct {
	const char *name;
	void (*act)(void);
} steps[] = {
	{"status_0",     status_0    },
	{"status_3",     status_3    },
	{"status_255",   status_255  },
	{"killed",       killed      },
	{"terminated",   terminated  },
	{"core",         core        },
	{"core_refused", core_refused},
	{"exec",         exec        },
	{"exec_false",   exec_false  },
	{"exec_usage",   exec_usage  },
	{"exec_chain",   exec_chain  },
	{"fork_two",     fork_two    },
	{"vfork_exec",   vfork_exec  },
	{"renamed",      renamed     },
	{"threads",      threads     },
	{"thread_exec",  thread_exec },
	{"session",      session     },
	{"other_group",  other_group },
	{"other_user",   other_user  },
	{"other_both",   other_both  },
	{"traced",       traced      },
	{"orphan",       orphan      },
};

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		int status = -1;
		pid_t pid = fork();

		if (pid == 0) {
			steps[i].act();
			_exit(0);
		}
		check(pid > 0 && waitpid(pid, &status, 0) == pid, steps[i].name);
		check(!WIFEXITED(status) || WEXITSTATUS(status) < 98 || WEXITSTATUS(status) == 255,
		      steps[i].name);
		printf("%s %d\n", steps[i].name, (int)pid);
	}
	return 0;
}
