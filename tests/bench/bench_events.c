/*
 * What the way from the kernel's bytes to a line of the event log costs: bench_events [LIVES]
 * Feeds fork, exec, exit and settled of each life through decoder, reorder buffer and table to the
 * lines of `pscope events`, written to /dev/null. Key decision: no kernel, so that callgrind can
 * count: valgrind --tool=callgrind build/tests/bench/bench_events 20000
 */
#include "base/clock.h"
#include "flow/pipeline.h"
#include "output/events/events.h"
#include "source/bpf/wire.h"
#include "source/wire_decode.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PARENT 4000

/* As many lives are under way at a time as in a storm within the time of the reorder buffer. */
#define LIFE_NS INT64_C(500000)

struct maker {
	struct source source;
	struct wire_decoder *decoder;
	int64_t start_ns, lives, made; /* wire records */
	union {
		struct wire_header h;
		char bytes[1024];
	} wire;
};

static void put_header(struct maker *m, size_t size, unsigned kind, int64_t time_ns, int32_t tgid,
		       int64_t start_ns)
{
	memset(&m->wire, 0, sizeof m->wire);
	m->wire.h = (struct wire_header){
		.size = (__u32)size,
		.kind = (__u16)kind,
		.time_ns = (__u64)time_ns,
		.start_ns = (__u64)start_ns,
		.tgid = tgid,
		.pid = tgid,
		.tid = tgid,
		.start_grain_ns = 1,
	};
}

static struct wire_standing standing(void)
{
	return (struct wire_standing){.ppid = PARENT, .pgid = PARENT, .sid = 3000};
}

static void put_fork(struct maker *m, int64_t at_ns, int32_t tgid)
{
	struct wire_fork *w = (void *)&m->wire;

	put_header(m, sizeof *w, WIRE_FORK, at_ns, tgid, at_ns);
	w->standing = standing();
	w->parent_tgid = w->forker_tgid = w->forker_pid = w->forker_tid = PARENT;
	w->parent_start_ns = w->forker_start_ns = (__u64)m->start_ns - 1;
	strcpy(w->comm, "storm");
}

static void put_exec(struct maker *m, int64_t at_ns, int32_t tgid)
{
	static const char behind[] = "/bin/true\0tmp\0/bin/true\0004711.123456";
	struct wire_exec *w = (void *)&m->wire;
	size_t size = (sizeof *w + sizeof behind + 7) & ~(size_t)7;

	put_header(m, size, WIRE_EXEC, at_ns + LIFE_NS / 4, tgid, at_ns);
	w->standing = standing();
	w->filename_size = 10;
	w->cwd_size = 4;
	w->cwd_flags = WIRE_CWD_REVERSED;
	w->args_bytes = w->argv_size = sizeof behind - 14;
	strcpy(w->comm, "true");
	memcpy(w + 1, behind, sizeof behind);
}

static void put_exit(struct maker *m, int64_t at_ns, int32_t tgid)
{
	struct wire_exit *w = (void *)&m->wire;

	put_header(m, sizeof *w, WIRE_EXIT, at_ns + LIFE_NS / 2, tgid, at_ns);
	w->standing = standing();
	w->threads = 1;
	w->h.flags = WIRE_PEAK_KNOWN;
	w->rss_peak_bytes = 1 << 20;
}

static void put_settled(struct maker *m, int64_t at_ns, int32_t tgid)
{
	struct wire_settled *w = (void *)&m->wire;

	put_header(m, sizeof *w, WIRE_SETTLED, at_ns + LIFE_NS * 3 / 4, tgid, at_ns);
	w->run_ns = 400000;
	w->threads = 1;
}

static int maker_next(struct source *source, struct record *ret, struct error *err)
{
	static void (*const put[])(struct maker *, int64_t, int32_t) = {put_fork, put_exec,
									put_exit, put_settled};
	struct maker *m = (struct maker *)source;
	int64_t life;

	while (!wire_decoder_next(m->decoder, ret)) {
		life = m->made / 4;
		if (life == m->lives)
			return SOURCE_END;
		put[m->made++ % 4](m, m->start_ns + life * LIFE_NS, (int32_t)(5000 + life % 27000));
		if (wire_decoder_feed(m->decoder, &m->wire, m->wire.h.size) < 0)
			return error_set(err, EBADMSG, "the bench makes bad records");
	}
	return SOURCE_RECORD;
}

static const struct source_ops maker_ops = {
	.name = "bench",
	.capabilities = SOURCE_SETTLES,
	.poll_ns = NS_PER_MS,
	.next = maker_next,
};

int main(int argc, char **argv)
{
	int64_t lives = argc > 1 ? atoll(argv[1]) : 200000, began_ns, took_ns;
	struct maker maker = {.source.ops = &maker_ops,
			      .decoder = wire_decoder_new(),
			      .start_ns = clock_boot_ns() - lives * LIFE_NS,
			      .lives = lives};
	struct event_options events = {.events = EVENTS_DEFAULT, .stamp = STAMP_TIME};
	struct output_options output = {.out_fd = open("/dev/null", O_WRONLY | O_CLOEXEC),
					.live = true};
	struct run run = {.start_ns = maker.start_ns, .started_real_ns = 1, .source = "bench"};
	struct table table;
	struct pipeline pipeline = {.table = &table, .run = &run, .live = true};
	struct error err;

	table_init(&table, (struct table_limits){.tombstones = 16384}, NULL);
	pipeline.sources[pipeline.source_count++] = &maker.source;
	pipeline.sinks[pipeline.sink_count++] = event_lines_new(&events, &output);
	began_ns = clock_mono_ns();
	if (pipeline_init(&pipeline, &err) < 0 || pipeline_run(&pipeline, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	took_ns = clock_mono_ns() - began_ns;
	printf("%.2f us a life, %.0f ns a line\n", (double)took_ns / 1e3 / (double)lives,
	       (double)took_ns / 4 / (double)lives);
	pipeline.sinks[0]->ops->free(pipeline.sinks[0]);
	pipeline_deinit(&pipeline);
	table_deinit(&table);
	wire_decoder_free(maker.decoder);
	close(output.out_fd);
	return 0;
}
