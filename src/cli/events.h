/* What the files of `pscope events` share. */
#ifndef CLI_EVENTS_H
#define CLI_EVENTS_H

#include "cli/live.h"
#include "model/filter/filter.h"
#include "model/life_snapshot.h"
#include "output/events/events.h"
#include "source/host.h"
#include "source/tty_cache.h"

struct events_options {
	struct live_options live;
	struct option_texts events; /* each a list: fork,exec */
	const char *stamps, *filter, *output;
	bool every, failed;
	bool dirstrip, short_name, comm, glyphs, user_columns, raw_status, extra;
	bool statistics, quiet, json, jsonl;
	bool line_buffered, realtime, share_stdout, version;
	int32_t pgid;
};

/* What the sinks ask of the machine and of the filter. */
struct events_asked {
	struct names_cache *names;
	struct tty_cache *ttys;
	struct filter *filter; /* NULL: everything is wanted */
	struct host host;
	struct arena arena;
	struct life_snapshot life;
};

/* Compiles --filter, or refuses it. */
int events_asked_init(struct events_asked *asked, const char *filter, struct error *err);
/* The machine can be asked from now on. */
int events_asked_open(struct events_asked *asked, const struct root *root, struct error *err);
/* Sets what the machine and the filter are asked through, once open. */
void events_asked_hook(struct events_asked *asked, struct event_options *options);
/* Does the filter ask what a process cost? */
bool events_asked_cost(const struct events_asked *asked);
void events_asked_deinit(struct events_asked *asked);

/* A sink that counts the execs whose arguments nobody could read. */
struct sink *events_tally_new(uint64_t *ret_missed);

#endif
