/*
 * `pscope ps`: one pass over the processes, or with --interval one more than tables. Key decision:
 * the columns, the order, the filter and the choice say which facts they need, and only the kernel
 * files that hold these are read.
 */
#include "cli/ps.h"

#include "base/clock.h"
#include "base/mem.h"
#include "cli/commands.h"
#include "cli/env.h"
#include "output/host_text.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#define AT(field) offsetof(struct ps_options, field)

/* Rows of two lines are more than clang-format can align. */
/* clang-format off */
static const struct option_row ps_rows[] = {
	{'o', "columns", "LIST", OPTION_TEXTS, AT(columns),
	 "show these columns; +LIST adds to the usual ones, NAME=HEADING renames one"},
	{'L', "list-columns", NULL, OPTION_FLAG, AT(list_columns),
	 "say which columns there are, and what they mean"},
	{0, "sort", "KEYS", OPTION_TEXT, AT(sort),
	 "sort by these columns, each with - in front for the largest first"},
	{'T', "tree", NULL, OPTION_FLAG, AT(tree), "show who started whom"},
	{'p', "pid", "LIST", OPTION_TEXTS, AT(pids), "only these processes"},
	{'u', "user", "LIST", OPTION_TEXTS, AT(users),
	 "only processes of these users, by name or number"},
	{0, "name", "REGEX", OPTION_TEXT, AT(name),
	 "only processes whose name or program matches"},
	{0, "service", "UNIT", OPTION_TEXT, AT(service), "only processes of this systemd unit"},
	{0, "cgroup", "PATH", OPTION_TEXT, AT(cgroup), "only processes at or below this cgroup"},
	{0, "children", NULL, OPTION_FLAG, AT(children), "the descendants of these, too"},
	{'Q', "filter", "EXPR", OPTION_TEXT, AT(filter),
	 "of all these only the ones for which EXPR is true"},
	{0, "threads", NULL, OPTION_FLAG, AT(threads), "a row for each thread, too"},
	{0, "host", NULL, OPTION_FLAG, AT(host), "show the state of the machine above the table"},
	{0, "interval", "TIME", OPTION_DURATION, AT(interval_ns),
	 "measure CPU use and rates over TIME instead of whole lives"},
	{0, "count", "N", OPTION_TIMES, AT(count), "with --interval: N tables, one after another"},
	{0, "json", NULL, OPTION_FLAG, AT(json), "write one JSON object; with -T children nest"},
	{0, "jsonl", NULL, OPTION_FLAG, AT(jsonl), "write a JSON object a line"},
	{0, "csv", NULL, OPTION_FLAG, AT(csv), "write comma separated values"},
	{0, "raw", NULL, OPTION_FLAG, AT(raw),
	 "write one blank between columns, blanks in values as \\x20"},
	{0, "no-headings", NULL, OPTION_FLAG, AT(no_headings), "leave the headings out"},
	{0, "human", NULL, OPTION_FLAG, AT(human), "sizes and durations in the unit that suits"},
	{0, "bytes", NULL, OPTION_FLAG, AT(bytes), "sizes in bytes, not KiB"},
	{'w', "wide", NULL, OPTION_FLAG, AT(wide), "do not cut lines at the edge of the terminal"},
	{0, "root", "DIR", OPTION_TEXT, AT(root),
	 "read a captured tree, with proc in it, instead of this machine"},
	{'e', NULL, NULL, OPTION_FLAG, AT(every), "all processes, as without it"},
	{'A', NULL, NULL, OPTION_FLAG, AT(every), "the same"},
	{'a', NULL, NULL, OPTION_FLAG, AT(terminals), "the same"},
	{'f', NULL, NULL, OPTION_FLAG, AT(full), "the columns of ps -f"},
	{0},
};
/* clang-format on */

#define FULL_COLUMNS STR("user=UID,pid,ppid,c=C,stime=STIME,tty,time,cmd=CMD")

/* ---- understanding the command line ---- */

/* Operands as fingers type them for ps: aux, axf, 1234. */
static int take_operand(struct ps_options *options, const char *word, struct error *err)
{
	if (strspn(word, "0123456789,") == strlen(word)) {
		if (options->pids.count == OPTION_TEXTS_MAX)
			return error_set(err, EINVAL, "too many processes; join them with ','");
		options->pids.items[options->pids.count++] = word;
		return 0;
	}
	if (*word == 0 || strspn(word, "auxwf") != strlen(word))
		return error_set(err, EINVAL,
				 "ps takes no '%s'; of ps's letters it knows a, u, x, w and f, "
				 "'pscope ps --help' lists the options",
				 word);
	options->tree |= strchr(word, 'f') != NULL;
	options->wide |= strchr(word, 'w') != NULL;
	return 0;
}

