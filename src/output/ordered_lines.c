/*
 * Lines put into order of time. Key decision: a binary heap over a window of time and of bytes.
 * Records come nearly in order, so the window is short; memory stays bounded whatever comes.
 */
#include "output/ordered_lines.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"

#include <stdlib.h>

#define WINDOW_NS NS_PER_SEC  /* later than this, a line can no longer find its place */
#define HELD_MAX  (64u << 20) /* bytes; above it the oldest line goes, settled or not */

struct line {
	int64_t time_ns;
	uint64_t order; /* of arrival */
	uint64_t id;    /* by which its text can be replaced; 0: it cannot */
	bool settled;
	struct str text;
	UT_hash_handle hh; /* by id */
};

struct ordered_lines {
	ordered_lines_write write;
	void *context;
	struct line **heap;
	size_t count, capacity;
	size_t bytes;
	struct line *by_id;
	uint64_t next_order;
	int64_t newest_ns;
};

static bool before(const struct line *a, const struct line *b)
{
	return a->time_ns != b->time_ns ? a->time_ns < b->time_ns : a->order < b->order;
}

static void swap(struct line **a, struct line **b)
{
	struct line *t = *a;

	*a = *b;
	*b = t;
}

static void heap_push(struct ordered_lines *lines, struct line *line)
{
	size_t i = lines->count++;

	if (lines->count > lines->capacity) {
		lines->capacity = lines->capacity ? 2 * lines->capacity : 64;
		lines->heap = mem_realloc(lines->heap, lines->capacity, sizeof(struct line *));
	}
	lines->heap[i] = line;
	for (; i > 0 && before(lines->heap[i], lines->heap[(i - 1) / 2]); i = (i - 1) / 2)
		swap(&lines->heap[i], &lines->heap[(i - 1) / 2]);
}

static struct line *heap_pop(struct ordered_lines *lines)
{
	struct line *top = lines->heap[0];
	size_t i = 0, least;

	lines->heap[0] = lines->heap[--lines->count];
	for (;; i = least) {
		least = i;
		for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < lines->count; child++)
			if (before(lines->heap[child], lines->heap[least]))
				least = child;
		if (least == i)
			return top;
		swap(&lines->heap[i], &lines->heap[least]);
	}
}

static void line_free(struct ordered_lines *lines, struct line *line)
{
	if (line->id)
		HASH_DEL(lines->by_id, line);
	lines->bytes -= line->text.n + sizeof *line;
	mem_str_free(&line->text);
	free(line);
}

static int release(struct ordered_lines *lines, bool all, struct error *err)
{
	int r = 0;

	while (r == 0 && lines->count > 0) {
		const struct line *top = lines->heap[0];
		bool due = top->settled && top->time_ns <= lines->newest_ns - WINDOW_NS;
		struct line *line;

		if (!due && !all && lines->bytes <= HELD_MAX)
			break;
		line = heap_pop(lines);
		r = lines->write(lines->context, line->text, err);
		line_free(lines, line);
	}
	return r;
}

struct ordered_lines *ordered_lines_new(ordered_lines_write write, void *context)
{
	struct ordered_lines *lines = mem_alloc(sizeof *lines);

	lines->write = write;
	lines->context = context;
	lines->newest_ns = INT64_MIN / 2;
	return lines;
}

struct ordered_lines *ordered_lines_free(struct ordered_lines *lines)
{
	if (!lines)
		return NULL;
	for (size_t i = 0; i < lines->count; i++)
		line_free(lines, lines->heap[i]);
	free(lines->heap);
	free(lines);
	return NULL;
}

int ordered_lines_add(struct ordered_lines *lines, int64_t time_ns, struct str text, uint64_t id,
		      bool settled, struct error *err)
{
	struct line *line = mem_alloc(sizeof *line);
	struct line *old = NULL;

	if (id)
		HASH_FIND(hh, lines->by_id, &id, sizeof id, old);
	*line = (struct line){.time_ns = time_ns,
			      .order = lines->next_order++,
			      .id = old ? 0 : id,
			      .settled = settled || old,
			      .text = mem_str(text)};
	if (line->id)
		HASH_ADD(hh, lines->by_id, id, sizeof line->id, line);
	lines->bytes += text.n + sizeof *line;
	heap_push(lines, line);
	if (time_ns > lines->newest_ns)
		lines->newest_ns = time_ns;
	return release(lines, false, err);
}

int ordered_lines_settle(struct ordered_lines *lines, uint64_t id, struct str text,
			 struct error *err)
{
	struct line *line;

	HASH_FIND(hh, lines->by_id, &id, sizeof id, line);
	if (!line)
		return 0;
	line->settled = true;
	lines->bytes += text.n - line->text.n;
	mem_str_free(&line->text);
	line->text = mem_str(text);
	return release(lines, false, err);
}

int ordered_lines_finish(struct ordered_lines *lines, struct error *err)
{
	return release(lines, true, err);
}
