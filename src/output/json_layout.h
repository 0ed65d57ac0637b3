/*
 * The shape of JSON Lines: for each kind of record a table of keys in their order. pscope's own
 * shape (documented fields first, ours behind them) and proctrace's third generation.
 */
#ifndef OUTPUT_JSON_LAYOUT_H
#define OUTPUT_JSON_LAYOUT_H

#include "base/json.h"
#include "model/record.h"
#include "model/run.h"
#include "model/table.h"

/* What its process is called, for who has not read from the beginning. */
struct json_name {
	struct str text; /* STR_NONE: not known */
	bool inherited;  /* it is its parent's: of its own nobody knows */
};

/* What a line is made from. */
struct json_line {
	const struct run *run;
	const struct record *record;
	const struct change *change;
	const struct proc *proc;      /* whom it is about; may be NULL */
	const struct json_name *name; /* written last; NULL: not at all */
};

/* Each appends whole lines, LF included. */
void json_add_header(struct buf *out, const struct run *run);
void json_add_footer(struct buf *out, const struct run *run);
/* The lines of a record; nothing for kinds that have none (EXIT and SETTLED: json_add_exit). */
void json_add_record(struct buf *out, const struct json_line *line);
/* The Exit line, from what the table knows now; record and change are not read. */
void json_add_exit(struct buf *out, const struct json_line *line);

/* proctrace's line for the record, but without its leading seq; false when it has none. */
bool json_add_proctrace(struct buf *out, const struct json_line *line);
/* Where the seq member belongs in such a line: right behind the second '{'. */
size_t json_proctrace_seq_at(struct str line);

#endif
