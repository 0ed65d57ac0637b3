/*
 * The process table: the only mutable state. table_apply() is its only writer. It is total (an
 * unknown exit, a reused pid, a duplicate fork have defined results) and idempotent (a scan and
 * live events may overlap). The dead stay as tombstones until a bound reaps them.
 */
#ifndef MODEL_TABLE_H
#define MODEL_TABLE_H

#include "base/buf.h"
#include "model/number_index.h"
#include "model/record.h"

struct target;

enum proc_state {
	PROC_LIVING,
	PROC_ENDED,    /* EXIT seen, cost not settled */
	PROC_FINISHED, /* ended and settled (or given up on) */
};

/* One image that a process ran. */
struct proc_exec {
	struct proc_exec *next; /* later */
	int64_t time_ns;
	struct str filename, argv, cwd, comm;
	uint64_t args_bytes, cgroup_id;
	bool args_truncated, cwd_truncated, seen; /* seen: it ran before the recording */
	struct ids uid, gid;
};

/* One life of one process. Owned by the table; others keep its id or its ident. */
struct proc {
	uint64_t id; /* 1, 2, ... in the order in which they became members; 0: it is none */
	struct ident ident;
	int32_t pid;

	/* Links. The birth parent stays when the parent dies; NULL: unknown or reaped. */
	struct proc *parent, *birth_parent; /* parent: NULL once it ended */
	uint64_t birth_parent_id; /* stays valid when the tombstone is reaped; 0 unknown */
	struct proc *first_child, *last_child; /* by birth parent, in order */
	struct proc *prev_sibling, *next_sibling;
	int32_t ppid, birth_ppid;

	int32_t pgid, sid;
	struct ids uid, gid;
	struct str comm;
	struct proc_exec *first_exec, *last_exec;
	unsigned exec_count; /* may exceed the list: exec_limit of the table */

	int64_t start_ns; /* CLOCK_BOOTTIME; of the fork, or as the kernel says for the seen */
	int64_t end_ns;
	enum proc_state state;
	bool start_known; /* a FORK or the kernel told start_ns; else it is the first record's time */
	bool forked;      /* its FORK came */
	bool ran_before; /* told by a SEEN that nobody deduced: not all that it used is of this run */
	bool seen;       /* a SEEN came: it ran before anybody looked, or its FORK was lost */
	bool inferred_end;
	bool exact;
	bool member;   /* belongs to the target; inherited at fork */
	bool doubtful; /* is one as soon as a record shows that it had not ended before the run */
	bool settled;  /* its cost came, perhaps before its end */
	bool core_dumped;
	int32_t status;                    /* raw wait status or STATUS_UNKNOWN */
	int32_t killer_pid, killer_signal; /* of the fatal signal that came last; 0 */
	char killer_comm[16];              /* who sent it; empty: not known */
	unsigned forks;                    /* children it had, as far as they are members */
	unsigned threads_alive;
	/* What it had used when the run began: its first SAMPLE, if it ran before. See proc_used. */
	struct usage before;
	struct usage usage; /* last sample while it lives, final when it is finished */

	/* the table's own */
	struct proc *older_life;  /* an earlier holder of the same number */
	struct proc *prev, *next; /* the members, by id */
	struct proc *dead_next;   /* tombstones, oldest first */
};

struct table_limits {
	size_t tombstones; /* the dead that are kept; SIZE_MAX: all */
	unsigned execs;    /* images kept per process: the first and the last ones; 0: 1024 */
};

struct table_counts {
	uint64_t lives, living, ended, finished; /* ended: ended but not finished */
	uint64_t execs, failures;
};

/*
 * Members and others. Of who is no member only the living are kept, and of their images the last:
 * that is what it takes to know whose child a member is, and whom to tell of when one joins.
 */
struct table {
	struct number_index by_tgid; /* the latest life of each */
	struct number_index by_pid;  /* the same for visible numbers that are not the tgid */
	struct proc *first, *last;   /* members */
	struct proc *dead_first, *dead_last;
	uint64_t next_id;
	size_t dead_count;
	struct table_limits limits;
	struct table_counts counts;  /* of members */
	size_t others, doubtful;     /* the living that are no members; who of them is doubtful */
	const struct target *target; /* who is a member; NULL: everybody */
	uint64_t numbers_taken;      /* TARGET_TREE: the pids that a member had already */
	struct buf old;              /* what change.old_comm points to */
};

