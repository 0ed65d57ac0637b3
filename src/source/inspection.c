/*
 * Reads everything about one process. Key decision: its directory is opened first and held, so the
 * number cannot pass to another while the parts are read; what the pass over all processes tells of
 * its family is believed only where the start times agree.
 */
#include "source/inspection.h"

#include "base/cleanup.h"
#include "base/mem.h"
#include "base/text.h"
#include "procfs/limits.h"
#include "procfs/stat.h"
#include "source/files.h"
#include "source/scan.h"

#include <errno.h>

#define ENVIRONMENT_MAX ((size_t)32 << 20)
#define FILE_MAX        ((size_t)64 << 10)
#define CHILD_CMDLINE   ((size_t)8192) /* as long as a line of the tree may be shown */

#define ALL_PARTS ((1u << SNAPSHOT_PARTS) - 1)
#define SELF_PARTS                                                                                 \
	(ALL_PARTS & ~(PART_BIT(PART_SMAPS) | PART_BIT(PART_STATUS_TEXT) |                         \
		       PART_BIT(PART_FD_LINKS) | PART_BIT(PART_INTERVAL)))
#define FAMILY_PARTS (INSPECTION_FAMILY_PARTS | PART_BIT(PART_CMDLINE))
#define WATCH_PARTS  (PART_BIT(PART_STAT) | PART_BIT(PART_RSS) | PART_BIT(PART_CPU_CLOCK))
#define THREAD_PARTS                                                                               \
	(PART_BIT(PART_STAT) | PART_BIT(PART_STATUS) | PART_BIT(PART_SCHEDSTAT) |                  \
	 PART_BIT(PART_WCHAN))

struct reading {
	const struct root *root;
	int dirfd; /* of the process */
	struct inspection *to;
	struct buf text;
};

static bool is_gone(int r)
{
	return r == -ENOENT || r == -ESRCH;
}

/* One file of the process into reading->text. */
static enum inspection_access read_text(struct reading *reading, const char *name, size_t limit)
{
	int r;

	buf_clear(&reading->text);
	r = root_read(reading->dirfd, name, &reading->text, limit);
	if (r == -EACCES || r == -EPERM)
		return INSPECTION_DENIED;
	return r < 0 ? INSPECTION_UNKNOWN : INSPECTION_READ;
}

/* ---- the process itself ---- */

/* Is the directory that we hold the one of that life? */
static bool is_same(struct reading *reading, struct ident ident)
{
	struct snapshot_stat stat;

	if (read_text(reading, "stat", FILE_MAX) != INSPECTION_READ ||
	    procfs_stat_parse(buf_str(&reading->text), &stat) < 0)
		return false;
	return ident_match((struct ident){stat.pid, stat.start_grain_ns ? stat.start_grain_ns : 1,
					  stat.start_ns},
			   ident);
}

static int read_self(struct reading *reading, struct error *err)
{
	struct inspection *to = reading->to;
	uint32_t parts = SELF_PARTS;

	if (to->parts & INSPECT_PSS)
		parts |= PART_BIT(PART_SMAPS);
	return scan_one(reading->root, to->pid, (struct ident){0}, parts, &to->arena, &to->self,
			err);
}

/* Opens the directory and reads the process; again when the number passed on in between. */
static int open_and_read(struct reading *reading, struct error *err)
{
	struct inspection *to = reading->to;
	int r = 0;

	for (int attempt = 0; attempt < 3; attempt++) {
		cleanup_close_fn(&reading->dirfd);
		reading->dirfd = root_open_pid(reading->root, to->pid);
		if (is_gone(reading->dirfd))
			return INSPECTION_GONE;
		if (reading->dirfd < 0)
			return error_set(err, -reading->dirfd, "cannot read process %d: %s",
					 to->pid, error_name(reading->dirfd));
		r = read_self(reading, err);
		if (r != SCAN_DONE)
			return r < 0 ? r : INSPECTION_GONE;
		if (reading->dirfd < 0)
			return error_set(err, -reading->dirfd, "cannot read process %d: %s",
					 to->pid, error_name(reading->dirfd));
		if (is_same(reading, snapshot_ident(&to->self)))
			return INSPECTION_DONE;
	}
	return INSPECTION_GONE;
}

/* ---- what the snapshot does not hold ---- */

static void read_limits(struct reading *reading)
{
	struct inspection *to = reading->to;

	to->limits_access = read_text(reading, "limits", FILE_MAX);
	if (to->limits_access == INSPECTION_READ)
		procfs_limits_parse(buf_str(&reading->text), &to->limits);
}

/* Without a security module reading it fails; with one its form is the module's own affair. */
static void read_label(struct reading *reading)
{
	struct inspection *to = reading->to;
	struct str label;

	to->label_access = read_text(reading, "attr/current", FILE_MAX);
	label = buf_str(&reading->text);
	while (label.n > 0 && (label.p[label.n - 1] == '\n' || label.p[label.n - 1] == 0))
		label.n--;
	if (to->label_access == INSPECTION_READ && label.n > 0)
		to->label = arena_str(&to->arena, label);
	else if (to->label_access == INSPECTION_READ)
		to->label_access = INSPECTION_UNKNOWN;
}

