/*
 * How many events of each kind each command had. Key decision: memory is bounded by names, not by
 * time: when there are too many, the rarest half is counted together from then on, so that a run of
 * weeks keeps the ones that matter.
 */
#include "base/hash.h"
#include "base/json.h"
#include "base/text.h"
#include "output/common.h"
#include "output/events/event_choice.h"
#include "output/events/event_process.h"
#include "output/value.h"

#include <stdlib.h>

#define NAMES_MOST   8192
#define NAMES_KEPT   (NAMES_MOST / 2)
#define NAME_COLUMNS 64
#define NAME_BYTES   (4 * NAME_COLUMNS)
#define NUMBER_WIDTH 8
#define NAME_GOOD    15 /* columns of a name that a terminal is to have room for */

struct event_counts {
	char name[NAME_BYTES]; /* safe */
	uint64_t total;
	uint64_t count[EVENT_KINDS];
	UT_hash_handle hh; /* by name */
};

struct event_statistics {
	struct output output;
	struct event_options options;
	struct event_counts *names;
	struct event_counts others; /* the rarest */
	uint64_t folded;            /* times that a name went there */
	struct buf name;
};

/* In forkstat's order; what it does not have stands behind, and only where it was asked for. */
static const struct {
	enum event_kind kind;
	const char *heading, *key;
	bool always;
} columns[] = {
	{EVENT_FORK,        "Fork",        "fork",        true },
	{EVENT_EXEC,        "Exec",        "exec",        true },
	{EVENT_EXIT,        "Exit",        "exit",        true },
	{EVENT_CORE,        "Coredump",    "core",        true },
	{EVENT_COMM,        "Comm",        "comm",        true },
	{EVENT_CLONE,       "Clone",       "clone",       true },
	{EVENT_PTRACE,      "Ptrace",      "ptrace",      true },
	{EVENT_UID,         "Uid",         "uid",         true },
	{EVENT_GID,         "Gid",         "gid",         true },
	{EVENT_SID,         "Sid",         "sid",         true },
	{EVENT_PGID,        "Pgid",        "pgid",        false},
	{EVENT_SIGNAL,      "Signal",      "signal",      false},
	{EVENT_OOM,         "Oom",         "oom",         false},
	{EVENT_BAD_EXEC,    "BadExec",     "badexec",     false},
	{EVENT_FAILED_EXIT, "NonzeroExit", "nonzeroexit", true },
};
#define COLUMNS (sizeof columns / sizeof *columns)

