/*
 * Rows of the task iterator as snapshots. Key decision: the kernel writes what each thread has cost
 * and the reader adds up, because a program cannot walk the threads of a process on all kernels. A
 * thread that ends between the two looks (its own and its process's) would be missing or count
 * twice; its process's number of threads betrays it, and the pass is made again.
 */
#include "source/scan_bpf.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/mem.h"
#include "source/bpf/iterate_load.h"
#include "source/scan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>

#define READ_BYTES   (64u << 10) /* the kernel gives half of that at a time */
#define TRIES        3
#define MAX_RT_PRIO  100
#define DEFAULT_PRIO 120

#define PARTS                                                                                      \
	(PART_BIT(PART_STAT) | PART_BIT(PART_OWNER) | PART_BIT(PART_RSS) | PART_BIT(PART_LOCKED) | \
	 PART_BIT(PART_CPU_CLOCK))

/* What a process of several threads has cost, as far as it is added up. */
struct group {
	size_t item; /* in the list */
	int32_t tgid;
	uint32_t threads, seen;
	uint64_t now_ns, prev_utime, prev_stime;
	struct iterate_counts sum;
};

struct scan_bpf {
	struct iterate_load load;
	struct root root;
	bool threads;
	bool worker_names_whole; /* 6.11 and later */
	uint64_t page;
	char *bytes;
	size_t filled;
	struct group *groups;
	struct iterate_head *others; /* of threads that are not leaders */
	size_t group_count, group_room, other_count, other_room;
	int64_t now_ns; /* of the row, or of one a little before it */
};

uint32_t scan_bpf_parts(void)
{
	return PARTS | PART_BIT(PART_IO);
}

static bool kernel_is_at_least(unsigned major, unsigned minor)
{
	struct utsname name;
	unsigned a, b;

	return uname(&name) == 0 && sscanf(name.release, "%u.%u", &a, &b) == 2 &&
	       (a > major || (a == major && b >= minor));
}

int scan_bpf_new(struct scan_bpf **ret_scan, bool threads, struct error *err)
{
	struct scan_bpf *scan = mem_alloc(sizeof *scan);
	int r = root_open(&scan->root, NULL, err);

	scan->load.link_fd = -1;
	if (r == 0)
		r = iterate_load_open(&scan->load, &scan->root, threads, err);
	if (r < 0) {
		scan_bpf_free(scan);
		return r;
	}
	scan->threads = threads;
	scan->worker_names_whole = kernel_is_at_least(6, 11);
	scan->page = (uint64_t)sysconf(_SC_PAGESIZE);
	scan->bytes = mem_alloc(READ_BYTES);
	*ret_scan = scan;
	return 0;
}

struct scan_bpf *scan_bpf_free(struct scan_bpf *scan)
{
	if (!scan)
		return NULL;
	iterate_load_close(&scan->load);
	root_close(&scan->root);
	free(scan->bytes);
	free(scan->groups);
	free(scan->others);
	free(scan);
	return NULL;
}

/* ---- what it cost ---- */

/* A number of the process's signal_struct; 0 where this kernel does not count that. */
static uint64_t of_process(const struct scan_bpf *scan, const struct iterate_block *block,
			   enum iterate_constant member)
{
	int64_t at = scan->load.constants[member] - scan->load.constants[ITERATE_BLOCK_AT];
	uint64_t value;

	if (!iterate_has(&scan->load, member))
		return 0;
	memcpy(&value, block->bytes + at, sizeof value);
	return value;
}

/* Of the threads that ended. */
static struct iterate_counts of_the_dead(const struct scan_bpf *scan,
					 const struct iterate_block *block)
{
	return (struct iterate_counts){
		.run_ns = of_process(scan, block, ITERATE_SIGNAL_RUN),
		.utime = of_process(scan, block, ITERATE_SIGNAL_UTIME),
		.stime = of_process(scan, block, ITERATE_SIGNAL_STIME),
		.minor_faults = of_process(scan, block, ITERATE_SIGNAL_MIN_FLT),
		.major_faults = of_process(scan, block, ITERATE_SIGNAL_MAJ_FLT),
		.rchar = of_process(scan, block, ITERATE_SIGNAL_RCHAR),
		.wchar = of_process(scan, block, ITERATE_SIGNAL_WCHAR),
		.syscr = of_process(scan, block, ITERATE_SIGNAL_SYSCR),
		.syscw = of_process(scan, block, ITERATE_SIGNAL_SYSCW),
		.read_bytes = of_process(scan, block, ITERATE_SIGNAL_READ_BYTES),
		.write_bytes = of_process(scan, block, ITERATE_SIGNAL_WRITE_BYTES),
		.cancelled_bytes = of_process(scan, block, ITERATE_SIGNAL_CANCELLED),
	};
}

