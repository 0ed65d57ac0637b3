/*
 * What a filter is told of a row: the life, as events tell it to `pscope events --filter`, and how it
 * stood at the last round. Key decision: one snapshot of both, with a list of what each may answer, so
 * that the unknown stays unknown.
 */
#include "model/life_snapshot.h"
#include "view/view_internal.h"

struct row_snapshot {
	struct life_snapshot life; /* first: what asks gets a pointer to its snapshot */
	const struct view *view;
	const struct view_row *row;
	struct snapshot_interval interval;
};

/* What the round tells of who lives. */
static const struct {
	const char *name;
	enum track_measure measure;
	bool of_memory; /* a share: the machine has to be known */
} told[] = {
	{"rss_bytes",   TRACK_RSS, false},
	{"mem_percent", TRACK_RSS, true },
	{"cpu_percent", TRACK_CPU, false},
};

static bool round_tells(const struct field *field, const struct row_snapshot *asked)
{
	const struct view_row *row = asked->row;

	if (row->of.end_ns)
		return false;
	if (strcmp(field->name, "state") == 0)
		return row->state;
	for (size_t i = 0; i < sizeof told / sizeof *told; i++)
		if (strcmp(field->name, told[i].name) == 0)
			return row->of.series[told[i].measure].known &&
			       (!told[i].of_memory || asked->view->host_known);
	return false;
}

static bool knows(const struct field *field, const struct snapshot *s)
{
	return round_tells(field, (const struct row_snapshot *)s) || life_snapshot_knows(field, s);
}

static void add_round(struct row_snapshot *asked, const struct view_row *row)
{
	struct snapshot *s = &asked->life.snapshot;

	if (row->of.end_ns)
		return;
	s->known |= PART_BIT(PART_RSS) | PART_BIT(PART_INTERVAL);
	s->rss_bytes = (uint64_t)row->of.series[TRACK_RSS].now;
	if (row->state)
		s->stat.state = row->state;
	asked->interval = (struct snapshot_interval){
		.elapsed_ns = 1000000000,
		.cpu_ns = (uint64_t)(row->of.series[TRACK_CPU].now * 1e7),
	};
	s->interval = &asked->interval;
}

/* What the table has given up, as far as the row still knows it. */
static void stand_in(const struct view_row *row, struct proc *proc, struct proc_exec *image)
{
	*image = (struct proc_exec){.argv = row->of.argv, .args_bytes = row->of.argv.n};
	*proc = (struct proc){
		.id = row->of.id,
		.ident = row->of.ident,
		.pid = row->of.pid,
		.ppid = row->of.ppid,
		.uid = {UID_UNKNOWN, row->of.uid, UID_UNKNOWN},
		.gid = {UID_UNKNOWN, UID_UNKNOWN, UID_UNKNOWN},
		.comm = row->of.name,
		.start_ns = row->of.start_ns,
		.start_known = true,
		.end_ns = row->of.end_ns,
		.state = row->of.end_ns ? PROC_FINISHED : PROC_LIVING,
		.status = row->of.status,
		.usage = row->of.seen,
	};
	if (row->of.argv.p)
		proc->first_exec = proc->last_exec = image;
}

bool view_filter_takes(struct view *view, const struct view_row *row)
{
	const struct field_context context = {
		.host = view->host_known ? &view->host : NULL,
		.names = view->options.names,
		.arena = &view->arena,
		.knows = knows,
	};
	struct row_snapshot asked = {.view = view, .row = row};
	const struct proc *proc;
	struct proc given_up;
	struct proc_exec image;
	bool takes;

	if (!view->filter)
		return true;
	proc = table_find(view->options.table, row->of.ident);
	if (!proc || proc->id != row->of.id) {
		stand_in(row, &given_up, &image);
		proc = &given_up;
	}
	life_snapshot_fill(&asked.life, proc, view->now_ns);
	add_round(&asked, row);
	takes = filter_test(view->filter, &asked.life.snapshot, &context) == FILTER_YES;
	arena_clear(&view->arena);
	return takes;
}
