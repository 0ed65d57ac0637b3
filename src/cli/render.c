/* `pscope render`: replay -> table -> one format. A row of the design's table, nothing more. */
#include "cli/commands.h"
#include "cli/input.h"
#include "cli/replay.h"

#include "base/nearest.h"
#include "output/output.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define TOMBSTONES 16384 /* of a format that streams */

struct render_options {
	const char *input, *output, *format, *display_mode;
	int32_t root_pid;
	int64_t min_duration_ns;
	unsigned max_depth;
};

#define AT(field) offsetof(struct render_options, field)

/* Rows of two lines are more than clang-format can align. */
/* clang-format off */
static const struct option_row render_rows[] = {
	{'i', "input", "FILE", OPTION_FILE, AT(input), "read FILE; - is standard input"},
	{'o', "output", "FILE", OPTION_FILE, AT(output),
	 "write FILE (beside it, then renamed) instead of standard output"},
	{'f', "format", "FORMAT", OPTION_TEXT, AT(format),
	 "what to write: one of the formats below; multiplexed is the default"},
	{'d', "display-mode", "FORMAT", OPTION_TEXT, AT(display_mode), "the same as --format"},
	{'p', "root-pid", "PID", OPTION_PID, AT(root_pid),
	 "only this process and its descendants; raw proctrace lines need it"},
	{0, "min-duration", "TIME", OPTION_DURATION, AT(min_duration_ns),
	 "tree, mermaid, dot, shell, svg, html: fold who lived less"},
	{0, "max-depth", "N", OPTION_COUNT, AT(max_depth),
	 "tree, mermaid, dot, shell, svg, html: fold what is deeper"},
	{0},
};
/* clang-format on */

static const struct output_format *choose(const struct env *env, const char *name)
{
	const char *names[32], *nearest;
	const struct output_format *format = output_find(name);
	unsigned count = 0;

	if (format)
		return format;
	for (; count < output_format_count && count < 32; count++)
		names[count] = output_formats[count]->name;
	nearest = nearest_name(name, names, count);
	if (nearest)
		cli_note(env, "there is no format '%s'; did you mean '%s'?", name, nearest);
	else
		cli_note(env, "there is no format '%s'; 'pscope help render' lists them", name);
	return NULL;
}

static struct sink *make_sink(const struct env *env, const struct render_options *options,
			      const struct output_format *format)
{
	const char *store_paths = getenv("PROCTRACE_LONG_NIX_PATHS");
	const struct output_options output = {
		.path = options->output,
		.out_fd = env->out_fd,
		.owner_uid = env->owner_uid,
		.owner_gid = env->owner_gid,
		.min_duration_ns = options->min_duration_ns,
		.max_depth = options->max_depth,
		.width = options->output ? 0 : env->out_width,
		.terminal = !options->output && isatty(env->out_fd),
		.colour = !options->output && env->out_colour,
		.ascii = !options->output && env->ascii,
		.full_store_paths = store_paths && strcmp(store_paths, "1") == 0,
	};

	return format->create(&output);
}

static int run_render(struct env *env, const char *name, void *values, int count, char **operands)
{
	struct render_options *options = values;
	const struct output_format *format;
	struct source *source;
	struct sink *sink;
	struct error err;
	int r;

	if (count > 1 || (count == 1 && options->input))
		return cli_fail(env, STATUS_USAGE, "%s takes one input file, not also '%s'", name,
				operands[count - 1]);
	if (options->format && options->display_mode)
		return cli_fail(env, STATUS_USAGE,
				"--format and --display-mode are the same; give one");
	if (count == 1)
		options->input = operands[0];
	if (!options->format)
		options->format = options->display_mode ? options->display_mode : "multiplexed";
	format = choose(env, options->format);
	if (!format)
		return STATUS_USAGE;
	if (cli_is_same_file(env, options->input, options->output))
		return cli_fail(env, STATUS_FAILED, "%s is the input; write another file",
				options->output);
	if (cli_open_input(env, options->input, options->root_pid, &source, &err) < 0)
		return cli_fail(env, STATUS_FAILED, "%s", err.text);
	sink = make_sink(env, options, format);
	r = cli_replay(source, sink, 0, format->streams ? TOMBSTONES : REPLAY_ALL, &err);
	sink->ops->free(sink);
	source->ops->close(source);
	return r < 0 ? cli_fail(env, STATUS_FAILED, "%s", err.text) : STATUS_DONE;
}

static void list_formats(struct buf *out)
{
	for (unsigned i = 0; i < output_format_count; i++)
		if (output_formats[i]->summary)
			buf_printf(out, "  %-16s %s\n", output_formats[i]->name,
				   output_formats[i]->summary);
}

const struct command command_render = {
	.name = "render",
	.alias = "ingest",
	.arguments = "[FILE]",
	.summary = "turn a recording into what people and programs read",
	.details =
		"FILE is a recording, pscope's JSON Lines, or a proctrace file: JSON of any of its "
		"three generations, or its raw lines. Formats:\n",
	.more_help = list_formats,
	.options = render_rows,
	.options_size = sizeof(struct render_options),
	.run = run_render,
};
