/*
 * The pass over all processes. Key decision: whether the iterator pays is decided when a pass
 * knows how many processes there are: loading it costs some 5 ms, what reading stat and status of
 * a few hundred takes; for many passes it pays at once. Files that it does not know are then read
 * behind it, and a second look of the iterator tells whose number has passed to another meanwhile.
 */
#include "source/scan.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/mem.h"
#include "procfs/mountinfo.h"
#include "procfs/status.h"
#include "source/scan_bpf.h"
#include "source/scan_numbers.h"
#include "source/scan_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#define PAYS_FROM      400 /* processes, for one pass */
#define MOUNTINFO_MOST ((size_t)4 << 20)

/* All threads of a process share these: read once, for the process. */
#define SHARED_PARTS                                                                               \
	(PART_BIT(PART_RSS) | PART_BIT(PART_LOCKED) | PART_BIT(PART_STATM) |                       \
	 PART_BIT(PART_CMDLINE) | PART_BIT(PART_EXE) | PART_BIT(PART_SMAPS) | PART_BIT(PART_OOM))

struct scan {
	struct scan_options options;
	struct scan_reader reader;
	struct scan_bpf *bpf;
	bool may_bpf;  /* not yet decided whether it pays */
	uint32_t more; /* parts that files add to what the iterator gives */
	int proc_fd;   /* a position of its own: the root's descriptor is shared */
	struct scan_numbers pids, tids;
	size_t *late; /* rows of the list whose process waited: looked at again after the pass */
	size_t late_count, late_capacity;
	uint64_t hidden;       /* processes of the last pass that may not be read at all */
	const int32_t *chosen; /* NULL: all */
	size_t chosen_count;
	size_t passed; /* processes that the iterator passed the last time; 0: not known */
	bool by_bpf;   /* the last pass was */
};

/* ---- opening ---- */

/* What is to be read from files where the iterator gives the rest. */
static uint32_t parts_of_files(const struct scan_options *options)
{
	/* its times are in ns already: a clock would add nothing */
	uint32_t given = scan_bpf_parts() | PART_BIT(PART_CPU_CLOCK);

	/* its resident sets are a few pages off: fine for watching, not for one exact look */
	if (options->way == SCAN_AUTO && !options->repeated)
		given &= ~PART_BIT(PART_RSS);
	return options->parts & ~given;
}

/* Is there anything that it saves? */
static bool suits_bpf(const struct scan_options *options)
{
	const uint32_t base = PART_BIT(PART_STAT) | PART_BIT(PART_STAT_REST) |
			      PART_BIT(PART_OWNER) | PART_BIT(PART_LOCKED) | PART_BIT(PART_STATUS);
	uint32_t more = parts_of_files(options);

	return options->root->live && !options->pids && !(more & base) &&
	       !(more && options->threads);
}

static int open_bpf(struct scan *scan, struct error *err)
{
	if (!suits_bpf(&scan->options))
		return error_set(err, EOPNOTSUPP,
				 "the BPF iterator cannot give what is asked for: choose fewer "
				 "columns, or let the proc file system be read");
	return scan_bpf_new(&scan->bpf, scan->options.parts, scan->options.threads, err);
}

