/*
 * Sorting JSON Lines. Key decision: lines are moved, never rewritten: of each only kind and
 * timestamp are read, so that what other programs put into a line survives byte for byte.
 */
#include "source/text/line_sort.h"

#include "base/mem.h"
#include "source/text/json_scan.h"

#include <errno.h>
#include <stdlib.h>

enum rank { RANK_HEADER, RANK_EVENT, RANK_FOOTER };

struct line {
	int64_t time_ns;
	enum rank rank;
	struct str bytes; /* without the LF; they lie in order in the input */
};

struct lines {
	struct line *all;
	size_t count, capacity;
};

static bool is_blank(struct str bytes)
{
	for (size_t i = 0; i < bytes.n; i++)
		if (bytes.p[i] != ' ' && bytes.p[i] != '\t' && bytes.p[i] != '\r')
			return false;
	return true;
}

static void add(struct lines *lines, struct line line)
{
	if (lines->count == lines->capacity) {
		lines->capacity = lines->capacity ? lines->capacity * 2 : 1024;
		lines->all = mem_realloc(lines->all, lines->capacity, sizeof *lines->all);
	}
	lines->all[lines->count++] = line;
}

static int read_line(struct lines *lines, struct str bytes, const char *name, struct error *err)
{
	struct line line = {INT64_MIN, RANK_EVENT, bytes};
	const char *why = NULL;
	struct json_scan scan;
	size_t at = 0;

	if (is_blank(bytes)) {
		if (lines->count) {
			line.time_ns = lines->all[lines->count - 1].time_ns;
			line.rank = lines->all[lines->count - 1].rank;
		}
		add(lines, line);
		return 0;
	}
	if (json_scan_line(bytes, &scan, &why, &at) < 0)
		return error_set(
			err, EINVAL,
			"%s, line %zu is no JSON event: %s (byte %zu); nothing was written", name,
			lines->count + 1, why, at + 1);
	line.rank = str_is(scan.kind, "Header")   ? RANK_HEADER
		    : str_is(scan.kind, "Footer") ? RANK_FOOTER
						  : RANK_EVENT;
	if (line.rank == RANK_EVENT && !scan.has_time)
		return error_set(err, EINVAL, "%s, line %zu has no timestamp; nothing was written",
				 name, lines->count + 1);
	line.time_ns = line.rank == RANK_EVENT ? scan.time_ns : 0;
	add(lines, line);
	return 0;
}

static int compare(const void *left, const void *right)
{
	const struct line *a = left, *b = right;

	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	if (a->time_ns != b->time_ns)
		return a->time_ns < b->time_ns ? -1 : 1;
	return (a->bytes.p > b->bytes.p) - (a->bytes.p < b->bytes.p);
}

int line_sort(struct str input, struct buf *out, const char *name, struct error *err)
{
	struct lines lines = {0};
	struct str rest = input;
	int result = 0;

	while (result == 0 && rest.p && rest.n)
		result = read_line(&lines, str_cut(&rest, '\n'), name, err);
	if (result == 0 && lines.count) {
		qsort(lines.all, lines.count, sizeof *lines.all, compare);
		buf_reserve(out, input.n + 1);
		for (size_t i = 0; i < lines.count; i++) {
			buf_add_str(out, lines.all[i].bytes);
			buf_add_char(out, '\n');
		}
	}
	free(lines.all);
	return result;
}