static void add_counts(struct iterate_counts *sum, const struct iterate_counts *more)
{
	sum->run_ns += more->run_ns;
	sum->utime += more->utime;
	sum->stime += more->stime;
	sum->minor_faults += more->minor_faults;
	sum->major_faults += more->major_faults;
	sum->rchar += more->rchar;
	sum->wchar += more->wchar;
	sum->syscr += more->syscr;
	sum->syscw += more->syscw;
	sum->read_bytes += more->read_bytes;
	sum->write_bytes += more->write_bytes;
	sum->cancelled_bytes += more->cancelled_bytes;
}

/*
 * cputime_adjust in kernel/sched/cputime.c: the exact run time, split as the ticks were; what was
 * told once (prev) never goes back.
 */
static void split_cpu(const struct iterate_counts *c, uint64_t prev_utime, uint64_t prev_stime,
		      struct snapshot_stat *stat)
{
	uint64_t sys = 0;

	stat->user_ns = prev_utime;
	stat->sys_ns = prev_stime;
	if (prev_utime + prev_stime >= c->run_ns)
		return;
	if (c->utime == 0 && c->stime > 0)
		sys = c->run_ns;
	else if (c->stime > 0)
		sys = (uint64_t)((__uint128_t)c->stime * c->run_ns /
				 ((__uint128_t)c->utime + c->stime));
	if (sys < prev_stime)
		sys = prev_stime;
	if (c->run_ns - sys < prev_utime)
		sys = c->run_ns - prev_utime;
	stat->sys_ns = sys;
	stat->user_ns = c->run_ns - sys;
}

static void put_io(struct snapshot *s, struct arena *arena, const struct iterate_counts *c)
{
	if (!s->io)
		s->io = arena_alloc(arena, sizeof *s->io);
	usage_set(s->io, USAGE_READ_CHARS, c->rchar);
	usage_set(s->io, USAGE_WRITE_CHARS, c->wchar);
	usage_set(s->io, USAGE_READ_BYTES, c->read_bytes);
	usage_set(s->io, USAGE_WRITE_BYTES, c->write_bytes);
	s->io_calls_read = c->syscr;
	s->io_calls_written = c->syscw;
	s->io_cancelled_bytes = c->cancelled_bytes;
	s->known |= PART_BIT(PART_IO);
}

static void put_cost(const struct scan_bpf *scan, struct snapshot *s, struct arena *arena,
		     const struct iterate_counts *c, uint64_t prev_utime, uint64_t prev_stime)
{
	s->stat.minor_faults = c->minor_faults;
	s->stat.major_faults = c->major_faults;
	s->cpu_clock_ns = c->run_ns;
	split_cpu(c, prev_utime, prev_stime, &s->stat);
	if (iterate_has(&scan->load, ITERATE_TASK_RCHAR) &&
	    iterate_has(&scan->load, ITERATE_TASK_READ_BYTES))
		put_io(s, arena, c);
}

/* ---- a row ---- */

/* task_state_index in include/linux/sched.h: the highest of the states that are reported. */
static char state_letter(uint32_t state, uint32_t exit_state)
{
	enum { RTLOCK_WAIT = 0x1000, FROZEN = 0x8000, IDLE = 0x402, REPORTED = 0x7f };
	static const char letters[] = "RSDTtXZP";
	uint32_t reported = (state | exit_state) & REPORTED;

	if ((state & IDLE) == IDLE)
		return 'I';
	if (state & (RTLOCK_WAIT | FROZEN))
		return 'D';
	return letters[reported ? 32 - __builtin_clz(reported) : 0];
}

