/*
 * A source makes records. It is pulled: the pipeline asks next() until there is none.
 * A concrete source embeds struct source first and provides a const struct source_ops.
 */
#ifndef FLOW_SOURCE_H
#define FLOW_SOURCE_H

#include "base/error.h"
#include "model/record.h"
#include "model/run.h"

enum source_capability {
	SOURCE_SEES_SHORT_LIVED = 1 << 0, /* no life is too short for it */
	SOURCE_HAS_ARGV = 1 << 1,         /* arguments taken at the exec itself */
	SOURCE_EXACT_USAGE = 1 << 2,      /* SETTLED records are exact */
	SOURCE_NEEDS_PRIVILEGE = 1 << 3,
	SOURCE_INTRUSIVE = 1 << 4, /* the traced processes can tell */
	SOURCE_ORDERED = 1 << 5,   /* records come in order of time: nothing to reorder */
	SOURCE_SETTLES = 1 << 6,   /* each EXIT is followed by a SETTLED */
	SOURCE_FOLLOWS = 1 << 7,   /* beside an event source: never what a run waits for */
	SOURCE_SEES_ALL =
		1 << 8, /* delivers the whole machine whatever was asked: the target chooses */
	SOURCE_FIRST = 1 << 9,  /* all of it comes before anything of the others */
	SOURCE_REAPS = 1 << 10, /* waits for the command itself: its EXIT tells how it ended */
};

/* Results of next() besides a negative errno. */
enum { SOURCE_NONE = 0, SOURCE_RECORD = 1, SOURCE_END = 2 };

/* The balance: generated = delivered + lost, exactly. */
struct source_counts {
	uint64_t generated, delivered, lost;
	uint64_t outside; /* processes that our pid namespace cannot see */
};

struct source;

struct source_ops {
	const char *name;
	unsigned capabilities;
	/* How often to ask when there is no descriptor to wait for; 0: only when fd is readable. */
	int64_t poll_ns;
	/* Connects to the kernel or file. Called once. */
	int (*open)(struct source *source, struct error *err);
	/* A descriptor that polls readable when next() may have something; -1: ask by poll_ns, or
	 * (poll_ns 0) always ready, as a file is. */
	int (*fd)(const struct source *source);
	/* SOURCE_RECORD with *ret filled (slices valid until the next call), SOURCE_NONE for now,
	 * SOURCE_END for ever, or a negative errno with a sentence. */
	int (*next)(struct source *source, struct record *ret, struct error *err);
	/* What was seen and lost so far; NULL: counts delivered records only. */
	void (*counts)(const struct source *source, struct source_counts *ret);
	/* The recording's header and footer as the source knows them; NULL: nothing to add. Called
	 * after open and again after SOURCE_END. Strings stay valid until close. */
	void (*describe)(const struct source *source, struct run *run);
	/* The cgroups of its options have new ids: a unit has started again. NULL: goes by paths. */
	void (*cgroups_changed)(struct source *source);
	/* All sources of the run are open, and those that come first (SOURCE_FIRST) have looked. NULL:
	 * nothing to do. */
	void (*begun)(struct source *source);
	/* Stops making new records; what was made can still be pulled. NULL: nothing to do. */
	void (*stop)(struct source *source);
	void (*close)(struct source *source); /* frees the source too; copes with half-open */
};

struct source {
	const struct source_ops *ops;
};

#endif
