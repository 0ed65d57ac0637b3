/* What `pscope top` and `pscope track --live` have in common: the view as a sink of a live run. */
#ifndef CLI_SCREEN_RUN_H
#define CLI_SCREEN_RUN_H

#include "cli/live.h"
#include "model/track.h"

struct screen_plan {
	struct live *live; /* prepared, with `rounds`; outlives the sink */
	const struct track
		*track; /* fed by a sink before this one; NULL: it keeps one of its own */
	const char *sort, *filter; /* NULL: as it comes */
	bool machine;              /* the header is about the machine */
	bool hide_ended;
	bool plain;      /* lines, no screen */
	unsigned rounds; /* ends after so many; 0: when somebody quits */
};

/*
 * Refuses a column or filter that does not exist with -EINVAL and a sentence; else 0. Where the terminal
 * cannot show a screen, each round is printed as lines.
 */
int screen_sink_new(const struct screen_plan *plan, struct sink **ret_sink, struct error *err);

#endif
