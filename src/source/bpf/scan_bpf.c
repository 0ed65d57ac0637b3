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
#include "source/bpf/iterate_row.h"
#include "source/scan.h"

#include <errno.h>
#include <stdlib.h>

#define READ_BYTES (64u << 10) /* the kernel gives half of that at a time */
#define TRIES      3

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
	struct iterate_reading reading;
	struct root root;
	bool threads;
	char *bytes;
	size_t filled;
	struct group *groups;
	struct iterate_head *others; /* of threads that are not leaders */
	size_t group_count, group_room, other_count, other_room;
	int64_t now_ns; /* of the row, or of one a little before it */
	bool comparing; /* with a list that is there already */
	size_t compared, kept;
};

uint32_t scan_bpf_parts(void)
{
	return ITERATE_PARTS | PART_BIT(PART_IO);
}

int scan_bpf_new(struct scan_bpf **ret_scan, uint32_t parts, bool threads, struct error *err)
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
	iterate_reading_init(&scan->reading, &scan->load);
	scan->reading.io = parts & PART_BIT(PART_IO);
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

/* ---- rows ---- */

/* Everything but the cost. `name`: of a kernel thread, else NULL. */
static struct snapshot *add_item(const struct scan_bpf *scan, struct snapshot_list *list,
				 const struct iterate_row *row,
				 const struct iterate_kernel_name *name)
{
	struct snapshot *s = snapshot_list_add(list);

	iterate_put_row(&scan->reading, row, name, &list->arena, s);
	s->time_ns = scan->now_ns;
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
	struct iterate_counts sum = iterate_counts_of_dead(&scan->reading, block);
	uint64_t prev_utime = iterate_of_process(&scan->reading, block, ITERATE_SIGNAL_PREV_UTIME);
	uint64_t prev_stime = iterate_of_process(&scan->reading, block, ITERATE_SIGNAL_PREV_STIME);
	size_t item = list->count;
	struct snapshot *s = add_item(scan, list, row, name);

	iterate_put_children(&scan->reading, block, &s->stat);
	iterate_counts_add(&sum, &row->head.counts);
	if (row->threads <= 1) {
		iterate_put_cost(&scan->reading, s, &list->arena, &sum, prev_utime, prev_stime);
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
	iterate_put_children(&scan->reading, block, &s->stat);
	iterate_put_cost(&scan->reading, s, &list->arena, &row->head.counts, row->prev_utime,
			 row->prev_stime);
}

static void add_thread(struct scan_bpf *scan, struct snapshot_list *list,
		       const struct iterate_row *row, const struct iterate_kernel_name *name)
{
	struct snapshot *s = add_item(scan, list, row, name);

	iterate_put_cost(&scan->reading, s, &list->arena, &row->head.counts, row->prev_utime,
			 row->prev_stime);
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

/* Keeps the item that the row is about. Both come in order of number. */
static void keep_living(struct scan_bpf *scan, struct snapshot_list *list,
			const struct iterate_head *head)
{
	while (scan->compared < list->count && list->items[scan->compared].pid <= head->tid) {
		const struct snapshot *s = &list->items[scan->compared++];

		/* whom the iterator does not show has a start of another grain */
		if (s->stat.start_grain_ns != 1 ||
		    (s->pid == head->tid && s->stat.start_ns == head->start_ns))
			list->items[scan->kept++] = *s;
	}
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
	if (scan->comparing) {
		if (process)
			keep_living(scan, list, &row->head);
		return;
	}
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
	scan->now_ns = before;
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
		iterate_counts_add(&group->sum, &other->counts);
	}
	for (size_t i = 0; i < scan->group_count; i++) {
		const struct group *group = &scan->groups[i];

		iterate_put_cost(&scan->reading, &list->items[group->item], &list->arena,
				 &group->sum, group->prev_utime, group->prev_stime);
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
		list->time_ns = clock_boot_ns();
		r = read_rows(scan, list, err);
		if (r < 0)
			return r;
		agree = add_up(scan, list);
	}
	if (list->has_threads)
		put_behind_processes(list);
	return 0;
}

int scan_bpf_keep_living(struct scan_bpf *scan, struct snapshot_list *list, struct error *err)
{
	int r;

	scan->comparing = true;
	scan->compared = scan->kept = 0;
	r = read_rows(scan, list, err);
	scan->comparing = false;
	if (r < 0)
		return r;
	list->unreadable += list->count - scan->kept;
	list->count = scan->kept;
	return 0;
}
