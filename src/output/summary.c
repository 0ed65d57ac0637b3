/*
 * The summary at the end, for people: what it took, what failed, who cost most, and how far the
 * figures can be trusted. Key decision: at most about 25 lines, each begun by what it is about.
 */
#include "base/text.h"
#include "base/units.h"
#include "output/common.h"
#include "output/formats.h"
#include "output/labelled.h"
#include "output/tally.h"
#include "output/value.h"

#define SOURCES_SHOWN  3
#define MEMORY_SHOWN   3
#define PROGRAMS_SHOWN 4

struct summary {
	struct output output;
	struct tally tally;
};

/* While it is being written. */
struct page {
	struct labelled lines;
	struct buf *text; /* of the row at hand: lines.text */
	const struct output_options *options;
	const struct run *run;
	const struct tally *tally;
};

static void add_row(struct page *page, const char *label, enum style style)
{
	labelled_row(&page->lines, label, style);
}

static void add_more(struct page *page, uint64_t count, uint64_t shown)
{
	labelled_more(&page->lines, count, shown);
}

/* -- the rows -- */

static void add_title(struct page *page)
{
	if (page->options->live) /* apart from what the command printed */
		buf_add_char(page->lines.out, '\n');
	labelled_title(&page->lines, page->run->command, page->run->status, page->run->target);
}

static int64_t wall_ns(const struct page *page)
{
	const struct tally *t = page->tally;

	if (!t->any) /* nobody came, and that for a while */
		return page->run->ended ? page->run->end_ns - page->run->start_ns : 0;
	return t->end_ns > t->begin_ns ? t->end_ns - t->begin_ns : 0;
}

static void add_wall(struct page *page)
{
	units_add_duration(page->text, wall_ns(page));
	if (!page->run->ended)
		buf_add_text(page->text, ", then the recorder was stopped before its end");
	add_row(page, "wall time", page->run->ended ? STYLE_NONE : STYLE_WARN);
}

static void add_processes(struct page *page)
{
	const struct tally *t = page->tally;

	value_add_count(page->text, t->processes);
	if (t->seen) {
		buf_add_text(page->text, " (");
		value_add_count(page->text, t->seen);
		buf_add_text(page->text,
			     t->seen == 1 ? " was running before)" : " were running before)");
	}
	buf_add_text(page->text, ", ");
	value_add_counted(page->text, t->execs, "exec", "execs");
	if (t->bad_execs) {
		buf_add_text(page->text, " and ");
		value_add_counted(page->text, t->bad_execs, "failed exec", "failed execs");
	}
	buf_add_text(page->text, ", ");
	if (t->failures)
		value_add_count(page->text, t->failures);
	else
		buf_add_text(page->text, "none");
	buf_add_text(page->text, " failed");
	add_row(page, "processes", STYLE_NONE);
}

static void add_cpu(struct page *page)
{
	const struct usage *total = &page->tally->total;
	uint64_t cpu_ns = usage_cpu_ns(total);

	if (!usage_knows(total, USAGE_CPU_USER_NS) && !usage_knows(total, USAGE_CPU_SYS_NS)) {
		buf_add_text(page->text, "not known");
		add_row(page, "CPU", STYLE_DIM);
		return;
	}
	units_add_duration(page->text, (int64_t)cpu_ns);
	buf_add_text(page->text, " = ");
	units_add_duration(page->text, (int64_t)total->value[USAGE_CPU_USER_NS]);
	buf_add_text(page->text, " user + ");
	units_add_duration(page->text, (int64_t)total->value[USAGE_CPU_SYS_NS]);
	buf_add_text(page->text, " system");
	if (wall_ns(page) > 0) {
		buf_printf(page->text, ", %.2f ", (double)cpu_ns / (double)wall_ns(page));
		if (page->run->cpus)
			buf_printf(page->text, "of %u ", page->run->cpus);
		buf_add_text(page->text, "cores busy");
	}
	if (page->tally->inexact) {
		buf_add_text(page->text, "; not exact for ");
		value_add_counted(page->text, page->tally->inexact, "process", "processes");
	}
	add_row(page, "CPU", STYLE_NONE);
}

static void add_memory(struct page *page)
{
	const struct tally *t = page->tally;

	if (t->memory_count > 0) {
		if (t->memory[0].bound)
			buf_add_text(page->text, "at most ");
		units_add_bytes(page->text, t->memory[0].value);
		buf_add_text(page->text, " in one process");
	}
	/* samples that missed the largest process say nothing of the whole */
	if (t->rss_peak_bytes &&
	    (t->memory_count == 0 || t->rss_peak_bytes >= t->memory[0].value)) {
		if (page->text->n > 0)
			buf_add_text(page->text, ", ");
		units_add_bytes(page->text, t->rss_peak_bytes);
		buf_add_text(page->text, " in the whole tree at once (sampled)");
	}
	if (page->text->n > 0)
		add_row(page, "peak memory", STYLE_NONE);
}

