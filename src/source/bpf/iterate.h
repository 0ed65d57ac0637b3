/*
 * What the task iterator's program and pscope share: the members of the kernel's structs that the
 * program reads, and the rows that it writes. Included by both sides.
 *
 * Where a member is, the program knows from constants that pscope writes into its instructions
 * before it loads them (iterate_load.c says why); ITERATE_AT in the program stands for one.
 */
#ifndef SOURCE_BPF_ITERATE_H
#define SOURCE_BPF_ITERATE_H

#ifndef __bpf__
#include <linux/types.h>
#endif

/*
 * X(name, path, path on other kernels or NULL, needed). Paths: btf_offsets.h. What is not needed
 * may be missing; the program asks with ITERATE_HAS.
 */
#define ITERATE_MEMBERS(X)                                                                         \
	X(TASK_PID, "task_struct.pid", NULL, 1)                                                    \
	X(TASK_TGID, "task_struct.tgid", NULL, 1)                                                  \
	X(TASK_FLAGS, "task_struct.flags", NULL, 1)                                                \
	X(TASK_STATE, "task_struct.__state", "task_struct.state" /* before 5.14 */, 1)             \
	X(TASK_EXIT_STATE, "task_struct.exit_state", NULL, 1)                                      \
	X(TASK_PRIO, "task_struct.prio", NULL, 1)                                                  \
	X(TASK_STATIC_PRIO, "task_struct.static_prio", NULL, 1)                                    \
	X(TASK_POLICY, "task_struct.policy", NULL, 1)                                              \
	X(TASK_RT_PRIORITY, "task_struct.rt_priority", NULL, 1)                                    \
	X(TASK_CPU, "task_struct.thread_info.cpu", "task_struct.cpu" /* before 5.16 */, 1)         \
	X(TASK_START, "task_struct.start_boottime", NULL, 1)                                       \
	X(TASK_RUN, "task_struct.se.sum_exec_runtime", NULL, 1)                                    \
	X(TASK_UTIME, "task_struct.utime", NULL, 1)                                                \
	X(TASK_STIME, "task_struct.stime", NULL, 1)                                                \
	X(TASK_MIN_FLT, "task_struct.min_flt", NULL, 1)                                            \
	X(TASK_MAJ_FLT, "task_struct.maj_flt", NULL, 1)                                            \
	X(TASK_PREV_UTIME, "task_struct.prev_cputime.utime", NULL, 0)                              \
	X(TASK_PREV_STIME, "task_struct.prev_cputime.stime", NULL, 0)                              \
	X(TASK_RCHAR, "task_struct.ioac.rchar", NULL, 0)                                           \
	X(TASK_WCHAR, "task_struct.ioac.wchar", NULL, 0)                                           \
	X(TASK_SYSCR, "task_struct.ioac.syscr", NULL, 0)                                           \
	X(TASK_SYSCW, "task_struct.ioac.syscw", NULL, 0)                                           \
	X(TASK_READ_BYTES, "task_struct.ioac.read_bytes", NULL, 0)                                 \
	X(TASK_WRITE_BYTES, "task_struct.ioac.write_bytes", NULL, 0)                               \
	X(TASK_CANCELLED, "task_struct.ioac.cancelled_write_bytes", NULL, 0)                       \
	X(TASK_COMM, "task_struct.comm", NULL, 1)                                                  \
	X(TASK_SIGNAL, "task_struct.signal", NULL, 1)                                              \
	X(TASK_MM, "task_struct.mm", NULL, 1)                                                      \
	X(TASK_CRED, "task_struct.real_cred", NULL, 1)                                             \
	X(TASK_PARENT, "task_struct.real_parent", NULL, 1)                                         \
	X(TASK_THREAD_PID, "task_struct.thread_pid", NULL, 1)                                      \
	X(TASK_NEXT, "task_struct.tasks.next", NULL, 0)                                            \
	X(TASK_KTHREAD, "task_struct.worker_private", "task_struct.set_child_tid" /* < 5.17 */, 0) \
	X(SIGNAL_THREADS, "signal_struct.nr_threads", NULL, 1)                                     \
	X(SIGNAL_PIDS, "signal_struct.pids", NULL, 1)                                              \
	X(SIGNAL_TTY, "signal_struct.tty", NULL, 1)                                                \
	X(SIGNAL_UTIME, "signal_struct.utime", NULL, 1)                                            \
	X(SIGNAL_STIME, "signal_struct.stime", NULL, 1)                                            \
	X(SIGNAL_CUTIME, "signal_struct.cutime", NULL, 1)                                          \
	X(SIGNAL_CSTIME, "signal_struct.cstime", NULL, 1)                                          \
	X(SIGNAL_PREV_UTIME, "signal_struct.prev_cputime.utime", NULL, 0)                          \
	X(SIGNAL_PREV_STIME, "signal_struct.prev_cputime.stime", NULL, 0)                          \
	X(SIGNAL_MIN_FLT, "signal_struct.min_flt", NULL, 1)                                        \
	X(SIGNAL_MAJ_FLT, "signal_struct.maj_flt", NULL, 1)                                        \
	X(SIGNAL_CMIN_FLT, "signal_struct.cmin_flt", NULL, 1)                                      \
	X(SIGNAL_CMAJ_FLT, "signal_struct.cmaj_flt", NULL, 1)                                      \
	X(SIGNAL_RCHAR, "signal_struct.ioac.rchar", NULL, 0)                                       \
	X(SIGNAL_WCHAR, "signal_struct.ioac.wchar", NULL, 0)                                       \
	X(SIGNAL_SYSCR, "signal_struct.ioac.syscr", NULL, 0)                                       \
	X(SIGNAL_SYSCW, "signal_struct.ioac.syscw", NULL, 0)                                       \
	X(SIGNAL_READ_BYTES, "signal_struct.ioac.read_bytes", NULL, 0)                             \
	X(SIGNAL_WRITE_BYTES, "signal_struct.ioac.write_bytes", NULL, 0)                           \
	X(SIGNAL_CANCELLED, "signal_struct.ioac.cancelled_write_bytes", NULL, 0)                   \
	X(SIGNAL_RUN, "signal_struct.sum_sched_runtime", NULL, 1)                                  \
	X(MM_TOTAL, "mm_struct.total_vm", NULL, 1)                                                 \
	X(MM_LOCKED, "mm_struct.locked_vm", NULL, 1)                                               \
	X(MM_FILE, "mm_struct.rss_stat[0].count",                                                  \
	  "mm_struct.rss_stat.count[0].counter" /* before 6.2 */, 1)                               \
	X(MM_ANON, "mm_struct.rss_stat[1].count", "mm_struct.rss_stat.count[1].counter", 1)        \
	X(MM_SHMEM, "mm_struct.rss_stat[3].count", "mm_struct.rss_stat.count[3].counter", 1)       \
	X(MM_BATCHED, "mm_struct.rss_stat[0].counters", NULL, 0)                                   \
	X(CRED_EUID, "cred.euid", NULL, 1)                                                         \
	X(CRED_EGID, "cred.egid", NULL, 1)                                                         \
	X(PID_LEVEL, "pid.level", NULL, 1)                                                         \
	X(PID_NUMBERS, "pid.numbers", NULL, 1)                                                     \
	X(PID_TASKS, "pid.tasks", NULL, 0)                                                         \
	X(UPID_NR, "upid.nr", NULL, 1)                                                             \
	X(UPID_NS, "upid.ns", NULL, 1)                                                             \
	X(UPID_SIZE, "upid", NULL, 1)                                                              \
	X(TTY_DRIVER, "tty_struct.driver", NULL, 0)                                                \
	X(TTY_INDEX, "tty_struct.index", NULL, 0)                                                  \
	X(TTY_PGRP, "tty_struct.ctrl.pgrp", "tty_struct.pgrp" /* before 5.16 */, 0)                \
	X(DRIVER_MAJOR, "tty_driver.major", NULL, 0)                                               \
	X(DRIVER_MINOR, "tty_driver.minor_start", NULL, 0)                                         \
	X(KTHREAD_NAME, "kthread.full_name", NULL, 0) /* 5.17 and later */                         \
	X(KTHREAD_DATA, "kthread.data", NULL, 0)                                                   \
	X(WORKER_DESC, "worker.desc", NULL, 0)                                                     \
	X(WORKER_POOL, "worker.pool", NULL, 0)                                                     \
	X(WORKER_WORK, "worker.current_work", NULL, 0)

