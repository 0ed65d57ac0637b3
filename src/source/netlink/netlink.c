/*
 * The netlink source. Key decision: it reads in batches, and a batch goes on as long as somebody
 * who has executed something waits to be looked at: between any two looks the socket is emptied,
 * so that the next look is always at the latest one. Records leave when the batch is complete.
 */
#include "source/netlink/netlink.h"

#include "base/clock.h"
#include "base/mem.h"
#include "source/netlink/connector.h"
#include "source/netlink/digest.h"
#include "source/netlink/taskstats.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define BUFFER_BYTES (UINT64_C(8) << 20)
#define BATCH_MAX    8192             /* records, and then it is complete */
#define BATCH_NS     (10 * NS_PER_MS) /* the same in time */
#define SUSPENDED_NS (10 * NS_PER_MS) /* less is inexactness of reading two clocks */

struct netlink_source {
	struct source source;
	struct source_options options;
	struct connector connector;
	struct taskstats_reader *taskstats;
	struct digest *digest;
	int64_t suspended_ns, newest_ns;
	uint64_t lost;
	char loss_reason[160];
	bool stopped, ended;
};

static struct netlink_source *self(const struct source *source)
{
	return (struct netlink_source *)(uintptr_t)source;
}

static uint64_t buffer_bytes(const struct source_options *options)
{
	return options->ring_bytes ? options->ring_bytes : BUFFER_BYTES;
}

/* Who may not have more is told what would help. */
static void describe_buffer(struct netlink_source *s)
{
	uint64_t wanted = buffer_bytes(&s->options), got = connector_buffer_bytes(&s->connector);

	if (got < wanted)
		snprintf(
			s->loss_reason, sizeof s->loss_reason,
			"more came at once than the socket's %" PRIu64
			" KiB hold (sysctl net.core.rmem_max allows no more without CAP_NET_ADMIN)",
			got >> 10);
	else
		snprintf(s->loss_reason, sizeof s->loss_reason,
			 "more came at once than the socket's %" PRIu64 " KiB hold (--ring-size)",
			 got >> 10);
}

static int open_source(struct source *source, struct error *err)
{
	struct netlink_source *s = self(source);
	const struct source_options *o = &s->options;
	struct error why = {""};
	int r;

	/* before the events, so that no exit comes whose cost was not told */
	r = taskstats_open(&s->taskstats, o->root, buffer_bytes(o), &why);
	if (o->debug)
		o->debug("netlink: taskstats: %s", r < 0 ? why.text : "yes");
	r = connector_open(&s->connector, o->root, 0, buffer_bytes(o), err);
	if (r < 0)
		return r;
	describe_buffer(s);
	s->suspended_ns = clock_suspended_ns();
	s->newest_ns = clock_boot_ns();
	s->digest = digest_new(&(struct digest_options){
		.root = o->root,
		.cgroups = o->cgroups,
		.cgroup_count = o->cgroup_count,
		.threads = o->threads,
		.taskstats = s->taskstats,
		.opened_ns = s->newest_ns,
	});
	return 0;
}

static int fd(const struct source *source)
{
	return self(source)->connector.fd;
}

/* ---- a batch ---- */

/* Everything was read that came before the kernel found no room: what it lost came after that. */
static void take_losses(struct netlink_source *s)
{
	uint64_t lost = connector_lost(&s->connector);

	if (lost <= s->lost)
		return;
	digest_loss(s->digest, lost - s->lost, str_of(s->loss_reason), s->newest_ns,
		    clock_boot_ns());
	s->lost = lost;
}

static bool tells_of_exit(const struct connector_event *events, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (events[i].what == CONNECTOR_EXIT)
			return true;
	return false;
}

/* Empties the socket, but for what is too much for one batch. */
static void take_events(struct netlink_source *s)
{
	struct connector_event events[CONNECTOR_BATCH];

	do {
		unsigned count = connector_receive(&s->connector, events);

		if (tells_of_exit(events, count))
			taskstats_drain(s->taskstats);
		for (unsigned i = 0; i < count; i++) {
			int64_t time_ns = events[i].monotonic_ns + s->suspended_ns;

			if (!events[i].what)
				continue;
			if (time_ns > s->newest_ns)
				s->newest_ns = time_ns;
			digest_event(s->digest, &events[i], time_ns);
		}
		if (s->connector.drained)
			take_losses(s);
	} while (!s->connector.drained && digest_waiting(s->digest) < BATCH_MAX);
}

