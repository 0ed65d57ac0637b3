/* Samples of living processes at an interval. The single look back: it reads whom from the table. */
#ifndef SOURCE_SAMPLER_H
#define SOURCE_SAMPLER_H

#include "base/root.h"
#include "flow/source.h"
#include "model/table.h"

struct sampler_options {
	const struct table *table; /* must outlive the source */
	const struct root *root;
	int64_t interval_ns;
};

struct source *sampler_new(const struct sampler_options *options);

#endif
