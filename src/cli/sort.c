/* `pscope sort`: JSON Lines in order of time, every line's bytes kept. */
#include "cli/commands.h"

#include "base/cleanup.h"
#include "base/outfile.h"
#include "source/text/input_lines.h"
#include "source/text/line_sort.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

struct sort_options {
	const char *input, *output;
};

#define AT(field) offsetof(struct sort_options, field)

/* Rows of two lines are more than clang-format can align. */
/* clang-format off */
static const struct option_row sort_rows[] = {
	{'i', "input", "FILE", OPTION_FILE, AT(input), "read FILE; - is standard input"},
	{'o', "output", "FILE", OPTION_FILE, AT(output),
	 "write FILE (beside it, then renamed) instead of standard output"},
	{0},
};
/* clang-format on */

static int read_all(const struct env *env, const char *path, struct buf *out, struct error *err)
{
	const char *name = path ? path : "standard input";
	cleanup_close int opened = -1;
	int fd = env->in_fd;
	struct stat st;

	if (path) {
		fd = opened = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
		if (fd < 0)
			return error_set(err, errno, "cannot read %s: %s", name, error_name(errno));
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
	}
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		buf_reserve(out, (size_t)st.st_size + 1);
	return input_lines_all(fd, name, out, err);
}

static int sort(const struct env *env, const char *input, const char *output, struct buf *text,
		struct error *err)
{
	struct outfile out;
	int r = read_all(env, input, text, err);

	if (r < 0)
		return r;
	r = outfile_open(&out, output, OUTFILE_RENAME, env->out_fd, env->owner_uid, env->owner_gid,
			 err);
	if (r < 0)
		return r;
	r = line_sort(buf_str(text), &out.pending, input ? input : "standard input", err);
	if (r < 0) {
		outfile_abort(&out);
		return r;
	}
	return outfile_commit(&out, err);
}

static int run_sort(struct env *env, const char *name, void *values, int count, char **operands)
{
	struct sort_options *options = values;
	struct buf text = BUF_INIT;
	struct error err;
	int r;

	if (count > 1 || (count == 1 && options->input))
		return cli_fail(env, STATUS_USAGE, "sort takes one input file, not also '%s'",
				operands[count - 1]);
	if (count == 1)
		options->input = operands[0];
	if (options->input && strcmp(options->input, "-") == 0)
		options->input = NULL;
	r = sort(env, options->input, options->output, &text, &err);
	buf_deinit(&text);
	return r < 0 ? cli_fail(env, STATUS_FAILED, "%s", err.text) : STATUS_DONE;
}

const struct command command_sort = {
	.name = "sort",
	.arguments = "[FILE]",
	.summary = "put JSON Lines in order of time, keeping every line's bytes",
	.details =
		"Stable: lines of equal time keep their order. The Header stays first, the Footer "
		"last. A line that is not JSON with a timestamp is an error that names it, and "
		"nothing is written.\n",
	.options = sort_rows,
	.options_size = sizeof(struct sort_options),
	.run = run_sort,
};