enum iterate_constant {
#define ITERATE_ID(name, path, other, needed) ITERATE_##name,
	ITERATE_MEMBERS(ITERATE_ID)
#undef ITERATE_ID
		ITERATE_BLOCK_AT, /* where in signal_struct the copied block begins */
	ITERATE_THREADS,          /* 1: whole rows of threads */
	ITERATE_CAST, /* the number of the function bpf_rdonly_cast; below 0: cannot be used */
	ITERATE_CONSTANTS
};

/* What marks the instructions that load a constant: r = MARK + number. */
#define ITERATE_MARK_AT  0x5ca90000
#define ITERATE_MARK_HAS 0x5caa0000
/* What marks the call of bpf_rdonly_cast: the number of a helper that there is not. */
#define ITERATE_MARK_CAST 0x5cab0000

#define ITERATE_BLOCK      288 /* bytes of signal_struct: from utime to sum_sched_runtime */
#define ITERATE_CLOCK_ROWS 16  /* tasks from one look at the clock to the next */
#define ITERATE_NAME       48
#define ITERATE_DESC       32
#define PF_WQ_WORKER       0x00000020
#define PF_KTHREAD         0x00200000
#define ITERATE_PROCESS    1 /* kind: a process, with the block of its signal_struct */
#define ITERATE_THREAD     2 /* another thread, whole */
#define ITERATE_BRIEF      3 /* another thread: only what counts for its process */

/* Of one thread alone. */
struct iterate_counts {
	__u64 run_ns, utime, stime, minor_faults, major_faults;
	__u64 rchar, wchar, syscr, syscw, read_bytes, write_bytes, cancelled_bytes;
};

/* Every row begins so, and ends here if it is brief. */
struct iterate_head {
	__u32 size; /* of the row */
	__u32 kind;
	__s32 tid, tgid; /* in pscope's pid namespace */
	__s32 init_tgid; /* in the initial one */
	__u32 reserved;
	__u64 start_ns;
	struct iterate_counts counts;
};

struct iterate_row {
	struct iterate_head head;
	__u64 now_ns; /* CLOCK_BOOTTIME of the initial time namespace; 0: as the row before */
	__u64 prev_utime, prev_stime;
	__u64 total_vm, locked_vm; /* pages; 0 without memory of its own */
	__s64 rss[3];              /* pages: of files, anonymous, shared; each may be below 0 */
	__s32 ppid, pgid, sid, tty, tty_pgid;
	__u32 state, exit_state, flags, policy, rt_priority, euid, egid, cpu, threads;
	__s32 prio, static_prio;
	char comm[16];
};

/* Behind a process's row. */
struct iterate_block {
	__u8 bytes[ITERATE_BLOCK];
};

/* Behind that of a kernel thread. */
struct iterate_kernel_name {
	char full_name[ITERATE_NAME]; /* empty: comm is all of it */
	char desc[ITERATE_DESC];      /* of a worker: on what it works or worked last */
	__u64 working;
};

#endif