static int choose_format(const struct ps_options *options, enum rows_format *ret_format,
			 struct error *err)
{
	*ret_format = options->json    ? ROWS_JSON
		      : options->jsonl ? ROWS_JSONL
		      : options->csv   ? ROWS_CSV
		      : options->raw   ? ROWS_RAW
				       : ROWS_TABLE;
	if (options->json + options->jsonl + options->csv + options->raw > 1)
		return error_set(err, EINVAL, "give one of --json, --jsonl, --csv and --raw");
	if (options->human && options->bytes)
		return error_set(err, EINVAL, "--human and --bytes exclude each other");
	if (options->host && *ret_format != ROWS_TABLE && *ret_format != ROWS_JSON)
		return error_set(err, EINVAL,
				 "--host goes with the table and --json, which has it anyway");
	return 0;
}

static int check_options(struct ps_options *options, int count, char **operands, struct error *err)
{
	int r = 0;

	/* -aux is -a -u x to everybody but ps */
	if (options->terminals && options->users.count == 1 &&
	    strcmp(options->users.items[0], "x") == 0)
		options->users.count = 0;
	for (int i = 0; i < count && r == 0; i++)
		r = take_operand(options, operands[i], err);
	if (r < 0)
		return r;
	if (options->interval_ns >= 0 && options->interval_ns < NS_PER_MS)
		return error_set(err, EINVAL, "--interval must be at least 1ms");
	if (options->count > 0 && options->interval_ns < 0)
		return error_set(err, EINVAL,
				 "--count needs --interval, for instance --interval 1s");
	if (options->children && options->pids.count + options->users.count == 0 &&
	    !options->name && !options->service && !options->cgroup)
		return error_set(err, EINVAL,
				 "--children needs to know whose: give -p, -u, --name, --service "
				 "or --cgroup, too");
	return 0;
}

/* Over an interval %CPU is that of the interval. */
static void use_interval(struct columns *columns)
{
	const struct field *average = field_find(STR("%cpu")),
			   *now = field_find(STR("cpu_percent"));

	for (size_t i = 0; i < columns->count && average && now; i++) {
		struct column *column = &columns->items[i];

		if (column->field != average)
			continue;
		if (!column->heading)
			column->heading = mem_strdup(str_of(average->heading));
		column->field = now;
	}
}

/* The numbers of threads stand beside those of their processes. */
static void add_tid(struct columns *columns)
{
	const struct field *pid = field_find(STR("pid")), *tid = field_find(STR("tid"));
	size_t at = 0;

	while (at < columns->count && columns->items[at].field != pid)
		at++;
	if (at == columns->count || !tid)
		return;
	columns->items = mem_realloc(columns->items, columns->count + 1, sizeof *columns->items);
	memmove(&columns->items[at + 2], &columns->items[at + 1],
		(columns->count - at - 1) * sizeof *columns->items);
	columns->items[at + 1] = (struct column){.field = tid};
	columns->count++;
}

/* The usual columns, and what other options make of them. */
static int usual_columns(struct columns *columns, const struct ps_options *options,
			 struct error *err)
{
	int r = columns_parse(columns, options->full ? FULL_COLUMNS : STR("default"), err);

	if (r < 0)
		return r;
	if (options->threads)
		add_tid(columns);
	if (options->interval_ns >= 0)
		use_interval(columns);
	return 0;
}

/* What is added to the usual columns goes before the command, which takes the rest of the line. */
static void move_to_end(struct columns *columns, size_t at)
{
	struct column column = columns->items[at];

	memmove(&columns->items[at], &columns->items[at + 1],
		(columns->count - at - 1) * sizeof *columns->items);
	columns->items[columns->count - 1] = column;
}

static int choose_columns(struct columns *columns, const struct ps_options *options,
			  struct error *err)
{
	const struct option_texts *lists = &options->columns;
	bool usual = lists->count == 0 || lists->items[0][0] == '+';
	size_t command;
	int r = 0;

	if (usual)
		r = usual_columns(columns, options, err);
	command = columns->count;
	for (unsigned i = 0; i < lists->count && r == 0; i++) {
		const char *list = lists->items[i];
		char *more = mem_alloc(strlen(list) + 2);

		/* the second list adds to the first, as in ps */
		stpcpy(stpcpy(more, i > 0 && *list != '+' ? "+" : ""), list);
		r = columns_parse(columns, str_of(more), err);
		free(more);
	}
	if (usual && r == 0)
		move_to_end(columns, command - 1);
	return r;
}

