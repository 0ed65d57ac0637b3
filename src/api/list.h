/* A list of processes, and the rows in it. */
#ifndef API_LIST_H
#define API_LIST_H

#include "api/api.h"
#include "model/filter/filter.h"
#include "model/snapshot.h"
#include "source/scan.h"

/* A value that was asked for once: texts copied, so that a NUL follows. */
struct list_cell {
	bool made;
	struct value value;
};

struct pscope_process {
	struct pscope_list *list;
	const struct snapshot *snapshot; /* of the list's pass, or `own` */
	struct list_cell *cells;         /* a column each, in `arena`; NULL: none was asked for */
	struct arena arena;              /* the cells, their texts, and what `own` points to */
	struct snapshot own;             /* once it was refreshed alone */
	bool shown;                      /* the filter lets it through */
	struct pscope_process *parent, *first_child, *next_sibling;
};

struct pscope_list {
	struct api_object object;
	struct columns columns;
	struct order order;
	struct filter *filter;
	int32_t *pids;
	size_t pid_count;
	bool threads;

	struct scan *scan; /* NULL: to be made for what is asked for now */
	uint32_t parts;    /* what it reads */
	unsigned passes;   /* it has made */
	struct snapshot_list now, before;
	struct host host;
	struct arena scratch;           /* texts that sorting and filtering make */
	struct pscope_process *rows;    /* one for each of now.items */
	struct pscope_process **sorted; /* those that are shown, in order */
	size_t count;                   /* of them */
	bool tree_known;
};

/* What getters need; texts that they make go to `arena`. */
struct field_context list_context(struct pscope_list *list, struct arena *arena);
/* The parts that columns, order and filter need together. */
uint32_t list_parts(const struct pscope_list *list);
/* The row that a snapshot belongs to. */
struct pscope_process *list_row_of(const struct pscope_list *list, const struct snapshot *s);

#endif
