/*
 * The sink that shows. Key decision: it looks at the keyboard in its tick; the loop only wakes for it,
 * so nothing else in the pipeline knows of a terminal.
 */
#include "cli/screen_run.h"

#include "base/mem.h"
#include "base/outfile.h"
#include "base/text.h"
#include "cli/screen_page.h"
#include "source/host.h"
#include "source/sampler.h"
#include "view/screen.h"
#include "view/view.h"

#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <unistd.h>

#define PLAIN_WIDTH    132 /* where nobody says how wide */
#define PLAIN_ROWS_MAX 1000
#define ROWS_MAX       10000 /* of a track of its own: the cheapest of the ended go first */

struct screen_sink {
	struct sink sink;
	struct screen_plan plan;
	struct track *own_track; /* NULL: the plan's is shown */
	const struct track *track;
	struct names_cache *names;
	struct buf target; /* for people */
	struct screen_page page;
	struct view *view;
	struct screen *screen; /* NULL: plain lines */
	struct canvas canvas;
	struct outfile out;
	struct host hosts[2]; /* this round's, and the one's before */
	bool now;             /* which is this round's */
	bool looked;          /* there is one before */
	bool round_over, quits, printed;
	unsigned rounds;
};

static struct screen_sink *of(struct sink *sink)
{
	return (struct screen_sink *)sink;
}

static struct env *env_of(const struct screen_sink *s)
{
	return s->plan.live->env;
}

/* ---- the terminal ---- */

/* Wide characters are curses's to encode, so the locale must be one that can. */
static bool speaks_utf8(const struct env *env)
{
	if (env->ascii)
		return false;
	setlocale(LC_CTYPE, "");
	if (MB_CUR_MAX == 1)
		setlocale(LC_CTYPE, "C.UTF-8");
	return MB_CUR_MAX > 1;
}

static int take_terminal(struct screen_sink *s, struct error *err)
{
	const struct env *env = env_of(s);
	const struct screen_options options = {env->in_fd, env->out_fd, env->out_colour};
	bool ascii = !speaks_utf8(env);
	int r = s->plan.plain ? SCREEN_NONE : screen_new(&s->screen, &options, err);

	if (r < 0)
		return r;
	canvas_init(&s->canvas, ascii);
	if (r == SCREEN_NONE) {
		setlocale(LC_CTYPE, "C");
		return outfile_open(&s->out, NULL, OUTFILE_IN_PLACE, env->out_fd, (unsigned)-1,
				    (unsigned)-1, err);
	}
	r = loop_add_fd(&s->plan.live->pipeline.loop, env->in_fd);
	return r < 0 ? error_set(err, -r, "cannot wait for keys: %s", error_name(r)) : 0;
}

static void give_terminal_back(struct screen_sink *s)
{
	if (!s->screen)
		return;
	loop_remove_fd(&s->plan.live->pipeline.loop, env_of(s)->in_fd);
	s->screen = screen_free(s->screen);
	setlocale(LC_CTYPE, "C");
}

/* Nothing is shown any more, whatever else comes while the run ends. */
static void quit(struct screen_sink *s)
{
	s->quits = true;
	loop_remove_fd(&s->plan.live->pipeline.loop, env_of(s)->in_fd);
	pipeline_stop(&s->plan.live->pipeline);
}

/* ---- a round ---- */

static const struct source *sampler_of(const struct screen_sink *s)
{
	return s->plan.live->sampler;
}

static void read_host(struct screen_sink *s, struct view_moment *moment)
{
	struct host host;
	struct error err;

	if (host_read(&env_of(s)->root,
		      s->plan.machine ? HOST_LOAD | HOST_CPU | HOST_MEMORY_ALL : HOST_BASIS, &host,
		      &err) < 0)
		return;
	s->looked = s->hosts[s->now].time_ns;
	s->now = !s->now;
	host_deinit(&s->hosts[s->now]);
	s->hosts[s->now] = host;
	s->page.host = &s->hosts[s->now];
	if (!s->plan.machine)
		return;
	moment->host = &s->hosts[s->now];
	if (s->looked)
		moment->share = host_cpu_share(&s->hosts[!s->now].cpu, &host.cpu);
	if (moment->snapshots)
		s->hosts[s->now].tasks = host_count_tasks(moment->snapshots);
}

static void draw(struct screen_sink *s)
{
	screen_fit(s->screen, &s->canvas);
	view_draw(s->view, &s->canvas);
	screen_show(s->screen, &s->canvas);
}

/* All rows, one below the other. */
static int print(struct screen_sink *s, struct error *err)
{
	unsigned width = env_of(s)->out_width, height = view_height(s->view);

	canvas_resize(&s->canvas, width ? width : PLAIN_WIDTH,
		      height < PLAIN_ROWS_MAX ? height : PLAIN_ROWS_MAX);
	view_draw_plain(s->view, &s->canvas);
	if (s->printed)
		buf_add_char(&s->out.pending, '\n');
	s->printed = true;
	canvas_dump(&s->canvas, &s->out.pending);
	return outfile_flush(&s->out, err);
}

