/*
 * The netlink source. Key decision: two sockets. One rings at every exec and at nothing else, and
 * who has executed something is looked at at once, the latest first; the other one, with all the
 * events, is read when there are many. So nobody is woken for what can wait, and the race for the
 * arguments is run with nothing else on the back.
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
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <unistd.h>

#define BUFFER_BYTES (UINT64_C(8) << 20)
#define BUFFER_LEAST (UINT64_C(2) << 20) /* with less room nothing can wait */
#define BATCH_MAX    8192                /* records, and then it is complete */
#define BATCH_NS     (10 * NS_PER_MS)    /* looking and reading before anybody else has a turn */
#define READ_NS      (10 * NS_PER_MS)    /* from one reading of the events to the next */
#define POLL_NS      (20 * NS_PER_MS)    /* the same when nothing rings */
#define SUSPENDED_NS (10 * NS_PER_MS)    /* less is inexactness of reading two clocks */

struct netlink_source {
	struct source source;
	struct source_options options;
	struct connector connector, bell;
	struct taskstats_reader *taskstats;
	struct digest *digest;
	int epoll_fd;
	int64_t suspended_ns, newest_ns, read_ns;
	uint64_t lost;
	char loss_reason[160];
	bool patient; /* there is a bell, and room for what waits */
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

static int wait_for(struct netlink_source *s, int fd)
{
	struct epoll_event event = {.events = EPOLLIN};

	return epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

/* Without it every event wakes us. */
static int hang_bell(struct netlink_source *s)
{
	int r = connector_open_bell(&s->bell, CONNECTOR_EXEC);

	s->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	r = r < 0 ? r : wait_for(s, s->bell.fd);
	if (r < 0) {
		connector_close(&s->bell);
		s->bell.drained = true;
	}
	if (s->options.debug)
		s->options.debug("netlink: a bell: %s", r < 0 ? error_name(r) : "yes");
	s->patient = r == 0 && connector_buffer_bytes(&s->connector) >= BUFFER_LEAST;
	return s->patient ? 0 : wait_for(s, s->connector.fd);
}

static struct digest *make_digest(const struct netlink_source *s)
{
	struct digest_options options = {
		.root = s->options.root,
		.cgroups = s->options.cgroups,
		.cgroup_count = s->options.cgroup_count,
		.threads = s->options.threads,
		.taskstats = s->taskstats,
		.opened_ns = s->newest_ns,
		.own_tgid = (int32_t)getpid(),
	};

	prctl(PR_GET_NAME, options.own_comm);
	return digest_new(&options);
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
	r = hang_bell(s);
	if (r < 0)
		return error_set(err, -r, "cannot wait for process events: %s", error_name(r));
	describe_buffer(s);
	s->suspended_ns = clock_suspended_ns();
	s->newest_ns = clock_boot_ns();
	s->digest = make_digest(s);
	return 0;
}

static int fd(const struct source *source)
{
	return self(source)->epoll_fd;
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

static void hear_bell(struct netlink_source *s)
{
	struct connector_event events[CONNECTOR_BATCH];

	if (s->bell.fd < 0)
		return;
	do {
		unsigned count = connector_receive(&s->bell, events);

		for (unsigned i = 0; i < count; i++)
			if (events[i].what == CONNECTOR_EXEC)
				digest_bell(s->digest, events[i].tgid,
					    events[i].monotonic_ns + s->suspended_ns);
	} while (!s->bell.drained);
}

static void look(struct netlink_source *s, int64_t until_ns)
{
	do
		hear_bell(s);
	while (digest_look(s->digest) && clock_mono_ns() < until_ns);
}

/* Reads the events, but for what is too much for one batch. */
static void take_events(struct netlink_source *s, int64_t until_ns)
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
		look(s, until_ns);
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
	int64_t now_ns = clock_mono_ns(), until_ns = now_ns + BATCH_NS;

	look(s, until_ns);
	if (s->patient && !s->stopped && now_ns - s->read_ns < READ_NS)
		return;
	s->read_ns = now_ns;
	adjust_clock(s);
	take_events(s, until_ns);
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
		if (digest_waiting(s->digest) == 0 && (s->connector.drained || !s->stopped)) {
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

	connector_stop(&s->bell);
	connector_stop(&s->connector);
	s->stopped = true;
}

static void close_source(struct source *source)
{
	struct netlink_source *s = self(source);

	connector_close(&s->bell);
	connector_close(&s->connector);
	taskstats_close(s->taskstats);
	if (s->epoll_fd >= 0)
		close(s->epoll_fd);
	digest_free(s->digest);
	free(s);
}

#define CAPABILITIES (SOURCE_SEES_SHORT_LIVED | SOURCE_SETTLES | SOURCE_SEES_ALL)

static const struct source_ops ops = {
	.name = "netlink",
	.capabilities = CAPABILITIES,
	.poll_ns = POLL_NS,
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
	s->connector.fd = s->bell.fd = s->epoll_fd = -1;
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
