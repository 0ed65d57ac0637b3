/* What the formats of text input fill while they read. Inside src/source/input*.c only. */
#ifndef SOURCE_TEXT_INPUT_FORMAT_H
#define SOURCE_TEXT_INPUT_FORMAT_H

#include "model/run.h"
#include "source/text/input.h"
#include "source/text/input_store.h"

struct input {
	const char *name; /* of the file, for sentences */
	int32_t root_pid;
	struct input_store store;
	struct run run;
	bool own;     /* a Header was there: pscope wrote it; otherwise foreign */
	bool footer;  /* its end is there too */
	bool has_seq; /* proctrace's third generation */
	bool crlf;    /* the first line ended in CR LF: strip the CR of all */
	bool whole;   /* the line at hand ended in LF; the last one of a killed writer may not */
	bool cut;     /* it did not, and was left out */
	uint64_t lines;
	uint64_t skipped; /* lines that mean nothing here: unknown kinds, noise in raw lines */
	void *state;      /* the format's own */
};

struct input_format {
	const char *name;
	enum input_kind kind;
	bool settles; /* each EXIT in the store is followed by its SETTLED */
	/* Is this the first line of such a file? Given without its LF, perhaps cut. */
	bool (*recognise)(struct str line);
	/* Takes one line. 0, or a negative errno with a sentence that input.c puts a place before. */
	int (*line)(struct input *in, struct str line, uint64_t number, struct error *err);
	/* After the last line: puts the records in order. */
	int (*finish)(struct input *in, struct error *err);
	void (*free)(struct input *in); /* or NULL: has no state */
};

extern const struct input_format input_format_script, input_format_json, input_format_raw;

/*
 * Puts the records of the store in order of time. Foreign: assembles execs out of their parts
 * first, and forgets the process groups, which such files have wrong. A FORK that came later than
 * the first record of its child is moved before it. With a root, keeps only its tree.
 */
int input_tree_finish(struct input *in, struct error *err);

/* Foreign parts of an exec -> one EXEC each, in the store's present order. */
void input_exec_assemble(struct input *in);

/* Arguments that were joined by blanks -> words that end in NUL; joining gives them back. */
struct str input_split_args(struct input_store *store, struct str args);

#endif