static bool asks_for_all(const struct option_texts *lists)
{
	for (unsigned i = 0; i < lists->count; i++)
		if (strcasestr(lists->items[i], "all"))
			return true;
	return false;
}

/* What is measured over a time needs one, where it was asked for by name. */
static int check_interval(const struct ps *ps, uint32_t columns, uint32_t others, struct error *err)
{
	uint32_t named = others | (asks_for_all(&ps->options->columns) ? 0 : columns);

	if (ps->options->interval_ns >= 0 || !(named & PART_BIT(PART_INTERVAL)))
		return 0;
	return error_set(err, EINVAL,
			 "cpu_percent and rates are measured over a time: add --interval, for "
			 "instance --interval 1s");
}

static int prepare(struct ps *ps, struct error *err)
{
	const struct ps_options *options = ps->options;
	uint32_t columns, others;
	int r = choose_format(options, &ps->format, err);

	if (r == 0)
		r = choose_columns(&ps->columns, options, err);
	if (r == 0 && options->sort)
		r = order_parse(&ps->order, str_of(options->sort), err);
	if (r == 0)
		r = ps_select_init(&ps->select, options, ps->env->root.live, err);
	if (r < 0)
		return r;
	columns = columns_parts(&ps->columns);
	others = order_parts(&ps->order) | ps->select.parts;
	ps->parts = columns | others | PART_BIT(PART_STAT);
	return check_interval(ps, columns, others, err);
}

/* ---- writing ---- */

static int write_rows(struct ps *ps, const struct field_context *context, bool first,
		      const struct rows_item *items, size_t count, struct error *err)
{
	const struct ps_options *options = ps->options;
	bool interval = options->interval_ns >= 0, table = ps->format == ROWS_TABLE;
	const struct host *before = interval ? &ps->hosts[!ps->now] : NULL;
	char time[40];
	struct rows_options rows = {
		.format = ps->format,
		.columns = &ps->columns,
		.context = context,
		.host_before = before,
		.time = interval ? time : NULL,
		.width = options->wide ? 0 : ps->env->out_width,
		.colour = ps->env->out_colour,
		.ascii = ps->env->ascii,
		.no_headings = options->no_headings || (!first && !table),
		.tree = options->tree,
		.units = options->human   ? ROWS_UNITS_HUMAN
			 : options->bytes ? ROWS_UNITS_BYTES
					  : ROWS_UNITS_PS,
	};

	if (interval)
		clock_rfc3339(context->host->real_ns, time);
	if (table && !first)
		buf_add_char(&ps->out.pending, '\n');
	if (table && options->host) {
		host_add_text(&ps->out.pending, context->host, before, false, rows.colour);
		buf_add_char(&ps->out.pending, '\n');
	}
	return rows_write(&rows, items, count, &ps->out, err);
}

/* Chooses, sorts and writes what the newest pass saw. Returns how many rows, or -errno. */
static int write_pass(struct ps *ps, bool first, struct error *err)
{
	const struct snapshot_list *list = &ps->lists[ps->now];
	struct field_context context = ps_context(ps);
	const struct snapshot **rows = mem_alloc((list->count + 1) * sizeof *rows);
	struct rows_item *items = mem_alloc((list->count + 1) * sizeof *items);
	size_t count = ps_choose(ps, rows);
	int r;

	if (ps->order.count > 0)
		order_sort(&ps->order, rows, count, &context);
	if (ps->options->tree)
		rows_forest(rows, count, items);
	for (size_t i = 0; i < count && !ps->options->tree; i++)
		items[i] = (struct rows_item){.snapshot = rows[i]};
	r = write_rows(ps, &context, first, items, count, err);
	free(rows);
	free(items);
	return r < 0 ? r : count > INT32_MAX ? INT32_MAX : (int)count;
}

static int64_t wait_until(int64_t mono_ns)
{
	struct timespec until = {mono_ns / NS_PER_SEC, mono_ns % NS_PER_SEC};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
		;
	return clock_mono_ns();
}

