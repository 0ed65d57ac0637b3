/*
 * How one process (or thread) stood at one moment, as the kernel's files showed it. Only the parts
 * that were asked for are there; which ones are, says a mask: unknown is never 0. Strings and the
 * larger parts live in the arena of the list that holds the snapshot.
 */
#ifndef MODEL_SNAPSHOT_H
#define MODEL_SNAPSHOT_H

#include "base/arena.h"
#include "base/error.h"
#include "model/ident.h"
#include "model/usage.h"

#include <stddef.h>
#include <stdint.h>

/*
 * What can be asked for: a group of facts that one kernel file gives. snapshot_parts[] names the
 * file. Where another source (the BPF iterator) knows all facts of a part, it gives that part.
 */
enum snapshot_part {
	PART_STAT,        /* the facts of stat that every source knows */
	PART_STAT_REST,   /* the rest of stat: addresses, waits, guest time, signals */
	PART_OWNER,       /* effective uid and gid: owner of the directory, or status */
	PART_RSS,         /* the resident set: statm, or status where that is read anyway */
	PART_LOCKED,      /* VmLck: status */
	PART_STATM,       /* statm: shared, text, data */
	PART_STATUS,      /* status, whole */
	PART_IO,          /* io; only for who may trace the process */
	PART_SCHEDSTAT,   /* schedstat: run and wait time in ns */
	PART_CPU_CLOCK,   /* the process CPU clock: CPU time in ns instead of ticks */
	PART_CMDLINE,     /* cmdline */
	PART_EXE,         /* exe, and whether the file is deleted */
	PART_CWD,         /* cwd */
	PART_ROOT,        /* root */
	PART_CGROUP,      /* cgroup */
	PART_FDS,         /* how many descriptors are open: fd */
	PART_SMAPS,       /* smaps_rollup: PSS, USS, swap; slow */
	PART_WCHAN,       /* wchan */
	PART_SYSCALL,     /* syscall */
	PART_OOM,         /* oom_score and oom_score_adj */
	PART_NAMESPACES,  /* the links in ns */
	PART_LOGINUID,    /* loginuid and sessionid */
	PART_STATUS_TEXT, /* status as it is */
	PART_FD_LINKS,    /* the open descriptors and what they point to: fd */
	PART_INTERVAL,    /* what changed since an earlier pass: snapshot_list_since */
	SNAPSHOT_PARTS
};

#define PART_BIT(part) (1u << (part))

/* File names for people, "stat", "statm", ...; index: enum snapshot_part. */
extern const char *const snapshot_part_names[SNAPSHOT_PARTS];

/* proc(5), stat; fs/proc/array.c, do_task_stat. Up to `policy`: PART_STAT; below: PART_STAT_REST. */
struct snapshot_stat {
	int32_t pid, ppid, pgid, sid;
	struct str comm;       /* any bytes but NUL, at most 15; kernel threads have longer names */
	char state;            /* R S D T t Z X I */
	int32_t tty;           /* device number; 0: none */
	int32_t tty_pgid;      /* foreground group of the terminal; -1 */
	uint32_t kernel_flags; /* PF_KTHREAD, ...: include/linux/sched.h */
	uint64_t minor_faults, major_faults, child_minor_faults, child_major_faults;
	uint64_t user_ns, sys_ns;             /* all threads; /proc: steps of 10 ms */
	uint64_t child_user_ns, child_sys_ns; /* of waited-for children */
	int32_t priority, nice; /* priority as the kernel shows it: 20 + nice, < 0 real-time */
	uint32_t threads;
	uint64_t start_ns;       /* CLOCK_BOOTTIME */
	uint32_t start_grain_ns; /* IDENT_GRAIN_TICKS from stat, 1 from BPF */
	uint64_t vsz_bytes;
	uint64_t rss_pages; /* as stat has it: approximate, see PART_RSS */
	int32_t last_cpu;
	uint32_t rt_priority, policy; /* SCHED_OTHER, ... */

	uint64_t rss_limit_bytes;                             /* UINT64_MAX: none */
	uint64_t start_code, end_code, start_stack, esp, eip; /* 0 when not permitted */
	uint64_t start_data, end_data, start_brk, arg_start, arg_end, env_start, env_end;
	uint64_t signals_pending, signals_blocked, signals_ignored,
		signals_caught; /* obsolete 32 bits */
	uint64_t waiting;       /* obsolete: 0 or 1; the name is in PART_WCHAN */
	uint64_t swapped_pages, child_swapped_pages; /* obsolete: always 0 */
	int64_t itrealvalue;                         /* obsolete: always 0 */
	int32_t exit_signal, exit_code; /* exit_code: raw wait status, 0 when not permitted */
	uint64_t block_delay_ns;        /* waiting for block I/O; 0 unless delay accounting is on */
	uint64_t guest_ns, child_guest_ns;
};

/* statm, in bytes. */
struct snapshot_statm {
	uint64_t size_bytes, rss_bytes, shared_bytes, text_bytes, library_bytes, data_bytes,
		dirty_bytes;
};

