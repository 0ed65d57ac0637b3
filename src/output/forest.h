/*
 * The members of the target as trees by birth: an array in the order in which a tree is read,
 * parents before children, siblings by their start.
 */
#ifndef OUTPUT_FOREST_H
#define OUTPUT_FOREST_H

#include "model/run.h"
#include "model/table.h"

#define FOREST_NONE SIZE_MAX

/* What was left out, in sum. */
struct forest_fold {
	size_t count, failures;
	uint64_t cpu_ns;
	int64_t longest_ns;
};

struct forest_node {
	const struct proc *proc;
	size_t parent;            /* index of a node before this one, or FOREST_NONE */
	unsigned depth;           /* 1: a root */
	int64_t begin_ns, end_ns; /* boot time, within the recording */
	bool shown;               /* not folded */
	bool last;                /* no shown sibling (or fold) after it */
	bool has_children;        /* shown ones, or a fold */
	struct forest_fold fold;  /* descendants that are folded right under it */
};

struct forest {
	struct forest_node *nodes;
	size_t count;
	int64_t begin_ns;        /* when the first of them began */
	struct forest_fold fold; /* folded roots */
};

/* `last_ns`: time of the last record; until then the living are known to live. */
void forest_init(struct forest *forest, const struct table *table, const struct run *run,
		 int64_t last_ns);
void forest_deinit(struct forest *forest);
/*
 * Folds lives shorter than `min_duration_ns` that have no longer descendants, and those deeper
 * than `max_depth` (0: none). Fills shown, last, has_children, fold.
 */
void forest_fold(struct forest *forest, int64_t min_duration_ns, unsigned max_depth);
/* Adds one life to what was left out. */
void forest_fold_add(struct forest_fold *fold, const struct forest_node *node);

#endif
