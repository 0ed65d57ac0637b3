/*
 * `pscope inspect PID...`: everything about a few processes, a page each. Key decision: each is read
 * completely before a word of it is printed, and text and JSON come from that one reading.
 */
#include "cli/commands.h"

#include "base/json.h"
#include "base/mem.h"
#include "base/outfile.h"
#include "cli/env.h"
#include "cli/inspect_watch.h"
#include "output/inspect/inspect.h"
#include "source/host.h"
#include "source/inspection.h"
#include "source/scan.h"
#include "source/sockets.h"

#include <stdlib.h>

struct inspect_options {
	bool files, sockets, maps, environment, threads, pss, all, json;
	int64_t watch_ns;
	unsigned count;
	const char *root;
};

/* Rows of two lines are more than clang-format can align. */
/* clang-format off */
static const struct option_row inspect_rows[] = {
	{0, "files", NULL, OPTION_FLAG, offsetof(struct inspect_options, files),
	 "every descriptor: type, path, flags, position, and what ls -l says of it"},
	{0, "sockets", NULL, OPTION_FLAG, offsetof(struct inspect_options, sockets),
	 "every socket: state, addresses, and who is at the other end"},
	{0, "maps", NULL, OPTION_FLAG, offsetof(struct inspect_options, maps),
	 "every mapping; with --pss also how much of it is resident"},
	{0, "env", NULL, OPTION_FLAG, offsetof(struct inspect_options, environment),
	 "the environment, as it was at the start of the program"},
	{0, "threads", NULL, OPTION_FLAG, offsetof(struct inspect_options, threads),
	 "every thread: state, CPU time, what it waits in"},
	{0, "pss", NULL, OPTION_FLAG, offsetof(struct inspect_options, pss),
	 "PSS and USS, for which the kernel walks all of its memory"},
	{'a', "all", NULL, OPTION_FLAG, offsetof(struct inspect_options, all),
	 "all of these, and nothing cut"},
	{'w', "watch", "T", OPTION_DURATION, offsetof(struct inspect_options, watch_ns),
	 "then look at memory and CPU every T, until Ctrl-C or its end"},
	{'n', "count", "N", OPTION_TIMES, offsetof(struct inspect_options, count),
	 "stop the watch after N looks"},
	{0, "json", NULL, OPTION_FLAG, offsetof(struct inspect_options, json), "write JSON"},
	{0, "root", "DIR", OPTION_TEXT, offsetof(struct inspect_options, root),
	 "read a captured tree (DIR holds proc) instead of this machine"},
	{0},
};
/* clang-format on */

static const struct {
	size_t offset;
	enum inspection_part part;
} asked[] = {
	{offsetof(struct inspect_options, files),       INSPECT_FILES      },
	{offsetof(struct inspect_options, sockets),     INSPECT_SOCKETS    },
	{offsetof(struct inspect_options, maps),        INSPECT_MAPS       },
	{offsetof(struct inspect_options, environment), INSPECT_ENVIRONMENT},
	{offsetof(struct inspect_options, threads),     INSPECT_THREADS    },
	{offsetof(struct inspect_options, pss),         INSPECT_PSS        },
};

static unsigned parts_of(const struct inspect_options *options)
{
	unsigned parts = 0;

	for (size_t i = 0; i < sizeof asked / sizeof *asked; i++)
		if (options->all || *(const bool *)((const char *)options + asked[i].offset))
			parts |= asked[i].part;
	return parts;
}

/* One run of the command. */
struct inspect {
	struct env *env;
	const struct inspect_options *options;
	int32_t *pids;
	size_t pid_count;
	struct host host;
	struct names_cache *names;
	struct arena arena; /* texts that fields make */
	struct field_context context;
	struct snapshot_list system; /* everybody, for the family */
	struct socket_list sockets;
	bool system_known;
	struct inspection *items;
	size_t count;
	int status;
};

/* ---- the command line ---- */

static int take_operands(struct inspect *run, int count, char **operands)
{
	run->pids = mem_alloc(((size_t)count + 1) * sizeof *run->pids);
	for (int i = 0; i < count; i++) {
		long long number;
		size_t k = 0;

		if (str_to_i64(str_of(operands[i]), &number) < 0 || number <= 0 ||
		    number > INT32_MAX)
			return cli_fail(run->env, STATUS_USAGE, "'%s' is not a process number",
					operands[i]);
		while (k < run->pid_count && run->pids[k] != number)
			k++;
		run->pids[k] = (int32_t)number;
		run->pid_count += k == run->pid_count;
	}
	if (count == 0)
		return cli_fail(run->env, STATUS_USAGE,
				"inspect needs the number of a process; 'pscope ps' lists them");
	return STATUS_DONE;
}