/* Lines of status that are sizes: "VmRSS: 12 kB". A bit of `sizes_known` says which were there. */
enum status_size {
	STATUS_VM_PEAK,
	STATUS_VM_SIZE,
	STATUS_VM_LOCKED,
	STATUS_VM_PINNED,
	STATUS_VM_HWM,
	STATUS_VM_RSS,
	STATUS_RSS_ANON,
	STATUS_RSS_FILE,
	STATUS_RSS_SHMEM,
	STATUS_VM_DATA,
	STATUS_VM_STACK,
	STATUS_VM_EXE,
	STATUS_VM_LIB,
	STATUS_VM_PTE,
	STATUS_VM_SWAP,
	STATUS_HUGETLB,
	STATUS_SIZES
};

/* Lines of status that are 64 bit masks in hex. */
enum status_mask {
	STATUS_SIG_PENDING,
	STATUS_SIG_GROUP_PENDING /* ShdPnd */,
	STATUS_SIG_BLOCKED,
	STATUS_SIG_IGNORED,
	STATUS_SIG_CAUGHT,
	STATUS_CAP_INHERITABLE,
	STATUS_CAP_PERMITTED,
	STATUS_CAP_EFFECTIVE,
	STATUS_CAP_BOUNDING,
	STATUS_CAP_AMBIENT,
	STATUS_MASKS
};

/* Lines of status that are plain numbers. */
enum status_number {
	STATUS_UMASK,
	STATUS_NGID,
	STATUS_TRACER_PID,
	STATUS_FDSIZE,
	STATUS_THREADS,
	STATUS_CORE_DUMPING,
	STATUS_THP_ENABLED,
	STATUS_NO_NEW_PRIVS,
	STATUS_SECCOMP,
	STATUS_SECCOMP_FILTERS,
	STATUS_VOLUNTARY_SWITCHES,
	STATUS_INVOLUNTARY_SWITCHES,
	STATUS_SIGQ_QUEUED,
	STATUS_SIGQ_LIMIT,
	STATUS_NUMBERS
};

/* Lines of status that are kept as text. */
enum status_text {
	STATUS_SPECULATION_STORE_BYPASS,
	STATUS_SPECULATION_INDIRECT_BRANCH,
	STATUS_CPUS_ALLOWED,
	STATUS_MEMS_ALLOWED,
	STATUS_TEXTS
};

struct snapshot_ids {
	uint32_t real, effective, saved, fs;
};

/* proc(5), status; fs/proc/array.c, proc_pid_status. Read by key, in any order, lines may miss. */
struct snapshot_status {
	struct snapshot_ids uid, gid;
	const uint32_t *groups; /* supplementary, group_count of them */
	const int32_t *ns_pids; /* its number in each pid namespace, outermost first */
	const int32_t *ns_pgids, *ns_sids;
	uint32_t group_count, ns_count;
	uint32_t sizes_known, masks_known, numbers_known; /* bit 1 << enum */
	uint64_t size_bytes[STATUS_SIZES];
	uint64_t mask[STATUS_MASKS];
	uint64_t number[STATUS_NUMBERS];
	struct str text[STATUS_TEXTS]; /* STR_NONE: no such line */
};

/* smaps_rollup, in bytes. */
struct snapshot_smaps {
	uint64_t rss_bytes, pss_bytes, pss_anon_bytes, pss_file_bytes, pss_shmem_bytes, uss_bytes,
		shared_clean_bytes, shared_dirty_bytes, private_clean_bytes, private_dirty_bytes,
		referenced_bytes, anonymous_bytes, swap_bytes, swap_pss_bytes, locked_bytes;
};

enum snapshot_namespace {
	NS_CGROUP,
	NS_IPC,
	NS_MNT,
	NS_NET,
	NS_PID,
	NS_PID_FOR_CHILDREN,
	NS_TIME,
	NS_TIME_FOR_CHILDREN,
	NS_USER,
	NS_UTS,
	SNAPSHOT_NAMESPACES
};
extern const char *const snapshot_namespace_names[SNAPSHOT_NAMESPACES]; /* "cgroup", ... */

/* Since the pass before: rates are these over elapsed_ns. */
struct snapshot_interval {
	int64_t elapsed_ns; /* > 0 */
	uint64_t cpu_ns;    /* never negative: 0 when a counter went back */
	uint64_t minor_faults, major_faults;
	bool io_known;
	uint64_t read_bytes, write_bytes, read_chars, write_chars;
};

struct snapshot_fd {
	int32_t fd;
	struct str target; /* as the kernel writes the link; STR_NONE: not known */
};

struct snapshot {
	int32_t pid;          /* the number that people see; of a thread: its tid */
	int32_t tgid;         /* the process; equal to pid but for threads */
	int32_t init_tgid;    /* its number in the initial pid namespace; 0: not known */
	bool is_thread;       /* a row about one thread of a process */
	bool rss_approximate; /* batched per-CPU counters: a few pages per CPU below the truth */
	uint32_t known;       /* PART_BIT of each part that was read */
	uint32_t denied; /* PART_BIT of each that may not be read; others are unknown or gone */
	int64_t time_ns; /* CLOCK_BOOTTIME of the reading */

