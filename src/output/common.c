/*
 * What every format here is made of. Key decision: all bytes go through one outfile, so no
 * format can forget to check a write or leave half a file behind.
 */
#include "output/common.h"

#include "base/mem.h"

#include <stdlib.h>

/* Large enough that a rendering of millions of lines makes few system calls. */
#define FLUSH_BYTES (64u << 10)

void *output_new(size_t size, const struct sink_ops *ops, const struct output_options *options)
{
	struct output *output = mem_alloc(size);

	output->sink.ops = ops;
	output->options = *options;
	output->file.fd = -1;
	return output;
}

int output_open(struct sink *sink, const struct run *run, struct error *err)
{
	struct output *output = (struct output *)sink;
	const struct output_options *o = &output->options;
	int r = outfile_open(&output->file, o->path, o->live ? OUTFILE_IN_PLACE : OUTFILE_RENAME,
			     o->out_fd, o->owner_uid, o->owner_gid, err);

	if (r < 0)
		return r;
	output->opened = true;
	output->run = run;
	return 0;
}

int output_flush_some(struct output *output, struct error *err)
{
	return outfile_flush_above(&output->file, FLUSH_BYTES, err);
}

int output_commit(struct output *output, struct error *err)
{
	return outfile_commit(&output->file, err);
}

void output_free(struct sink *sink)
{
	struct output *output = (struct output *)sink;

	if (!output)
		return;
	if (output->opened)
		outfile_abort(&output->file);
	free(output);
}