/* The name of a kernel thread as stat has it; longer than the 15 bytes of comm. */
static struct str kernel_name(const struct scan_bpf *scan, struct arena *arena,
			      const struct iterate_row *row, const struct iterate_kernel_name *name)
{
	bool worker = row->flags & PF_WQ_WORKER;
	bool whole = name->full_name[0] && (!worker || scan->worker_names_whole);
	char text[ITERATE_NAME + ITERATE_DESC + 2];
	int n;

	n = snprintf(text, sizeof text, "%.*s", whole ? (int)sizeof name->full_name : 16,
		     whole ? name->full_name : row->comm);
	if (worker && name->desc[0])
		n += snprintf(text + n, sizeof text - (size_t)n, "%c%.*s",
			      name->working ? '+' : '-', (int)sizeof name->desc, name->desc);
	/* proc_task_name has room for that */
	return arena_str(arena, (struct str){text, n < 64 ? (size_t)n : 63});
}

static uint64_t page_count(int64_t pages)
{
	return pages > 0 ? (uint64_t)pages : 0;
}

static void put_stat(const struct iterate_row *row, uint64_t page, struct snapshot_stat *stat)
{
	stat->pid = row->head.tid;
	stat->ppid = row->ppid;
	stat->pgid = row->pgid;
	stat->sid = row->sid;
	stat->state = state_letter(row->state, row->exit_state);
	stat->tty = row->tty;
	stat->tty_pgid = row->tty_pgid;
	stat->kernel_flags = row->flags;
	stat->priority = row->prio - MAX_RT_PRIO;
	stat->nice = row->static_prio - DEFAULT_PRIO;
	stat->threads = row->threads;
	stat->start_ns = row->head.start_ns;
	stat->start_grain_ns = 1;
	stat->vsz_bytes = row->total_vm * page;
	stat->rss_pages =
		page_count(row->rss[0]) + page_count(row->rss[1]) + page_count(row->rss[2]);
	stat->last_cpu = (int32_t)row->cpu;
	stat->rt_priority = row->rt_priority;
	stat->policy = row->policy;
}

static void put_children(const struct scan_bpf *scan, const struct iterate_block *block,
			 struct snapshot_stat *stat)
{
	stat->child_user_ns = of_process(scan, block, ITERATE_SIGNAL_CUTIME);
	stat->child_sys_ns = of_process(scan, block, ITERATE_SIGNAL_CSTIME);
	stat->child_minor_faults = of_process(scan, block, ITERATE_SIGNAL_CMIN_FLT);
	stat->child_major_faults = of_process(scan, block, ITERATE_SIGNAL_CMAJ_FLT);
}

/* Everything but the cost. `name`: of a kernel thread, else NULL. */
static struct snapshot *add_item(const struct scan_bpf *scan, struct snapshot_list *list,
				 const struct iterate_row *row,
				 const struct iterate_kernel_name *name)
{
	struct snapshot *s = snapshot_list_add(list);

	s->pid = row->head.tid;
	s->tgid = row->head.tgid;
	s->is_thread = row->head.kind != ITERATE_PROCESS;
	s->time_ns = scan->now_ns;
	s->known = PARTS;
	put_stat(row, scan->page, &s->stat);
	s->stat.comm =
		name ? kernel_name(scan, &list->arena, row, name)
		     : arena_str(&list->arena,
				 (struct str){row->comm, strnlen(row->comm, sizeof row->comm)});
	s->euid = row->euid;
	s->egid = row->egid;
	s->rss_bytes = s->stat.rss_pages * scan->page;
	s->rss_approximate = iterate_has(&scan->load, ITERATE_MM_BATCHED) && row->total_vm;
	s->locked_bytes = row->locked_vm * scan->page;
	return s;
}

static struct group *add_group(struct scan_bpf *scan)
{
	if (scan->group_count == scan->group_room) {
		scan->group_room = scan->group_room ? 2 * scan->group_room : 64;
		scan->groups = mem_realloc(scan->groups, scan->group_room, sizeof *scan->groups);
	}
	return &scan->groups[scan->group_count++];
}

static void keep_other(struct scan_bpf *scan, const struct iterate_head *head)
{
	if (scan->other_count == scan->other_room) {
		scan->other_room = scan->other_room ? 2 * scan->other_room : 256;
		scan->others = mem_realloc(scan->others, scan->other_room, sizeof *scan->others);
	}
	scan->others[scan->other_count++] = *head;
}

