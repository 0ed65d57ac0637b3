/*
 * Real process situations on request, each with its ground truth. A situation prints, in one
 * write a line, what it made: "life pid=N ppid=N key=value ..." for every process but mkproc
 * itself; the keys are those of the recordings.
 */
#ifndef TESTS_HELPERS_MKPROC_H
#define TESTS_HELPERS_MKPROC_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct situation {
	const char *name, *summary;
	void (*make)(void);
};

/* Each ends in a NULL name. */
extern const struct situation basic_situations[], odd_situations[], elder_situations[];

void truth(const char *format, ...) __attribute__((format(printf, 1, 2)));
void die(const char *what) __attribute__((noreturn));
/* Waits for a child and prints its life: pid, the given ppid, how it ended, its CPU time. */
void reap(pid_t pid, pid_t ppid, const char *more);
/* Replaces the process: it ends with `code` at once. `more`: further arguments, or NULL. */
void exec_exit(int code, char *const *more) __attribute__((noreturn));
pid_t must_fork(void);
/* Uses the CPU for about that long. */
void burn(int64_t ns);

#endif
