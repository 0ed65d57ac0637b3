/*
 * The loop of `pscope inspect --watch`. Key decision: Ctrl-C ends the watch, not the program: what
 * came of it is the point of watching.
 */
#include "cli/inspect_watch.h"

#include "base/loop.h"
#include "source/inspection.h"

#include <signal.h>

struct watching {
	const struct watch_options *options;
	struct inspection *items;
	size_t count;
	struct outfile *out;
};

static bool is_over(const struct inspection *item)
{
	return item->watch.end == WATCH_EXITED || item->watch.end == WATCH_REUSED;
}

/* One look at all. Returns how many are left, or -errno. */
static int look(struct watching *watching, struct error *err)
{
	const struct inspect_style *style = watching->options->style;
	int left = 0;

	for (size_t i = 0; i < watching->count; i++) {
		struct inspection *item = &watching->items[i];
		int r;

		if (is_over(item))
			continue;
		r = inspection_sample(watching->options->root, item, err);
		if (r < 0)
			return r;
		left += r == 0;
		if (style && r == 0)
			inspect_add_watch_line(&watching->out->pending, item, style);
	}
	/* a page below a sample that nobody saw yet is no watch */
	if (style && outfile_flush(watching->out, err) < 0)
		return watching->out->failed;
	return left;
}

static void set_end(struct watching *watching, enum watch_end end)
{
	for (size_t i = 0; i < watching->count; i++)
		if (!is_over(&watching->items[i]))
			watching->items[i].watch.end = end;
}

static int go_on(struct watching *watching, struct loop *loop, struct error *err)
{
	unsigned looks = 0;

	for (;;) {
		int left = look(watching, err), sender, r;

		if (left <= 0)
			return left;
		if (++looks == watching->options->count)
			return 0;
		r = loop_wait(loop, -1);
		if (r < 0)
			return error_set(err, -r, "cannot wait for the next look: %s",
					 error_name(r));
		if (loop_next_signal(loop, &sender)) {
			set_end(watching, WATCH_INTERRUPTED);
			return 0;
		}
	}
}

int inspect_watch(const struct watch_options *options, struct inspection *items, size_t count,
		  struct outfile *out, struct error *err)
{
	struct watching watching = {options, items, count, out};
	struct loop loop;
	sigset_t signals;
	int r = loop_init(&loop, err);

	if (r < 0)
		return r;
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	for (size_t i = 0; i < count; i++)
		items[i].watch.interval_ns = options->interval_ns;
	r = loop_watch_signals(&loop, &signals);
	if (r == 0)
		r = loop_set_period(&loop, options->interval_ns);
	if (r < 0)
		error_set(err, -r, "cannot set up the watch: %s", error_name(r));
	if (r == 0 && options->style)
		inspect_add_watch_heading(&out->pending, options->interval_ns, options->style);
	if (r == 0)
		r = go_on(&watching, &loop, err);
	loop_deinit(&loop);
	for (size_t i = 0; i < count && r == 0 && options->style; i++)
		inspect_add_watch_end(&out->pending, &items[i], options->style);
	return r;
}
