/*
 * Collapsed stacks, for the tools that draw flame graphs: a line a path of programs, with the CPU
 * time that those at its end used themselves. Key decision: what the format has for itself, the
 * semicolon and the blank, is an underscore in a name; everything else is only made safe.
 */
#include "base/clock.h"
#include "base/text.h"
#include "output/common.h"
#include "output/formats.h"
#include "output/stacks.h"

struct folded {
	struct output output;
	struct stacks stacks;
	struct buf name; /* scratch */
};

static int on_record(struct sink *sink, const struct record *record, const struct change *change,
		     struct error *err)
{
	stacks_record(&((struct folded *)sink)->stacks, change);
	return 0;
}

static void add_name(struct folded *folded, struct str name)
{
	struct buf *safe = &folded->name;

	buf_clear(safe);
	text_add_safe(safe, name);
	for (size_t i = 0; i < safe->n; i++)
		if (safe->p[i] == ';' || safe->p[i] == ' ')
			safe->p[i] = '_';
	buf_add_str(&folded->output.file.pending, buf_str(safe));
}

static void add_stack(struct folded *folded, const struct stack *stack)
{
	const struct stack *path[STACKS_DEPTH];
	struct buf *out = &folded->output.file.pending;
	uint64_t us = (stack->own_ns + NS_PER_US / 2) / NS_PER_US;
	unsigned depth = 0;

	if (us == 0)
		return;
	for (; stack; stack = stack->parent)
		path[depth++] = stack;
	while (depth > 0) {
		add_name(folded, path[--depth]->name);
		buf_add_char(out, depth ? ';' : ' ');
	}
	buf_add_u64(out, us);
	buf_add_char(out, '\n');
}

static int on_close(struct sink *sink, const struct table *table, const struct run *run,
		    struct error *err)
{
	struct folded *folded = (struct folded *)sink;
	int r = 0;

	stacks_finish(&folded->stacks, table);
	for (uint32_t i = 0; i < folded->stacks.count && r == 0; i++) {
		add_stack(folded, folded->stacks.all[i]);
		r = output_flush_some(&folded->output, err);
	}
	return r < 0 ? r : output_commit(&folded->output, err);
}

static void on_free(struct sink *sink)
{
	struct folded *folded = (struct folded *)sink;

	stacks_deinit(&folded->stacks);
	buf_deinit(&folded->name);
	output_free(sink);
}

static const struct sink_ops folded_ops = {
	.name = "folded",
	.open = output_open,
	.record = on_record,
	.close = on_close,
	.free = on_free,
};

static struct sink *folded_create(const struct output_options *options)
{
	return output_new(sizeof(struct folded), &folded_ops, options);
}

const struct output_format output_folded = {
	.name = "folded",
	.summary = "stacks of programs with CPU time in us, for flame graphs",
	.streams = true,
	.create = folded_create,
};
