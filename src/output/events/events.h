/*
 * The event log: one line an event, as forkstat's users know it, or one JSON object; and counts per
 * command name at the end. Both are sinks and share the choice of what is of interest.
 */
#ifndef OUTPUT_EVENTS_EVENTS_H
#define OUTPUT_EVENTS_EVENTS_H

#include "output/output.h"

/* What can be asked for by --event. A kind of record may be more than one (EXIT), or none. */
enum event_kind {
	EVENT_FORK,
	EVENT_EXEC,
	EVENT_EXIT,
	EVENT_FAILED_EXIT, /* nonzeroexit: a status other than 0, or a signal */
	EVENT_CORE,
	EVENT_COMM,
	EVENT_CLONE, /* begin and end of threads */
	EVENT_PTRACE,
	EVENT_UID,
	EVENT_GID,
	EVENT_SID,
	EVENT_PGID,
	EVENT_SIGNAL, /* fatal ones */
	EVENT_OOM,
	EVENT_BAD_EXEC,
	EVENT_KINDS
};

#define EVENT_BIT(kind) (1u << (kind))
#define EVENTS_DEFAULT                                                                             \
	(EVENT_BIT(EVENT_FORK) | EVENT_BIT(EVENT_EXEC) | EVENT_BIT(EVENT_EXIT) |                   \
	 EVENT_BIT(EVENT_CORE) | EVENT_BIT(EVENT_COMM))
#define EVENTS_ALL (EVENT_BIT(EVENT_KINDS) - 1)

/* The names of --event, the first of a kind being the one that the Event column prints. */
struct event_name {
	const char *name;
	unsigned events; /* EVENT_BITs */
	const char *help;
};
extern const struct event_name event_names[]; /* ended by a row without a name */
/* What the Event column says: the kind's first name; "exit" for EVENT_FAILED_EXIT. */
const char *event_label(enum event_kind kind);

/* Adds what `list` ("fork,exec", "all") names to `events`. -EINVAL with the list of names. */
int events_parse(const char *list, unsigned *events, struct error *err);

enum event_stamp { STAMP_DATE, STAMP_TIME, STAMP_ISO, STAMP_BOOT, STAMP_DELTA };

struct event_options {
	unsigned events; /* EVENT_BITs */
	enum event_stamp stamp;
	bool glyphs, user_columns, raw_status;
	bool short_name, dirstrip, comm; /* how the Process column is made: -s, -d, -c */
	/* Only what went wrong: ends with a status other than 0 or by a signal, core dumps, fatal
	 * signals, the OOM killer's choice, execs that failed. */
	bool failed_only;
	bool threads;       /* their names too; EVENT_CLONE includes them */
	bool line_buffered; /* each line is written at once */
	bool json;          /* statistics as objects */
	int32_t pgid;       /* only of this process group; 0: all */
	unsigned rows;      /* lines of the terminal: the heading comes again; 0: once */
	unsigned pid_width; /* digits of kernel.pid_max; 0: seven */
	/* Names of users, groups and terminals; NULL: numbers. Valid until the next call. */
	struct str (*user_name)(void *context, uint32_t uid);
	struct str (*group_name)(void *context, uint32_t gid);
	struct str (*tty_name)(void *context, const struct proc *proc);
	void *name_context;
	/* Is this process's event of then wanted (--filter)? NULL: every one's. */
	bool (*wanted)(void *context, const struct proc *proc, int64_t time_ns);
	void *wanted_context;
	/* What is wanted depends on what a process cost: its end is told (and asked for) when that is
	 * known, CHANGE_FINISHED, with the time of the end. */
	bool settled_ends;
};

/* Where and how wide, beside what. Copied; what they point to must outlive the sink. */
struct sink *event_lines_new(const struct event_options *events,
			     const struct output_options *options);
struct sink *event_json_new(const struct event_options *events,
			    const struct output_options *options);
/* Prints at close: a line per command name, sorted by total, and their sum. */
struct sink *event_statistics_new(const struct event_options *events,
				  const struct output_options *options);

#endif
