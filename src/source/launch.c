/*
 * Starting the command. Key decision: the child is held on a socket and says over a second pipe,
 * which a successful exec closes, what went wrong. If pscope dies before it lets the child go, the
 * child reads the end of the socket and ends: a command either runs under watch or not at all.
 */
#include "source/launch.h"

#include "base/cleanup.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#define EXIT_NOT_EXECUTABLE 126
#define EXIT_NOT_FOUND      127
#define EXIT_NOT_RELEASED   125

void launch_save_signals(struct launch_spec *spec)
{
	struct sigaction action;

	sigprocmask(SIG_SETMASK, NULL, &spec->signal_mask);
	sigemptyset(&spec->signals_ignored);
	for (int number = 1; number <= SIGRTMAX; number++) {
		if (sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
			sigaddset(&spec->signals_ignored, number);
	}
	spec->signals_saved = true;
}

#define USER_BYTES 65536 /* far more than any entry of a user */

static int resolve_user(struct launch *launch, struct error *err)
{
	cleanup_free char *room = launch->spec.user ? mem_alloc(USER_BYTES) : NULL;
	const char *name = launch->spec.user;
	struct passwd entry, *found = NULL;
	long long number;
	int r;

	if (!name)
		return 0;
	r = getpwnam_r(name, &entry, room, USER_BYTES, &found);
	if (!found && str_to_i64(str_of(name), &number) == 0 && number >= 0 && number < UINT32_MAX)
		r = getpwuid_r((uid_t)number, &entry, room, USER_BYTES, &found);
	if (!found)
		return error_set(err, r ? r : ENOENT,
				 "cannot run the command as '%s': %s; name a user that exists",
				 name, r ? error_name(r) : "there is no such user");
	launch->uid = entry.pw_uid;
	launch->gid = entry.pw_gid;
	launch->user = mem_strdup(str_of(entry.pw_name));
	launch->home = mem_strdup(str_of(entry.pw_dir));
	launch->shell = mem_strdup(str_of(entry.pw_shell));
	launch->change_user = getuid() != launch->uid || geteuid() != launch->uid;
	return 0;
}

int launch_init(struct launch *launch, const struct launch_spec *spec, struct error *err)
{
	int hold[2], failure[2], r;

	*launch = (struct launch){.spec = *spec,
				  .hold_fd = -1,
				  .error_fd = -1,
				  .hold_child_fd = -1,
				  .error_child_fd = -1,
				  .uid = geteuid(),
				  .gid = getegid()};
	r = resolve_user(launch, err);
	if (r < 0)
		return r;
	/* A socket, not a pipe: writing to a child that was killed must not raise SIGPIPE. */
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, hold) < 0)
		return error_set(err, errno, "cannot prepare the command's start: %s",
				 error_name(errno));
	launch->hold_fd = hold[0];
	launch->hold_child_fd = hold[1];
	if (pipe2(failure, O_CLOEXEC) < 0)
		return error_set(err, errno, "cannot prepare the command's start: %s",
				 error_name(errno));
	launch->error_fd = failure[0];
	launch->error_child_fd = failure[1];
	return 0;
}

static void close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Dispositions before the mask: a pending signal must meet the one that the command expects. */
static void restore_signals(const struct launch_spec *spec)
{
	for (int number = 1; spec->signals_saved && number <= SIGRTMAX; number++) {
		struct sigaction action;
		bool ignored = sigismember(&spec->signals_ignored, number) == 1;

		if (sigaction(number, NULL, &action) < 0 ||
		    (action.sa_handler == SIG_IGN) == ignored)
			continue;
		action = (struct sigaction){.sa_handler = ignored ? SIG_IGN : SIG_DFL};
		sigaction(number, &action, NULL);
	}
	sigprocmask(SIG_SETMASK, &spec->signal_mask, NULL);
}

static int become_user(const struct launch *launch)
{
	if (!launch->change_user)
		return 0;
	if (initgroups(launch->user, launch->gid) < 0 ||
	    setresgid(launch->gid, launch->gid, launch->gid) < 0 ||
	    setresuid(launch->uid, launch->uid, launch->uid) < 0 ||
	    setenv("HOME", launch->home, 1) < 0 || setenv("USER", launch->user, 1) < 0 ||
	    setenv("LOGNAME", launch->user, 1) < 0 ||
	    (launch->shell[0] && setenv("SHELL", launch->shell, 1) < 0))
		return -errno;
	return 0;
}