enum change_flag {
	CHANGE_NEW = 1 << 0,       /* proc came to be with this record */
	CHANGE_ENDED = 1 << 1,     /* it ended with this record */
	CHANGE_FINISHED = 1 << 2,  /* its cost is known now, or never will be */
	CHANGE_DUPLICATE = 1 << 3, /* the table knew all of this: no sink need say it again */
	CHANGE_REUSED = 1 << 4,    /* its number belonged to a life whose end nobody saw */
	CHANGE_LINKED = 1 << 5,    /* the FORK of a life that was known already */
	CHANGE_CORRECTED = 1 << 6, /* the exact cost came after it had been given up on */
	CHANGE_JOINED = 1 << 7, /* it was there already and is a member from now on; so NEW too */
};

/* What a record did to the table. Pointers are valid until the next table_apply. */
struct change {
	unsigned flags;
	struct proc *proc;         /* whom the record is about; NULL for GAP, MARK without ident */
	const struct proc *parent; /* its birth parent, if known */
	struct str old_comm;       /* COMM: what it was called */
	struct ids old_ids;        /* UID, GID: before */
	const struct proc *tracer; /* PTRACE: who attached, if known */
	bool new_standing;         /* the record's standing told something new */
	bool outside; /* about somebody who is no member and is not kept: proc is NULL */
};

/* `target` (NULL: everything is a member) must outlive the table. */
void table_init(struct table *table, struct table_limits limits, const struct target *target);
void table_deinit(struct table *table);
/* Applies one record; never fails. */
void table_apply(struct table *table, const struct record *record, struct change *ret_change);
/* The life that `ident` means: an exact match, else for a provisional one the latest; or NULL. */
struct proc *table_find(const struct table *table, struct ident ident);
/* The latest life whose visible number is `pid`, the living before the dead. */
struct proc *table_find_pid(const struct table *table, int32_t pid);
/* The life that `ident` meant at that moment: of a provisional one, who held the number then. */
struct proc *table_find_at(const struct table *table, struct ident ident, int64_t time_ns);
/* Does that start fit the life? As BPF, proc or a fork tell it; the numbers are not compared. */
bool table_fits(const struct proc *proc, struct ident start);
/* Drops those who are no members and, by `lives`, are not there any more. */
void table_sweep(struct table *table, bool (*lives)(void *context, const struct proc *proc),
		 void *context);
/*
 * Whom the record is about, or NULL: somebody new. *ret_ousted: who still lives by the table but has
 * lost the number to that one, so has ended; or NULL.
 */
struct proc *table_subject(const struct table *table, const struct record *record,
			   struct proc **ret_ousted);
/*
 * Who is there already and joins the target by that record, which is about to be applied: tell of
 * him (table_tell) and of his descendants first. NULL: nobody.
 */
struct proc *table_joiner(const struct table *table, const struct record *record);
/* Who joins with him, after `proc`: parents come before their children. NULL: that was all. */
struct proc *table_next_joiner(const struct table *table, const struct proc *joiner,
			       const struct proc *proc);
/* What is known of a life, as the SEEN record that makes it a member. Valid until it changes. */
struct record table_tell(const struct proc *proc, int64_t time_ns);
/* Reaps tombstones above the bound. Called between records, never inside table_apply. */
void table_reap(struct table *table);

/* The members: for (struct proc *p = table->first; p; p = p->next) in the order of ids. */
#define table_each(table, p) for (struct proc *p = (table)->first; p; p = p->next)

/* The command's name for people: basename of the last image's argv[0] or filename, else comm. */
struct str proc_name(const struct proc *proc);
/* The last image, or NULL. A fork without exec inherits none here: see proc_image. */
static inline const struct proc_exec *proc_last_exec(const struct proc *proc)
{
	return proc->last_exec;
}
/*
 * What it used in the run, of what is known: of who ran before, what the counters have grown by, and
 * nothing of them when it is not known where they stood. Peaks are those of its life.
 */
struct usage proc_used(const struct proc *proc);
/* The image that it runs: its own last exec, else the one its forker ran at the fork, or NULL. */
const struct proc_exec *proc_image(const struct proc *proc);

#endif