	struct snapshot_stat stat;     /* PART_STAT, PART_STAT_REST */
	uint32_t euid, egid;           /* PART_OWNER */
	uint64_t rss_bytes;            /* PART_RSS */
	uint64_t locked_bytes;         /* PART_LOCKED */
	uint64_t cpu_clock_ns;         /* PART_CPU_CLOCK: user + system, all threads */
	uint64_t run_ns, run_wait_ns;  /* PART_SCHEDSTAT; of the leader only */
	uint64_t fd_count;             /* PART_FDS */
	int32_t oom_score, oom_adjust; /* PART_OOM */
	uint32_t login_uid, session;   /* PART_LOGINUID; UINT32_MAX: not set */
	struct str
		cmdline; /* PART_CMDLINE: words that each end in NUL, as the process left them; empty: none */
	uint64_t cmdline_bytes; /* more than cmdline.n when it was cut at the limit of the scan */
	struct str exe, cwd, root; /* where the links point, without the kernel's " (deleted)" */
	bool exe_deleted;
	struct str cgroup; /* PART_CGROUP: the whole file, a line per hierarchy */
	struct str wchan;  /* PART_WCHAN: empty where it does not wait, or where that is not told */
	struct str syscall;            /* PART_SYSCALL: the line of the file */
	struct str status_text;        /* PART_STATUS_TEXT: its lines, without the last line end */
	const struct snapshot_fd *fds; /* PART_FD_LINKS: in ascending order */
	size_t fd_link_count;
	struct snapshot_statm *statm;
	struct snapshot_status *status;
	struct usage *io; /* READ and WRITE, BYTES and CHARS; cancelled writes are not in it */
	uint64_t io_calls_read, io_calls_written, io_cancelled_bytes; /* PART_IO */
	struct snapshot_smaps *smaps;
	uint64_t *namespaces; /* inode numbers by enum snapshot_namespace; 0: there is none */
	struct snapshot_interval *interval;
};

static inline bool snapshot_knows(const struct snapshot *s, uint32_t parts)
{
	return (s->known & parts) == parts;
}

/* A kernel thread has no memory and no arguments of its own. */
#define SNAPSHOT_PF_KTHREAD 0x00200000u
static inline bool snapshot_is_kernel_thread(const struct snapshot *s)
{
	return s->stat.kernel_flags & SNAPSHOT_PF_KTHREAD;
}

/*
 * Who it is among snapshots and to proc: by the number that people see. Of a thread: by its own.
 */
static inline struct ident snapshot_ident(const struct snapshot *s)
{
	return (struct ident){s->pid, s->stat.start_grain_ns, s->stat.start_ns};
}

/*
 * Who the process is among records. Those of BPF have numbers of the initial pid namespace, which
 * proc does not tell: in a namespace below it, only what the task iterator saw can be joined with
 * them, and a snapshot from proc alone is somebody else (or nobody).
 */
static inline struct ident snapshot_life(const struct snapshot *s)
{
	return (struct ident){s->init_tgid ? s->init_tgid : s->tgid, s->stat.start_grain_ns,
			      s->stat.start_ns};
}

/* CPU time of all threads, user + system: from the CPU clock where that was read. */
uint64_t snapshot_cpu_ns(const struct snapshot *s);
/* What it has used so far, of the parts that are known. */
void snapshot_usage(const struct snapshot *s, struct usage *ret);

/*
 * All that one pass saw, in ascending order of pid; the threads of a process behind it, by tid
 * (the first of them is the leader: a row of its own, with is_thread and the number of the process).
 */
struct snapshot_list {
	struct snapshot *items;
	size_t count, capacity;
	struct arena arena;
	int64_t time_ns;     /* CLOCK_BOOTTIME: when the pass began */
	uint64_t unreadable; /* processes that vanished while they were read; not in items */
	bool has_threads;    /* there are rows with is_thread */
};

void snapshot_list_init(struct snapshot_list *list);
void snapshot_list_deinit(struct snapshot_list *list);
/* Empties the list for the next pass; keeps memory. */
void snapshot_list_clear(struct snapshot_list *list);
/* Room for `count` items in all. */
void snapshot_list_reserve(struct snapshot_list *list, size_t count);
/* Room for one more at the end: zeroed, valid until the next call. */
struct snapshot *snapshot_list_add(struct snapshot_list *list);
/* The order of a list: < 0, 0, > 0. */
int snapshot_compare(const struct snapshot *a, const struct snapshot *b);
/* The process of that number by bisection; or the thread; NULL. */
struct snapshot *snapshot_list_find(const struct snapshot_list *list, int32_t pid);
/*
 * Fills PART_INTERVAL of each item that `before` has too (same ident): what changed between the
 * two passes. A counter that went back counts as no change.
 */
void snapshot_list_since(struct snapshot_list *list, const struct snapshot_list *before);

#endif
