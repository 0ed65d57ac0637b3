/* The ptrace helper's two halves: its frame (tracer.c) and what stops mean (tracer_stops.c). */
#ifndef SOURCE_PTRACE_TRACER_INTERNAL_H
#define SOURCE_PTRACE_TRACER_INTERNAL_H

#include "source/ptrace/tracer.h"
#include "source/ptrace/tracer_attach.h"
#include "source/ptrace/tracer_life.h"
#include "source/ptrace/tracer_notes.h"

/* A child that was taken in before its fork was reported: that report is then old news. */
struct early {
	pid_t tid;
	UT_hash_handle hh;
};

struct tracer {
	const struct tracer_config *config;
	struct lives lives;
	struct early *early;
	struct tracer_notes notes;
	struct attach attach;
	bool ticking;
	int64_t now_ns;    /* when the present stop was seen */
	int64_t ticked_ns; /* when pscope was last listened to */
};

/* tracer_stops.c: digests a stop and lets the thread go on, as it should. */
void tracer_on_stop(struct tracer *t, const siginfo_t *info);
/* The end of a thread or process that is still there: reaps it. */
void tracer_on_death(struct tracer *t, pid_t tid);
/* A process that is traced from now on; NULL: it could not be read any more. */
void tracer_add_process(struct tracer *t, pid_t pid, struct life *life);
/* Forks whose report did not come in time: their forkers were killed in between. */
void tracer_adopt_held(struct tracer *t);

/* tracer.c: a timer breaks the wait from now on. */
void tracer_start_ticking(struct tracer *t);

#endif
