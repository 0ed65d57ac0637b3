/*
 * The task iterator: a row for every thread that pscope's pid namespace shows. Key decision: no
 * maps, no CO-RE, and no pointer is followed by its type, because each of these makes loading
 * slower by milliseconds; see iterate_load.c. Reads from a wrong address yield zeros.
 */
#include "kernel_types.h"

#include <bpf/bpf_helpers.h>

#include "iterate.h"

#define INLINE static __attribute__((always_inline)) inline

#define PIDTYPE_TGID 1

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* include/linux/bpf.h: what a program of the task iterator is given. */
struct iterate_meta {
	void *seq;
	__u64 session, number; /* of the task in this pass */
};

struct iterate_context {
	struct iterate_meta *meta;
	char *task;
};

#define CONSTANT(mark, name)                                                                       \
	({                                                                                         \
		__u64 constant_;                                                                   \
		asm volatile("%0 = %1" : "=r"(constant_) : "i"((mark) + ITERATE_##name));          \
		constant_;                                                                         \
	})

#define AT(name)  CONSTANT(ITERATE_MARK_AT, name)
#define HAS(name) CONSTANT(ITERATE_MARK_HAS, name)

/* A number of the task that is visited: the verifier knows the type and lets it be read in place. */
#define TASK(type, name) (*(type *)(task + AT(name)))
#define TASK_OR_0(type, name)                                                                      \
	({                                                                                         \
		type value_ = 0;                                                                   \
		if (HAS(name))                                                                     \
			value_ = TASK(type, name);                                                 \
		value_;                                                                            \
	})

/*
 * Memory at any address that can be read in place: bpf_rdonly_cast to void, which kernels have from
 * 6.17 on. It becomes a single move; a copy by bpf_probe_read_kernel takes 30 ns.
 */
static char *(*const readable)(__u64 address, __u64 type) = (void *)ITERATE_MARK_CAST;

/* Anything else, pointers above all. */
#define COPY(type, from, name)                                                                     \
	({                                                                                         \
		type value_ = 0;                                                                   \
		if (HAS(CAST))                                                                     \
			value_ = *(type *)(readable((__u64)(from), 0) + AT(name));                 \
		else                                                                               \
			bpf_probe_read_kernel(&value_, sizeof value_,                              \
					      (void *)((__u64)(from) + AT(name)));                 \
		value_;                                                                            \
	})

/* Asks for a cache line without waiting for it. */
INLINE void touch(__u64 address)
{
	asm volatile("" : : "r"(*(__u64 *)readable(address, 0)));
}

INLINE __u64 next_of(__u64 task)
{
	return COPY(__u64, task, TASK_NEXT) - AT(TASK_NEXT);
}

INLINE void touch_task(__u64 task)
{
	touch(task + AT(TASK_FLAGS));
	touch(task + AT(TASK_PRIO));
	touch(task + AT(TASK_RUN));
	touch(task + AT(TASK_POLICY));
	touch(task + AT(TASK_NEXT));
	touch(task + AT(TASK_MM));
	touch(task + AT(TASK_PID));
	touch(task + AT(TASK_THREAD_PID));
	touch(task + AT(TASK_UTIME));
	touch(task + AT(TASK_START));
	touch(task + AT(TASK_CRED));
	touch(task + AT(TASK_SIGNAL));
	if (HAS(TASK_RCHAR))
		touch(task + AT(TASK_RCHAR));
}

INLINE void touch_around(__u64 task)
{
	__u64 signal = COPY(__u64, task, TASK_SIGNAL) + AT(BLOCK_AT);
	__u64 pid = COPY(__u64, task, TASK_THREAD_PID);
	__u64 mm = COPY(__u64, task, TASK_MM);

	touch(COPY(__u64, task, TASK_SIGNAL) + AT(SIGNAL_THREADS));
	touch(COPY(__u64, task, TASK_SIGNAL) + AT(SIGNAL_PIDS));
#pragma unroll
	for (int line = 0; line < ITERATE_BLOCK; line += 64)
		touch(signal + line);
	touch(pid + AT(PID_LEVEL));
	touch(pid + AT(PID_NUMBERS));
	if (HAS(PID_TASKS))
		touch(pid + AT(PID_TASKS));
	touch(mm + AT(MM_TOTAL));
	touch(mm + AT(MM_FILE));
	touch(mm + AT(MM_ANON));
	touch(mm + AT(MM_SHMEM));
}

/*
 * A pass waits for memory above all: what it reads of a process lies in some 25 cache lines, one
 * found through another. So those of the processes that come next, which are mostly the next in
 * the list of all, are asked for here, where nothing waits for them: the task of the one after
 * the next, and what the next, whose task has come, points to.
 */
INLINE void look_ahead(__u64 task)
{
	__u64 next;

	if (!HAS(CAST) || !HAS(TASK_NEXT))
		return;
	next = next_of(task);
	touch_task(next_of(next));
	touch_around(next);
}

/* Which numbers pscope, who reads, sees. */
struct view {
	__u64 ns; /* 0: the initial namespace */
	__u32 level;
};

/* Where pid `pid` has its number at a level. */
INLINE __u64 number_at(__u64 pid, __u32 level)
{
	return pid + AT(PID_NUMBERS) + level * AT(UPID_SIZE);
}

INLINE struct view view_of_reader(void)
{
	__u64 pid = COPY(__u64, bpf_get_current_task(), TASK_THREAD_PID);
	struct view view = {.level = COPY(__u32, pid, PID_LEVEL)};

	if (view.level)
		view.ns = COPY(__u64, number_at(pid, view.level), UPID_NS);
	return view;
}

/* As pid_nr_ns in kernel/pid.c; 0: pscope's namespace does not show it. */
INLINE __s32 number_of(__u64 pid, struct view view)
{
	__u64 at = number_at(pid, view.level);

	if (!pid)
		return 0;
	if (view.level &&
	    (COPY(__u32, pid, PID_LEVEL) < view.level || COPY(__u64, at, UPID_NS) != view.ns))
		return 0;
	return COPY(__s32, at, UPID_NR);
}

INLINE __s32 tgid_of(__u64 task, struct view view)
{
	__u64 signal;

	if (!view.level)
		return COPY(__s32, task, TASK_TGID);
	signal = COPY(__u64, task, TASK_SIGNAL);
	return number_of(COPY(__u64, signal + PIDTYPE_TGID * sizeof signal, SIGNAL_PIDS), view);
}

INLINE void fill_head(struct iterate_head *h, char *task, struct view view)
{
	struct iterate_counts *c = &h->counts;

	if (view.level) {
		h->tid = number_of(COPY(__u64, task, TASK_THREAD_PID), view);
		h->tgid = tgid_of((__u64)task, view);
	} else {
		h->tid = TASK(__s32, TASK_PID);
		h->tgid = TASK(__s32, TASK_TGID);
	}
	h->init_tgid = TASK(__s32, TASK_TGID);
	h->reserved = 0;
	h->start_ns = TASK(__u64, TASK_START);
	c->run_ns = TASK(__u64, TASK_RUN);
	c->utime = TASK(__u64, TASK_UTIME);
	c->stime = TASK(__u64, TASK_STIME);
	c->minor_faults = TASK(__u64, TASK_MIN_FLT);
	c->major_faults = TASK(__u64, TASK_MAJ_FLT);
	c->rchar = TASK_OR_0(__u64, TASK_RCHAR);
	c->wchar = TASK_OR_0(__u64, TASK_WCHAR);
	c->syscr = TASK_OR_0(__u64, TASK_SYSCR);
	c->syscw = TASK_OR_0(__u64, TASK_SYSCW);
	c->read_bytes = TASK_OR_0(__u64, TASK_READ_BYTES);
	c->write_bytes = TASK_OR_0(__u64, TASK_WRITE_BYTES);
	c->cancelled_bytes = TASK_OR_0(__u64, TASK_CANCELLED);
}

/* As tty_devnum and new_encode_dev do. */
INLINE void fill_tty(struct iterate_row *row, __u64 signal, struct view view)
{
	__u64 tty = COPY(__u64, signal, SIGNAL_TTY);
	__u64 driver;
	__u32 minor;

	row->tty = 0;
	row->tty_pgid = -1;
	if (!tty || !HAS(TTY_DRIVER) || !HAS(TTY_INDEX) || !HAS(TTY_PGRP) || !HAS(DRIVER_MAJOR) ||
	    !HAS(DRIVER_MINOR))
		return;
	driver = COPY(__u64, tty, TTY_DRIVER);
	minor = COPY(__u32, driver, DRIVER_MINOR) + COPY(__u32, tty, TTY_INDEX);
	row->tty = (minor & 0xff) | COPY(__u32, driver, DRIVER_MAJOR) << 8 | (minor & ~0xff) << 12;
	row->tty_pgid = number_of(COPY(__u64, tty, TTY_PGRP), view);
	/* It was hung up meanwhile: what was read may be anything. */
	if (COPY(__u64, signal, SIGNAL_TTY) != tty) {
		row->tty = 0;
		row->tty_pgid = -1;
	}
}

/* Memory that kernel threads borrow does not count. */
INLINE void fill_memory(struct iterate_row *row, char *task)
{
	__u64 mm = row->flags & PF_KTHREAD ? 0 : COPY(__u64, task, TASK_MM);

	row->total_vm = row->locked_vm = 0;
	row->rss[0] = row->rss[1] = row->rss[2] = 0;
	if (!mm)
		return;
	row->total_vm = COPY(__u64, mm, MM_TOTAL);
	row->locked_vm = COPY(__u64, mm, MM_LOCKED);
	row->rss[0] = COPY(__s64, mm, MM_FILE);
	row->rss[1] = COPY(__s64, mm, MM_ANON);
	row->rss[2] = COPY(__s64, mm, MM_SHMEM);
	/* It ended or runs another program now: the memory may be given back and used again. */
	if (COPY(__u64, task, TASK_MM) != mm) {
		row->total_vm = row->locked_vm = 0;
		row->rss[0] = row->rss[1] = row->rss[2] = 0;
	}
}

INLINE void fill_row(struct iterate_row *row, char *task, __u64 signal, struct view view,
		     __u64 number)
{
	__u64 cred = COPY(__u64, task, TASK_CRED);
	__u64 pids[4] = {0};

	row->prev_utime = TASK_OR_0(__u64, TASK_PREV_UTIME);
	row->prev_stime = TASK_OR_0(__u64, TASK_PREV_STIME);
	row->state = TASK(__u32, TASK_STATE);
	row->exit_state = TASK(__u32, TASK_EXIT_STATE);
	row->flags = TASK(__u32, TASK_FLAGS);
	row->policy = TASK(__u32, TASK_POLICY);
	row->rt_priority = TASK(__u32, TASK_RT_PRIORITY);
	row->cpu = TASK(__u32, TASK_CPU);
	row->prio = TASK(__s32, TASK_PRIO);
	row->static_prio = TASK(__s32, TASK_STATIC_PRIO);
	row->threads = COPY(__u32, signal, SIGNAL_THREADS);
	/* The clock makes the CPU wait for all reads under way: not for every row. */
	row->now_ns = 0;
	if (row->threads > 1 || number % ITERATE_CLOCK_ROWS == 0)
		row->now_ns = bpf_ktime_get_boot_ns();
	row->euid = COPY(__u32, cred, CRED_EUID);
	row->egid = COPY(__u32, cred, CRED_EGID);
	row->ppid = tgid_of(COPY(__u64, task, TASK_PARENT), view);
	bpf_probe_read_kernel(pids, sizeof pids, (void *)(signal + AT(SIGNAL_PIDS)));
	row->pgid = number_of(pids[PIDTYPE_PGID], view);
	row->sid = number_of(pids[PIDTYPE_SID], view);
	bpf_probe_read_kernel(row->comm, sizeof row->comm, task + AT(TASK_COMM));
	fill_memory(row, task);
	fill_tty(row, signal, view);
}

/* A worker's name goes on with what it works on: kernel/workqueue.c, wq_worker_comm. */
INLINE void fill_kernel_name(struct iterate_kernel_name *name, char *task, __u32 flags)
{
	__u64 kthread = 0, worker;

	__builtin_memset(name, 0, sizeof *name);
	if (HAS(TASK_KTHREAD))
		kthread = COPY(__u64, task, TASK_KTHREAD);
	if (!kthread)
		return;
	if (HAS(KTHREAD_NAME))
		bpf_probe_read_kernel_str(name->full_name, sizeof name->full_name,
					  (void *)COPY(__u64, kthread, KTHREAD_NAME));
	if (!(flags & PF_WQ_WORKER) || !HAS(KTHREAD_DATA) || !HAS(WORKER_DESC) ||
	    !HAS(WORKER_POOL) || !HAS(WORKER_WORK))
		return;
	worker = COPY(__u64, kthread, KTHREAD_DATA);
	/* a rescuer that rescues nobody */
	if (!COPY(__u64, worker, WORKER_POOL))
		return;
	bpf_probe_read_kernel_str(name->desc, sizeof name->desc,
				  (void *)(worker + AT(WORKER_DESC)));
	name->working = COPY(__u64, worker, WORKER_WORK) != 0;
}

INLINE void copy_block(struct iterate_block *to, __u64 from)
{
	const __u64 *in_place;

	if (!HAS(CAST)) {
		bpf_probe_read_kernel(to, sizeof *to, (void *)from);
		return;
	}
	in_place = (const __u64 *)readable(from, 0);
#pragma unroll
	for (int i = 0; i < (int)(sizeof *to / sizeof *in_place); i++)
		((__u64 *)to)[i] = in_place[i];
}

SEC("iter/task")
int iterate(struct iterate_context *context)
{
	union {
		struct iterate_row row;
		struct iterate_block block;
		struct iterate_kernel_name name;
	} out;
	char *task = context->task;
	void *seq = context->meta->seq;
	struct view view;
	__u64 signal;
	__u32 flags;

	if (!task)
		return 0;
	view = view_of_reader();
	fill_head(&out.row.head, task, view);
	if (TASK(__s32, TASK_PID) != TASK(__s32, TASK_TGID)) {
		if (!AT(THREADS)) {
			out.row.head.kind = ITERATE_BRIEF;
			out.row.head.size = sizeof out.row.head;
			bpf_seq_write(seq, &out.row.head, sizeof out.row.head);
			return 0;
		}
		out.row.head.kind = ITERATE_THREAD;
		out.row.head.size = sizeof out.row;
	} else {
		look_ahead((__u64)task);
		out.row.head.kind = ITERATE_PROCESS;
		out.row.head.size = sizeof out.row + sizeof out.block;
	}
	signal = COPY(__u64, task, TASK_SIGNAL);
	fill_row(&out.row, task, signal, view, context->meta->number);
	flags = out.row.flags;
	if (flags & PF_KTHREAD)
		out.row.head.size += sizeof out.name;
	bpf_seq_write(seq, &out.row, sizeof out.row);
	if (TASK(__s32, TASK_PID) == TASK(__s32, TASK_TGID)) {
		copy_block(&out.block, signal + AT(BLOCK_AT));
		bpf_seq_write(seq, &out.block, sizeof out.block);
	}
	if (flags & PF_KTHREAD) {
		fill_kernel_name(&out.name, task, flags);
		bpf_seq_write(seq, &out.name, sizeof out.name);
	}
	return 0;
}
