/*
 * What crosses the edge between the makers of records (the BPF programs, the ptrace helper) and
 * pscope: fixed structs, 8-byte aligned, some with bytes behind them. Included by both sides;
 * the sizes are asserted on both. Native byte order: it never leaves the machine.
 */
#ifndef SOURCE_BPF_WIRE_H
#define SOURCE_BPF_WIRE_H

#ifndef __bpf__
#include <linux/types.h>
#endif

enum wire_kind {
	WIRE_FORK = 1,
	WIRE_CLONE, /* a thread; header.tid is the new one */
	WIRE_EXEC,
	WIRE_BAD_EXEC,
	WIRE_EXIT,        /* the process; may come twice from BPF for one process of threads */
	WIRE_THREAD_EXIT, /* one thread (--threads) */
	WIRE_SETTLED,     /* BPF: one thread's final cost; ptrace: the whole process's */
	WIRE_COMM,
	WIRE_IDS, /* the standing changed: credentials, session or group */
	WIRE_SIGNAL,
	WIRE_CORE,
	WIRE_OOM,
	WIRE_GAP,  /* user-space makers only: counted loss, text behind it is the reason */
	WIRE_MARK, /* user-space makers only: text behind it is a note */
	WIRE_SEEN, /* who ran already */
	WIRE_PTRACE,
	WIRE_KINDS
};

struct wire_header {
	__u32 size; /* of the whole record, header and trailing bytes included; a multiple of 8 */
	__u16 kind;
	__u16 flags;
	__u64 time_ns;        /* CLOCK_BOOTTIME */
	__u64 start_ns;       /* of the process: group_leader->start_boottime */
	__s32 tgid;           /* initial pid namespace (ptrace: pscope's own) */
	__s32 pid;            /* in pscope's pid namespace; 0: not visible there */
	__s32 tid;            /* the thread, in pscope's pid namespace */
	__u32 start_grain_ns; /* of start_ns: 1, or 10000000 where it came from /proc */
};

/* h.flags of any kind: in one of the cgroups that were asked for */
#define WIRE_COVERED 0x80
/* wire_comm.h.flags: deduced, and not later than h.time_ns */
#define WIRE_INFERRED 1

struct wire_standing {
	__s32 ppid, pgid, sid; /* pscope's pid namespace; 0: not known */
	__u32 uid[3], gid[3];  /* real, effective, saved; ~0: not known */
	__u32 reserved;
};

struct wire_fork {
	struct wire_header h; /* the child */
	struct wire_standing standing;
	__u64 parent_start_ns, forker_start_ns;
	__s32 parent_tgid; /* real_parent */
	__s32 forker_tgid; /* who called fork; equal to parent_tgid but for CLONE_PARENT */
	__s32 forker_pid, forker_tid; /* pscope's pid namespace */
	char comm[16];
};

struct wire_clone {
	struct wire_header h;
	__s32 parent_tid;
	__u32 reserved;
};

/* wire_exec.cwd_flags */
#define WIRE_CWD_REVERSED                                                                          \
	1 /* components each ended by NUL, the last one first; "" is a mount root's end */
#define WIRE_CWD_TRUNCATED 2 /* deeper than was followed */
#define WIRE_CWD_PATH      4 /* a plain path */

struct wire_exec {
	struct wire_header h; /* tid: the thread that called exec, before it became the leader */
	struct wire_standing standing;
	__u64 cgroup_id;
	__u64 args_bytes;                         /* real length: arg_end - arg_start */
	__u32 filename_size, cwd_size, argv_size; /* bytes behind the struct, in this order */
	__u32 cwd_flags;
	char comm[16];
};

struct wire_bad_exec {
	struct wire_header h;
	__s32 error;         /* positive errno */
	__u32 filename_size; /* bytes behind the struct */
};

/* wire_exit.h.flags */
#define WIRE_PEAK_KNOWN 1 /* rss_peak_bytes is the last image's */
#define WIRE_PEAK_BOUND 2 /* rss_peak_bytes is an upper bound (signal->maxrss) */

struct wire_exit {
	struct wire_header h;
	struct wire_standing standing;
	__s32 status;  /* raw wait status */
	__u32 threads; /* it ever had, as far as counted when this was sent */
	__u64 rss_peak_bytes;
};

/* wire_settled.h.flags */
#define WIRE_SETTLED_PROCESS 1 /* the sums of the whole process, not of one thread */
#define WIRE_SETTLED_INEXACT 2 /* something of it could not be read */

struct wire_settled {
	struct wire_header h;
	__u64 run_ns;       /* se.sum_exec_runtime: exact */
	__u64 utime, stime; /* ns, tick-sampled: only their ratio counts */
	__u64 cpu_wait_ns;
	__u64 minor_faults, major_faults;
	__u64 voluntary_switches, involuntary_switches;
	__u64 read_bytes, write_bytes, read_chars, write_chars;
	__u64 rss_peak_bytes; /* ptrace: WIRE_PEAK_KNOWN in h.flags << 8 */
	__u32 threads;        /* threads that the process had when this was sent (monotone) */
	__u32 known;          /* process records: bit per field above that was read, in order */
};

struct wire_comm {
	struct wire_header h;
	char old[16], comm[16];
};

struct wire_ids {
	struct wire_header h;
	struct wire_standing standing;
};

struct wire_signal {
	struct wire_header h;
	__s32 signal, code;
	__s32 sender_pid;
	__u32 sender_uid;
	__u32 fatal;
	__u32 reserved;
	char sender_comm[16];
};

struct wire_core {
	struct wire_header h;
	__s32 signal;
	__u32 reserved;
};

struct wire_oom {
	struct wire_header h;
	__u64 rss_bytes;
};

struct wire_gap {
	struct wire_header h; /* time_ns: when it was noticed */
	__u64 lost;
	__u64 from_ns;
	__u32 text_size; /* the reason, behind the struct */
	__u32 reserved;
};

struct wire_mark {
	struct wire_header h;
	__u32 text_size; /* behind the struct */
	__u32 reserved;
};

struct wire_seen {
	struct wire_header h;
	struct wire_standing standing;
	__u64 parent_start_ns;
	__s32 parent_tgid;
	__u32 filename_size, argv_size; /* bytes behind the struct, in this order */
	__u32 reserved;
	char comm[16];
};

struct wire_ptrace {
	struct wire_header h; /* whom somebody began to trace, or let go */
	__s32 tracer_pid;     /* 0: nobody traces it any more */
	__u32 reserved;
};

#define WIRE_ARGV_MAX     (128u << 10)
#define WIRE_FILENAME_MAX 4096u
#define WIRE_CWD_MAX      4096u

_Static_assert(sizeof(struct wire_header) == 40, "wire_header");
_Static_assert(sizeof(struct wire_standing) == 40, "wire_standing");
_Static_assert(sizeof(struct wire_fork) == 128, "wire_fork");
_Static_assert(sizeof(struct wire_exec) == 128, "wire_exec");
_Static_assert(sizeof(struct wire_exit) == 96, "wire_exit");
_Static_assert(sizeof(struct wire_settled) == 152, "wire_settled");
_Static_assert(sizeof(struct wire_signal) == 80, "wire_signal");
_Static_assert(sizeof(struct wire_seen) == 120, "wire_seen");
_Static_assert(sizeof(struct wire_ptrace) == 48, "wire_ptrace");

#endif
