/*
 * Rows as JSON and JSON Lines. Key decision: a tree is nested while its rows stream by, by closing
 * as many brackets as the next row stands higher: no recursion, so a chain of 10,000 is no depth.
 */
#include "output/rows/rows_internal.h"

#include "base/clock.h"
#include "base/mem.h"
#include "output/host_text.h"

#include <stdlib.h>

/* Keys must differ: a column that was asked for twice stands once. */
static struct columns without_doubles(const struct columns *columns)
{
	struct columns out = {mem_alloc((columns->count + 1) * sizeof *out.items), 0};

	for (size_t c = 0; c < columns->count; c++) {
		size_t k = 0;

		while (k < out.count && out.items[k].field != columns->items[c].field)
			k++;
		if (k == out.count)
			out.items[out.count++] = columns->items[c];
	}
	return out;
}

static void add_time(struct json *j, const struct rows_options *options)
{
	if (!options->time)
		return;
	json_key(j, "time");
	json_text(j, options->time);
}

static int write_lines(const struct rows_options *options, const struct columns *columns,
		       const struct rows_item *items, size_t count, struct outfile *file,
		       struct error *err)
{
	int r = 0;

	for (size_t i = 0; i < count && r == 0; i++) {
		struct json j = json_into(&file->pending);

		json_open(&j, '{');
		add_time(&j, options);
		rows_json_members(&j, columns, items[i].snapshot, options->context);
		json_close(&j, '}');
		buf_add_char(&file->pending, '\n');
		r = outfile_flush_above(file, ROWS_FLUSH_BYTES, err);
	}
	return r;
}

/* One a line, so that grep finds a process in the whole object too. */
static void begin_process(struct json *j)
{
	if (j->comma)
		buf_add_char(j->out, ',');
	j->comma = false;
	buf_add_char(j->out, '\n');
}

static void close_processes(struct json *j, bool tree, unsigned count)
{
	for (; count > 0; count--) {
		if (tree)
			json_close(j, ']');
		json_close(j, '}');
	}
}

static int write_processes(struct json *j, const struct rows_options *options,
			   const struct columns *columns, const struct rows_item *items,
			   size_t count, struct outfile *file, struct error *err)
{
	unsigned open = 0; /* objects that wait for children */
	int r = 0;

	for (size_t i = 0; i < count && r == 0; i++) {
		unsigned depth = options->tree ? items[i].depth : 0;

		close_processes(j, options->tree, open > depth ? open - depth : 0);
		begin_process(j);
		json_open(j, '{');
		rows_json_members(j, columns, items[i].snapshot, options->context);
		if (options->tree) {
			json_key(j, "children");
			json_open(j, '[');
		}
		open = depth + 1;
		r = outfile_flush_above(file, ROWS_FLUSH_BYTES, err);
	}
	close_processes(j, options->tree, open);
	return r;
}

static int write_object(const struct rows_options *options, const struct columns *columns,
			const struct rows_item *items, size_t count, struct outfile *file,
			struct error *err)
{
	const struct host *host = options->context ? options->context->host : NULL;
	struct json j = json_into(&file->pending);
	int r;

	json_open(&j, '{');
	json_key(&j, "version"), json_i64(&j, 1);
	add_time(&j, options);
	json_key(&j, "host");
	if (host)
		host_json(&j, host, options->host_before, false);
	else
		json_null(&j);
	json_key(&j, "processes");
	json_open(&j, '[');
	r = write_processes(&j, options, columns, items, count, file, err);
	if (count > 0)
		buf_add_char(&file->pending, '\n');
	json_close(&j, ']');
	json_close(&j, '}');
	buf_add_char(&file->pending, '\n');
	return r;
}

int rows_write_json(const struct rows_options *options, const struct rows_item *items, size_t count,
		    struct outfile *file, struct error *err)
{
	struct columns columns = without_doubles(options->columns);
	int r = options->format == ROWS_JSON
			? write_object(options, &columns, items, count, file, err)
			: write_lines(options, &columns, items, count, file, err);

	free(columns.items);
	return r;
}
