/*
 * Records as data. Key decision: what a kind consists of is a const table, so the text form, the
 * recording and its replay are loops and cannot forget a member.
 */
#include "model/record.h"

#include "base/mem.h"

#include <stdlib.h>

#define MEMBER(name, type, field)                                                                  \
	{                                                                                          \
		name, type, offsetof(struct record, field)                                         \
	}

const struct member record_common_members[] = {
	MEMBER("tid", MEMBER_PID, tid),
	MEMBER("inferred", MEMBER_BOOL, inferred),
	MEMBER("ppid", MEMBER_PID, standing.ppid),
	MEMBER("pgid", MEMBER_PID, standing.pgid),
	MEMBER("sid", MEMBER_PID, standing.sid),
	MEMBER("uid", MEMBER_UID, standing.uid.real),
	MEMBER("euid", MEMBER_UID, standing.uid.effective),
	MEMBER("suid", MEMBER_UID, standing.uid.saved),
	MEMBER("gid", MEMBER_UID, standing.gid.real),
	MEMBER("egid", MEMBER_UID, standing.gid.effective),
	MEMBER("sgid", MEMBER_UID, standing.gid.saved),
};
const size_t record_common_member_count =
	sizeof record_common_members / sizeof *record_common_members;

static const struct member seen_members[] = {
	MEMBER("parent", MEMBER_IDENT, seen.parent),   MEMBER("comm", MEMBER_STR, seen.comm),
	MEMBER("filename", MEMBER_STR, seen.filename), MEMBER("age_ns", MEMBER_U64, seen.age_ns),
	MEMBER("argv", MEMBER_WORDS, seen.argv),
};

static const struct member fork_members[] = {
	MEMBER("parent", MEMBER_IDENT, fork.parent),
	MEMBER("forker", MEMBER_IDENT, fork.forker),
	MEMBER("forker_pid", MEMBER_PID, fork.forker_pid),
	MEMBER("forker_tid", MEMBER_PID, fork.forker_tid),
	MEMBER("comm", MEMBER_STR, fork.comm),
};

static const struct member clone_members[] = {
	MEMBER("parent_tid", MEMBER_PID, new_id),
};

static const struct member exec_members[] = {
	MEMBER("filename", MEMBER_STR, exec.filename),
	MEMBER("cwd", MEMBER_STR, exec.cwd),
	MEMBER("comm", MEMBER_STR, exec.comm),
	MEMBER("args_bytes", MEMBER_U64, exec.args_bytes),
	MEMBER("args_truncated", MEMBER_BOOL, exec.args_truncated),
	MEMBER("cwd_truncated", MEMBER_BOOL, exec.cwd_truncated),
	MEMBER("cgroup_id", MEMBER_U64, exec.cgroup_id),
	MEMBER("argv", MEMBER_WORDS, exec.argv),
};

static const struct member bad_exec_members[] = {
	MEMBER("filename", MEMBER_STR, bad_exec.filename),
	MEMBER("error", MEMBER_I32, bad_exec.error),
};

static const struct member exit_members[] = {
	MEMBER("status", MEMBER_STATUS, exit.status),
};

static const struct member settled_members[] = {
	MEMBER("exact", MEMBER_BOOL, settled.exact),
	MEMBER("bound", MEMBER_MASK, settled.usage.bound),
	MEMBER("usage", MEMBER_USAGE, settled.usage),
};

static const struct member comm_members[] = {
	MEMBER("old", MEMBER_STR, comm.old),
	MEMBER("comm", MEMBER_STR, comm.comm),
};

static const struct member ids_members[] = {
	MEMBER("real_id", MEMBER_UID, ids.real),
	MEMBER("effective_id", MEMBER_UID, ids.effective),
	MEMBER("saved_id", MEMBER_UID, ids.saved),
};

static const struct member new_id_members[] = {
	MEMBER("new_id", MEMBER_PID, new_id),
};

static const struct member ptrace_members[] = {
	MEMBER("tracer", MEMBER_PID, new_id),
};

static const struct member core_members[] = {
	MEMBER("signal", MEMBER_I32, core_signal),
};

static const struct member signal_members[] = {
	MEMBER("signal", MEMBER_I32, signal.signal),
	MEMBER("code", MEMBER_I32, signal.code),
	MEMBER("sender_pid", MEMBER_PID, signal.sender_pid),
	MEMBER("sender_uid", MEMBER_UID, signal.sender_uid),
	MEMBER("sender_comm", MEMBER_STR, signal.sender_comm),
	MEMBER("fatal", MEMBER_BOOL, signal.fatal),
};

