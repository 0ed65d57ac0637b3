/*
 * The source that hears nothing. Key decision: who is there is asked of proc by the same look that
 * follows a loss (alive_reconcile), only at every tick; so this tells of the command's own birth,
 * which nobody may miss, and of nothing else. Who lives between two looks is not seen.
 */
#include "source/poll.h"

#include "base/clock.h"
#include "base/mem.h"
#include "source/launch.h"

#include <stdlib.h>
#include <unistd.h>

struct poll_source {
	struct source source;
	pid_t born; /* the command, until it has been told of */
	bool stopped;
};

static int poll_open(struct source *source, struct error *err)
{
	(void)source;
	return 0;
}

static int poll_next(struct source *source, struct record *ret, struct error *err)
{
	struct poll_source *poll = (struct poll_source *)source;

	if (!poll->born)
		return poll->stopped ? SOURCE_END : SOURCE_NONE;
	*ret = record_make(RECORD_FORK, clock_boot_ns(), ident_provisional(poll->born), poll->born);
	ret->standing.ppid = getpid();
	poll->born = 0;
	return SOURCE_RECORD;
}

static void poll_stop(struct source *source)
{
	((struct poll_source *)source)->stopped = true;
}

static void poll_close(struct source *source)
{
	free(source);
}

#define CAPABILITIES (SOURCE_SEES_ALL | SOURCE_POLLS)

static const struct source_ops poll_ops = {
	.name = "poll",
	.capabilities = CAPABILITIES,
	.poll_ns = 20 * NS_PER_MS,
	.open = poll_open,
	.next = poll_next,
	.stop = poll_stop,
	.close = poll_close,
};

static int probe(const struct source_options *options, struct error *why)
{
	(void)options;
	return 0;
}

static struct source *create(const struct source_options *options)
{
	struct poll_source *poll = mem_alloc(sizeof *poll);

	(void)options;
	poll->source.ops = &poll_ops;
	return &poll->source;
}

static int start(struct source *source, struct launch *launch, struct error *err)
{
	int r = launch_fork(launch, err);

	if (r < 0)
		return r;
	((struct poll_source *)source)->born = launch->pid;
	launch_release(launch);
	return 0;
}

const struct source_kind poll_kind = {
	.name = "poll",
	.summary = "no events: looks at who is there, for runs of samples that may hear none",
	.capabilities = CAPABILITIES,
	.probe = probe,
	.create = create,
	.start = start,
};