static void add_storage(struct page *page)
{
	const struct usage *total = &page->tally->total;

	if (total->value[USAGE_READ_BYTES] + total->value[USAGE_WRITE_BYTES] == 0)
		return;
	units_add_bytes(page->text, total->value[USAGE_READ_BYTES]);
	buf_add_text(page->text, " read, ");
	units_add_bytes(page->text, total->value[USAGE_WRITE_BYTES]);
	buf_add_text(page->text, " written");
	add_row(page, "storage", STYLE_NONE);
}

/* A process by name: "[123] cc1 -quiet main.c", cut to the line. */
static void add_named(struct page *page, const struct tally_entry *entry)
{
	size_t width = labelled_room(&page->lines), used;

	buf_printf(page->text, "[%d] ", entry->pid);
	used = value_columns(buf_str(page->text));
	text_add_safe_cut(page->text, str_of(entry->command),
			  used + 12 < width ? width - used : 12);
}

/* "exit 1", "SIGKILL from 100" */
static void add_how(struct buf *out, const struct tally_entry *entry)
{
	value_add_status(out, entry->status, entry->core_dumped);
	if (entry->killer_pid > 0)
		buf_printf(out, " from %d", entry->killer_pid);
}

static void add_failed(struct page *page)
{
	const struct tally *t = page->tally;
	size_t widest = 0;

	for (unsigned i = 0; i < t->failures && i < TALLY_FAILURES; i++) {
		add_how(page->text, &t->failed[i]);
		widest = page->text->n > widest ? page->text->n : widest;
		buf_clear(page->text);
	}
	for (unsigned i = 0; i < t->failures && i < TALLY_FAILURES; i++) {
		add_how(page->text, &t->failed[i]);
		buf_add_repeat(page->text, ' ', widest + 2 - page->text->n);
		add_named(page, &t->failed[i]);
		add_row(page, i == 0 ? "failed" : "", STYLE_FAILED);
	}
	add_more(page, t->failures, TALLY_FAILURES);
}

static void add_running(struct page *page)
{
	const struct tally *t = page->tally;

	for (unsigned i = 0; i < t->living && i < TALLY_FAILURES; i++) {
		add_named(page, &t->running[i]);
		add_row(page, i == 0 ? "still running" : "", STYLE_WARN);
	}
	add_more(page, t->living, TALLY_FAILURES);
}

/* "cc1 273ms (12), as 37.2ms (12), make 8.01ms, 3 others 1.20ms" */
static void add_programs(struct page *page)
{
	struct tally_program top[PROGRAMS_SHOWN], rest;
	unsigned count = tally_top_programs(page->tally, top, PROGRAMS_SHOWN, &rest);

	/* where most programs ran once "most CPU" says the same */
	if (2 * (count + rest.count) > page->tally->processes || page->tally->cpu_count == 0)
		return;
	for (unsigned i = 0; i < count && top[i].cpu_ns > 0; i++) {
		buf_printf(page->text, "%s%s ", i > 0 ? ", " : "", top[i].name);
		units_add_duration(page->text, (int64_t)top[i].cpu_ns);
		if (top[i].count > 1) {
			buf_add_text(page->text, " (");
			value_add_count(page->text, top[i].count);
			buf_add_char(page->text, ')');
		}
	}
	if (rest.cpu_ns > 0) {
		buf_add_text(page->text, ", ");
		value_add_counted(page->text, rest.count, "other ", "others ");
		units_add_duration(page->text, (int64_t)rest.cpu_ns);
	}
	add_row(page, "by program", STYLE_NONE);
}

static void add_right(struct buf *out, struct str text, size_t width)
{
	buf_add_repeat(out, ' ', text.n < width ? width - text.n : 0);
	buf_add_str(out, text);
}

static void add_top_cpu(struct page *page)
{
	const struct tally *t = page->tally;
	uint64_t all = usage_cpu_ns(&t->total);

	for (unsigned i = 0; t->processes > 1 && i < t->cpu_count; i++) {
		struct buf value = BUF_INIT;

		units_add_duration(&value, (int64_t)t->cpu[i].value);
		add_right(page->text, buf_str(&value), 6);
		buf_printf(page->text, " %3.0f%%  ",
			   all ? 100.0 * (double)t->cpu[i].value / (double)all : 0.0);
		add_named(page, &t->cpu[i]);
		add_row(page, i == 0 ? "most CPU" : "", STYLE_NONE);
		buf_deinit(&value);
	}
}

