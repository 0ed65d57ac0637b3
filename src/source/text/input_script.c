/*
 * Record scripts: the text form of records, one a line. Key decision: the records go out as they
 * stand in the file, out of order where the file is, since a script stands in for a live source.
 */
#include "base/mem.h"
#include "model/record_text.h"
#include "source/text/input_format.h"

#include <stdlib.h>

/* Scripts count from here: not 0, so that who forgets to subtract it is found out. */
#define SCRIPT_START_NS INT64_C(1000000000000)

static bool script_recognise(struct str line)
{
	return line.n && (line.p[0] == '@' || line.p[0] == '+' || line.p[0] == '#');
}

static int script_line(struct input *in, struct str line, uint64_t number, struct error *err)
{
	struct record_text *text = in->state;
	struct record record;
	int result;

	if (!text) {
		in->run.start_ns = SCRIPT_START_NS;
		in->run.source = "script";
		in->state = text = mem_alloc(sizeof(*text));
		text->start_ns = text->last_ns = SCRIPT_START_NS;
	}
	result = record_text_parse(text, line, &record, err);
	if (result > 0)
		input_store_add_deep(&in->store, &record, number);
	return result < 0 ? result : 0;
}

static int script_finish(struct input *in, struct error *err)
{
	return 0;
}

static void script_free(struct input *in)
{
	if (in->state)
		record_text_deinit(in->state);
	free(in->state);
}

const struct input_format input_format_script = {
	.name = "script",
	.kind = INPUT_SCRIPT,
	.recognise = script_recognise,
	.line = script_line,
	.finish = script_finish,
	.free = script_free,
};
