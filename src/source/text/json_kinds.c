/*
 * The table of JSON kinds and keys. Key decision: one table serves pscope's own lines and all
 * three proctrace generations; they differ in what is present, not in what it means.
 */
#include "source/text/json_kinds.h"

#include <string.h>

#define AT(member)  offsetof(struct json_entry, member)
#define REC(member) offsetof(struct json_entry, record.member)

#define FIELD(key, type, offset)                                                                   \
	{                                                                                          \
		key, type, offset, -1, false                                                       \
	}
#define REQUIRED(key, type, offset)                                                                \
	{                                                                                          \
		key, type, offset, -1, true                                                        \
	}
#define USAGE(key, offset, usage_field)                                                            \
	{                                                                                          \
		key, JSON_U64, offset, usage_field, false                                          \
	}

#define COMMON   REQUIRED("timestamp", JSON_TIME, REC(time_ns)), FIELD("seq", JSON_U64, AT(seq))
#define ABOUT    COMMON, REQUIRED("pid", JSON_WHO, 0)
#define PPID     FIELD("ppid", JSON_PID, REC(standing.ppid))
#define PGID     FIELD("pgid", JSON_PGID, REC(standing.pgid))
#define UID      FIELD("uid", JSON_UID, REC(standing.uid.real))
#define TID      FIELD("tid", JSON_PID, REC(tid))
#define INFERRED FIELD("inferred", JSON_FLAG, REC(inferred))
/* Text, and the twin that holds its bytes when they were not UTF-8. */
#define TEXT(key, member) FIELD(key "_b64", JSON_BYTES, member), FIELD(key, JSON_TEXT, member)
#define ARGV(member)      FIELD("cmdline_b64", JSON_BYTES, member), FIELD("cmdline", JSON_ARGV, member)

static const struct json_field seen_fields[] = {
	ABOUT,
	PGID,
	FIELD("ppid", JSON_PARENT, REC(seen.parent)),
	FIELD("sid", JSON_PID, REC(standing.sid)),
	FIELD("start", JSON_START, 0),
	UID,
	TEXT("comm", REC(seen.comm)),
	TEXT("filename", REC(seen.filename)),
	ARGV(REC(seen.argv)),
};

static const struct json_field fork_fields[] = {
	COMMON,
	REQUIRED("child_pid", JSON_CHILD, 0),
	FIELD("parent_pid", JSON_PARENT, REC(fork.parent)),
	FIELD("parent_pgid", JSON_PGID, REC(standing.pgid)),
	FIELD("parent_tid", JSON_PID, REC(fork.forker_tid)),
	FIELD("forker_pid", JSON_PID, REC(fork.forker_pid)),
	FIELD("forker_pid", JSON_PROCESS, REC(fork.forker)),
	UID,
	INFERRED,
};

static const struct json_field clone_fields[] = {
	ABOUT,
	TID,
	FIELD("parent_tid", JSON_PID, REC(new_id)),
};

static const struct json_field thread_fields[] = {ABOUT, TID};

static const struct json_field exec_fields[] = {
	ABOUT,
	PPID,
	PGID,
	UID,
	FIELD("gid", JSON_UID, REC(standing.gid.real)),
	TEXT("filename", REC(exec.filename)),
	TEXT("cwd", REC(exec.cwd)),
	FIELD("cgroup_id", JSON_U64, REC(exec.cgroup_id)),
	FIELD("args_truncated", JSON_FLAG, REC(exec.args_truncated)),
	FIELD("cwd_truncated", JSON_FLAG, REC(exec.cwd_truncated)),
	FIELD("args_bytes", JSON_U64, REC(exec.args_bytes)),
	ARGV(REC(exec.argv)),
	TEXT("comm", REC(exec.comm)),
	INFERRED,
};

static const struct json_field exec_args_fields[] = {ABOUT,
						     FIELD("args", JSON_ARGV, REC(exec.argv))};

static const struct json_field exec_filename_fields[] = {ABOUT,
							 TEXT("filename", REC(exec.filename))};

static const struct json_field exec_full_fields[] = {
	ABOUT,
	PPID,
	PGID,
	TEXT("filename", REC(exec.filename)),
	FIELD("args", JSON_ARGV, REC(exec.argv)),
};

static const struct json_field bad_exec_fields[] = {
	ABOUT,
	TEXT("filename", REC(bad_exec.filename)),
	FIELD("errno", JSON_I32, REC(bad_exec.error)),
};

static const struct json_field exit_fields[] = {
	ABOUT,
	PPID,
	PGID,
	FIELD("exit_code", JSON_CODE, AT(exit_code)),
	FIELD("signal", JSON_SIGNAL_NAME, AT(exit_signal)),
	FIELD("core_dumped", JSON_FLAG, AT(core_dumped)),
	USAGE("cpu_user_ns", AT(settled.usage), USAGE_CPU_USER_NS),
	USAGE("cpu_sys_ns", AT(settled.usage), USAGE_CPU_SYS_NS),
	USAGE("rss_peak_bytes", AT(settled.usage), USAGE_RSS_PEAK_BYTES),
	USAGE("read_bytes", AT(settled.usage), USAGE_READ_BYTES),
	USAGE("write_bytes", AT(settled.usage), USAGE_WRITE_BYTES),
	USAGE("read_chars", AT(settled.usage), USAGE_READ_CHARS),
	USAGE("write_chars", AT(settled.usage), USAGE_WRITE_CHARS),
	USAGE("minor_faults", AT(settled.usage), USAGE_MINOR_FAULTS),
	USAGE("major_faults", AT(settled.usage), USAGE_MAJOR_FAULTS),
	USAGE("voluntary_switches", AT(settled.usage), USAGE_VOLUNTARY_SWITCHES),
	USAGE("involuntary_switches", AT(settled.usage), USAGE_INVOLUNTARY_SWITCHES),
	USAGE("threads", AT(settled.usage), USAGE_THREADS),
	USAGE("cpu_wait_ns", AT(settled.usage), USAGE_CPU_WAIT_NS),
	FIELD("exact", JSON_FLAG, AT(settled.exact)),
	FIELD("rss_peak_bound", JSON_FLAG, AT(peak_bound)),
	INFERRED,
};

