/*
 * The BPF source. Key decision: records are read where the kernel wrote them, and every batch looks
 * at the counters first: the balance (generated = delivered + lost) is made of numbers that the
 * programs counted, and the pipeline turns what was lost into gaps near where it happened.
 */
#include "source/bpf/bpf.h"

#include "base/clock.h"
#include "base/mem.h"
#include "source/bpf/bpf_load.h"
#include "source/bpf/bpf_probe.h"
#include "source/bpf/bpf_ring.h"
#include "source/bpf/wire.h"
#include "source/netlink/join.h"
#include "source/wire_decode.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>

#define POLL_NS       (20 * NS_PER_MS)
#define STOP_NS       (200 * NS_PER_MS) /* for records under way when the hooks were taken off */
#define SKIPPED_NS    NS_PER_SEC        /* between two looks at what was skipped */
#define RELEASE_BYTES (64u << 10)
#define HEAR_BYTES    (1u << 20) /* of netlink's socket */

struct bpf_source {
	struct source source;
	struct source_options options;
	struct bpf_load load;
	struct bpf_ring ring;
	struct wire_decoder *decoder;
	/* Who hears what no BPF program may; NULL: nothing. */
	struct connector connector;
	struct join *join;
	bool reading, started, stopped;
	int64_t stopped_ns, skipped_checked_ns;
	unsigned long released;
	unsigned long refreshed; /* where the ring was when losses were looked at */
	bool was_empty;          /* and whether there was anything in it */
	uint64_t delivered;
	struct bpf_losses losses;
};

static struct bpf_source *self(struct source *source)
{
	return (struct bpf_source *)source;
}

/* What netlink can tell where the program may not be loaded. */
static const struct {
	const char *program;
	uint32_t events;
} instead[] = {
	{"on_setsid",       CONNECTOR_SID                },
	{"on_commit_creds", CONNECTOR_UID | CONNECTOR_GID},
	{"on_ptrace",       CONNECTOR_PTRACE             },
};

/* Without it changes are inferred: whatever is missing is no error. */
static void hear_others(struct bpf_source *s)
{
	const struct source_options *options = &s->options;
	struct epoll_event event = {.events = EPOLLIN | EPOLLET};
	struct error why = {""};
	uint32_t events = 0;
	int r;

	for (size_t i = 0; i < sizeof instead / sizeof *instead; i++)
		if (!bpf_load_has(&s->load, instead[i].program))
			events |= instead[i].events;
	if (!events)
		return;
	r = connector_open(&s->connector, options->root, events, HEAR_BYTES, &why);
	if (options->debug)
		options->debug("bpf: sessions, users and tracers over netlink: %s",
			       r < 0 ? why.text : "yes");
	if (r < 0) {
		connector_close(&s->connector);
		return;
	}
	s->join = join_new(&(struct join_options){options->everything, options->threads});
	(void)epoll_ctl(s->ring.epoll_fd, EPOLL_CTL_ADD, s->connector.fd, &event);
}

static int open_source(struct source *source, struct error *err)
{
	struct bpf_source *s = self(source);
	int r = bpf_load_open(&s->load, &s->options, err);

	if (r < 0)
		return r;
	s->decoder = wire_decoder_new();
	r = bpf_ring_open(&s->ring, bpf_load_ring_fd(&s->load), bpf_load_ring_size(&s->load), err);
	if (r == 0)
		hear_others(s);
	return r;
}

/* From here on births and ends are all that it takes to know who belongs to whom. */
static void begun(struct source *source)
{
	self(source)->load.config->introducing = 0;
}

static int fd(const struct source *source)
{
	return ((const struct bpf_source *)source)->ring.epoll_fd;
}

/*
 * A look costs a system call, so there is none while nothing happens: a ring that was empty at the
 * last one, and still is at the same place, had room for everything in between.
 */
static void refresh_losses(struct bpf_source *s, int64_t now_ns)
{
	bool all = now_ns - s->skipped_checked_ns >= SKIPPED_NS;
	bool empty = bpf_ring_is_empty(&s->ring);

	if (!all && empty && s->was_empty && s->ring.position == s->refreshed)
		return;
	if (all)
		s->skipped_checked_ns = now_ns;
	s->was_empty = empty;
	s->refreshed = s->ring.position;
	(void)bpf_load_losses(&s->load, all, &s->losses);
}

static void release(struct bpf_source *s)
{
	bpf_ring_release(&s->ring);
	s->released = s->ring.position;
}

/*
 * Nothing more can come: everything was read, and either the hooks are off (what was under way then
 * had time enough), or records of a tree were lost and the filter is empty. The latter because who
 * counts exits waits for ever for one that was lost; the filter in the kernel knows better.
 */
static bool at_end(struct bpf_source *s)
{
	int64_t now = clock_boot_ns();
	bool over, lossy_tree = s->started && !s->options.everything && s->losses.dropped;

	if (!s->stopped && !lossy_tree)
		return false;
	over = s->stopped || bpf_load_tree_empty(&s->load);
	refresh_losses(s, now);
	if (s->losses.seen - s->losses.dropped <= s->delivered)
		return over;
	return s->stopped && now - s->stopped_ns > STOP_NS;
}

