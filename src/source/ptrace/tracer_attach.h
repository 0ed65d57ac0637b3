/*
 * Attaching to processes that run, and to their descendants. Nobody is stopped by it: PTRACE_SEIZE
 * makes what happens from then on known. Who is born meanwhile is found by looking again.
 */
#ifndef SOURCE_PTRACE_TRACER_ATTACH_H
#define SOURCE_PTRACE_TRACER_ATTACH_H

#include "base/error.h"
#include "source/ptrace/tracer_life.h"
#include "source/ptrace/tracer_seize.h"

struct attach {
	struct lives *lives;
	struct seizer seizer;
	pid_t self, owner; /* the helper and pscope: never traced */
	bool interrupts;   /* system calls are to be seen too: that needs a stop of each */
	/* Digests some of the stops that wait: those already traced must not stand still. */
	void (*drain)(void *context);
	void *context;

	unsigned unsure; /* lives that may have threads or children that are not traced */
	unsigned looks;  /* since */
	bool busy;       /* somebody could not be traced yet */
};

/* `options`: PTRACE_O_* of everybody that is traced. The rest of *attach is the caller's to fill. */
void attach_init(struct attach *attach, unsigned long options);
/*
 * Traces the processes of these numbers and all their descendants. 0, or -errno with a sentence
 * when one of them cannot be traced; descendants that cannot are records. What is not certain then
 * (attach->unsure) is looked at again by attach_look.
 */
int attach_all(struct attach *attach, const int32_t *pids, size_t count, struct error *err);
/* Looks again; `drain` is called in between. */
void attach_look(struct attach *attach);
/* A thread was seen in a stop, and goes on afterwards; `ending`: it is its exit stop. */
void attach_seen(struct attach *attach, struct task *task, bool ending);

#endif
