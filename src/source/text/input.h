/* Records out of text files: scripts, our JSON Lines, proctrace's JSON and raw lines. */
#ifndef SOURCE_TEXT_INPUT_H
#define SOURCE_TEXT_INPUT_H

#include "flow/source.h"

#include <stdio.h>

enum input_kind { INPUT_UNKNOWN, INPUT_SCRIPT, INPUT_JSON, INPUT_RAW };

struct input_options {
	int fd;           /* read to its end; owned by the source from open on */
	const char *name; /* for error sentences: the path, or "standard input" */
	enum input_kind kind;
	int32_t root_pid; /* only its tree; 0: all (RAW needs it) */
};

/* Guesses from the first bytes of a file. */
enum input_kind input_recognise(const void *bytes, size_t size);

/* NULL never; a bad file is said by open or next. One creator per kind, chosen by a table. */
struct source *input_source_new(const struct input_options *options);

#endif
