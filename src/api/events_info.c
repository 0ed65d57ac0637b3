/*
 * What a stream tells about itself. Key decision: nothing here changes it, so all of it may be asked
 * at any time, also of a stream that is spoilt.
 */
#include "api/events.h"

#include <errno.h>
#include <unistd.h>

int events_check_owner(const struct pscope_events *events)
{
	if (!events->launched || events->owner == getpid())
		return 0;
	return api_fail(
		&events->object, EPERM,
		"the events belong to process %d, which opened the stream; after a fork the "
		"child can only free it",
		(int)events->owner);
}

int pscope_events_fd(const struct pscope_events *events)
{
	if (!events || events->stage < STAGE_RUNNING || !events->pipeline.live)
		return -1;
	return events->pipeline.loop.epoll_fd;
}

/* A file of text has no counters: its gaps, or its footer, tell what was lost. */
static struct source_counts counts_of(const struct pscope_events *events)
{
	const struct pipeline *pipeline = &events->pipeline;
	struct source_counts counts = {.outside = events->run.outside};

	if (pipeline->sources[0]->ops->counts) {
		pipeline_counts(pipeline, &counts);
		return counts;
	}
	counts.lost =
		events->run.lost > pipeline->lost_said ? events->run.lost : pipeline->lost_said;
	counts.generated = pipeline->delivered + counts.lost;
	return counts;
}

int pscope_events_counts(const struct pscope_events *events, uint64_t *ret_generated,
			 uint64_t *ret_lost, uint64_t *ret_outside)
{
	struct source_counts counts;
	int r;

	if (!events)
		return -EINVAL;
	if (events->stage < STAGE_RUNNING)
		return api_fail(&events->object, EINVAL, "the stream is not open");
	r = events_check_owner(events);
	if (r < 0)
		return r;
	counts = counts_of(events);
	if (ret_generated)
		*ret_generated = counts.generated;
	if (ret_lost)
		*ret_lost = counts.lost;
	if (ret_outside)
		*ret_outside = counts.outside;
	return 0;
}

int64_t pscope_events_start_ns(const struct pscope_events *events)
{
	return events ? events->run.start_ns : 0;
}

int64_t pscope_events_start_real_ns(const struct pscope_events *events)
{
	return events ? events->run.started_real_ns : 0;
}

const char *pscope_events_source(const struct pscope_events *events)
{
	return events && events->run.source ? events->run.source : "";
}

int32_t pscope_events_command_pid(const struct pscope_events *events)
{
	return events && events->launched ? (int32_t)events->launch.pid : 0;
}

int pscope_events_command_status(const struct pscope_events *events)
{
	if (!events)
		return STATUS_UNKNOWN;
	return events->launched ? events->root_status : events->run.status;
}