static int end_round(struct screen_sink *s, int64_t now_ns, struct error *err)
{
	struct view_moment moment = {
		.now_ns = now_ns,
		.snapshots = sampler_of(s) ? sampler_list(sampler_of(s)) : NULL,
	};
	int r = 0;

	s->round_over = false;
	s->rounds++;
	read_host(s, &moment);
	view_take(s->view, &moment);
	if (s->screen)
		draw(s);
	else if (s->rounds > 1) /* the first has no rates yet */
		r = print(s, err);
	if (s->plan.rounds > 0 && s->rounds > s->plan.rounds)
		quit(s);
	return r;
}

/* ---- keys ---- */

static void set_interval(struct screen_sink *s, int64_t before_ns)
{
	int64_t interval_ns = view_interval_ns(s->view);

	if (interval_ns != before_ns && s->plan.live->sampler)
		sampler_set_interval(s->plan.live->sampler, interval_ns);
}

static void take_keys(struct screen_sink *s)
{
	int64_t interval_ns = view_interval_ns(s->view);
	bool pressed = false;
	int key;

	while (!s->quits && (key = screen_key(s->screen)) != INPUT_NONE) {
		pressed = true;
		if (key == INPUT_CTRL_L)
			screen_redraw(s->screen);
		if (key < 0 || view_key(s->view, key) == VIEW_ENDS)
			quit(s);
	}
	set_interval(s, interval_ns);
	if (pressed && !s->quits)
		draw(s);
}

/* ---- the sink ---- */

static int screen_open(struct sink *sink, const struct run *run, struct error *err)
{
	struct screen_sink *s = of(sink);

	return take_terminal(s, err);
}

static int screen_record(struct sink *sink, const struct record *record,
			 const struct change *change, struct error *err)
{
	struct screen_sink *s = of(sink);

	if (s->own_track)
		track_apply(s->own_track, record, change);
	if (record->kind == RECORD_SAMPLE && record->ident.tgid == 0)
		s->round_over = true;
	return 0;
}

static int screen_tick(struct sink *sink, const struct table *table, int64_t now_ns,
		       struct error *err)
{
	struct screen_sink *s = of(sink);
	int r = 0;

	if (s->round_over && !s->quits)
		r = end_round(s, now_ns, err);
	if (r == 0 && s->screen && !s->quits)
		take_keys(s);
	return r;
}

static int screen_close(struct sink *sink, const struct table *table, const struct run *run,
			struct error *err)
{
	struct screen_sink *s = of(sink);

	if (s->screen) {
		give_terminal_back(s);
		return 0;
	}
	return outfile_commit(&s->out, err);
}

static void screen_sink_free(struct sink *sink)
{
	struct screen_sink *s = of(sink);

	give_terminal_back(s);
	view_free(s->view);
	names_cache_free(s->names);
	buf_deinit(&s->target);
	track_free(s->own_track);
	canvas_deinit(&s->canvas);
	host_deinit(&s->hosts[0]);
	host_deinit(&s->hosts[1]);
	free(s);
}

static const struct sink_ops screen_ops = {
	.name = "screen",
	.open = screen_open,
	.record = screen_record,
	.tick = screen_tick,
	.close = screen_close,
	.free = screen_sink_free,
};

static void name_target(struct screen_sink *s)
{
	struct live *live = s->plan.live;

	if (live->plan.argv)
		text_add_cmdline(&s->target, buf_str(&live->words), true);
	else
		buf_add_str(&s->target, buf_str(&live->choice.text));
}

static struct view *make_view(struct screen_sink *s)
{
	const struct live *live = s->plan.live;

	return view_new(&(struct view_options){
		.command = live->plan.command,
		.target = buf_cstr(&s->target),
		.source = live->kind->name,
		.track = s->track,
		.table = &live->table,
		.names = names_cache_names(s->names),
		.interval_ns = live->plan.sampling_ns,
		.hide_ended = s->plan.hide_ended,
		.describe = screen_page_describe,
		.context = &s->page,
	});
}

int screen_sink_new(const struct screen_plan *plan, struct sink **ret_sink, struct error *err)
{
	struct screen_sink *s = mem_alloc(sizeof *s);
	const struct live *live = plan->live;
	int r = 0;

	s->sink.ops = &screen_ops;
	s->plan = *plan;
	s->own_track = plan->track ? NULL
				   : track_new(&(struct track_options){
					     .start_ns = live->run.start_ns,
					     .rows_max = ROWS_MAX,
				     });
	s->track = plan->track ? plan->track : s->own_track;
	s->names = names_cache_new(&live->env->root);
	s->page = (struct screen_page){
		.root = &live->env->root,
		.names = names_cache_names(s->names),
		.host = &s->hosts[0],
		.ascii = live->env->ascii,
	};
	name_target(s);
	s->view = make_view(s);
	if (plan->sort)
		r = view_sort_by(s->view, str_of(plan->sort), err);
	if (r == 0 && plan->filter)
		r = view_filter(s->view, str_of(plan->filter), err);
	if (r < 0) {
		screen_sink_free(&s->sink);
		return r;
	}
	*ret_sink = &s->sink;
	return 0;
}
