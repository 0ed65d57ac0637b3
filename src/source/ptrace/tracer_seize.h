/* PTRACE_SEIZE that gives up when it would wait. */
#ifndef SOURCE_PTRACE_TRACER_SEIZE_H
#define SOURCE_PTRACE_TRACER_SEIZE_H

#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <time.h>

struct seizer {
	unsigned long options; /* PTRACE_O_* */
	timer_t timer;
	bool has_timer;
	volatile sig_atomic_t waiting;
	sigjmp_buf jump;
};

void seizer_init(struct seizer *seizer, unsigned long options);
/*
 * Traces a running thread, without stopping it. 0, or a negative errno; -EAGAIN: its process is
 * within an exec, which may wait for threads that wait for us.
 */
int seizer_take(struct seizer *seizer, pid_t tid);

#endif
