/*
 * The BPF source. Key decision: records are read where the kernel wrote them, and every batch looks
 * at the counters first, so that a loss is in the stream near where it happened and the balance
 * (generated = delivered + lost) is kept from numbers that the kernel counted.
 */
#include "source/bpf.h"

#include "base/clock.h"
#include "base/mem.h"
#include "source/bpf/wire.h"
#include "source/bpf_load.h"
#include "source/bpf_probe.h"
#include "source/bpf_ring.h"
#include "source/wire_decode.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define POLL_NS       (20 * NS_PER_MS)
#define STOP_NS       (200 * NS_PER_MS) /* for records under way when the hooks were taken off */
#define SKIPPED_NS    NS_PER_SEC        /* between two looks at what was skipped */
#define RELEASE_BYTES (64u << 10)

/* Which loss a gap tells of. */
enum { LOSS_DROPPED, LOSS_UNTRACKED, LOSS_SKIPPED, LOSSES };

struct bpf_source {
	struct source source;
	struct source_options options;
	struct bpf_load load;
	struct bpf_ring ring;
	struct wire_decoder *decoder;
	bool reading, stopped;
	int64_t stopped_ns, checked_ns, skipped_checked_ns;
	unsigned long released;
	uint64_t delivered;
	struct bpf_losses losses;
	uint64_t told[LOSSES]; /* losses that are in the stream already */
	_Alignas(8) char gap[sizeof(struct wire_gap) + 128];
};

static struct bpf_source *self(struct source *source)
{
	return (struct bpf_source *)source;
}

static int open_source(struct source *source, struct error *err)
{
	struct bpf_source *s = self(source);
	int r = bpf_load_open(&s->load, &s->options, err);

	if (r < 0)
		return r;
	s->decoder = wire_decoder_new();
	s->checked_ns = clock_boot_ns();
	return bpf_ring_open(&s->ring, bpf_load_ring_fd(&s->load), bpf_load_ring_size(&s->load),
			     err);
}

static int fd(const struct source *source)
{
	return ((const struct bpf_source *)source)->ring.epoll_fd;
}

static const char *const loss_reasons[LOSSES] = {
	[LOSS_DROPPED] = "the ring was full; try a larger --ring-size",
	[LOSS_UNTRACKED] = "too many processes at a time: what these started is not followed",
	[LOSS_SKIPPED] = "the kernel skipped programs that would have nested",
};

static void refresh_losses(struct bpf_source *s, int64_t now_ns)
{
	bool all = now_ns - s->skipped_checked_ns >= SKIPPED_NS;

	if (all)
		s->skipped_checked_ns = now_ns;
	(void)bpf_load_losses(&s->load, all, &s->losses);
}

/* Feeds a gap for a loss that is not in the stream yet; 1, or 0 when there is none. */
static int feed_gap(struct bpf_source *s, int64_t now_ns)
{
	const uint64_t lost[LOSSES] = {s->losses.dropped, s->losses.untracked, s->losses.skipped};
	struct wire_gap *gap = (void *)s->gap;

	for (int i = 0; i < LOSSES; i++) {
		size_t text = strlen(loss_reasons[i]), size = (sizeof *gap + text + 7) & ~7ul;

		if (lost[i] <= s->told[i])
			continue;
		*gap = (struct wire_gap){
			.h = {.size = (uint32_t)size,
			      .kind = WIRE_GAP,
			      .time_ns = (uint64_t)now_ns},
			.lost = lost[i] - s->told[i],
			.from_ns = (uint64_t)s->checked_ns,
			.text_size = (uint32_t)text,
		};
		memcpy(gap + 1, loss_reasons[i], text);
		s->told[i] = lost[i];
		return wire_decoder_feed(s->decoder, gap, size) == 0;
	}
	s->checked_ns = now_ns;
	return 0;
}

static void release(struct bpf_source *s)
{
	bpf_ring_release(&s->ring);
	s->released = s->ring.position;
}

/* Nothing more can come: all that was made has been read, or there was time enough for it. */
static bool all_read(struct bpf_source *s)
{
	int64_t now = clock_boot_ns();

	refresh_losses(s, now);
	return s->losses.seen - s->losses.dropped <= s->delivered || now - s->stopped_ns > STOP_NS;
}

/* Feeds the next thing there is to the decoder; 1, 0 at the end of the batch, or an error. */
static int feed(struct bpf_source *s, struct error *err)
{
	const void *bytes;
	size_t size;

	if (!s->reading) {
		int64_t now = clock_boot_ns();

		refresh_losses(s, now);
		if (feed_gap(s, now))
			return 1;
		bpf_ring_begin(&s->ring);
		s->reading = true;
	}
	/* The record before is used up; its room is given back in larger pieces. */
	if (s->ring.position - s->released >= RELEASE_BYTES)
		release(s);
	bytes = bpf_ring_next(&s->ring, &size);
	if (!bytes) {
		release(s);
		s->reading = false;
		return 0;
	}
	s->delivered++;
	if (wire_decoder_feed(s->decoder, bytes, size) < 0)
		return error_set(err, EBADMSG,
				 "the BPF programs sent a record that cannot be read; this is a "
				 "fault of pscope");
	return 1;
}

static int next(struct source *source, struct record *ret, struct error *err)
{
	struct bpf_source *s = self(source);
	int r;

	while (!wire_decoder_next(s->decoder, ret)) {
		r = feed(s, err);
		if (r < 0)
			return r;
		if (r == 0)
			return s->stopped && all_read(s) ? SOURCE_END : SOURCE_NONE;
	}
	return SOURCE_RECORD;
}

static void counts(const struct source *source, struct source_counts *ret)
{
	struct bpf_source *s = self((struct source *)(uintptr_t)source);
	const struct bpf_losses *l = &s->losses;

	(void)bpf_load_losses(&s->load, !s->stopped, &s->losses);
	*ret = (struct source_counts){
		.generated = l->seen + l->untracked + l->skipped,
		.delivered = s->delivered,
		.lost = l->dropped + l->untracked + l->skipped,
		.outside = l->outside,
	};
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
}

static void close_source(struct source *source)
{
	struct bpf_source *s = self(source);

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
	.fd = fd,
	.next = next,
	.counts = counts,
	.stop = stop,
	.close = close_source,
};

static struct source *create(const struct source_options *options)
{
	struct bpf_source *s = mem_alloc(sizeof *s);

	s->source.ops = &ops;
	s->options = *options;
	s->ring.epoll_fd = -1;
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