static void read_environment(struct reading *reading)
{
	struct inspection *to = reading->to;
	struct str rest, word;

	to->environment_access = read_text(reading, "environ", ENVIRONMENT_MAX);
	if (to->environment_access != INSPECTION_READ)
		return;
	rest = buf_str(&reading->text);
	while (text_next_word(&rest, &word))
		to->environment_count += word.n > 0;
	if (to->parts & INSPECT_ENVIRONMENT)
		to->environment = arena_str(&to->arena, buf_str(&reading->text));
}

static void read_capabilities(struct reading *reading)
{
	unsigned long long last = 40;
	struct str text;

	while (!capability_name((unsigned)last))
		last--;
	buf_clear(&reading->text);
	if (root_read(reading->root->proc_fd, "sys/kernel/cap_last_cap", &reading->text, 64) == 0) {
		text = buf_str(&reading->text);
		str_to_u64(str_cut(&text, '\n'), &last);
	}
	reading->to->all_capabilities = last < 63 ? (UINT64_C(2) << last) - 1 : UINT64_MAX;
}

/* The namespaces to compare with: those of who looks, or of a captured machine's first process. */
static void read_own_namespaces(struct reading *reading)
{
	struct inspection *to = reading->to;
	struct snapshot own;
	long long pid = 1;

	buf_clear(&reading->text);
	if (reading->root->live &&
	    (root_read_link(reading->root->proc_fd, "self", &reading->text) < 0 ||
	     str_to_i64(buf_str(&reading->text), &pid) < 0))
		return;
	if (scan_one(reading->root, (int32_t)pid, (struct ident){0}, PART_BIT(PART_NAMESPACES),
		     &to->arena, &own, NULL) != SCAN_DONE ||
	    !snapshot_knows(&own, PART_BIT(PART_NAMESPACES)))
		return;
	to->own_known = true;
	memcpy(to->own_namespaces, own.namespaces, sizeof to->own_namespaces);
}

/* ---- the family ---- */

/* The same with its arguments; what the pass knew when it has ended since. */
static void read_relative(struct reading *reading, const struct snapshot *known,
			  struct snapshot *ret)
{
	struct inspection *to = reading->to;
	struct snapshot now;

	if (scan_one(reading->root, known->pid, snapshot_ident(known), FAMILY_PARTS, &to->arena,
		     &now, NULL) == SCAN_DONE) {
		*ret = now;
		return;
	}
	*ret = *known;
	ret->stat.comm = arena_str(&to->arena, known->stat.comm);
}

static void read_ancestors(struct reading *reading, const struct snapshot_list *system)
{
	struct inspection *to = reading->to;
	const struct snapshot *at;
	struct snapshot *ancestors;
	size_t count = 0;
	int32_t next = to->self.stat.ppid;

	/* parents start before their children: whoever did not has the number of a dead parent */
	for (at = snapshot_list_find(system, next); at && count < system->count; count++)
		at = snapshot_list_find(system, at->stat.ppid);
	ancestors = arena_alloc(&to->arena, (count + 1) * sizeof *ancestors);
	to->ancestors = ancestors + count;
	for (at = snapshot_list_find(system, next); at && to->ancestor_count < count;
	     at = snapshot_list_find(system, at->stat.ppid)) {
		const struct snapshot *child = to->ancestor_count ? to->ancestors : &to->self;

		if (at->stat.start_ns > child->stat.start_ns)
			break;
		read_relative(reading, at, ancestors + count - ++to->ancestor_count);
		to->ancestors--;
	}
}

static void read_children(struct reading *reading, const struct snapshot_list *system)
{
	struct inspection *to = reading->to;
	struct snapshot *children;
	size_t count = 0;

	for (size_t i = 0; i < system->count; i++)
		count += system->items[i].stat.ppid == to->pid;
	children = arena_alloc(&to->arena, (count + 1) * sizeof *children);
	for (size_t i = 0; i < system->count; i++)
		if (system->items[i].stat.ppid == to->pid &&
		    system->items[i].stat.start_ns >= to->self.stat.start_ns)
			read_relative(reading, &system->items[i], &children[to->child_count++]);
	to->children = children;
}

/* ---- threads ---- */

/* A pass over this process alone; a process of one thread has no rows of threads. */
static int read_threads(struct reading *reading, struct error *err)
{
	struct inspection *to = reading->to;
	struct scan_options options = {
		.root = reading->root,
		.parts = THREAD_PARTS,
		.way = SCAN_PROC,
		.threads = true,
		.pids = &to->pid,
		.pid_count = 1,
	};
	struct snapshot_list list;
	struct snapshot *threads;
	struct scan *scan = NULL;
	int r = scan_new(&scan, &options, err);

	snapshot_list_init(&list);
	if (r == 0)
		r = scan_pass(scan, &list, err);
	scan_free(scan);
	threads = arena_alloc(&to->arena, (list.count + 1) * sizeof *threads);
	for (size_t i = 0; i < list.count; i++)
		if (list.items[i].is_thread)
			threads[to->thread_count++] = list.items[i];
	if (r == 0 && to->thread_count == 0 && list.count == 1)
		threads[to->thread_count++] = list.items[0];
	to->threads = threads;
	/* the strings live as long as the arena that holds them */
	to->thread_arena = list.arena;
	list.arena = ARENA_INIT;
	snapshot_list_deinit(&list);
	return r;
}

