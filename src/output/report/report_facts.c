/* Lines about the whole: what it took, and how far the figures can be trusted. A row each. */
#include "base/text.h"
#include "base/units.h"
#include "output/report/report_view.h"
#include "output/value.h"

static void add_share(struct buf *out, uint64_t part, uint64_t whole)
{
	if (whole > 0)
		buf_printf(out, " (%.0f%%)", 100.0 * (double)part / (double)whole);
}

static void add_wall(const struct report_view *view, struct buf *out)
{
	units_add_duration(out, view->report->wall_ns);
	if (!view->run->ended)
		buf_add_text(out, ", then the recorder was stopped before its end");
}

static bool is_cut_short(const struct report_view *view)
{
	return !view->run->ended;
}

static void add_cpu(const struct report_view *view, struct buf *out)
{
	const struct report *report = view->report;

	if (report->cpu_ns == 0 && report->inexact == report->processes) {
		buf_add_text(out, "not known");
		return;
	}
	units_add_duration(out, (int64_t)report->cpu_ns);
	if (report->wall_ns > 0) {
		buf_printf(out, ", %.2f ", (double)report->cpu_ns / (double)report->wall_ns);
		if (report->cpus)
			buf_printf(out, "of %u ", report->cpus);
		buf_add_text(out, "cores busy on average");
	}
	if (report->inexact) {
		buf_add_text(out, "; not exact for ");
		value_add_counted(out, report->inexact, "process", "processes");
	}
}

/* "one process for 1.20s (34%), two or more for 2.30s (66%), at most 4" */
static void add_at_work(const struct report_view *view, struct buf *out)
{
	const struct busy *busy = &view->report->busy;
	uint64_t all = (uint64_t)(busy->end_ns - busy->begin_ns);
	const struct {
		const char *who;
		int64_t ns;
	} parts[] = {
		{"nobody for ",      busy->level_ns[0]                                   },
		{"one process for ", busy->level_ns[1]                                   },
		{"two or more for ", (int64_t)all - busy->level_ns[0] - busy->level_ns[1]},
	};
	const char *separator = "";

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		if (200 * parts[i].ns < (int64_t)all || parts[i].ns == 0)
			continue;
		buf_printf(out, "%s%s", separator, parts[i].who);
		units_add_duration(out, parts[i].ns);
		add_share(out, (uint64_t)parts[i].ns, all);
		separator = ", ";
	}
	if (busy->most > 1)
		buf_printf(out, "%sat most %u at a time", separator, busy->most);
}

static void add_processes(const struct report_view *view, struct buf *out)
{
	const struct report *report = view->report;

	value_add_count(out, report->processes);
	if (report->ran_before) {
		buf_add_text(out, " (");
		value_add_count(out, report->ran_before);
		buf_add_text(out, " ran before)");
	}
	buf_add_text(out, ", ");
	value_add_counted(out, report->execs, "exec", "execs");
	buf_add_text(out, ", ");
	if (report->failures)
		value_add_count(out, report->failures);
	buf_add_text(out, report->failures ? " failed" : "none failed");
	if (report->core_dumps) {
		buf_add_text(out, ", ");
		value_add_counted(out, report->core_dumps, "core dump", "core dumps");
	}
}

static bool has_failed(const struct report_view *view)
{
	return view->report->failures > 0;
}

static void add_memory(const struct report_view *view, struct buf *out)
{
	if (view->report->rss_peak_bytes == 0)
		return;
	units_add_bytes(out, view->report->rss_peak_bytes);
	buf_add_text(out, " in one process");
}

static void add_storage(const struct report_view *view, struct buf *out)
{
	if (view->report->io_bytes == 0)
		return;
	units_add_bytes(out, view->report->io_bytes);
	buf_add_text(out, " read and written");
}

static void add_short(const struct report_view *view, struct buf *out)
{
	const struct report *report = view->report;

	if (report->short_count == 0)
		return;
	value_add_counted(out, report->short_count, "process", "processes");
	buf_add_text(out, " below 5ms: ");
	units_add_duration(out, report->short_wall_ns);
	buf_add_text(out, " of life, ");
	units_add_duration(out, (int64_t)report->short_cpu_ns);
	buf_add_text(out, " CPU");
	add_share(out, report->short_cpu_ns, report->cpu_ns);
}

static void add_shells(const struct report_view *view, struct buf *out)
{
	const struct report_group *shells = &view->report->shells;

	if (shells->count == 0)
		return;
	value_add_count(out, shells->count);
	buf_add_text(out, " only started one other program, for ");
	units_add_duration(out, (int64_t)shells->cpu_ns);
	buf_add_text(out, " CPU; the first: ");
	report_add_cell(out, view, REPORT_PROCESS, (union report_cell){.life = shells->first}, 60);
}

static void add_source(const struct report_view *view, struct buf *out)
{
	const struct run *run = view->run;

	buf_add_text(out, run->source ? run->source : "not known");
	buf_add_text(out, ", ");
	value_add_counted(out, run->records, "record, ", "records, ");
	if (view->history->lost)
		value_add_count(out, view->history->lost);
	buf_add_text(out, view->history->lost ? " lost: the figures are too low" : "none lost");
	if (run->outside) {
		buf_add_text(out, ", ");
		value_add_counted(out, run->outside, "process", "processes");
		buf_add_text(out, " outside of this pid namespace not shown");
	}
}

static bool has_lost(const struct report_view *view)
{
	return view->history->lost > 0;
}

const struct report_fact report_facts[] = {
	{"wall time",   add_wall,      is_cut_short},
	{"CPU",         add_cpu,       NULL        },
	{"at work",     add_at_work,   NULL        },
	{"processes",   add_processes, has_failed  },
	{"peak memory", add_memory,    NULL        },
	{"storage",     add_storage,   NULL        },
	{"short lives", add_short,     NULL        },
	{"shells",      add_shells,    NULL        },
	{"source",      add_source,    has_lost    },
};
const unsigned report_fact_count = sizeof report_facts / sizeof *report_facts;

struct str report_command(const struct report_view *view)
{
	const struct report *report = view->report;

	if (view->run->command.n > 0 || report->root == HISTORY_NONE)
		return view->run->command;
	return history_text(view->history, view->history->lives[report->root].command);
}

int32_t report_status(const struct report_view *view)
{
	const struct report *report = view->report;

	if (view->run->status != STATUS_UNKNOWN || report->root == HISTORY_NONE)
		return view->run->status;
	return view->history->lives[report->root].status;
}