int scan_new(struct scan **ret_scan, const struct scan_options *options, struct error *err)
{
	struct scan *scan = mem_alloc(sizeof *scan);
	int r = 0;

	scan->options = *options;
	scan->options.parts |= PART_BIT(PART_STAT);
	scan->proc_fd = -1;
	scan->more = parts_of_files(&scan->options);
	scan_reader_init(&scan->reader, options->root);
	scan->reader.cmdline_max = options->cmdline_max;
	if (options->way == SCAN_BPF)
		r = open_bpf(scan, err);
	else if (options->way == SCAN_AUTO && suits_bpf(&scan->options))
		scan->may_bpf = true;
	scan->by_bpf = scan->bpf;
	if (r == 0)
		r = root_check_proc(options->root, err);
	if (r == 0) {
		scan->proc_fd =
			openat(options->root->proc_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (scan->proc_fd < 0)
			r = error_set(err, errno, "cannot open the proc file system: %s",
				      error_name(errno));
	}
	if (r < 0) {
		scan_free(scan);
		return r;
	}
	*ret_scan = scan;
	return 0;
}

struct scan *scan_free(struct scan *scan)
{
	if (!scan)
		return NULL;
	scan_bpf_free(scan->bpf);
	cleanup_close_fn(&scan->proc_fd);
	scan_reader_deinit(&scan->reader);
	scan_numbers_deinit(&scan->pids);
	scan_numbers_deinit(&scan->tids);
	free(scan->late);
	free(scan);
	return NULL;
}

const char *scan_way_name(const struct scan *scan)
{
	return scan->by_bpf ? "bpf" : "proc";
}

/* ---- one process ---- */

/* Where it is, and what is held open for that. */
struct opened {
	struct scan_place place;
	int tasks, dirfd;
};

static void opened_deinit(struct opened *opened)
{
	cleanup_close_fn(&opened->tasks);
	cleanup_close_fn(&opened->dirfd);
}

/* Opens the directory of the place. An outcome of scan_read or -errno. */
static int open_directory(struct opened *opened)
{
	int fd = scan_open_directory(opened->place.base_fd, opened->place.pid);

	if (fd == -ENOENT || fd == -ESRCH)
		return SCAN_READ_GONE;
	if (fd == -EACCES || fd == -EPERM)
		return SCAN_READ_HIDDEN;
	opened->dirfd = opened->place.dirfd = fd;
	return fd < 0 ? fd : SCAN_READ_DONE;
}

/*
 * Opens what has that number: a process or, below its process, a thread. proc shows both below the
 * number, but of a thread the figures of its process.
 */
static int open_number(struct scan_reader *reader, struct opened *opened)
{
	struct scan_place *place = &opened->place;
	struct procfs_status_brief brief;
	struct str text;
	char path[32];
	int r = open_directory(opened);

	if (r != SCAN_READ_DONE ||
	    scan_read_text(reader, place->dirfd, "status", 65536, &text) < 0 ||
	    procfs_status_parse_brief(text, &brief) < 0 || brief.tgid <= 0 ||
	    brief.tgid == place->pid)
		return r;
	place->tgid = brief.tgid;
	place->is_thread = true;
	snprintf(path, sizeof path, "%d/task", place->tgid);
	opened->tasks = openat(place->base_fd, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (opened->tasks < 0)
		return SCAN_READ_GONE;
	cleanup_close_fn(&opened->dirfd);
	place->base_fd = opened->tasks;
	return open_directory(opened);
}

static int say_unreadable(int32_t pid, int r, struct error *err)
{
	bool too_many = r == -EMFILE || r == -ENFILE;

	return error_set(err, -r, "cannot read process %d: %s%s", pid, error_name(r),
			 too_many ? "; raise the limit of open files (ulimit -n)" : "");
}

int scan_one(const struct root *root, int32_t pid, struct ident expected, uint32_t parts,
	     struct arena *arena, struct snapshot *ret, struct error *err)
{
	struct opened opened = {
		{root->proc_fd, -1, pid, pid, false, parts | PART_BIT(PART_STAT)},
                -1, -1
        };
	struct scan_reader reader;
	struct snapshot s = {0};
	int r;

	if (pid <= 0)
		return SCAN_GONE;
	scan_reader_init(&reader, root);
	r = open_number(&reader, &opened);
	if (r == SCAN_READ_DONE)
		r = scan_read(&reader, &opened.place, arena, &s);
	scan_reader_deinit(&reader);
	opened_deinit(&opened);
	if (r < 0)
		return say_unreadable(pid, r, err);
	if (r == SCAN_READ_HIDDEN)
		return error_set(err, EACCES,
				 "process %d is hidden from this user (proc is mounted with "
				 "hidepid): try as root",
				 pid);
	if (r == SCAN_READ_STRANGE)
		return error_set(err, EINVAL, "the stat file of process %d is damaged", pid);
	if (r == SCAN_READ_GONE)
		return SCAN_GONE;
	*ret = s;
	return expected.tgid && !ident_match(expected, snapshot_ident(&s)) ? SCAN_REUSED
									   : SCAN_DONE;
}

/* ---- a pass ---- */

/* Drops the row that was added last when reading it did not succeed. */
static int finish(struct scan *scan, struct snapshot_list *list, int32_t pid, int r,
		  struct error *err)
{
	if (r == SCAN_READ_DONE)
		return 0;
	list->count--;
	scan->hidden += r == SCAN_READ_HIDDEN;
	list->unreadable += r == SCAN_READ_GONE || r == SCAN_READ_STRANGE;
	return r < 0 ? say_unreadable(pid, r, err) : 0;
}

/* What the threads of a process have in common with it. */
static void share(struct snapshot *thread, const struct snapshot *process)
{
	thread->known |= process->known & SHARED_PARTS;
	thread->denied |= process->denied & SHARED_PARTS;
	thread->rss_bytes = process->rss_bytes;
	thread->locked_bytes = process->locked_bytes;
	thread->statm = process->statm;
	thread->cmdline = process->cmdline;
	thread->cmdline_bytes = process->cmdline_bytes;
	thread->exe = process->exe;
	thread->exe_deleted = process->exe_deleted;
	thread->smaps = process->smaps;
	thread->oom_score = process->oom_score;
	thread->oom_adjust = process->oom_adjust;
}

static int read_thread(struct scan *scan, struct snapshot_list *list, struct opened *opened,
		       size_t process, struct error *err)
{
	struct snapshot *s = snapshot_list_add(list);
	int r = SCAN_READ_DONE;

	if (scan_needs_directory(opened->place.parts))
		r = open_directory(opened);
	if (r == SCAN_READ_DONE)
		r = scan_read(&scan->reader, &opened->place, &list->arena, s);
	if (r == SCAN_READ_DONE)
		share(s, &list->items[process]);
	return finish(scan, list, opened->place.pid, r, err);
}

static int read_threads(struct scan *scan, struct snapshot_list *list, int dirfd, size_t process,
			struct error *err)
{
	cleanup_close int tasks = openat(dirfd, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = 0;

	/* gone meanwhile: then it has no rows of threads */
	if (tasks < 0 || scan_numbers_list(&scan->tids, tasks) < 0)
		return 0;
	list->has_threads = true;
	for (size_t i = 0; i < scan->tids.count && r == 0; i++) {
		struct opened opened = {
			{tasks, -1, scan->tids.items[i], list->items[process].pid, true,
			 scan->options.parts & ~SHARED_PARTS},
			-1,
			-1
                };

		r = read_thread(scan, list, &opened, process, err);
		opened_deinit(&opened);
	}
	return r;
}

static void note_late(struct scan *scan, size_t index)
{
	if (scan->late_count == scan->late_capacity) {
		size_t capacity = scan->late_capacity ? 2 * scan->late_capacity : 16;

		scan->late = mem_realloc(scan->late, capacity, sizeof *scan->late);
		scan->late_capacity = capacity;
	}
	scan->late[scan->late_count++] = index;
}

static int read_opened(struct scan *scan, struct snapshot_list *list, struct opened *opened,
		       struct error *err)
{
	const struct scan_options *options = &scan->options;
	struct scan_place *place = &opened->place;
	size_t index = list->count;
	struct snapshot *s = snapshot_list_add(list);
	int r = SCAN_READ_DONE;

	if (options->pids)
		r = open_number(&scan->reader, opened);
	else if (options->threads || scan_needs_directory(place->parts))
		r = open_directory(opened);
	if (r == SCAN_READ_DONE)
		r = scan_read(&scan->reader, place, &list->arena, s);
	if (r != SCAN_READ_DONE)
		return finish(scan, list, place->pid, r, err);
	if (s->stat.state == 'D' && place->parts & SCAN_LOCKING_PARTS & ~s->known)
		note_late(scan, index);
	list->has_threads |= place->is_thread;
	if (options->threads && s->stat.threads > 1 && !place->is_thread)
		return read_threads(scan, list, place->dirfd, index, err);
	return 0;
}

/* Most processes that waited for a disk do so no longer. */
static void read_late(struct scan *scan, struct snapshot_list *list)
{
	for (size_t i = 0; i < scan->late_count; i++) {
		struct snapshot *s = &list->items[scan->late[i]];
		struct opened opened = {
			{scan->proc_fd, -1, s->pid, s->tgid, false, scan->options.parts},
                        -1, -1
                };

		if (!s->is_thread && open_directory(&opened) == SCAN_READ_DONE)
			scan_read_locking(&scan->reader, &opened.place, &list->arena, s);
		opened_deinit(&opened);
		for (struct snapshot *t = s + 1;
		     t < list->items + list->count && t->is_thread && t->tgid == s->tgid; t++)
			share(t, s);
	}
}

static int compare_rows(const void *a, const void *b)
{
	return snapshot_compare(a, b);
}

/* Threads that were asked for by number stand where their process would. */
static void put_in_order(struct snapshot_list *list)
{
	size_t kept = 0;

	qsort(list->items, list->count, sizeof *list->items, compare_rows);
	for (size_t i = 0; i < list->count; i++)
		if (kept == 0 || snapshot_compare(&list->items[kept - 1], &list->items[i]) != 0)
			list->items[kept++] = list->items[i];
	list->count = kept;
}

static int read_all(struct scan *scan, struct snapshot_list *list, struct error *err)
{
	int r = 0;

	scan->hidden = scan->late_count = 0;
	snapshot_list_reserve(list, scan->pids.count);
	for (size_t i = 0; i < scan->pids.count && r == 0; i++) {
		struct opened opened = {
			{scan->proc_fd, -1, scan->pids.items[i], scan->pids.items[i], false,
			 scan->options.parts},
			-1,
			-1
                };

		r = read_opened(scan, list, &opened, err);
		opened_deinit(&opened);
	}
	read_late(scan, list);
	if (scan->options.pids && list->has_threads)
		put_in_order(list);
	return r;
}

/* Drops the rows of whom was not chosen. Both are in the order of numbers. */
static void keep_chosen(struct scan *scan, struct snapshot_list *list)
{
	size_t kept = 0, at = 0;

	scan->passed = list->count;
	if (!scan->chosen)
		return;
	for (size_t i = 0; i < list->count; i++) {
		while (at < scan->chosen_count && scan->chosen[at] < list->items[i].tgid)
			at++;
		if (at < scan->chosen_count && scan->chosen[at] == list->items[i].tgid)
			list->items[kept++] = list->items[i];
	}
	list->count = kept;
}

/* The iterator, and what files add to it. */
static int pass_by_bpf(struct scan *scan, struct snapshot_list *list, struct error *err)
{
	int r = scan_bpf_pass(scan->bpf, list, err);

	if (r == 0)
		keep_chosen(scan, list);
	scan->hidden = scan->late_count = 0;
	for (size_t i = 0; r == 0 && scan->more && i < list->count; i++) {
		struct snapshot *s = &list->items[i];
		struct opened opened = {
			{scan->proc_fd, -1, s->pid, s->pid, false, scan->more},
                        -1, -1
                };

		r = open_directory(&opened);
		if (r == SCAN_READ_DONE)
			scan_read_more(&scan->reader, &opened.place, &list->arena, s);
		else if (r < 0)
			say_unreadable(s->pid, r, err);
		if (s->stat.state == 'D' && scan->more & SCAN_LOCKING_PARTS & ~s->known)
			note_late(scan, i);
		opened_deinit(&opened);
		r = r < 0 ? r : 0;
	}
	if (r < 0 || !scan->more)
		return r;
	read_late(scan, list);
	return scan_bpf_keep_living(scan->bpf, list, err);
}

void scan_choose(struct scan *scan, const int32_t *pids, size_t count)
{
	scan->chosen = pids;
	scan->chosen_count = count;
}

/* A process costs /proc about what a hundred cost the iterator. */
static bool are_few(const struct scan *scan)
{
	size_t all = scan->passed ? scan->passed : PAYS_FROM;

	return scan->chosen && scan->chosen_count < all / 100 + 1;
}

static int list_numbers(struct scan *scan)
{
	const struct scan_options *options = &scan->options;

	if (scan->chosen)
		scan_numbers_set(&scan->pids, scan->chosen, scan->chosen_count);
	else if (options->pids)
		scan_numbers_set(&scan->pids, options->pids, options->pid_count);
	else
		return scan_numbers_list(&scan->pids, scan->proc_fd);
	return 0;
}

int scan_pass(struct scan *scan, struct snapshot_list *list, struct error *err)
{
	const struct scan_options *options = &scan->options;
	int r = 0;

	snapshot_list_clear(list);
	list->time_ns = scan->reader.fixed_time_ns ? scan->reader.fixed_time_ns : clock_boot_ns();
	scan->by_bpf = scan->bpf && (options->way == SCAN_BPF || !are_few(scan));
	if (scan->by_bpf)
		r = pass_by_bpf(scan, list, err);
	if (scan->by_bpf && (r == 0 || options->way == SCAN_BPF))
		return r;
	/* it failed, does not pay, or there is none: proc serves */
	if (scan->by_bpf)
		scan->bpf = scan_bpf_free(scan->bpf);
	scan->by_bpf = false;
	snapshot_list_clear(list);
	r = list_numbers(scan);
	if (r < 0)
		return error_set(err, -r, "cannot list the processes: %s", error_name(r));
	if (!are_few(scan) && scan->may_bpf &&
	    (options->repeated || scan->pids.count >= PAYS_FROM)) {
		scan->may_bpf = false;
		if (scan_bpf_new(&scan->bpf, options->parts, options->threads, NULL) == 0)
			return scan_pass(scan, list, err);
	}
	list->time_ns = scan->reader.fixed_time_ns ? scan->reader.fixed_time_ns : clock_boot_ns();
	return read_all(scan, list, err);
}

/* ---- who is not shown ---- */

/* Does the mount of proc hide the processes of others from this user? */
static bool is_mounted_hiding(const struct root *root)
{
	struct procfs_mount mount;
	struct buf text = BUF_INIT;
	struct statx self, first;
	struct str value = STR_NONE;

	if (statx(root->proc_fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &self) == 0 &&
	    self.stx_mask & STATX_MNT_ID &&
	    root_read(root->proc_fd, "self/mountinfo", &text, MOUNTINFO_MOST) == 0 &&
	    procfs_mountinfo_find(buf_str(&text), self.stx_mnt_id, &mount) == 0)
		value = procfs_mount_option(mount.super_options, STR("hidepid"));
	if (!value.p || str_is(value, "0") || str_is(value, "off")) {
		buf_deinit(&text);
		return false;
	}
	buf_deinit(&text);
	/* the first process of all is somebody else's: who sees it sees all */
	return geteuid() != 0 &&
	       (faccessat(root->proc_fd, "1/stat", R_OK, 0) < 0 ||
		statx(root->proc_fd, "1", 0, STATX_UID, &first) < 0 || first.stx_uid == geteuid());
}

bool scan_is_hiding(const struct scan *scan)
{
	if (scan->bpf || !scan->options.root->live)
		return false;
	return scan->hidden > 0 || is_mounted_hiding(scan->options.root);
}
