/* `pscope record`: one recording while it is made. */
#ifndef CLI_RECORD_H
#define CLI_RECORD_H

#include "cli/command.h"
#include "flow/pipeline.h"
#include "source/pick.h"

#define RECORD_INTERVAL_DEFAULT INT64_C(-1)

struct record_options {
	const char *output, *source, *as;
	int64_t interval_ns; /* RECORD_INTERVAL_DEFAULT: as the output wants it */
	uint64_t ring_bytes;
	bool quiet, threads, failed_execs, no_wait, share_stdout, fail_on_loss, bpftrace_path;
};

/* Everything that one recording is made of; lives in run_record's frame. */
struct recording {
	struct env *env;
	const struct record_options *options;
	struct run run;
	struct launch launch;
	struct source_options source_options;
	const struct source_kind *kind;
	struct table table;
	struct pipeline pipeline;
	struct buf command_path; /* where PATH has it; empty: not looked up */
	struct buf words;        /* run.command */
	struct buf user_change;
	struct buf boot_id, host, kernel;

	bool started, launch_failed; /* the command's exec was tried; it failed */
	struct launch_failure failure;
	struct ident root; /* tgid 0: its fork has not come yet */
	int32_t root_status;
	bool root_ended, root_reaped;
	int64_t root_ended_ns, reconciled_ns;
	bool leftovers_said, asked_to_end;
	bool sink_failed;
	const struct sink *failed_sink; /* to be said to the others */
};

/* record_control.c: what is decided while it runs. */
void record_control_init(struct recording *recording);
/* Blocks the signals that the loop shall see; before, launch_save_signals. */
int record_watch_signals(struct recording *recording, struct error *err);

/* record_describe.c: fills recording->run with what is known at the start. */
void record_describe(struct recording *recording, char *const *argv);

#endif