/* It changes while the machine sleeps, and then by more than two readings differ. */
static void adjust_clock(struct netlink_source *s)
{
	int64_t now_ns = clock_suspended_ns();

	if (now_ns - s->suspended_ns > SUSPENDED_NS)
		s->suspended_ns = now_ns;
}

static void gather(struct netlink_source *s)
{
	int64_t until_ns = clock_mono_ns() + BATCH_NS;

	adjust_clock(s);
	take_events(s);
	while (digest_look(s->digest)) {
		if (digest_waiting(s->digest) < BATCH_MAX && clock_mono_ns() < until_ns)
			take_events(s);
	}
	digest_finish(s->digest);
}

static int next(struct source *source, struct record *ret, struct error *err)
{
	struct netlink_source *s = self(source);

	(void)err;
	while (!digest_next(s->digest, ret)) {
		if (s->ended)
			return SOURCE_END;
		gather(s);
		if (digest_waiting(s->digest) == 0 && s->connector.drained) {
			s->ended = s->stopped;
			return s->ended ? SOURCE_END : SOURCE_NONE;
		}
	}
	return SOURCE_RECORD;
}

static void counts(const struct source *source, struct source_counts *ret)
{
	const struct netlink_source *s = self(source);

	*ret = (struct source_counts){
		.generated = s->connector.received + s->lost,
		.delivered = s->connector.received,
		.lost = s->lost,
	};
}

static void stop(struct source *source)
{
	struct netlink_source *s = self(source);

	connector_stop(&s->connector);
	s->stopped = true;
}

static void close_source(struct source *source)
{
	struct netlink_source *s = self(source);

	connector_close(&s->connector);
	taskstats_close(s->taskstats);
	digest_free(s->digest);
	free(s);
}

#define CAPABILITIES (SOURCE_SEES_SHORT_LIVED | SOURCE_SETTLES | SOURCE_SEES_ALL)

static const struct source_ops ops = {
	.name = "netlink",
	.capabilities = CAPABILITIES,
	.open = open_source,
	.fd = fd,
	.next = next,
	.counts = counts,
	.stop = stop,
	.close = close_source,
};

static struct source *create(const struct source_options *options)
{
	struct netlink_source *s = mem_alloc(sizeof *s);

	s->source.ops = &ops;
	s->options = *options;
	s->connector.fd = -1;
	return &s->source;
}

/* ---- what works here ---- */

static int probe(const struct source_options *options, struct error *why)
{
	struct connector connector;
	int r;

	if (!options->root->live)
		return error_set(
			why, ENOTSUP,
			"netlink tells of the running machine only, not of a captured one; "
			"leave out --root");
	r = connector_open(&connector, options->root, 0, 0, why);
	connector_close(&connector);
	return r;
}

static void details(const struct source_options *options,
		    void (*line)(void *context, const char *feature, bool available,
				 const char *note),
		    void *context)
{
	struct taskstats_reader *taskstats = NULL;
	struct connector connector;
	struct error why = {""};
	char note[160];
	uint64_t bytes;
	int r = options->root->live
			? connector_open(&connector, options->root, 0, BUFFER_BYTES, &why)
			: -ENOTSUP;

	if (r < 0) {
		if (options->root->live)
			connector_close(&connector);
		return;
	}
	bytes = connector_buffer_bytes(&connector);
	snprintf(note, sizeof note, "%" PRIu64 " KiB%s", bytes >> 10,
		 bytes < BUFFER_BYTES ? ": sysctl net.core.rmem_max allows no more without "
					"CAP_NET_ADMIN"
				      : "");
	line(context, "buffer", bytes >= BUFFER_BYTES, note);
	line(context, "arguments", true, "from proc, of who lives long enough to be read");
	r = taskstats_open(&taskstats, options->root, BUFFER_BYTES, &why);
	line(context, "cost", r == 0,
	     r == 0 ? "taskstats: up to the exit, without the teardown" : why.text);
	taskstats_close(taskstats);
	connector_close(&connector);
}

/* The whole machine is heard anyway: the table knows whom the command is about. */
static int start(struct source *source, struct launch *launch, struct error *err)
{
	int r = launch_fork(launch, err);

	(void)source;
	if (r < 0)
		return r;
	launch_release(launch);
	return 0;
}

const struct source_kind netlink_kind = {
	.name = "netlink",
	.summary =
		"the kernel's process connector: everything that happens, arguments where they can "
		"still be read; for root or CAP_NET_ADMIN, and for anybody from kernel 6.6 on",
	.capabilities = CAPABILITIES,
	.probe = probe,
	.create = create,
	.start = start,
	.details = details,
};
