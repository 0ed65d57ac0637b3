/*
 * Lists of snapshots. Key decision: one growing array of rows in order of number and one arena
 * for their strings, so that a pass allocates nothing per process, a look-up is a bisection, and
 * two passes are compared in one walk over both.
 */
#include "model/snapshot.h"

#include "base/mem.h"

#include <stdlib.h>

const char *const snapshot_part_names[SNAPSHOT_PARTS] = {
	[PART_STAT] = "stat",
	[PART_STAT_REST] = "stat",
	[PART_OWNER] = "status",
	[PART_RSS] = "statm",
	[PART_LOCKED] = "status",
	[PART_STATM] = "statm",
	[PART_STATUS] = "status",
	[PART_IO] = "io",
	[PART_SCHEDSTAT] = "schedstat",
	[PART_CPU_CLOCK] = "clock",
	[PART_CMDLINE] = "cmdline",
	[PART_EXE] = "exe",
	[PART_CWD] = "cwd",
	[PART_ROOT] = "root",
	[PART_CGROUP] = "cgroup",
	[PART_FDS] = "fd",
	[PART_SMAPS] = "smaps_rollup",
	[PART_WCHAN] = "wchan",
	[PART_SYSCALL] = "syscall",
	[PART_OOM] = "oom_score",
	[PART_NAMESPACES] = "ns",
	[PART_LOGINUID] = "loginuid",
	[PART_STATUS_TEXT] = "status",
	[PART_FD_LINKS] = "fd",
	[PART_INTERVAL] = "interval",
};

const char *const snapshot_namespace_names[SNAPSHOT_NAMESPACES] = {
	[NS_CGROUP] = "cgroup", [NS_IPC] = "ipc",
	[NS_MNT] = "mnt",       [NS_NET] = "net",
	[NS_PID] = "pid",       [NS_PID_FOR_CHILDREN] = "pid_for_children",
	[NS_TIME] = "time",     [NS_TIME_FOR_CHILDREN] = "time_for_children",
	[NS_USER] = "user",     [NS_UTS] = "uts",
};

uint64_t snapshot_cpu_ns(const struct snapshot *s)
{
	return snapshot_knows(s, PART_BIT(PART_CPU_CLOCK)) ? s->cpu_clock_ns
							   : s->stat.user_ns + s->stat.sys_ns;
}

/* ---- the list ---- */

void snapshot_list_init(struct snapshot_list *list)
{
	*list = (struct snapshot_list){.arena = ARENA_INIT};
}

void snapshot_list_deinit(struct snapshot_list *list)
{
	free(list->items);
	arena_deinit(&list->arena);
	snapshot_list_init(list);
}

void snapshot_list_clear(struct snapshot_list *list)
{
	list->count = 0;
	list->time_ns = 0;
	list->unreadable = 0;
	list->has_threads = false;
	arena_clear(&list->arena);
}

void snapshot_list_reserve(struct snapshot_list *list, size_t count)
{
	if (count <= list->capacity)
		return;
	list->items = mem_realloc(list->items, count, sizeof *list->items);
	list->capacity = count;
}

struct snapshot *snapshot_list_add(struct snapshot_list *list)
{
	struct snapshot *s;

	if (list->count == list->capacity)
		snapshot_list_reserve(list, list->capacity ? 2 * list->capacity : 64);
	s = &list->items[list->count++];
	*s = (struct snapshot){0};
	return s;
}

int snapshot_compare(const struct snapshot *a, const struct snapshot *b)
{
	if (a->tgid != b->tgid)
		return a->tgid < b->tgid ? -1 : 1;
	if (a->is_thread != b->is_thread)
		return a->is_thread ? 1 : -1;
	return (a->pid > b->pid) - (a->pid < b->pid);
}

struct snapshot *snapshot_list_find(const struct snapshot_list *list, int32_t pid)
{
	size_t low = 0, high = list->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (list->items[middle].tgid < pid)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < list->count && list->items[low].pid == pid)
		return &list->items[low];
	/* threads stand behind their process, whose number says nothing about theirs */
	for (size_t i = 0; list->has_threads && i < list->count; i++)
		if (list->items[i].pid == pid)
			return &list->items[i];
	return NULL;
}