static const struct member usage_members[] = {
	MEMBER("bound", MEMBER_MASK, usage.bound),
	MEMBER("usage", MEMBER_USAGE, usage),
};

static const struct member gap_members[] = {
	MEMBER("reason", MEMBER_STR, gap.reason),
	MEMBER("lost", MEMBER_U64, gap.lost),
	MEMBER("from", MEMBER_TIME, gap.from_ns),
	MEMBER("to", MEMBER_TIME, gap.to_ns),
};

static const struct member mark_members[] = {
	MEMBER("text", MEMBER_STR, mark),
};

#define LAYOUT(name, members)                                                                      \
	{                                                                                          \
		name, members, sizeof members / sizeof *members                                    \
	}

const struct record_layout record_layouts[RECORD_KINDS] = {
	[RECORD_SEEN] = LAYOUT("seen", seen_members),
	[RECORD_FORK] = LAYOUT("fork", fork_members),
	[RECORD_CLONE] = LAYOUT("clone", clone_members),
	[RECORD_EXEC] = LAYOUT("exec", exec_members),
	[RECORD_BAD_EXEC] = LAYOUT("bad_exec", bad_exec_members),
	[RECORD_EXIT] = LAYOUT("exit", exit_members),
	[RECORD_THREAD_EXIT] = {"thread_exit", NULL, 0},
	[RECORD_SETTLED] = LAYOUT("settled", settled_members),
	[RECORD_COMM] = LAYOUT("comm", comm_members),
	[RECORD_UID] = LAYOUT("uid", ids_members),
	[RECORD_GID] = LAYOUT("gid", ids_members),
	[RECORD_SID] = LAYOUT("sid", new_id_members),
	[RECORD_PGID] = LAYOUT("pgid", new_id_members),
	[RECORD_PTRACE] = LAYOUT("ptrace", ptrace_members),
	[RECORD_CORE] = LAYOUT("core", core_members),
	[RECORD_SIGNAL] = LAYOUT("signal", signal_members),
	[RECORD_OOM] = LAYOUT("oom", usage_members),
	[RECORD_SAMPLE] = LAYOUT("sample", usage_members),
	[RECORD_GAP] = LAYOUT("gap", gap_members),
	[RECORD_MARK] = LAYOUT("mark", mark_members),
};

enum record_kind record_kind_named(struct str name)
{
	for (enum record_kind kind = RECORD_SEEN; kind < RECORD_KINDS; kind++)
		if (str_is(name, record_layouts[kind].name))
			return kind;
	return RECORD_NONE;
}

static const struct ids ids_unknown = {UID_UNKNOWN, UID_UNKNOWN, UID_UNKNOWN};

struct record record_make(enum record_kind kind, int64_t time_ns, struct ident ident, int32_t pid)
{
	struct record record = {
		.kind = kind,
		.time_ns = time_ns,
		.ident = ident,
		.pid = pid,
		.standing = {.uid = ids_unknown, .gid = ids_unknown},
	};

	if (kind == RECORD_EXIT)
		record.exit.status = STATUS_UNKNOWN;
	if (kind == RECORD_UID || kind == RECORD_GID)
		record.ids = ids_unknown;
	if (kind == RECORD_SIGNAL)
		record.signal.sender_uid = UID_UNKNOWN;
	return record;
}

static bool is_text(const struct member *member)
{
	return member->type == MEMBER_STR || member->type == MEMBER_WORDS;
}

size_t record_clone_size(const struct record *record)
{
	const struct record_layout *layout = &record_layouts[record->kind];
	size_t bytes = sizeof *record;

	for (size_t i = 0; i < layout->member_count; i++)
		if (is_text(&layout->members[i]))
			bytes += ((const struct str *)((const char *)record +
						       layout->members[i].offset))
					 ->n;
	return bytes;
}

struct record *record_clone_into(const struct record *record, void *memory)
{
	const struct record_layout *layout = &record_layouts[record->kind];
	struct record *copy = memory;
	char *at = (char *)(copy + 1);

	*copy = *record;
	for (size_t i = 0; i < layout->member_count; i++) {
		struct str *text = (struct str *)((char *)copy + layout->members[i].offset);

		if (!is_text(&layout->members[i]) || !text->p)
			continue;
		memcpy(at, text->p, text->n);
		text->p = at;
		at += text->n;
	}
	return copy;
}

struct record *record_clone(const struct record *record)
{
	return record_clone_into(record, mem_alloc(record_clone_size(record)));
}
