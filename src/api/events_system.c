/*
 * Watching what runs already. Key decision: as in the program, the source is opened before the
 * processes are looked at, so that nobody falls between the two.
 */
#include "api/events.h"

#include "base/clock.h"
#include "source/seen.h"

#include <errno.h>
#include <signal.h>

static int open_event_source(struct pscope_events *events, struct error *err)
{
	struct pipeline *pipeline = &events->pipeline;
	const struct source_kind *kind;
	int r;

	events->source_options = (struct source_options){
		.root = &events->object.pscope->root,
		.everything = true,
		.attach = events->target.pids,
		.attach_count = events->target.pid_count,
		.threads = events->flags & PSCOPE_EVENTS_THREADS,
		.failed_execs = events->flags & PSCOPE_EVENTS_FAILED_EXECS,
		.ring_bytes = events->buffer_bytes,
	};
	r = source_pick(events->source_name, &events->source_options, &events->run,
			&pipeline->sources[0], &kind, err);
	pipeline->source_count = r < 0 ? 0 : 1;
	return r;
}

/* The first look at who runs comes before the event source is opened, the second one behind it. */
static int open_sources(struct pscope_events *events, struct error *err)
{
	struct pipeline *pipeline = &events->pipeline;
	struct source *seen =
		seen_new(&(struct seen_options){.root = &events->object.pscope->root});
	int r = open_event_source(events, err);

	if (r < 0) {
		seen->ops->close(seen);
		return r;
	}
	events->run.start_ns = seen_time_ns(seen);
	events->run.started_real_ns = clock_real_ns() - (clock_boot_ns() - events->run.start_ns);
	pipeline->sources[pipeline->source_count++] = seen;
	return seen->ops->open(seen, err);
}

static int open_system_body(void *argument)
{
	struct pscope_events *events = argument;
	struct error *err = &events->object.pscope->error;
	int r;

	if (!events->object.pscope->root.live)
		return error_set(err, EINVAL,
				 "nothing happens on a captured machine; open the running one");
	if (events->target.kind == TARGET_TREE && kill(events->root_pid, 0) < 0 && errno == ESRCH)
		return error_set(err, ESRCH, "there is no process %d", events->root_pid);
	r = events_begin(events);
	r = r < 0 ? r : open_sources(events, err);
	if (r < 0)
		return r;
	events->pipeline.live = true;
	events->pipeline.until_empty = events->target.kind == TARGET_TREE;
	r = events_add_sampler(events, err);
	r = r < 0 ? r : events_start(events, err);
	if (r == 0)
		events->stage = STAGE_RUNNING;
	return r;
}

int pscope_events_open_system(struct pscope_events *events)
{
	return api_call(events ? &events->object : NULL, open_system_body, events);
}