static int by_total(const void *a, const void *b)
{
	const struct event_counts *x = *(struct event_counts *const *)a;
	const struct event_counts *y = *(struct event_counts *const *)b;

	if (x->total != y->total)
		return x->total > y->total ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* An array of all names, the most frequent first. */
static struct event_counts **sorted(const struct event_statistics *s, size_t *ret_count)
{
	size_t count = HASH_COUNT(s->names), n = 0;
	struct event_counts **all = mem_alloc((count + 1) * sizeof(struct event_counts *));

	for (struct event_counts *one = s->names; one; one = one->hh.next)
		all[n++] = one;
	qsort(all, n, sizeof *all, by_total);
	*ret_count = n;
	return all;
}

static void add_counts(struct event_counts *to, const struct event_counts *from)
{
	to->total += from->total;
	for (unsigned i = 0; i < EVENT_KINDS; i++)
		to->count[i] += from->count[i];
}

static void fold_rarest(struct event_statistics *s)
{
	size_t count;
	struct event_counts **all = sorted(s, &count);

	for (size_t i = NAMES_KEPT; i < count; i++) {
		add_counts(&s->others, all[i]);
		HASH_DEL(s->names, all[i]);
		free(all[i]);
		s->folded++;
	}
	free(all);
}

static struct event_counts *counts_of(struct event_statistics *s, const struct proc *proc)
{
	struct event_counts *found;
	char name[NAME_BYTES] = "";

	buf_clear(&s->name);
	event_process_add_name(&s->name, proc, &s->options);
	if (s->name.n >= sizeof name) {
		struct buf whole = s->name;

		/* four bytes a character at most, so the cut never splits one */
		s->name = BUF_INIT;
		text_add_safe_cut(&s->name, buf_str(&whole), NAME_COLUMNS - 1);
		buf_deinit(&whole);
	}
	memcpy(name, buf_str(&s->name).p, s->name.n);
	HASH_FIND_STR(s->names, name, found);
	if (found)
		return found;
	if (HASH_COUNT(s->names) >= NAMES_MOST)
		fold_rarest(s);
	found = mem_alloc(sizeof *found);
	memcpy(found->name, name, sizeof name);
	HASH_ADD_STR(s->names, name, found);
	return found;
}

static void count(struct event_statistics *s, const struct proc *proc, enum event_kind kind)
{
	struct event_counts *counts = counts_of(s, proc);

	counts->count[kind]++;
	counts->total++;
}

static int on_record(struct sink *sink, const struct record *record, const struct change *change,
		     struct error *err)
{
	struct event_statistics *s = (struct event_statistics *)sink;
	const struct proc *proc = change->proc;

	/* a fork is what the parent does */
	if (event_wants(&s->options, record, change))
		count(s, record->kind == RECORD_FORK && change->parent ? change->parent : proc,
		      event_kind_of(record));
	if (!event_ends(&s->options, change) || !event_wants_end(&s->options, proc))
		return 0;
	count(s, proc, EVENT_EXIT);
	if (status_failed(proc->status))
		counts_of(s, proc)->count[EVENT_FAILED_EXIT]++; /* one of the exits */
	return 0;
}

/* -- for people -- */

/* How wide each column is; 0: it is not shown. */
struct layout {
	unsigned width[COLUMNS], total;
};

static unsigned digits(uint64_t number)
{
	unsigned count = 1;

	while (number >= 10) {
		number /= 10;
		count++;
	}
	return count;
}

static unsigned width_of(const char *heading, uint64_t largest, unsigned least)
{
	unsigned width = (unsigned)strlen(heading);

	width = width > least ? width : least;
	return width > digits(largest) ? width : digits(largest);
}

static struct layout layout_of(const struct event_statistics *s, const struct event_counts *sum,
			       unsigned least, bool zeros)
{
	struct layout layout = {.total = width_of("Total", sum->total, least)};

	for (size_t i = 0; i < COLUMNS; i++) {
		uint64_t count = sum->count[columns[i].kind];

		if ((columns[i].always || s->options.events & EVENT_BIT(columns[i].kind)) &&
		    (zeros || count > 0))
			layout.width[i] = width_of(columns[i].heading, count, least);
	}
	return layout;
}

static bool fits(const struct event_statistics *s, const struct layout *layout)
{
	unsigned used = layout->total + 1 + NAME_GOOD;

	for (size_t i = 0; i < COLUMNS; i++)
		used += layout->width[i] ? layout->width[i] + 1 : 0;
	return s->output.options.width == 0 || used <= s->output.options.width;
}

/* As forkstat has it; on a terminal that is narrower, without blanks, then without zeros. */
static struct layout choose_layout(const struct event_statistics *s, const struct event_counts *sum)
{
	struct layout layout = layout_of(s, sum, NUMBER_WIDTH, true);

	if (!fits(s, &layout))
		layout = layout_of(s, sum, 0, true);
	if (!fits(s, &layout))
		layout = layout_of(s, sum, 0, false);
	return layout;
}

static void add_row(const struct layout *layout, struct buf *out, const struct event_counts *counts)
{
	for (size_t i = 0; i < COLUMNS; i++)
		if (layout->width[i])
			buf_printf(out, "%*llu ", (int)layout->width[i],
				   (unsigned long long)counts->count[columns[i].kind]);
	buf_printf(out, "%*llu %s\n", (int)layout->total, (unsigned long long)counts->total,
		   counts->name);
}

static void add_heading(const struct event_statistics *s, const struct layout *layout,
			struct buf *out)
{
	bool colour = s->output.options.colour;

	buf_add_text(out, colour ? "\n\x1b[1m" : "\n");
	for (size_t i = 0; i < COLUMNS; i++)
		if (layout->width[i])
			buf_printf(out, "%*s ", (int)layout->width[i], columns[i].heading);
	buf_printf(out, "%*s Process%s\n", (int)layout->total, "Total", colour ? "\x1b[0m" : "");
}

static void add_remarks(const struct event_statistics *s, struct buf *out, const struct run *run)
{
	if (s->folded) {
		buf_add_text(out, "There were more than ");
		value_add_count(out, NAMES_MOST);
		buf_add_text(out, " names: the rarest are counted together as (others).\n");
	}
	if (run->lost) {
		value_add_count(out, run->lost);
		buf_add_text(out, run->lost == 1 ? " event was" : " events were");
		buf_add_text(out, " lost and are not counted here.\n");
	}
}

/* -- for programs -- */

/* `name` NULL: the sum of all. */
static void add_object(struct buf *out, const struct event_counts *counts, const char *name)
{
	struct json j = json_into(out);

	json_open(&j, '{');
	json_key(&j, "Statistics");
	json_open(&j, '{');
	json_key(&j, "name"), json_text(&j, name);
	for (size_t i = 0; i < COLUMNS; i++)
		json_key(&j, columns[i].key), json_u64(&j, counts->count[columns[i].kind]);
	json_key(&j, "total"), json_u64(&j, counts->total);
	json_close(&j, '}');
	json_close(&j, '}');
	buf_add_char(out, '\n');
}

static void add_table(const struct event_statistics *s, struct buf *out,
		      struct event_counts *const *all, size_t count, const struct event_counts *sum)
{
	struct layout layout = choose_layout(s, sum);

	if (count == 0) {
		buf_add_text(out, "No statistics gathered.\n");
		return;
	}
	add_heading(s, &layout, out);
	for (size_t i = 0; i < count; i++)
		add_row(&layout, out, all[i]);
	add_row(&layout, out, sum);
}

static int on_close(struct sink *sink, const struct table *table, const struct run *run,
		    struct error *err)
{
	struct event_statistics *s = (struct event_statistics *)sink;
	struct event_counts sum = {.name = "(total)"};
	struct buf *out = &s->output.file.pending;
	size_t count;
	struct event_counts **all = sorted(s, &count);

	memcpy(s->others.name, "(others)", sizeof "(others)");
	if (s->others.total)
		all[count++] = &s->others;
	for (size_t i = 0; i < count; i++)
		add_counts(&sum, all[i]);
	if (s->options.json) {
		for (size_t i = 0; i < count; i++)
			add_object(out, all[i], all[i]->name);
		add_object(out, &sum, NULL);
	} else {
		add_table(s, out, all, count, &sum);
		add_remarks(s, out, run);
	}
	free(all);
	return output_commit(&s->output, err);
}

static void on_free(struct sink *sink)
{
	struct event_statistics *s = (struct event_statistics *)sink;
	struct event_counts *one, *next;

	HASH_ITER(hh, s->names, one, next)
	{
		HASH_DEL(s->names, one);
		free(one);
	}
	buf_deinit(&s->name);
	output_free(sink);
}

static const struct sink_ops event_statistics_ops = {
	.name = "statistics",
	.open = output_open,
	.record = on_record,
	.close = on_close,
	.free = on_free,
};

struct sink *event_statistics_new(const struct event_options *events,
				  const struct output_options *options)
{
	struct event_statistics *s = output_new(sizeof *s, &event_statistics_ops, options);

	s->options = *events;
	return &s->output.sink;
}
