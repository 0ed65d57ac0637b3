/*
 * Starting the command: the child is forked, waits on a pipe, is let go, and says over a second
 * pipe if exec failed. Held on a pipe and not by SIGSTOP, so that pscope's death never leaves it
 * stopped.
 */
#ifndef SOURCE_LAUNCH_H
#define SOURCE_LAUNCH_H

#include "base/error.h"

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

struct launch_spec {
	char *const *argv; /* NULL-terminated; argv[0] is looked up in PATH as execvp does */
	const char *path;  /* what the look-up found, tried first; NULL: not looked up yet */
	int stdout_fd;     /* what becomes its stdout; -1: pscope's own */
	bool silent; /* it reads nothing and nobody sees what it writes; stdout_fd is -1 then */
	const char
		*user; /* NULL: stay; else a user name: set uid, gid, groups, HOME, USER, LOGNAME */
	/* What pscope itself was started with: launch_save_signals. */
	sigset_t signal_mask, signals_ignored;
	bool signals_saved;
};

struct launch {
	struct launch_spec spec;
	pid_t pid;    /* 0 before the fork */
	int hold_fd;  /* launch_release writes here; closed without that, the child ends */
	int error_fd; /* read end: {stage, errno} when exec failed, EOF when it succeeded */
	uid_t uid;    /* resolved from spec.user */
	gid_t gid;
	bool change_user;
	bool executed; /* launch_result has seen it */
	/* private */
	int hold_child_fd, error_child_fd;
	char *user, *home, *shell;
};

/* Why the command did not start. */
struct launch_failure {
	int stage; /* enum launch_stage */
	int error; /* errno */
};
enum launch_stage { LAUNCH_OK, LAUNCH_USER, LAUNCH_EXEC };

/* Call it before pscope blocks or ignores a signal: the command starts as pscope was started. */
void launch_save_signals(struct launch_spec *spec);
/* Checks the user and makes the pipes. */
int launch_init(struct launch *launch, const struct launch_spec *spec, struct error *err);
/* Forks the child; it waits. Call it in the process that shall be its parent. */
int launch_fork(struct launch *launch, struct error *err);
/* Another process has forked the child, as `pid`: closes what only the child uses. */
void launch_adopt(struct launch *launch, pid_t pid);
/* Lets the child exec. */
void launch_release(struct launch *launch);
/* Waits until exec succeeded or failed; returns 0, or -errno with *ret_failure. Needs release. */
int launch_result(struct launch *launch, struct launch_failure *ret_failure, struct error *err);
/* Closes everything; a child that was not released ends. */
void launch_deinit(struct launch *launch);

#endif
