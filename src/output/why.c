/*
 * Ancestries, oldest first. Key decision: a match is a line from the root down to itself, as a tree
 * shows it, so that what started what is read from top to bottom.
 */
#include "output/why.h"

#include "analysis/history.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/units.h"
#include "model/status.h"
#include "output/common.h"
#include "output/grid.h"
#include "output/value.h"

#include <errno.h>
#include <stdlib.h>

#define INDENT_MOST 20 /* levels that are indented */

struct why {
	struct output output;
	struct why_options options;
	struct history history;
};

/* ---- who is meant ---- */

static bool is_named(const struct why *why, const struct history_life *life)
{
	return str_is(history_text(&why->history, life->program), why->options.wanted);
}

static bool has_pid(const struct why *why, const struct history_life *life)
{
	return life->pid == why->options.pid;
}

static bool is_like(const struct why *why, const struct history_life *life)
{
	const struct filter_regex *regex = why->options.regex;
	const struct history *h = &why->history;

	return regex && (filter_regex_matches(regex, history_text(h, life->program), false) ||
			 filter_regex_matches(regex, history_text(h, life->command), true));
}

static int newest_first(const void *a, const void *b)
{
	const struct history_life *const *x = a, *const *y = b;

	if ((*x)->start_ns != (*y)->start_ns)
		return (*x)->start_ns > (*y)->start_ns ? -1 : 1;
	return *x > *y ? -1 : *x < *y;
}

static size_t find_by(const struct why *why,
		      bool (*is)(const struct why *why, const struct history_life *life),
		      const struct history_life **ret)
{
	size_t count = 0;

	for (uint32_t i = 0; i < why->history.count; i++) {
		const struct history_life *life = &why->history.lives[i];

		if (life->pid != why->options.asking_pid && is(why, life))
			ret[count++] = life;
	}
	if (count > 1)
		qsort(ret, count, sizeof *ret, newest_first);
	return count;
}

static size_t find(const struct why *why, const struct history_life **ret)
{
	size_t count;

	if (why->options.pid)
		return find_by(why, has_pid, ret);
	count = find_by(why, is_named, ret);
	return count > 0 ? count : find_by(why, is_like, ret);
}

/* From the oldest known down to `life`; a circle, which no sane recording has, is cut. */
static size_t find_ancestry(const struct history *h, const struct history_life *life,
			    const struct history_life **ret)
{
	size_t count = 0;

	for (; count < h->count; life = &h->lives[life->parent]) {
		ret[count++] = life;
		if (life->parent == HISTORY_NONE)
			break;
	}
	for (size_t i = 0; i < count / 2; i++) {
		const struct history_life *other = ret[i];

		ret[i] = ret[count - 1 - i];
		ret[count - 1 - i] = other;
	}
	return count;
}

/* ---- text ---- */

static void add_user(struct buf *out, const struct why *why, uint32_t uid)
{
	const struct names *names = why->options.names;

	if (uid == UID_UNKNOWN)
		buf_add_char(out, '-');
	else if (names)
		text_add_safe(out, names->user(names->context, uid));
	else
		buf_add_u64(out, uid);
}

/* Of who runs now it is as long ago as he lives. */
static void add_start(struct buf *out, const struct why *why, const struct history_life *life)
{
	int64_t ns = life->start_ns - why->history.begin_ns;

	if (why->options.asking_pid)
		return;
	buf_add_char(out, ns < 0 ? '-' : '+');
	if (ns == 0)
		buf_add_text(out, "0s");
	else
		units_add_duration(out, ns < 0 ? -ns : ns);
}

static void add_end(struct buf *out, const struct why *why, const struct history_life *life)
{
	if (life->living) {
		buf_add_text(out, "running");
		return;
	}
	value_add_status(out, life->status, life->core_dumped);
	if (life->killer_pid == 0)
		return;
	buf_printf(out, " by [%d] ", life->killer_pid);
	text_add_safe(out, history_text(&why->history, life->killer));
}

static void add_command(struct buf *out, const struct why *why, const struct history_life *life,
			size_t depth)
{
	const struct proc_exec image = {.argv = history_text(&why->history, life->command)};
	size_t levels = depth < INDENT_MOST ? depth : INDENT_MOST;

	if (levels > 0) {
		buf_add_repeat(out, ' ', 3 * (levels - 1));
		buf_add_text(out, why->options.output.ascii ? "`- " : "└─ ");
	}
	if (life->inherited)
		buf_add_text(out, "(fork) ");
	value_add_command(out, &image, COMMAND_FULL, SIZE_MAX);
}

static void write_match(struct buf *out, const struct why *why,
			const struct history_life *const *line, size_t count)
{
	static const struct grid_column columns[] = {
		{"PID",     true },
                {"USER",    false},
                {"START",   true },
		{"LIVED",   true },
                {"END",     false},
                {"COMMAND", false},
	};
	const struct output_options *options = &why->options.output;
	struct grid grid;

	grid_init(&grid, columns, sizeof columns / sizeof *columns);
	grid.cut = options->width > 0;
	for (size_t i = 0; i < count; i++) {
		buf_add_i64(grid_cell(&grid), line[i]->pid);
		add_user(grid_cell(&grid), why, line[i]->uid);
		add_start(grid_cell(&grid), why, line[i]);
		units_add_duration(grid_cell(&grid), line[i]->end_ns - line[i]->start_ns);
		add_end(grid_cell(&grid), why, line[i]);
		add_command(grid_cell(&grid), why, line[i], i);
	}
	grid_print(&grid, out, 0, options->width, options->colour);
	grid_deinit(&grid);
}