static void add_process(struct scan_bpf *scan, struct snapshot_list *list,
			const struct iterate_row *row, const struct iterate_block *block,
			const struct iterate_kernel_name *name)
{
	struct iterate_counts sum = of_the_dead(scan, block);
	uint64_t prev_utime = of_process(scan, block, ITERATE_SIGNAL_PREV_UTIME);
	uint64_t prev_stime = of_process(scan, block, ITERATE_SIGNAL_PREV_STIME);
	size_t item = list->count;
	struct snapshot *s = add_item(scan, list, row, name);

	put_children(scan, block, &s->stat);
	add_counts(&sum, &row->head.counts);
	if (row->threads <= 1) {
		put_cost(scan, s, &list->arena, &sum, prev_utime, prev_stime);
		return;
	}
	*add_group(scan) = (struct group){
		.item = item,
		.tgid = row->head.tgid,
		.threads = row->threads,
		.seen = 1,
		.now_ns = row->now_ns,
		.prev_utime = prev_utime,
		.prev_stime = prev_stime,
		.sum = sum,
	};
	if (!scan->threads)
		return;
	s = add_item(scan, list, row, name);
	s->is_thread = list->has_threads = true;
	put_children(scan, block, &s->stat);
	put_cost(scan, s, &list->arena, &row->head.counts, row->prev_utime, row->prev_stime);
}

static void add_thread(struct scan_bpf *scan, struct snapshot_list *list,
		       const struct iterate_row *row, const struct iterate_kernel_name *name)
{
	struct snapshot *s = add_item(scan, list, row, name);

	put_cost(scan, s, &list->arena, &row->head.counts, row->prev_utime, row->prev_stime);
	list->has_threads = true;
}

/* Bytes that a row of that kind must have. */
static size_t size_of_row(const struct iterate_head *head, const struct iterate_row *row)
{
	size_t size = sizeof *row;

	if (head->kind == ITERATE_BRIEF)
		return sizeof *head;
	if (head->kind == ITERATE_PROCESS)
		size += sizeof(struct iterate_block);
	if (row->flags & PF_KTHREAD)
		size += sizeof(struct iterate_kernel_name);
	return size;
}

static void take_row(struct scan_bpf *scan, struct snapshot_list *list, const char *bytes)
{
	const struct iterate_row *row = (const void *)bytes;
	bool process = row->head.kind == ITERATE_PROCESS;
	const struct iterate_block *block = (const void *)(row + 1);
	const struct iterate_kernel_name *name =
		process ? (const void *)(block + 1) : (const void *)block;

	/* without a number in pscope's namespace */
	if (row->head.tid <= 0 || row->head.tgid <= 0)
		return;
	if (!process)
		keep_other(scan, &row->head);
	if (row->head.kind == ITERATE_BRIEF)
		return;
	if (!(row->flags & PF_KTHREAD))
		name = NULL;
	if (process)
		add_process(scan, list, row, block, name);
	else
		add_thread(scan, list, row, name);
}

/* ---- a pass ---- */

static int say_namespace(struct error *err)
{
	return error_set(err, ENOTSUP,
			 "pscope runs in a time namespace with a clock of its own, in which the "
			 "task iterator's start times mean nothing");
}

/*
 * Every namespace has a process 1, and its row comes first. Some sandboxes keep theirs from BPF
 * programs; proc still shows it.
 */
static int find_first(struct scan_bpf *scan, struct snapshot_list *list, struct error *err)
{
	struct snapshot s;
	int r;

	if (scan->threads)
		return error_set(err, ENOTSUP,
				 "this kernel keeps process 1 from the task iterator, so that its "
				 "threads can only be read from the proc file system");
	r = scan_one(&scan->root, 1, (struct ident){0}, scan_bpf_parts(), &list->arena, &s, err);
	if (r == SCAN_DONE)
		*snapshot_list_add(list) = s;
	return r < 0 ? r : 0;
}

/* All rows that are whole; the rest waits for more. */
static int take_rows(struct scan_bpf *scan, struct snapshot_list *list, int64_t before_ns,
		     struct error *err)
{
	int64_t after_ns = clock_boot_ns();
	size_t at = 0;
	int r = 0;

