/*
 * The record: everything that happens is one. Sources make records, the table digests them, sinks
 * receive them. A record is immutable; its slices are valid only while it is being applied.
 */
#ifndef MODEL_RECORD_H
#define MODEL_RECORD_H

#include "base/str.h"
#include "model/ident.h"
#include "model/status.h"
#include "model/usage.h"

#include <stddef.h>

enum record_kind {
	RECORD_NONE,
	RECORD_SEEN,  /* was running when the recording began */
	RECORD_FORK,  /* a new process */
	RECORD_CLONE, /* a new thread (optional) */
	RECORD_EXEC,
	RECORD_BAD_EXEC,    /* an exec that failed (optional) */
	RECORD_EXIT,        /* the last thread ended */
	RECORD_THREAD_EXIT, /* one thread ended, not the process (optional) */
	RECORD_SETTLED,     /* the final cost, a moment after EXIT */
	RECORD_COMM,
	RECORD_UID,
	RECORD_GID,
	RECORD_SID,
	RECORD_PGID,
	RECORD_PTRACE,
	RECORD_CORE,
	RECORD_SIGNAL,
	RECORD_OOM,
	RECORD_SAMPLE, /* usage of a living process */
	RECORD_GAP,    /* records were lost */
	RECORD_MARK,   /* a note for people */
	RECORD_KINDS
};

#define UID_UNKNOWN UINT32_MAX

struct ids {
	uint32_t real, effective, saved; /* UID_UNKNOWN */
};

/*
 * How a process stands at the moment of a record, as far as the source saw it (0 and UID_UNKNOWN:
 * it did not). In FORK it is the child's, which at that moment is its forker's too. Changes of
 * these that had no record of their own are inferred from it: model/infer.h.
 */
struct standing {
	int32_t ppid, pgid, sid;
	struct ids uid, gid;
};

struct record_seen {
	struct ident parent;
	struct str comm, argv, filename; /* filename: what exe points to */
	uint64_t age_ns; /* how long it had run, where its ident does not say; 0: not known */
};

struct record_fork {
	struct ident parent; /* real_parent; pid in standing.ppid */
	struct ident
		forker; /* who called fork when that is not the parent (CLONE_PARENT); else 0 */
	int32_t forker_pid;
	int32_t forker_tid; /* the thread that called fork */
	struct str comm;
};

struct record_exec {
	struct str filename, argv, cwd, comm; /* argv: words that each end in NUL */
	uint64_t args_bytes;                  /* real length, also when argv was cut */
	uint64_t cgroup_id;                   /* 0: not known */
	bool args_truncated;
	bool cwd_truncated; /* deeper than the source follows: cwd is its last part */
};

struct record_bad_exec {
	struct str filename;
	int32_t error; /* errno, positive */
};

struct record_exit {
	int32_t status; /* raw wait status, or STATUS_UNKNOWN */
};

struct record_settled {
	struct usage usage;
	bool exact; /* final and complete; false: sampled, partial or given up on */
};

struct record_comm {
	struct str old, comm; /* old: STR_NONE when the source does not know it */
};

struct record_signal {
	int32_t signal, code; /* si_code */
	int32_t sender_pid;
	uint32_t sender_uid;
	struct str sender_comm;
	bool fatal; /* its disposition ends the process */
};

struct record_gap {
	struct str reason;
	uint64_t lost;
	int64_t from_ns, to_ns; /* boot time; when it happened, at most */
};

struct record {
	enum record_kind kind;
	bool inferred;      /* deduced: time_ns is then an upper bound */
	int64_t time_ns;    /* CLOCK_BOOTTIME */
	struct ident ident; /* whom it is about; FORK: the child; GAP and MARK: may be nobody */
	int32_t pid;        /* the number that people see: in pscope's own pid namespace */
	int32_t tid;        /* the thread, where one matters; 0 */
	bool covered; /* the source knows it to be in a cgroup of the target; live only, never stored */
	bool joins;    /* SEEN: makes it a member of the target; live only, never stored */
	bool doubtful; /* SEEN: may have ended before there were events; live only, never stored */
	struct standing standing;
	union {
		struct record_seen seen;
		struct record_fork fork;
		struct record_exec exec;
		struct record_bad_exec bad_exec;
		struct record_exit exit;
		struct record_settled settled;
		struct record_comm comm;
		struct ids ids; /* UID, GID */
		int32_t new_id; /* SID, PGID; PTRACE: the tracer, 0 for detach; CLONE: parent's tid */
		struct record_signal signal;
		struct usage usage;  /* SAMPLE; OOM: USAGE_RSS_BYTES */
		int32_t core_signal; /* CORE */
		struct record_gap gap;
		struct str mark;
	};
};

/* SEEN: when it had begun, if that is told. */
static inline bool record_seen_start(const struct record *record, int64_t *ret_ns)
{
	uint64_t age_ns = record->seen.age_ns;

	if (record->ident.grain_ns)
		*ret_ns = (int64_t)record->ident.start_ns;
	else if (age_ns && age_ns <= INT64_MAX && record->time_ns >= 0)
		*ret_ns = record->time_ns - (int64_t)age_ns;
	else
		return false;
	return true;
}

/* A record of that kind with everything else unknown (not the same as zeroed). */
struct record record_make(enum record_kind kind, int64_t time_ns, struct ident ident, int32_t pid);

/* A copy in one allocation, strings included; free() it. */
struct record *record_clone(const struct record *record);
/* The same in memory of the caller's: so many bytes, aligned as for malloc. */
size_t record_clone_size(const struct record *record);
struct record *record_clone_into(const struct record *record, void *memory);

/*
 * What the payload of each kind consists of. The text form, the SQLite recording and its replay
 * are loops over this table; a new member is one row here.
 */
enum member_type {
	MEMBER_PID,    /* int32_t, 0 unknown */
	MEMBER_UID,    /* uint32_t, UID_UNKNOWN */
	MEMBER_I32,    /* int32_t, always known */
	MEMBER_STATUS, /* int32_t, STATUS_UNKNOWN */
	MEMBER_U64,    /* uint64_t, 0 unknown */
	MEMBER_TIME,   /* int64_t boot ns; stored relative to the recording's start */
	MEMBER_BOOL,   /* false is not written */
	MEMBER_STR,    /* struct str of any bytes, STR_NONE unknown */
	MEMBER_WORDS,  /* struct str of NUL-ended words */
	MEMBER_IDENT,  /* struct ident, tgid 0 unknown */
	MEMBER_MASK,   /* uint32_t, 0 is not written */
	MEMBER_USAGE,  /* struct usage: one value per known field, named by usage_names */
};

struct member {
	const char *name;
	enum member_type type;
	size_t offset; /* in struct record */
};

struct record_layout {
	const char *name; /* "fork", as the text form and the recording write it */
	const struct member *members;
	size_t member_count;
};

extern const struct record_layout record_layouts[RECORD_KINDS];
/* Members that every kind has: tid, inferred, and the standing. */
extern const struct member record_common_members[];
extern const size_t record_common_member_count;

/* The kind of that name, or RECORD_NONE. */
enum record_kind record_kind_named(struct str name);

#endif
