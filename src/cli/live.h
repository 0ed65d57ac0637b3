/*
 * What the commands that watch have in common: whom it is about, the event source, who runs already,
 * the sampler, the pipeline between, the command that it may start, signals, and when it is over.
 * A command adds its sinks and runs it.
 */
#ifndef CLI_LIVE_H
#define CLI_LIVE_H

#include "cli/command.h"
#include "cli/target_options.h"
#include "flow/pipeline.h"
#include "source/pick.h"

/* A member of the options struct of each such command. */
struct live_options {
	struct target_options target;
	const char *source, *as;
	int64_t duration_ns; /* 0: until it is over or Ctrl-C */
	uint64_t ring_bytes;
	bool threads, failed_execs, no_wait, fail_on_loss;
};

/* Rows for the option tables; -D, -q and the like are each command's own. */
/* clang-format off */
#define LIVE_ROWS(type, member)                                                                    \
	{0, "source", "SOURCE", OPTION_TEXT, offsetof(type, member.source),                        \
	 "auto (default), bpf, ptrace, netlink or poll; 'pscope doctor' says which work here"},    \
	{0, "threads", NULL, OPTION_FLAG, offsetof(type, member.threads), "threads too"},          \
	{0, "failed-execs", NULL, OPTION_FLAG, offsetof(type, member.failed_execs),                \
	 "execs that failed too; costs the whole machine about 10 ns a system call"},              \
	{0, "as", "USER", OPTION_TEXT, offsetof(type, member.as),                                  \
	 "run the command as root, as user (who called sudo; the default under sudo), or as "      \
	 "somebody by name"},                                                                      \
	{0, "fail-on-loss", NULL, OPTION_FLAG, offsetof(type, member.fail_on_loss),                \
	 "exit with 4 when records were lost"},                                                    \
	{0, "ring-size", "SIZE", OPTION_SIZE, offsetof(type, member.ring_bytes),                   \
	 "bytes between kernel and pscope for bpf, 64K to 1G (default: 32M)"}
/* clang-format on */

/* What the command decides for one run. */
struct live_plan {
	const char *command; /* its name, for sentences */
	char **argv;         /* the command to start; NULL: none */
	int command_stdout;  /* what becomes its stdout; -1: pscope's own */
	bool command_silent; /* the terminal is ours: it reads and writes nothing */
	bool all_by_default; /* without a target or a command: everything. Else that is an error */
	bool quiet;          /* no notes */
	bool polls;          /* may go without events, a command too */
	bool outlives_outputs;  /* it goes on without an output that fails */
	int64_t sampling_ns;    /* 0: no samples */
	uint32_t sampled_parts; /* of the sampler's options, as those below */
	bool rounds;            /* and what the target's cgroups have used in all */
	size_t tombstones;      /* the dead that are kept */
};

/* One run; lives in the command's frame. Zeroed but for env and options before live_prepare, which
 * takes it wherever it ends. */
struct live {
	struct env *env;
	const struct live_options *options;
	struct live_plan plan;
	struct target_choice choice;
	struct run run;
	struct launch launch;
	struct source_options source_options;
	const struct source_kind *kind;
	struct cgroup_watch *watch; /* of the choice's cgroups; NULL: there are none */
	struct cgroup_usage *usage; /* of the same; NULL: there are none, or it is not asked */
	int64_t watched_ns;
	unsigned cgroups_made; /* since the run began: units that were started, or started again */
	bool cgroups_gone_said;
	struct table table;
	struct pipeline pipeline; /* sources[0] is the event source */
	struct source *sampler;   /* the pipeline's; NULL: there is none */
	struct source *seen;      /* who runs already; NULL: not wanted, or the pipeline's by now */
	struct buf command_path;  /* where PATH has it; empty: not looked up */
	struct buf words;         /* run.command */
	struct buf user_change, boot_id, host, kernel;

	bool started, launch_failed; /* the command's exec was tried; it failed */
	struct launch_failure failure;
	struct ident root; /* tgid 0: its fork has not come yet, or there is no command */
	int32_t root_status;
	bool root_ended, root_reaped;
	int64_t opened_ns; /* before the event source was opened, when it attaches; else 0 */
	int64_t started_ns, root_ended_ns, reconciled_ns;
	uint64_t reconciled_lost;
	bool leftovers_said, asked_to_end;
	bool sink_failed, reader_gone;
	const struct sink *failed_sink; /* to be said to the others */
};

/*
 * Checks the options, resolves the target, opens the sources. Returns 0; else an exit status, and
 * the sentence has been said. live_deinit is due either way.
 */
int live_prepare(struct live *live, const struct live_plan *plan);
/* With the sinks in live->pipeline: runs to the end. Returns the exit status: the command's own
 * failure, else ours, else loss. */
int live_run(struct live *live);
/* Frees the sinks too. */
void live_deinit(struct live *live);

#endif
