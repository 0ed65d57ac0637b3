/* JSON Lines, all of them or a choice. */
#ifndef OUTPUT_JSONL_H
#define OUTPUT_JSONL_H

#include "output/json_layout.h"
#include "output/output.h"

/* Which lines there are. What is not asked for here is always there: losses, notes, the Header. */
struct jsonl_choice {
	bool (*record)(const void *context, const struct record *record,
		       const struct change *change);
	/* Asked when the line is due: live that is when the cost is known. */
	bool (*exit)(const void *context, const struct proc *proc);
	/* With it each line of a process ends with the process's name. */
	struct json_name (*name)(const void *context, const struct proc *proc);
	void *context; /* freed with free() */
	bool line_buffered;
};

/* `choice` is copied; NULL: every line. */
struct sink *jsonl_new(const struct output_options *options, const struct jsonl_choice *choice);

#endif
