/* What every format here is made of: a sink with its options and a file. */
#ifndef OUTPUT_COMMON_H
#define OUTPUT_COMMON_H

#include "base/outfile.h"
#include "output/output.h"

struct output {
	struct sink sink;
	struct output_options options;
	struct outfile file;
	const struct run *run;
	bool opened;
};

/* `size` bytes that begin with a struct output. */
void *output_new(size_t size, const struct sink_ops *ops, const struct output_options *options);
/* The sink's open: opens the file and keeps the run. */
int output_open(struct sink *sink, const struct run *run, struct error *err);
/* Hands `pending` to the file when there is much of it. */
int output_flush_some(struct output *output, struct error *err);
int output_commit(struct output *output, struct error *err);
/* Drops an unfinished file and frees the struct. */
void output_free(struct sink *sink);

#endif
