/* Playing an input. Key decision: a replay is a pipeline like any other, with one source and sink. */
#include "cli/replay.h"

#include "flow/pipeline.h"
#include "model/target.h"

int cli_replay(struct source *source, struct sink *sink, int32_t root_pid, size_t tombstones,
	       struct error *err)
{
	const struct target target = {.kind = TARGET_TREE, .pids = &root_pid, .pid_count = 1};
	struct run run = {.status = STATUS_UNKNOWN};
	struct table table;
	struct pipeline pipeline = {
		.sources = {source},
		.source_count = 1,
		.sinks = {sink},
		.sink_count = 1,
		.table = &table,
		.run = &run,
	};
	int r;

	table_init(&table, (struct table_limits){.tombstones = tombstones},
		   root_pid ? &target : NULL);
	r = pipeline_init(&pipeline, err);
	r = r < 0 ? r : pipeline_run(&pipeline, err);
	pipeline_deinit(&pipeline);
	table_deinit(&table);
	return r;
}