	if (list->count == 0 && ((const struct iterate_row *)scan->bytes)->head.tid != 1)
		r = find_first(scan, list, err);
	while (r == 0 && scan->filled - at >= sizeof(struct iterate_head)) {
		const struct iterate_row *row = (const void *)(scan->bytes + at);

		if (row->head.size > scan->filled - at)
			break;
		if (row->head.size < sizeof row->head || row->head.size % 8 ||
		    (row->head.kind != ITERATE_BRIEF && row->head.size < sizeof *row) ||
		    row->head.size != size_of_row(&row->head, row))
			return error_set(err, EBADMSG,
					 "the task iterator sent a row that cannot be read; this "
					 "is a fault of pscope");
		if (row->head.kind != ITERATE_BRIEF && row->now_ns)
			scan->now_ns = (int64_t)row->now_ns;
		if (scan->now_ns < before_ns || scan->now_ns > after_ns)
			return say_namespace(err);
		take_row(scan, list, (const char *)row);
		at += row->head.size;
	}
	scan->filled -= at;
	memmove(scan->bytes, scan->bytes + at, scan->filled);
	return r;
}

static int read_rows(struct scan_bpf *scan, struct snapshot_list *list, struct error *err)
{
	cleanup_close int fd = iterate_load_pass(&scan->load);
	int64_t before = clock_boot_ns();
	int r = 0;

	if (fd < 0)
		return error_set(err, -fd, "cannot start the task iterator: %s", error_name(fd));
	scan->filled = scan->group_count = scan->other_count = 0;
	list->time_ns = scan->now_ns = before;
	while (r == 0) {
		ssize_t n = read(fd, scan->bytes + scan->filled, READ_BYTES - scan->filled);

		/* EAGAIN: a million threads at a time are enough for the kernel */
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0)
			return error_set(err, errno, "cannot read the task iterator: %s",
					 error_name(errno));
		if (n == 0)
			break;
		scan->filled += (size_t)n;
		r = take_rows(scan, list, before, err);
	}
	return r;
}

static struct group *find_group(struct scan_bpf *scan, int32_t tgid)
{
	size_t low = 0, high = scan->group_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (scan->groups[middle].tgid < tgid)
			low = middle + 1;
		else
			high = middle;
	}
	return low < scan->group_count && scan->groups[low].tgid == tgid ? &scan->groups[low]
									 : NULL;
}

/* Adds the threads to their processes. Returns whether each had as many as it said. */
static bool add_up(struct scan_bpf *scan, struct snapshot_list *list)
{
	bool agree = true;

	for (size_t i = 0; i < scan->other_count; i++) {
		const struct iterate_head *other = &scan->others[i];
		struct group *group = find_group(scan, other->tgid);

		/* a thread that was born after the look at its process */
		if (!group || other->start_ns > group->now_ns)
			continue;
		group->seen++;
		add_counts(&group->sum, &other->counts);
	}
	for (size_t i = 0; i < scan->group_count; i++) {
		const struct group *group = &scan->groups[i];

		put_cost(scan, &list->items[group->item], &list->arena, &group->sum,
			 group->prev_utime, group->prev_stime);
		agree = agree && group->seen == group->threads;
	}
	return agree;
}

static int compare(const void *a, const void *b)
{
	return snapshot_compare(a, b);
}

/* The children are those of the process, whichever of its threads is looked at. */
static void put_behind_processes(struct snapshot_list *list)
{
	const struct snapshot_stat *process = NULL;

	qsort(list->items, list->count, sizeof *list->items, compare);
	for (size_t i = 0; i < list->count; i++) {
		struct snapshot_stat *stat = &list->items[i].stat;

		if (!list->items[i].is_thread)
			process = stat;
		if (!process)
			continue;
		stat->child_user_ns = process->child_user_ns;
		stat->child_sys_ns = process->child_sys_ns;
		stat->child_minor_faults = process->child_minor_faults;
		stat->child_major_faults = process->child_major_faults;
	}
}

int scan_bpf_pass(struct scan_bpf *scan, struct snapshot_list *list, struct error *err)
{
	bool agree = false;

	for (int i = 0; i < TRIES && !agree; i++) {
		int r;

		snapshot_list_clear(list);
		r = read_rows(scan, list, err);
		if (r < 0)
			return r;
		agree = add_up(scan, list);
	}
	if (list->has_threads)
		put_behind_processes(list);
	return 0;
}