/* ---- all ---- */

static int read_asked(struct reading *reading, struct error *err)
{
	struct inspection *to = reading->to;
	int r = 0;

	if (to->parts & INSPECT_FILES)
		r = files_read(reading->root, reading->dirfd, &to->files, err);
	if (r >= 0 && to->parts & INSPECT_MAPS)
		r = mappings_read(reading->root, reading->dirfd, to->parts & INSPECT_PSS, &to->maps,
				  err);
	if (r >= 0 && to->parts & INSPECT_THREADS)
		r = read_threads(reading, err);
	return r < 0 ? r : 0;
}

int inspection_read(const struct root *root, int32_t pid, unsigned parts,
		    const struct snapshot_list *system, struct inspection *ret, struct error *err)
{
	struct reading reading = {.root = root, .dirfd = -1, .to = ret};
	int r;

	*ret = (struct inspection){.pid = pid, .parts = parts};
	r = open_and_read(&reading, err);
	if (r == INSPECTION_DONE) {
		read_limits(&reading);
		read_label(&reading);
		read_environment(&reading);
		read_capabilities(&reading);
		read_own_namespaces(&reading);
		ret->family_known = system;
		if (system) {
			read_ancestors(&reading, system);
			read_children(&reading, system);
		}
		r = read_asked(&reading, err);
		ret->ended = root->live && !is_same(&reading, snapshot_ident(&ret->self));
	}
	cleanup_close_fn(&reading.dirfd);
	buf_deinit(&reading.text);
	return r;
}

void inspection_deinit(struct inspection *inspection)
{
	open_file_list_deinit(&inspection->files);
	mapping_list_deinit(&inspection->maps);
	free(inspection->watch.samples);
	arena_deinit(&inspection->thread_arena);
	arena_deinit(&inspection->arena);
	*inspection = (struct inspection){0};
}

/* ---- watching ---- */

static struct watch_sample *add_sample(struct watch *watch)
{
	if (watch->sample_count == watch->capacity) {
		watch->capacity = watch->capacity ? 2 * watch->capacity : 64;
		watch->samples =
			mem_realloc(watch->samples, watch->capacity, sizeof *watch->samples);
	}
	watch->samples[watch->sample_count] = (struct watch_sample){0};
	return &watch->samples[watch->sample_count++];
}

static void set_value(struct watch_sample *sample, enum watch_value value, double x)
{
	sample->value[value] = x;
	sample->known |= 1u << value;
}

/* CPU is what was used since the sample before: ticks and the exact clock do not mix. */
static void take_sample(struct watch *watch, const struct snapshot *now)
{
	bool exact = snapshot_knows(now, PART_BIT(PART_CPU_CLOCK));
	struct watch_sample *sample = add_sample(watch);
	uint64_t cpu_ns = snapshot_cpu_ns(now);
	int64_t elapsed_ns = now->time_ns - watch->last_time_ns;

	sample->time_ns = now->time_ns;
	sample->threads = now->stat.threads;
	if (snapshot_knows(now, PART_BIT(PART_RSS)))
		set_value(sample, WATCH_RSS_BYTES, (double)now->rss_bytes);
	if (watch->last_time_ns && exact == watch->last_exact && elapsed_ns > 0)
		set_value(sample, WATCH_CPU_PERCENT,
			  cpu_ns > watch->last_cpu_ns
				  ? 100.0 * (double)(cpu_ns - watch->last_cpu_ns) /
					    (double)elapsed_ns
				  : 0);
	watch->last_time_ns = now->time_ns;
	watch->last_cpu_ns = cpu_ns;
	watch->last_exact = exact;
}

int inspection_sample(const struct root *root, struct inspection *inspection, struct error *err)
{
	struct arena arena = ARENA_INIT;
	struct snapshot now;
	int r = scan_one(root, inspection->pid, snapshot_ident(&inspection->self), WATCH_PARTS,
			 &arena, &now, err);

	/* a zombie uses nothing any more */
	if (r == SCAN_DONE && now.stat.state == 'Z' && inspection->self.stat.state != 'Z')
		r = SCAN_GONE;
	if (r == SCAN_DONE)
		take_sample(&inspection->watch, &now);
	else if (r > 0)
		inspection->watch.end = r == SCAN_REUSED ? WATCH_REUSED : WATCH_EXITED;
	arena_deinit(&arena);
	return r < 0 ? r : r != SCAN_DONE;
}