static void write_text(struct buf *out, const struct why *why,
		       const struct history_life *const *matches, size_t count, size_t shown)
{
	const struct history *h = &why->history;
	const struct history_life **line = mem_alloc((h->count + (size_t)1) * sizeof *line);

	for (size_t i = 0; i < shown; i++) {
		if (i > 0)
			buf_add_char(out, '\n');
		write_match(out, why, line, find_ancestry(h, matches[i], line));
	}
	if (count > shown) {
		buf_add_text(out, "\nand ");
		value_add_counted(out, count - shown, "older match", "older matches");
		buf_printf(out, "; --top %zu shows all\n", count);
	}
	if (why->options.note)
		buf_printf(out, "\n%s\n", why->options.note);
	free(line);
}

/* ---- JSON ---- */

static void json_words(struct json *j, struct str words)
{
	struct str word;

	json_open(j, '[');
	while (text_next_word(&words, &word))
		json_str(j, word);
	json_close(j, ']');
}

static void json_end(struct json *j, const struct why *why, const struct history_life *life)
{
	struct ending ending = status_decode(life->living ? STATUS_UNKNOWN : life->status);

	json_key(j, "exit_code");
	if (ending.known && !ending.signal)
		json_i64(j, ending.exit_code);
	else
		json_null(j);
	json_key(j, "signal");
	json_text(j, ending.known && ending.signal ? signal_name(ending.signal) : NULL);
	json_key(j, "killer_pid");
	if (life->killer_pid)
		json_i64(j, life->killer_pid);
	else
		json_null(j);
	json_key_str(j, "killer_name",
		     life->killer_pid ? history_text(&why->history, life->killer) : STR_NONE);
}

static void json_life(struct json *j, const struct why *why, const struct history_life *life)
{
	json_open(j, '{');
	json_key(j, "pid"), json_i64(j, life->pid);
	json_key(j, "command"), json_words(j, history_text(&why->history, life->command));
	json_key(j, "fork"), json_bool(j, life->inherited);
	json_key(j, "uid");
	if (life->uid == UID_UNKNOWN)
		json_null(j);
	else
		json_u64(j, life->uid);
	json_key(j, "start_ns"), json_i64(j, life->start_ns - why->history.begin_ns);
	json_key(j, "lived_ns"), json_i64(j, life->end_ns - life->start_ns);
	json_key(j, "running"), json_bool(j, life->living);
	json_end(j, why, life);
	json_close(j, '}');
}

static void write_json(struct buf *out, const struct why *why,
		       const struct history_life *const *matches, size_t count, size_t shown)
{
	const struct history *h = &why->history;
	const struct history_life **line = mem_alloc((h->count + (size_t)1) * sizeof *line);
	struct json j = json_into(out);

	json_open(&j, '{');
	json_key(&j, "version"), json_i64(&j, 1);
	json_key(&j, "matches"), json_u64(&j, count);
	json_key(&j, "ancestries"), json_open(&j, '[');
	for (size_t i = 0; i < shown; i++) {
		size_t n = find_ancestry(h, matches[i], line);

		json_open(&j, '[');
		for (size_t k = 0; k < n; k++)
			json_life(&j, why, line[k]);
		json_close(&j, ']');
	}
	json_close(&j, ']');
	json_close(&j, '}');
	buf_add_char(out, '\n');
	free(line);
}

/* ---- the sink ---- */

static int on_record(struct sink *sink, const struct record *record, const struct change *change,
		     struct error *err)
{
	history_record(&((struct why *)sink)->history, record, change);
	return 0;
}

static int on_close(struct sink *sink, const struct table *table, const struct run *run,
		    struct error *err)
{
	struct why *why = (struct why *)sink;
	size_t top = why->options.top ? why->options.top : WHY_TOP, count;
	const struct history_life **matches;

	history_finish(&why->history, table, run);
	matches = mem_alloc((why->history.count + (size_t)1) * sizeof *matches);
	count = find(why, matches);
	if (count > 0)
		(why->options.json ? write_json : write_text)(
			&why->output.file.pending, why, matches, count, count < top ? count : top);
	free(matches);
	if (count == 0)
		return error_set(err, ESRCH,
				 "no process %s '%s', of %u that are known; 'pscope %s' lists them",
				 why->options.pid ? "has the number" : "is called or matches",
				 why->options.wanted, why->history.count,
				 why->options.names ? "ps" : "render -f tree");
	return output_commit(&why->output, err);
}

static void on_free(struct sink *sink)
{
	history_deinit(&((struct why *)sink)->history);
	output_free(sink);
}

static const struct sink_ops why_ops = {
	.name = "why",
	.open = output_open,
	.record = on_record,
	.close = on_close,
	.free = on_free,
};

struct sink *why_new(const struct why_options *options)
{
	struct why *why = output_new(sizeof *why, &why_ops, &options->output);

	why->options = *options;
	why->history = HISTORY_INIT;
	return &why->output.sink;
}