static const struct json_field comm_fields[] = {
	ABOUT, TID, TEXT("old", REC(comm.old)), TEXT("comm", REC(comm.comm)), INFERRED,
};

static const struct json_field ids_fields[] = {
	ABOUT,
	FIELD("real", JSON_UID, REC(ids.real)),
	FIELD("effective", JSON_UID, REC(ids.effective)),
	FIELD("saved", JSON_UID, REC(ids.saved)),
	FIELD("old_effective", JSON_UID, AT(old_effective)),
	INFERRED,
};

/* Without its pgid, which is the one that setsid made: the table knows that. */
static const struct json_field sid_fields[] = {
	ABOUT,
	PPID,
	INFERRED,
	FIELD("sid", JSON_NEW_ID, REC(new_id)),
};

static const struct json_field pgid_fields[] = {
	ABOUT,
	PPID,
	INFERRED,
	FIELD("pgid", JSON_NEW_ID, REC(new_id)),
};

static const struct json_field ptrace_fields[] = {ABOUT,
						  FIELD("tracer_pid", JSON_PID, REC(new_id))};

static const struct json_field core_fields[] = {
	ABOUT,
	FIELD("signal", JSON_SIGNAL_NAME, REC(core_signal)),
};

static const struct json_field signal_fields[] = {
	ABOUT,
	FIELD("signal", JSON_SIGNAL_NAME, REC(signal.signal)),
	FIELD("code", JSON_I32, REC(signal.code)),
	FIELD("sender_pid", JSON_PID, REC(signal.sender_pid)),
	FIELD("sender_uid", JSON_UID, REC(signal.sender_uid)),
	FIELD("fatal", JSON_FLAG, REC(signal.fatal)),
	TEXT("sender_comm", REC(signal.sender_comm)),
};

static const struct json_field oom_fields[] = {
	ABOUT,
	USAGE("rss_bytes", REC(usage), USAGE_RSS_BYTES),
};

/* The sum of user and system time comes back as user time; only the sum is ever shown. */
static const struct json_field sample_fields[] = {
	ABOUT,
	USAGE("cpu_ns", REC(usage), USAGE_CPU_USER_NS),
	USAGE("rss_bytes", REC(usage), USAGE_RSS_BYTES),
	USAGE("read_bytes", REC(usage), USAGE_READ_BYTES),
	USAGE("write_bytes", REC(usage), USAGE_WRITE_BYTES),
};

static const struct json_field gap_fields[] = {
	COMMON,
	TEXT("reason", REC(gap.reason)),
	FIELD("lost", JSON_U64, REC(gap.lost)),
	FIELD("from", JSON_TIME, REC(gap.from_ns)),
	FIELD("to", JSON_TIME, REC(gap.to_ns)),
};

static const struct json_field mark_fields[] = {COMMON, TEXT("text", REC(mark))};

#define KIND(name, kind, part, fields)                                                             \
	{                                                                                          \
		name, kind, part, fields, sizeof fields / sizeof *fields                           \
	}

/* The frequent ones first. */
static const struct json_kind kinds[] = {
	KIND("Exit", RECORD_EXIT, INPUT_WHOLE, exit_fields),
	KIND("Exec", RECORD_EXEC, INPUT_EXEC, exec_fields),
	KIND("ExecArgs", RECORD_EXEC, INPUT_EXEC_ARGS, exec_args_fields),
	KIND("Fork", RECORD_FORK, INPUT_WHOLE, fork_fields),
	KIND("Sample", RECORD_SAMPLE, INPUT_WHOLE, sample_fields),
	KIND("ExecFull", RECORD_EXEC, INPUT_WHOLE, exec_full_fields),
	KIND("ExecFilename", RECORD_EXEC, INPUT_EXEC_FILENAME, exec_filename_fields),
	KIND("BadExec", RECORD_BAD_EXEC, INPUT_BAD_EXEC, bad_exec_fields),
	KIND("SetSID", RECORD_SID, INPUT_WHOLE, sid_fields),
	KIND("SetPGID", RECORD_PGID, INPUT_WHOLE, pgid_fields),
	KIND("Seen", RECORD_SEEN, INPUT_WHOLE, seen_fields),
	KIND("Comm", RECORD_COMM, INPUT_WHOLE, comm_fields),
	KIND("Uid", RECORD_UID, INPUT_WHOLE, ids_fields),
	KIND("Gid", RECORD_GID, INPUT_WHOLE, ids_fields),
	KIND("Signal", RECORD_SIGNAL, INPUT_WHOLE, signal_fields),
	KIND("Core", RECORD_CORE, INPUT_WHOLE, core_fields),
	KIND("Oom", RECORD_OOM, INPUT_WHOLE, oom_fields),
	KIND("Clone", RECORD_CLONE, INPUT_WHOLE, clone_fields),
	KIND("ThreadExit", RECORD_THREAD_EXIT, INPUT_WHOLE, thread_fields),
	KIND("Ptrace", RECORD_PTRACE, INPUT_WHOLE, ptrace_fields),
	KIND("Gap", RECORD_GAP, INPUT_WHOLE, gap_fields),
	KIND("Mark", RECORD_MARK, INPUT_WHOLE, mark_fields),
};

const struct json_kind *json_kind_named(const char *name)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}
