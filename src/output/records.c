/*
 * Records as the text form that the test scripts are written in. Hidden: it exists so that a
 * recording can be turned into a script and compared.
 */
#include "model/record_text.h"
#include "output/common.h"
#include "output/formats.h"

static int on_record(struct sink *sink, const struct record *record, const struct change *change,
		     struct error *err)
{
	struct output *output = (struct output *)sink;
	struct buf *out = &output->file.pending;

	record_text_format(record, output->run->start_ns, out);
	if (out->n == 0 || out->p[out->n - 1] != '\n')
		buf_add_char(out, '\n');
	return output_flush_some(output, err);
}

static int on_close(struct sink *sink, const struct table *table, const struct run *run,
		    struct error *err)
{
	return output_commit((struct output *)sink, err);
}

static const struct sink_ops records_ops = {
	.name = "records",
	.open = output_open,
	.record = on_record,
	.close = on_close,
	.free = output_free,
};

static struct sink *records_create(const struct output_options *options)
{
	return output_new(sizeof(struct output), &records_ops, options);
}

const struct output_format output_records = {
	.name = "records",
	.summary = NULL, /* not listed in help */
	.create = records_create,
};
