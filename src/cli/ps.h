/* What the files of `pscope ps` share. */
#ifndef CLI_PS_H
#define CLI_PS_H

#include "base/outfile.h"
#include "cli/command.h"
#include "model/filter/filter.h"
#include "output/rows/rows.h"
#include "source/host.h"
#include "source/scan.h"

#include <regex.h>

struct ps_options {
	struct option_texts columns, pids, users;
	const char *sort, *name, *service, *cgroup, *filter, *root;
	bool list_columns, tree, children, json, jsonl, csv, raw, no_headings, host, threads, human,
		bytes, wide;
	bool every, full, terminals; /* ps's -e, -f, -a */
	int64_t interval_ns;         /* -1: not given */
	unsigned count;
};

/* Which processes are to be shown. */
struct ps_select {
	int32_t *pids; /* ascending, each once */
	size_t pid_count;
	uint32_t *uids;
	size_t uid_count;
	struct str *users; /* names that a captured tree's own list explains */
	size_t user_count;
	bool has_name, children;
	regex_t name;
	struct str service, cgroup;
	struct filter *filter;
	uint32_t parts; /* what deciding needs */
};

/*
 * Understands the options. `live`: users are those of this machine. 0, -EINVAL (a wrong command
 * line) or -ENOENT (no such user) with a sentence.
 */
int ps_select_init(struct ps_select *select, const struct ps_options *options, bool live,
		   struct error *err);
void ps_select_deinit(struct ps_select *select);
/* Is anything chosen beside processes by number? */
bool ps_select_searches(const struct ps_select *select);
/* Puts the rows to be shown into `ret_rows`, which has room for all; returns how many. */
size_t ps_select_rows(const struct ps_select *select, const struct snapshot_list *list,
		      const struct field_context *context, const struct snapshot **ret_rows);
/* While it runs. */
struct ps {
	const struct env *env;
	const struct ps_options *options;
	struct columns columns;
	struct order order;
	struct ps_select select;
	struct names_cache *names;
	struct host hosts[2]; /* the one before, and now */
	struct scan *scan;
	struct snapshot_list lists[2];
	unsigned now; /* index of the newest of both */
	struct arena arena;
	struct outfile out;
	enum rows_format format;
	uint32_t parts;     /* all that is needed */
	struct buf missing; /* numbers that no process has: "7, 8" */
	bool saw_init;
};

struct field_context ps_context(struct ps *ps);
/* Opens what all passes need. */
int ps_open(struct ps *ps, struct error *err);
/* One pass: the machine and its processes into the newest host and list. */
int ps_read(struct ps *ps, struct error *err);
/* The rows of the newest list that are to be shown, as ps_select_rows. */
size_t ps_choose(struct ps *ps, const struct snapshot **ret_rows);
void ps_close(struct ps *ps);

/* `pscope ps -L`: appends the list of all columns, for people or as JSON. */
void ps_list_columns(struct buf *out, unsigned width, bool colour, bool json);

#endif