static int check_options(struct inspect *run, int count, char **operands)
{
	const struct inspect_options *options = run->options;

	if (options->count > 0 && options->watch_ns == 0)
		return cli_fail(run->env, STATUS_USAGE,
				"--count is of a watch: give --watch T as well");
	if (options->watch_ns > 0 && options->root)
		return cli_fail(run->env, STATUS_USAGE,
				"--watch of a captured tree would see nothing change");
	return take_operands(run, count, operands);
}

/* ---- reading ---- */

static int open_context(struct inspect *run, struct error *err)
{
	const struct scan_options options = {
		.root = &run->env->root,
		.parts = INSPECTION_FAMILY_PARTS,
		.way = SCAN_PROC,
	};
	struct scan *scan = NULL;
	int r = host_read(&run->env->root, HOST_BASIS, &run->host, err);

	snapshot_list_init(&run->system);
	if (r == 0)
		r = scan_new(&scan, &options, err);
	if (r == 0)
		r = scan_pass(scan, &run->system, err);
	scan_free(scan);
	run->names = names_cache_new(&run->env->root);
	run->context = (struct field_context){
		.host = &run->host,
		.names = names_cache_names(run->names),
		.list = &run->system,
		.arena = &run->arena,
	};
	return r;
}

static void close_context(struct inspect *run)
{
	for (size_t i = 0; i < run->count; i++)
		inspection_deinit(&run->items[i]);
	free(run->items);
	free(run->pids);
	snapshot_list_deinit(&run->system);
	socket_list_deinit(&run->sockets);
	names_cache_free(run->names);
	arena_deinit(&run->arena);
	host_deinit(&run->host);
}

/* The number of a thread means its process. */
static int read_process(struct inspect *run, int32_t pid, struct inspection *ret, struct error *err)
{
	const struct root *root = &run->env->root;
	unsigned parts = parts_of(run->options);
	int r = inspection_read(root, pid, parts, &run->system, ret, err);
	int32_t tgid = ret->self.tgid;

	if (r != INSPECTION_DONE || !ret->self.is_thread || tgid == pid)
		return r;
	cli_note(run->env, "%d is a thread of process %d, which is shown", pid, tgid);
	inspection_deinit(ret);
	return inspection_read(root, tgid, parts, &run->system, ret, err);
}

static void read_all(struct inspect *run)
{
	struct error err;

	run->items = mem_alloc((run->pid_count + 1) * sizeof *run->items);
	for (size_t i = 0; i < run->pid_count; i++) {
		struct inspection *item = &run->items[run->count];
		int r = read_process(run, run->pids[i], item, &err);

		if (r == INSPECTION_DONE) {
			run->count++;
			continue;
		}
		if (r < 0)
			run->status = cli_fail(run->env, STATUS_FAILED, "%s", err.text);
		else
			run->status = cli_fail(run->env, STATUS_FAILED,
					       "there is no process %d; 'pscope ps' lists those "
					       "there are",
					       run->pids[i]);
		inspection_deinit(item);
	}
}

/* What its descriptors of sockets lead to. */
static void link_files(struct open_file_list *files, const struct socket_list *sockets)
{
	for (size_t i = 0; i < files->count; i++) {
		struct open_file *file = &files->items[i];

		if (file->type == FILE_SOCKET && file->stat_known)
			file->socket = socket_list_find(sockets, file->inode);
	}
}

/* Of all processes where the other ends matter, else of the shown ones. */
static void read_sockets(struct inspect *run)
{
	unsigned parts = parts_of(run->options);
	bool all = parts & INSPECT_SOCKETS;
	struct error err;

	if (!(parts & (INSPECT_SOCKETS | INSPECT_FILES)) || run->count == 0)
		return;
	if (sockets_read_all(&run->env->root, all ? NULL : run->pids, run->pid_count, &run->sockets,
			     &err) < 0) {
		if (all)
			cli_note(run->env, "%s", err.text);
		return;
	}
	for (size_t i = 0; i < run->count; i++) {
		run->items[i].sockets = &run->sockets;
		link_files(&run->items[i].files, &run->sockets);
	}
}

