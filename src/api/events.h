/* A stream of events: what events.c turns and events_info.c tells about. */
#ifndef API_EVENTS_H
#define API_EVENTS_H

#include "api/api.h"
#include "flow/pipeline.h"
#include "model/target.h"
#include "source/pick.h"

enum stage { STAGE_NEW, STAGE_OPENING, STAGE_RUNNING, STAGE_OVER };

struct pscope_events {
	struct api_object object;
	enum stage stage;
	pid_t owner; /* the process that opened it */
	int failed;  /* what next says after the last event */
	struct error failure;

	/* set before it is opened */
	const char *source_name;
	unsigned flags;
	int64_t interval_ns;
	uint64_t buffer_bytes;
	int stdout_fd;
	struct target target;
	int32_t root_pid; /* what target.pids points to */

	struct sink sink;
	struct pipeline pipeline;
	struct table table;
	struct run run;
	struct pscope_event *first, *last; /* not yet given */
	struct pscope_event *given;

	/* of a command */
	bool launched;
	struct launch launch;
	struct source_options source_options;
	int child_fd; /* a pidfd of the command while it is ours to wait for; -1 */
	struct ident root;
	int32_t root_status;
	bool root_ended;
	int64_t reconciled_ns;
};

/* The steps of opening: from events_begin on the stream is either running or good for nothing. */
int events_begin(struct pscope_events *events);
int events_add_sampler(struct pscope_events *events, struct error *err);
int events_start(struct pscope_events *events, struct error *err);

/*
 * 0, or -EPERM with a sentence: after a fork the child shares the descriptors of the stream, so that
 * it would take events away, and lacks the memory that the kernel writes them to.
 */
int events_check_owner(const struct pscope_events *events);

#endif