static _Noreturn void fail(const struct launch *launch, int stage, int error)
{
	struct launch_failure failure = {stage, error};

	if (write(launch->error_child_fd, &failure, sizeof failure) < 0)
		_exit(EXIT_NOT_RELEASED);
	_exit(error == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE);
}

/* What it reads and writes. 0 or -1 with errno. */
static int set_descriptors(const struct launch_spec *spec)
{
	int fd = spec->silent ? open("/dev/null", O_RDWR | O_CLOEXEC) : spec->stdout_fd;

	if (spec->silent && (fd < 0 || dup2(fd, STDIN_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0))
		return -1;
	return fd >= 0 && fd != STDOUT_FILENO ? dup2(fd, STDOUT_FILENO) : 0;
}

static _Noreturn void child(struct launch *launch)
{
	char go;
	ssize_t n;
	int r;

	close_end(&launch->hold_fd);
	close_end(&launch->error_fd);
	do
		n = read(launch->hold_child_fd, &go, 1);
	while (n < 0 && errno == EINTR);
	if (n != 1)
		_exit(EXIT_NOT_RELEASED);
	r = become_user(launch);
	if (r < 0)
		fail(launch, LAUNCH_USER, -r);
	if (set_descriptors(&launch->spec) < 0)
		fail(launch, LAUNCH_EXEC, errno);
	restore_signals(&launch->spec);
	if (launch->spec.path)
		execv(launch->spec.path, launch->spec.argv);
	execvp(launch->spec.argv[0], launch->spec.argv);
	fail(launch, LAUNCH_EXEC, errno);
}

int launch_fork(struct launch *launch, struct error *err)
{
	pid_t pid = fork();

	if (pid < 0)
		return error_set(err, errno,
				 "cannot fork the command: %s; a limit on processes "
				 "(ulimit -u, pids.max) may be reached",
				 error_name(errno));
	if (pid == 0)
		child(launch);
	launch_adopt(launch, pid);
	return 0;
}

void launch_adopt(struct launch *launch, pid_t pid)
{
	launch->pid = pid;
	close_end(&launch->hold_child_fd);
	close_end(&launch->error_child_fd);
}

void launch_release(struct launch *launch)
{
	/* A child that was killed meanwhile is no failure of ours: its exit tells. */
	if (launch->hold_fd >= 0)
		(void)!send(launch->hold_fd, "g", 1, MSG_NOSIGNAL);
	close_end(&launch->hold_fd);
}

static int say_failure(const struct launch *launch, const struct launch_failure *failure,
		       struct error *err)
{
	const char *name = launch->spec.argv[0];

	if (failure->stage == LAUNCH_USER)
		return error_set(
			err, failure->error,
			"cannot run the command as user '%s': %s; only root may start it as "
			"somebody else",
			launch->user, error_name(failure->error));
	if (failure->error == ENOENT && !strchr(name, '/'))
		return error_set(err, ENOENT, "cannot run '%s': no such program in PATH", name);
	return error_set(err, failure->error, "cannot run '%s': %s", name,
			 error_name(failure->error));
}

int launch_result(struct launch *launch, struct launch_failure *ret_failure, struct error *err)
{
	struct launch_failure failure;
	ssize_t n;

	do
		n = read(launch->error_fd, &failure, sizeof failure);
	while (n < 0 && errno == EINTR);
	launch->executed = n != sizeof failure; /* the end: exec has closed it */
	if (launch->executed)
		return 0;
	*ret_failure = failure;
	return say_failure(launch, &failure, err);
}

void launch_deinit(struct launch *launch)
{
	close_end(&launch->hold_fd);
	close_end(&launch->error_fd);
	close_end(&launch->hold_child_fd);
	close_end(&launch->error_child_fd);
	free(launch->user);
	free(launch->home);
	free(launch->shell);
	launch->user = launch->home = launch->shell = NULL;
}
