/*
 * compile_commands.json, from what was really executed. Key decision: an entry is written when the
 * compiler is, and once for each source and output, so that a compiler behind ccache or a script of
 * the same name does not stand there twice; entries are shaped as bear's.
 */
#include "base/hash.h"
#include "base/json.h"
#include "output/common.h"
#include "output/compile_line.h"
#include "output/formats.h"

#include <stdlib.h>

struct known {
	struct str key; /* owned: file, NUL, output */
	UT_hash_handle hh;
};

struct compile_commands {
	struct output output;
	struct compile_line line;
	struct known *known;
	struct buf key, path; /* scratch */
	bool any;
};

/* Appends it as an absolute path; nothing is resolved, because links may have changed since. */
static void add_path(struct buf *out, struct str directory, struct str path)
{
	while (str_starts(path, STR("./")) && path.n > 2)
		path = str_skip(path, 2);
	if (!str_starts(path, STR("/"))) {
		buf_add_str(out, directory);
		if (directory.p[directory.n - 1] != '/')
			buf_add_char(out, '/');
	}
	buf_add_str(out, path);
}

static void add_path_member(struct compile_commands *commands, struct json *j, const char *key,
			    struct str directory, struct str path)
{
	buf_clear(&commands->path);
	add_path(&commands->path, directory, path);
	json_key(j, key), json_str(j, buf_str(&commands->path));
}

static bool is_known(struct compile_commands *commands, struct str directory, struct str source)
{
	struct buf *key = &commands->key;
	struct known *known;

	buf_clear(key);
	add_path(key, directory, source);
	buf_add_char(key, 0);
	if (commands->line.output.n > 0)
		add_path(key, directory, commands->line.output);
	HASH_FIND(hh, commands->known, key->p, key->n, known);
	if (known)
		return true;
	known = mem_alloc(sizeof *known);
	known->key = mem_str(buf_str(key));
	HASH_ADD_KEYPTR(hh, commands->known, known->key.p, known->key.n, known);
	return false;
}

static bool has_flag(const struct compile_line *line, const char *flag)
{
	for (size_t i = 0; i < line->flags.count; i++)
		if (str_is(line->flags.words[i], flag))
			return true;
	return false;
}

static void add_arguments(struct json *j, const struct compile_line *line, struct str compiler,
			  struct str source)
{
	json_key(j, "arguments"), json_open(j, '[');
	json_str(j, compiler);
	if (!has_flag(line, "-c") && !has_flag(line, "-S"))
		json_text(j, "-c"); /* it linked as well */
	for (size_t i = 0; i < line->flags.count; i++)
		json_str(j, line->flags.words[i]);
	if (line->output.n > 0)
		json_text(j, "-o"), json_str(j, line->output);
	json_str(j, source);
	json_close(j, ']');
}

static void add_entry(struct compile_commands *commands, const struct record_exec *exec,
		      struct str source)
{
	const struct compile_line *line = &commands->line;
	bool named = !line->wrapped &&
		     memchr(exec->filename.n ? exec->filename.p : "", '/', exec->filename.n);
	struct json j = json_into(&commands->output.file.pending);

	buf_add_text(j.out, commands->any ? ",\n" : "\n");
	commands->any = true;
	json_open(&j, '{');
	json_key(&j, "directory"), json_str(&j, exec->cwd);
	add_path_member(commands, &j, "file", exec->cwd, source);
	if (line->output.n > 0)
		add_path_member(commands, &j, "output", exec->cwd, line->output);
	add_arguments(&j, line, named ? exec->filename : line->compiler, source);
	json_close(&j, '}');
}

static int on_open(struct sink *sink, const struct run *run, struct error *err)
{
	struct compile_commands *commands = (struct compile_commands *)sink;
	int r = output_open(sink, run, err);

	if (r == 0)
		buf_add_char(&commands->output.file.pending, '[');
	return r;
}

static int on_record(struct sink *sink, const struct record *record, const struct change *change,
		     struct error *err)
{
	struct compile_commands *commands = (struct compile_commands *)sink;
	const struct record_exec *exec = &record->exec;
	struct compile_line *line = &commands->line;

	if (record->kind != RECORD_EXEC || change->flags & CHANGE_DUPLICATE ||
	    exec->args_truncated || exec->cwd.n == 0 || exec->cwd_truncated ||
	    !compile_line_read(line, exec->argv, exec->cwd))
		return 0;
	for (size_t i = 0; i < line->sources.count; i++)
		if (!is_known(commands, exec->cwd, line->sources.words[i]))
			add_entry(commands, exec, line->sources.words[i]);
	return output_flush_some(&commands->output, err);
}

static int on_close(struct sink *sink, const struct table *table, const struct run *run,
		    struct error *err)
{
	struct compile_commands *commands = (struct compile_commands *)sink;

	buf_add_text(&commands->output.file.pending, "\n]\n");
	return output_commit(&commands->output, err);
}

static void on_free(struct sink *sink)
{
	struct compile_commands *commands = (struct compile_commands *)sink;
	struct known *known, *next;

	HASH_ITER(hh, commands->known, known, next)
	{
		HASH_DEL(commands->known, known);
		mem_str_free(&known->key);
		free(known);
	}
	compile_line_deinit(&commands->line);
	buf_deinit(&commands->key);
	buf_deinit(&commands->path);
	output_free(sink);
}

static const struct sink_ops compile_commands_ops = {
	.name = "compile-commands",
	.open = on_open,
	.record = on_record,
	.close = on_close,
	.free = on_free,
};

static struct sink *compile_commands_create(const struct output_options *options)
{
	return output_new(sizeof(struct compile_commands), &compile_commands_ops, options);
}

const struct output_format output_compile_commands = {
	.name = "compile-commands",
	.summary = "compile_commands.json of what was compiled",
	.streams = true,
	.create = compile_commands_create,
};