/* Returns how many rows the last table had, or -errno. */
static int measure(struct ps *ps, struct error *err)
{
	unsigned tables = ps->options->count ? ps->options->count : 1;
	int64_t next = clock_mono_ns(), now = next;
	int r = 0;

	for (unsigned i = 0; i < tables && r >= 0; i++) {
		/* late already: the next one a whole interval from now, not a burst */
		next = next + ps->options->interval_ns > now ? next + ps->options->interval_ns
							     : now + ps->options->interval_ns;
		now = wait_until(next);
		ps->now = !ps->now;
		r = ps_read(ps, err);
		if (r < 0)
			break;
		snapshot_list_since(&ps->lists[ps->now], &ps->lists[!ps->now]);
		/* not held beside the table: of 10,000 processes it is 9 MB */
		snapshot_list_deinit(&ps->lists[!ps->now]);
		r = write_pass(ps, i == 0, err);
		if (r >= 0 && outfile_flush(&ps->out, err) < 0)
			r = -EIO;
	}
	return r;
}

/* After the rows: what was asked for and is not among them. */
static int say_missing(struct ps *ps)
{
	const char *missing = buf_cstr(&ps->missing);
	/* who sees init, sees all; else the mounts are asked, of which there may be thousands */
	bool wonders = ps->missing.n > 0 || ps->select.pid_count == 0;
	bool hiding = wonders && !ps->saw_init && scan_is_hiding(ps->scan);

	if (ps->missing.n > 0)
		return cli_fail(ps->env, STATUS_FAILED, "there is no process %s%s", missing,
				hiding ? ", or hidepid hides it" : "");
	if (hiding)
		cli_note(ps->env, "the processes of other users are hidden here (proc is mounted "
				  "with hidepid); root sees all");
	return STATUS_DONE;
}

/* Everything between the command line and the last byte; the exit status. */
static int show(struct ps *ps, struct error *err)
{
	int rows, status;

	if (ps_open(ps, err) < 0 || ps_read(ps, err) < 0)
		return cli_fail(ps->env, STATUS_FAILED, "%s", err->text);
	outfile_open(&ps->out, NULL, OUTFILE_IN_PLACE, ps->env->out_fd, -1, -1, err);
	rows = ps->options->interval_ns >= 0 ? measure(ps, err) : write_pass(ps, true, err);
	if (rows < 0) {
		outfile_abort(&ps->out);
		return cli_fail(ps->env, STATUS_FAILED, "%s", err->text);
	}
	if (outfile_commit(&ps->out, err) < 0)
		return cli_fail(ps->env, STATUS_FAILED, "%s", err->text);
	status = say_missing(ps);
	return rows > 0 ? status : STATUS_FAILED;
}

static int list_columns(const struct env *env, bool json)
{
	struct outfile out;
	struct error err;

	outfile_open(&out, NULL, OUTFILE_IN_PLACE, env->out_fd, -1, -1, &err);
	ps_list_columns(&out.pending, env->out_width, env->out_colour, json);
	return outfile_commit(&out, &err) < 0 ? cli_fail(env, STATUS_FAILED, "%s", err.text)
					      : STATUS_DONE;
}

static int run_ps(struct env *env, const char *name, void *values, int count, char **operands)
{
	struct ps_options *options = values;
	struct ps ps = {.env = env, .options = options};
	struct error err;
	int r = check_options(options, count, operands, &err), status;

	if (r < 0)
		return cli_fail(env, STATUS_USAGE, "%s", err.text);
	if (options->list_columns)
		return list_columns(env, options->json);
	if (env_use_root(env, options->root, &err) < 0)
		return cli_fail(env, STATUS_FAILED, "%s", err.text);
	r = prepare(&ps, &err);
	status =
		r == 0 ? show(&ps, &err)
		       : cli_fail(env, r == -ENOENT ? STATUS_FAILED : STATUS_USAGE, "%s", err.text);
	ps_close(&ps);
	columns_deinit(&ps.columns);
	ps_select_deinit(&ps.select);
	return status;
}

static void defaults(void *values)
{
	((struct ps_options *)values)->interval_ns = -1;
}

static void explain_filters(struct buf *out)
{
	buf_add_text(out, filter_reference);
}

const struct command command_ps = {
	.name = "ps",
	.arguments = "[PID]...",
	.summary = "list the processes of this machine",
	.details = "Without options the columns of ps aux, for all processes. -p, -u, --name, "
		   "--service "
		   "and --cgroup narrow each other. - stands for what is unknown, ? for what the "
		   "kernel "
		   "does not show to you.\n"
		   "\n"
		   "The status is 1 when a PID does not exist or nothing was found.\n",
	.more_help = explain_filters,
	.options = ps_rows,
	.options_size = sizeof(struct ps_options),
	.defaults = defaults,
	.run = run_ps,
};
