/* What the ptrace helper remembers of the processes and threads it traces, and their records. */
#ifndef SOURCE_PTRACE_TRACER_LIFE_H
#define SOURCE_PTRACE_TRACER_LIFE_H

#include "source/ptrace/tracer_proc.h"
#include "source/ptrace/tracer_wire.h"

#include "base/hash.h"
#include <sys/resource.h>

/* What rusage counts. */
struct tracer_cost {
	uint64_t utime_ns, stime_ns, minor_faults, major_faults, voluntary, involuntary;
};

/* One process. Lives until its leader is reaped. */
struct life {
	pid_t tgid;
	UT_hash_handle hh;
	struct tracer_ident ident, parent;
	int64_t born_ns;
	int32_t ppid;
	char comm[16];
	uint32_t uid[3], gid[3];
	uint32_t owner_uid, owner_gid; /* of its proc directory, when the ids were read */
	unsigned tasks;                /* in the table */
	unsigned alive;                /* of those, the ones not yet in their exit stop */
	unsigned threads;              /* ever */
	unsigned children_reaped;
	struct tracer_cost children;              /* what reaped children brought */
	uint64_t wait_ns, voluntary, involuntary; /* of dead threads */
	uint64_t peak_bytes;
	bool vforked;
	int io_fd, syscall_fd; /* files of its last moments, opened before; or -1 */
	uint64_t cgroup_id;
	int64_t cgroup_ns; /* when that was read; 0: never */
	/* What is not known of one that ran before it was traced (tracer_attach.h): */
	bool attached;
	bool unsure;           /* it may have threads or children that are not traced */
	bool measured;         /* the two below have been found out */
	bool threads_unknown;  /* some of its threads had ended before */
	bool children_unknown; /* it reaps some, or did before, whose cost nobody knows */
};

/* One thread. */
struct task {
	pid_t tid;
	UT_hash_handle hh;
	struct life *life; /* NULL: stopped before anybody said who it is */
	int held_code;     /* its stop, when life is NULL */
	unsigned held_ticks;
	bool exiting;
	uint64_t wait_ns;   /* read in the exit stop */
	int64_t stopped_ns; /* when its last stop was seen */
	char *exec_name;    /* in a system call that may become a failed exec */
	bool suspect;       /* it may be in a fork that began before it was traced */
	bool unwanted;      /* traced by mistake: to be left at its next stop */
	uint64_t utime_ns;  /* when it was first suspected, + 1; 0: not read */
};

/* Somebody of the tree who is not traced: a zombie, another user's, ... */
struct passed {
	pid_t pid;
	UT_hash_handle hh;
	struct tracer_ident ident;
};

struct lives {
	struct life *by_tgid;
	struct task *by_tid;
	struct passed *passed;
	unsigned held;
	struct tracer_proc proc;
	struct tracer_wire wire;
};

struct life *life_find(struct lives *lives, pid_t tgid);
struct task *task_find(struct lives *lives, pid_t tid);
struct passed *passed_find(struct lives *lives, pid_t pid);
/* Adds a thread, or gives a held one its process. */
struct task *task_add(struct lives *lives, pid_t tid, struct life *life);
void task_remove(struct lives *lives, struct task *task);

/*
 * A new process, stopped or dead, and its FORK record. `forker` may be NULL (not one of ours).
 * NULL when it cannot be read any more.
 */
struct life *life_born(struct lives *lives, pid_t pid, struct life *forker, pid_t forker_tid);
/*
 * The same for a child by vfork, whose parent is its forker, between two moments. Nothing need be
 * read when they agree on when it started, as coarsely as proc would say it.
 */
struct life *life_vforked(struct lives *lives, pid_t pid, struct life *forker, pid_t forker_tid,
			  int64_t after_ns, int64_t before_ns);
/* A life that is in no table yet. `forker` may be NULL: what a child has from it is then read. */
struct life *life_new(struct lives *lives, pid_t pid, const struct tracer_stat *stat,
		      const struct life *forker);
void life_standing(const struct life *life, struct wire_standing *out);
/* tracer_seen.c. One that ran before it was traced; writes its SEEN record. Never NULL. */
struct life *life_attached(struct lives *lives, pid_t pid, const struct tracer_stat *stat);
/* One that is not traced: remembers it and, unless it is a zombie, writes its SEEN record. */
void life_passed(struct lives *lives, pid_t pid, const struct tracer_stat *stat);
/* All threads of an attached one are traced: finds out what is known of those before them. */
void life_measure(struct lives *lives, struct life *life);
/* The process replaced its image; `tid` called exec. Writes EXEC. */
void life_exec(struct lives *lives, struct life *life, pid_t tid);
/* A thread whose files will be the process's at its end stands in its exit stop: opens them. */
void life_hold_files(struct lives *lives, struct life *life, pid_t tid);
/* The last thread stands in its exit stop: reads what memory knows. */
void life_ending(struct lives *lives, struct life *life, pid_t tid);
/*
 * The whole process is a zombie: reaps it, writes EXIT and SETTLED, forgets it. `tid`: its last
 * thread that is traced, the leader where that is.
 */
void life_ended(struct lives *lives, struct life *life, pid_t tid);
/* It vanished without a word (an exec of a thread that was not traced): writes EXIT, forgets it. */
void life_lost(struct lives *lives, struct life *life);
/* Reads the ids again when the real uid is not the one known. */
void life_check_ids(struct lives *lives, struct life *life, uint32_t real_uid);

#endif
