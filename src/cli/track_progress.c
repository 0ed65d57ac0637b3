/*
 * That a long run goes on: a line on standard error, written over again each second, where that is a
 * terminal and standard output is none. Key decision: a sink, so that it ends before the table.
 */
#include "cli/track.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/units.h"

#include <stdlib.h>
#include <unistd.h>

#define LONG_NS  (3 * NS_PER_SEC)
#define EVERY_NS NS_PER_SEC

struct progress {
	struct sink sink;
	const struct track *track;
	const struct env *env;
	int64_t start_ns, said_ns; /* said_ns: 0: nothing yet */
	struct buf line;
};

static int on_open(struct sink *sink, const struct run *run, struct error *err)
{
	((struct progress *)sink)->start_ns = run->start_ns;
	return 0;
}

/* A terminal that is gone is nothing to end for. */
static void say(struct progress *progress)
{
	if (write(progress->env->err_fd, progress->line.p, progress->line.n) < 0)
		cli_debug("the progress cannot be written");
}

static void begin_line(struct progress *progress)
{
	buf_clear(&progress->line);
	buf_add_char(&progress->line, '\r');
	buf_add_repeat(&progress->line, ' ', progress->env->err_width - 1);
	buf_add_char(&progress->line, '\r');
}

static void add_figures(struct progress *progress, int64_t now_ns)
{
	const struct track_totals *totals = track_totals(progress->track);
	const struct track_series *cpu = &totals->series[TRACK_CPU];
	const struct track_series *memory = &totals->series[TRACK_RSS];
	struct buf text = BUF_INIT;

	units_add_duration(&text, now_ns - progress->start_ns);
	buf_printf(&text, ": %llu of %llu processes live", (unsigned long long)totals->living,
		   (unsigned long long)totals->processes);
	if (cpu->known)
		buf_printf(&text, ", CPU %.1f %%", cpu->now);
	if (memory->known) {
		buf_add_text(&text, ", memory ");
		units_add_bytes(&text, (uint64_t)memory->now);
	}
	text_add_safe_cut(&progress->line, buf_str(&text), progress->env->err_width - 1);
	buf_deinit(&text);
}

static int on_tick(struct sink *sink, const struct table *table, int64_t now_ns, struct error *err)
{
	struct progress *progress = (struct progress *)sink;

	if (now_ns - progress->start_ns < LONG_NS || now_ns - progress->said_ns < EVERY_NS)
		return 0;
	progress->said_ns = now_ns;
	begin_line(progress);
	add_figures(progress, now_ns);
	say(progress);
	return 0;
}

static int on_close(struct sink *sink, const struct table *table, const struct run *run,
		    struct error *err)
{
	struct progress *progress = (struct progress *)sink;

	if (progress->said_ns) {
		begin_line(progress);
		say(progress);
	}
	return 0;
}

static void on_free(struct sink *sink)
{
	buf_deinit(&((struct progress *)sink)->line);
	free(sink);
}

static const struct sink_ops progress_ops = {
	.name = "progress",
	.open = on_open,
	.tick = on_tick,
	.close = on_close,
	.free = on_free,
};

struct sink *track_progress_new(const struct track *track, const struct env *env)
{
	struct progress *progress;

	if (env->out_width || env->err_width < 2)
		return NULL;
	progress = mem_alloc(sizeof *progress);
	progress->sink.ops = &progress_ops;
	progress->track = track;
	progress->env = env;
	return &progress->sink;
}