/* ---- printing ---- */

/* All fields but those that say nothing any more, or nothing without an earlier look. */
static struct columns json_columns(unsigned parts)
{
	struct columns columns = {mem_alloc(field_count * sizeof *columns.items), 0};

	for (unsigned i = 0; i < field_count; i++) {
		const struct field *field = &fields[i];

		if (field->flags & FIELD_DEPRECATED || field->parts & PART_BIT(PART_INTERVAL) ||
		    (field->parts & PART_BIT(PART_SMAPS) && !(parts & INSPECT_PSS)))
			continue;
		columns.items[columns.count++].field = field;
	}
	return columns;
}

static int print_json(struct inspect *run, struct outfile *out, struct error *err)
{
	struct columns columns = json_columns(parts_of(run->options));
	struct json j = json_into(&out->pending);
	int r = 0;

	json_open(&j, '{');
	json_key(&j, "version"), json_u64(&j, 1);
	json_key(&j, "processes"), json_open(&j, '[');
	for (size_t i = 0; i < run->count && r == 0; i++) {
		inspect_json(&j, &run->items[i], &columns, &run->context);
		r = outfile_flush_above(out, 1 << 16, err);
	}
	json_close(&j, ']');
	json_close(&j, '}');
	buf_add_char(&out->pending, '\n');
	columns_deinit(&columns);
	return r;
}

static int print_pages(struct inspect *run, struct outfile *out, const struct inspect_style *style,
		       struct error *err)
{
	int r = 0;

	for (size_t i = 0; i < run->count && r == 0; i++) {
		if (i > 0)
			buf_add_char(&out->pending, '\n');
		inspect_add_page(&out->pending, &run->items[i], style);
		r = outfile_flush(out, err);
	}
	return r;
}

static int print(struct inspect *run, struct error *err)
{
	const struct inspect_options *options = run->options;
	const struct inspect_style style = {
		.context = &run->context,
		.width = run->env->out_width,
		.colour = run->env->out_colour,
		.ascii = run->env->ascii,
		.whole = options->all,
		.live = run->env->root.live,
		.several = run->count > 1,
	};
	const struct watch_options watch = {
		.root = &run->env->root,
		.interval_ns = options->watch_ns,
		.count = options->count,
		.style = options->json ? NULL : &style,
	};
	struct outfile out;
	int r, closed;

	outfile_open(&out, NULL, OUTFILE_IN_PLACE, run->env->out_fd, -1, -1, err);
	r = options->json ? 0 : print_pages(run, &out, &style, err);
	if (r == 0 && options->watch_ns > 0 && run->count > 0)
		r = inspect_watch(&watch, run->items, run->count, &out, err);
	if (r == 0 && options->json)
		r = print_json(run, &out, err);
	closed = outfile_commit(&out, r < 0 ? NULL : err);
	return r < 0 ? r : closed;
}

static int run_inspect(struct env *env, const char *name, void *values, int count, char **operands)
{
	struct inspect run = {.env = env, .options = values};
	struct error err;
	int status = check_options(&run, count, operands), r;

	if (status == STATUS_DONE && env_use_root(env, run.options->root, &err) < 0)
		status = cli_fail(env, STATUS_FAILED, "%s", err.text);
	if (status != STATUS_DONE) {
		free(run.pids);
		return status;
	}
	r = open_context(&run, &err);
	if (r == 0) {
		read_all(&run);
		read_sockets(&run);
		r = run.count > 0 || run.options->json ? print(&run, &err) : 0;
	}
	close_context(&run);
	return r < 0 ? cli_fail(env, STATUS_FAILED, "%s", err.text) : run.status;
}

const struct command command_inspect = {
	.name = "inspect",
	.arguments = "PID...",
	.summary = "show everything about a process on one page",
	.details = "What this user may not read says 'not permitted'; what the kernel does not "
		   "tell is left "
		   "out. JSON is {\"version\":1,\"processes\":[...]}: the fields of 'pscope ps' by "
		   "name, and "
		   "beside them what the page and the options add; what is unknown is null.\n",
	.options = inspect_rows,
	.options_size = sizeof(struct inspect_options),
	.run = run_inspect,
};