/* Feeds the next thing there is to the decoder; 1, 0 at the end of the batch, or an error. */
static int feed(struct bpf_source *s, struct error *err)
{
	const void *bytes;
	size_t size;

	if (!s->reading) {
		refresh_losses(s, clock_boot_ns());
		bpf_ring_begin(&s->ring);
		/* After the batch began: of who ends in it nothing more can come. */
		join_receive(s->join, &s->connector);
		s->reading = true;
	}
	/* The record before is used up; its room is given back in larger pieces. */
	if (s->ring.position - s->released >= RELEASE_BYTES)
		release(s);
	bytes = bpf_ring_next(&s->ring, &size);
	if (!bytes) {
		release(s);
		s->reading = false;
		if (s->ring.position == s->ring.end)
			join_end_batch(s->join);
		return 0;
	}
	s->delivered++;
	if (wire_decoder_feed(s->decoder, bytes, size) < 0)
		return error_set(err, EBADMSG,
				 "the BPF programs sent a record that cannot be read; this is a "
				 "fault of pscope");
	join_reach(s->join, (int64_t)((const struct wire_header *)bytes)->time_ns);
	return 1;
}

static int next(struct source *source, struct record *ret, struct error *err)
{
	struct bpf_source *s = self(source);
	int r;

	while (!join_next(s->join, ret)) {
		if (wire_decoder_next(s->decoder, ret)) {
			join_note(s->join, ret);
			return SOURCE_RECORD;
		}
		r = feed(s, err);
		if (r < 0)
			return r;
		if (r == 0)
			return at_end(s) ? SOURCE_END : SOURCE_NONE;
	}
	return SOURCE_RECORD;
}

static void counts(const struct source *source, struct source_counts *ret)
{
	struct bpf_source *s = self((struct source *)(uintptr_t)source);
	const struct bpf_losses *l = &s->losses;

	if (s->stopped)
		(void)bpf_load_losses(&s->load, false, &s->losses);
	else
		refresh_losses(s, clock_boot_ns());
	*ret = (struct source_counts){
		.generated = l->seen + l->untracked + l->skipped,
		.delivered = s->delivered,
		.lost = l->dropped + l->untracked + l->skipped,
		.outside = l->outside,
	};
}

static void cgroups_changed(struct source *source)
{
	bpf_load_renew_cgroups(&self(source)->load);
}

static void stop(struct source *source)
{
	struct bpf_source *s = self(source);

	if (s->stopped)
		return;
	bpf_load_detach(&s->load);
	s->stopped = true;
	s->stopped_ns = clock_boot_ns();
	s->skipped_checked_ns = 0;
	(void)bpf_load_losses(&s->load, false, &s->losses);
	if (s->options.debug)
		s->options.debug("bpf: %" PRIu64 " records, %" PRIu64 " dropped, %" PRIu64
				 " processes untracked, %" PRIu64 " runs of programs skipped",
				 s->losses.seen, s->losses.dropped, s->losses.untracked,
				 s->losses.skipped);
}

static void close_source(struct source *source)
{
	struct bpf_source *s = self(source);

	connector_close(&s->connector);
	join_free(s->join);
	bpf_ring_close(&s->ring);
	bpf_load_close(&s->load);
	wire_decoder_free(s->decoder);
	free(s);
}

static const struct source_ops ops = {
	.name = "bpf",
	.capabilities = SOURCE_SEES_SHORT_LIVED | SOURCE_HAS_ARGV | SOURCE_EXACT_USAGE |
			SOURCE_NEEDS_PRIVILEGE | SOURCE_SETTLES,
	.poll_ns = POLL_NS,
	.open = open_source,
	.begun = begun,
	.fd = fd,
	.next = next,
	.counts = counts,
	.cgroups_changed = cgroups_changed,
	.stop = stop,
	.close = close_source,
};

static struct source *create(const struct source_options *options)
{
	struct bpf_source *s = mem_alloc(sizeof *s);

	s->source.ops = &ops;
	s->options = *options;
	s->ring.epoll_fd = s->connector.fd = -1;
	return &s->source;
}

/* The child is in the filter before it runs: the fork hook knows it as what pscope forks now. */
static int start(struct source *source, struct launch *launch, struct error *err)
{
	struct bpf_source *s = self(source);
	int r;

	s->load.config->armed = 1;
	r = launch_fork(launch, err);
	s->load.config->armed = 0;
	if (r < 0)
		return r;
	s->started = true;
	launch_release(launch);
	return 0;
}

const struct source_kind bpf_kind = {
	.name = "bpf",
	.summary = "the kernel's tracepoints: everything, exact, at nearly no cost; needs root or "
		   "CAP_BPF and CAP_PERFMON",
	.capabilities = SOURCE_SEES_SHORT_LIVED | SOURCE_HAS_ARGV | SOURCE_EXACT_USAGE |
			SOURCE_NEEDS_PRIVILEGE | SOURCE_SETTLES,
	.probe = bpf_probe,
	.create = create,
	.start = start,
	.details = bpf_details,
};
