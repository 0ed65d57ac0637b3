/*
 * What `pscope track` writes where. Key decision: a form that goes to standard output takes the
 * table's place there; into a file it stands beside the table.
 */
#include "cli/screen_run.h"
#include "cli/track.h"

#include "source/sampler.h"
#include "store/store.h"

#include <errno.h>
#include <unistd.h>

static bool ends_in(const char *name, const char *suffix)
{
	size_t n = strlen(name), m = strlen(suffix);

	return n > m && strcasecmp(name + n - m, suffix) == 0;
}

static bool is_stdout(const char *path)
{
	return !path || strcmp(path, "-") == 0 || strcmp(path, "/dev/stdout") == 0;
}

/* ---- the options ---- */

static int choose_layout(const char *layout, struct track_choice *ret, struct error *err)
{
	if (!layout || strcmp(layout, "lines") == 0)
		return 0;
	if (strcmp(layout, "ptrack") != 0)
		return error_set(err, EINVAL, "--layout %s: there are lines and ptrack", layout);
	ret->form = TRACK_PTRACK;
	return 0;
}

/* A name says what is to be in the file, unless an option does. */
static int choose_form(const struct track_cli *options, struct track_choice *ret, struct error *err)
{
	bool json = options->json || options->jsonl || options->layout;
	const char *path = options->output;

	if (options->csv && json)
		return error_set(err, EINVAL,
				 "--csv and --%s contradict each other: give one of them",
				 options->layout ? "layout"
				 : options->json ? "json"
						 : "jsonl");
	ret->to_stdout = is_stdout(path);
	ret->totals = options->jsonl || (!ret->to_stdout && ends_in(path, ".jsonl"));
	if (options->csv)
		ret->form = TRACK_CSV;
	else if (!json && !ret->to_stdout && ends_in(path, ".pscope"))
		ret->form = TRACK_RECORDING;
	else if (json || path)
		ret->form = TRACK_JSON;
	return choose_layout(options->layout, ret, err);
}

int track_choose(const struct track_cli *options, struct track_choice *ret, struct error *err)
{
	int r;

	*ret = (struct track_choice){.report.pss = options->pss};
	if (options->human && options->bytes)
		return error_set(err, EINVAL,
				 "--human and --bytes contradict each other: give one of them");
	if (options->human || options->bytes)
		ret->report.units = options->human ? TRACK_HUMAN : TRACK_BYTES;
	r = choose_form(options, ret, err);
	if (r == 0 && options->screen && ret->to_stdout && ret->form != TRACK_NO_FORM)
		r = error_set(err, EINVAL,
			      "--live has the terminal, so what is written needs a file: give "
			      "--path FILE as well");
	if (r == 0 && options->sort)
		r = track_order_parse(&ret->report.order, str_of(options->sort), err);
	if (r == 0 && options->group)
		r = track_find_grouping(options->group, &ret->grouping, err);
	if (r == 0 && ret->grouping)
		ret->report.group = ret->grouping->heading;
	return r;
}

/* ---- the sinks ---- */

static const struct snapshot *find_snapshot(void *context, const struct record *sample)
{
	return sampler_snapshot(context, sample);
}

static struct sink *recording(const struct env *env, const char *path)
{
	store_setup();
	return recorder_new(&(struct recorder_options){
		.path = path,
		.owner_uid = env->owner_uid,
		.owner_gid = env->owner_gid,
		.debug = env->debug ? cli_debug : NULL,
	});
}

static struct sink *form_sink(const struct live *live, const struct track_cli *options,
			      const struct track_choice *choice, const struct track_report *report,
			      const struct track_feed *feed)
{
	const struct env *env = live->env;
	const struct output_options into = {
		.path = options->output,
		.out_fd = env->out_fd,
		.owner_uid = env->owner_uid,
		.owner_gid = env->owner_gid,
		.live = true,
	};
	switch (choice->form) {
	case TRACK_CSV:
		return track_csv_new(report, &into);
	case TRACK_JSON:
		return track_json_new(feed, choice->totals, &into);
	case TRACK_PTRACK:
		return track_ptrack_new(feed, &into);
	case TRACK_RECORDING:
		return recording(env, options->output);
	case TRACK_NO_FORM:
		break;
	}
	return NULL;
}

/* Its columns and filter are those that it begins with, which nothing refuses. */
static struct sink *screen_sink(struct live *live, const struct track *track)
{
	const struct screen_plan plan = {
		.live = live,
		.track = track,
		.machine = live->options->target.all,
	};
	struct sink *sink = NULL;

	screen_sink_new(&plan, &sink, NULL);
	return sink;
}

/* What is seen of it while it goes on; NULL: nothing. */
static struct sink *meanwhile_sink(struct live *live, const struct track_cli *options,
				   const struct track *track)
{
	if (options->screen)
		return screen_sink(live, track);
	return options->quiet || live->plan.argv ? NULL : track_progress_new(track, live->env);
}

void track_add_sinks(struct live *live, const struct track_cli *options,
		     const struct track_choice *choice, struct track *track)
{
	const struct env *env = live->env;
	struct pipeline *pipeline = &live->pipeline;
	struct track_report report = choice->report;
	const struct output_options table = {
		.out_fd = env->out_fd,
		.owner_uid = (unsigned)-1,
		.owner_gid = (unsigned)-1,
		.live = true,
		.width = env->out_width,
		.terminal = isatty(env->out_fd),
		.colour = env->out_colour,
	};
	const struct track_feed feed = {track, find_snapshot, live->sampler};
	bool cgroups = choice->grouping && choice->grouping->parts;
	struct sink *meanwhile = meanwhile_sink(live, options, track);
	struct sink *form;

	report.track = track;
	form = form_sink(live, options, choice, &report, &feed);
	pipeline->sinks[pipeline->sink_count++] =
		track_collector_new(track, cgroups ? &feed : NULL);
	if (meanwhile)
		pipeline->sinks[pipeline->sink_count++] = meanwhile;
	if (form)
		pipeline->sinks[pipeline->sink_count++] = form;
	if (!form || !choice->to_stdout)
		pipeline->sinks[pipeline->sink_count++] = track_table_new(&report, &table);
}