static void add_top_memory(struct page *page)
{
	const struct tally *t = page->tally;

	for (unsigned i = 0; t->processes > 1 && i < t->memory_count && i < MEMORY_SHOWN; i++) {
		struct buf value = BUF_INIT;

		if (t->memory[i].bound)
			buf_add_char(&value, '<');
		units_add_bytes(&value, t->memory[i].value);
		add_right(page->text, buf_str(&value), 6);
		buf_add_text(page->text, "       ");
		add_named(page, &t->memory[i]);
		add_row(page, i == 0 ? "most memory" : "", STYLE_NONE);
		buf_deinit(&value);
	}
}

static void add_source(struct page *page)
{
	const struct run *run = page->run;
	unsigned shown = 0;

	buf_add_text(page->text, run->source ? run->source : "not known");
	buf_add_text(page->text, ", ");
	value_add_counted(page->text, run->records, "record, ", "records, ");
	if (run->lost)
		value_add_count(page->text, run->lost);
	else
		buf_add_text(page->text, "none");
	buf_add_text(page->text, " lost");
	add_row(page, "source", run->lost ? STYLE_FAILED : STYLE_NONE);
	for (unsigned i = 0; i < run->tried_count && i < RUN_SOURCES_MAX; i++) {
		if (!run->tried[i].reason[0] || shown++ >= SOURCES_SHOWN)
			continue;
		buf_printf(page->text, "not %s: ", run->tried[i].name);
		text_add_safe(page->text, str_of(run->tried[i].reason));
		add_row(page, "", STYLE_DIM);
	}
}

static void add_lost(struct page *page)
{
	const struct tally *t = page->tally;

	for (unsigned i = 0; i < t->gap_count && i < TALLY_NOTES; i++) {
		if (t->gaps[i].lost)
			value_add_counted(page->text, t->gaps[i].lost, "record: ", "records: ");
		buf_add_text(page->text, t->gaps[i].text);
		add_row(page, i == 0 ? "lost" : "", STYLE_FAILED);
	}
	add_more(page, t->gap_count, TALLY_NOTES);
	if (page->run->outside) {
		value_add_counted(page->text, page->run->outside, "process", "processes");
		buf_add_text(page->text, " outside of this pid namespace, not shown");
		add_row(page, "not visible", STYLE_WARN);
	}
}

static void add_notes(struct page *page)
{
	const struct tally *t = page->tally;

	if (page->run->user_change.n > 0) {
		text_add_safe(page->text, page->run->user_change);
		add_row(page, "user", STYLE_NONE);
	}
	for (unsigned i = 0; i < t->note_count && i < TALLY_NOTES; i++) {
		buf_add_text(page->text, t->notes[i].text);
		add_row(page, i == 0 ? "note" : "", STYLE_WARN);
	}
	add_more(page, t->note_count, TALLY_NOTES);
}

static void (*const rows[])(struct page *) = {
	add_title,      add_wall,   add_processes, add_cpu,      add_memory,
	add_storage,    add_failed, add_running,   add_programs, add_top_cpu,
	add_top_memory, add_source, add_lost,      add_notes,
};

static int on_record(struct sink *sink, const struct record *record, const struct change *change,
		     struct error *err)
{
	tally_record(&((struct summary *)sink)->tally, record, change);
	return 0;
}

static int on_close(struct sink *sink, const struct table *table, const struct run *run,
		    struct error *err)
{
	struct summary *summary = (struct summary *)sink;
	struct page page = {
		.lines = labelled_into(&summary->output.file.pending, &summary->output.options),
		.text = &page.lines.text,
		.options = &summary->output.options,
		.run = run,
		.tally = &summary->tally,
	};

	tally_finish(&summary->tally, table, run);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		rows[i](&page);
	labelled_deinit(&page.lines);
	return output_commit(&summary->output, err);
}

static void on_free(struct sink *sink)
{
	tally_deinit(&((struct summary *)sink)->tally);
	output_free(sink);
}

static const struct sink_ops summary_ops = {
	.name = "summary",
	.open = output_open,
	.record = on_record,
	.close = on_close,
	.free = on_free,
};

static struct sink *summary_create(const struct output_options *options)
{
	struct summary *summary = output_new(sizeof *summary, &summary_ops, options);

	tally_init(&summary->tally);
	return &summary->output.sink;
}

const struct output_format output_summary = {
	.name = "summary",
	.summary = "what it took: time, CPU, memory, failures, losses",
	.create = summary_create,
};