void snapshot_usage(const struct snapshot *s, struct usage *ret)
{
	*ret = (struct usage){0};
	if (s->io)
		*ret = *s->io;
	if (!snapshot_knows(s, PART_BIT(PART_STAT)))
		return;
	usage_set_cpu(ret, snapshot_cpu_ns(s), s->stat.user_ns, s->stat.sys_ns);
	usage_set(ret, USAGE_MINOR_FAULTS, s->stat.minor_faults);
	usage_set(ret, USAGE_MAJOR_FAULTS, s->stat.major_faults);
	usage_set(ret, USAGE_THREADS, s->stat.threads);
	if (snapshot_knows(s, PART_BIT(PART_RSS)))
		usage_set(ret, USAGE_RSS_BYTES, s->rss_bytes);
	if (snapshot_knows(s, PART_BIT(PART_SMAPS)))
		usage_set(ret, USAGE_PSS_BYTES, s->smaps->pss_bytes);
	if (snapshot_knows(s, PART_BIT(PART_FDS)))
		usage_set(ret, USAGE_FDS, s->fd_count);
}

/* ---- two passes ---- */

static uint64_t grown(uint64_t now, uint64_t before)
{
	return now > before ? now - before : 0;
}

/* The clock where both passes read it: ticks and clock differ by more than a short interval. */
static uint64_t cpu_grown(const struct snapshot *s, const struct snapshot *before)
{
	if (snapshot_knows(s, PART_BIT(PART_CPU_CLOCK)) &&
	    snapshot_knows(before, PART_BIT(PART_CPU_CLOCK)))
		return grown(s->cpu_clock_ns, before->cpu_clock_ns);
	return grown(s->stat.user_ns + s->stat.sys_ns, before->stat.user_ns + before->stat.sys_ns);
}

static uint64_t usage_grown(const struct snapshot *s, const struct snapshot *before,
			    enum usage_field field)
{
	return grown(s->io->value[field], before->io->value[field]);
}

static void set_interval(struct snapshot *s, const struct snapshot *before, struct arena *arena)
{
	const uint32_t io = USAGE_BIT(USAGE_READ_BYTES) | USAGE_BIT(USAGE_WRITE_BYTES) |
			    USAGE_BIT(USAGE_READ_CHARS) | USAGE_BIT(USAGE_WRITE_CHARS);
	struct snapshot_interval *interval = arena_alloc(arena, sizeof *interval);

	interval->elapsed_ns = s->time_ns - before->time_ns;
	interval->cpu_ns = cpu_grown(s, before);
	interval->minor_faults = grown(s->stat.minor_faults, before->stat.minor_faults);
	interval->major_faults = grown(s->stat.major_faults, before->stat.major_faults);
	interval->io_known =
		s->io && before->io && (s->io->known & io) == io && (before->io->known & io) == io;
	if (interval->io_known) {
		interval->read_bytes = usage_grown(s, before, USAGE_READ_BYTES);
		interval->write_bytes = usage_grown(s, before, USAGE_WRITE_BYTES);
		interval->read_chars = usage_grown(s, before, USAGE_READ_CHARS);
		interval->write_chars = usage_grown(s, before, USAGE_WRITE_CHARS);
	}
	s->interval = interval;
	s->known |= PART_BIT(PART_INTERVAL);
}

void snapshot_list_since(struct snapshot_list *list, const struct snapshot_list *before)
{
	size_t at = 0;

	for (size_t i = 0; i < list->count; i++) {
		struct snapshot *s = &list->items[i];
		const struct snapshot *old;

		while (at < before->count && snapshot_compare(&before->items[at], s) < 0)
			at++;
		if (at == before->count)
			break;
		old = &before->items[at];
		if (snapshot_compare(old, s) == 0 &&
		    ident_match(snapshot_ident(old), snapshot_ident(s)) &&
		    s->time_ns > old->time_ns)
			set_interval(s, old, &list->arena);
	}
}
