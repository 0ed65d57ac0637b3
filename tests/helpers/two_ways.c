/*
 * two_ways [--threads]: one pass by the task iterator between two passes over proc; whatever the
 * two passes have in common, the iterator must have as well. Prints what differs, a line each, and
 * at the end "compared PROCESSES processes, VALUES values, DIFFERENT different". Status: 0; 1 when
 * something differs; 77 when the iterator does not open. Linked with the core only, so that it
 * runs on other kernels too.
 */
#include "source/scan.h"
#include "source/scan_bpf.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#define TICK_NS 10000000
/*
 * Of a running thread: its clock is brought up to date by the tick only, where proc's CPU clock looks
 * harder; and what the time is split by changes.
 */
#define LATE_NS (3 * TICK_NS)

enum rule {
	SAME,    /* wherever proc says the same twice */
	QUIET,   /* likewise, but not of a process that ran meanwhile */
	BETWEEN, /* it only grows: not outside of what proc says before and after */
	TICKS,   /* likewise, and proc knows only whole ticks */
	CLOCK,
	PAGES, /* resident: the counters of the CPUs are not in it */
};

struct value {
	const char *name;
	size_t offset, size;
	enum rule rule;
	uint32_t part;
};

#define V(member, rule, part)                                                                      \
	{                                                                                          \
#member, offsetof(struct snapshot, member),                                        \
			sizeof(((struct snapshot *)0)->member), rule, PART_BIT(part)               \
	}

static const struct value values[] = {
	V(tgid, SAME, PART_STAT),
	V(is_thread, SAME, PART_STAT),
	V(stat.pid, SAME, PART_STAT),
	V(stat.ppid, SAME, PART_STAT),
	V(stat.pgid, SAME, PART_STAT),
	V(stat.sid, SAME, PART_STAT),
	V(stat.state, QUIET, PART_STAT),
	V(stat.tty, SAME, PART_STAT),
	V(stat.tty_pgid, SAME, PART_STAT),
	V(stat.kernel_flags, SAME, PART_STAT),
	V(stat.minor_faults, BETWEEN, PART_STAT),
	V(stat.major_faults, BETWEEN, PART_STAT),
	V(stat.child_minor_faults, BETWEEN, PART_STAT),
	V(stat.child_major_faults, BETWEEN, PART_STAT),
	V(stat.user_ns, TICKS, PART_STAT),
	V(stat.sys_ns, TICKS, PART_STAT),
	V(stat.child_user_ns, TICKS, PART_STAT),
	V(stat.child_sys_ns, TICKS, PART_STAT),
	V(stat.priority, SAME, PART_STAT),
	V(stat.nice, SAME, PART_STAT),
	V(stat.threads, SAME, PART_STAT),
	V(stat.vsz_bytes, QUIET, PART_STAT),
	V(stat.last_cpu, QUIET, PART_STAT),
	V(stat.rt_priority, SAME, PART_STAT),
	V(stat.policy, SAME, PART_STAT),
	V(euid, SAME, PART_OWNER),
	V(egid, SAME, PART_OWNER),
	V(rss_bytes, PAGES, PART_RSS),
	V(locked_bytes, SAME, PART_LOCKED),
	V(cpu_clock_ns, CLOCK, PART_CPU_CLOCK),
	V(io_calls_read, BETWEEN, PART_IO),
	V(io_calls_written, BETWEEN, PART_IO),
	V(io_cancelled_bytes, BETWEEN, PART_IO),
};

static unsigned long compared, different, processes;

static uint64_t value_of(const struct snapshot *s, const struct value *v)
{
	uint64_t value = 0;

	memcpy(&value, (const char *)s + v->offset, v->size);
	return value;
}

/* What the counters of all CPUs may hold back, for files, anonymous and shared memory. */
static uint64_t slack_bytes(void)
{
	long cpus = sysconf(_SC_NPROCESSORS_CONF);
	long batch = 2 * cpus > 32 ? 2 * cpus : 32;

	return (uint64_t)(3 * cpus * batch * sysconf(_SC_PAGESIZE));
}

static bool agrees(const struct snapshot *seen, bool running, enum rule rule, uint64_t before,
		   uint64_t value, uint64_t after)
{
	uint64_t slack = seen->rss_approximate ? slack_bytes() : 0;
	uint64_t late = running ? LATE_NS : 0;

	switch (rule) {
	case SAME:
		return before != after || value == before;
	case QUIET:
		return running || before != after || value == before;
	case TICKS:
	case CLOCK:
		value -= rule == TICKS ? value % TICK_NS : 0;
		return before <= value + late && value <= after + late;
	case BETWEEN:
		return before <= value && value <= after;
	default:
		return before != after || (value <= before + slack && before <= value + slack);
	}
}

static void check(const struct snapshot *s, const char *name, bool good, uint64_t before,
		  uint64_t value, uint64_t after)
{
	compared++;
	if (good)
		return;
	different++;
	printf("%s %d (%.*s): %s is %" PRId64 ", in proc %" PRId64 " and then %" PRId64 "\n",
	       s->is_thread ? "thread" : "process", s->pid, (int)s->stat.comm.n, s->stat.comm.p,
	       name, (int64_t)value, (int64_t)before, (int64_t)after);
}

static void check_io(const struct snapshot *a, const struct snapshot *s, const struct snapshot *b)
{
	for (int i = USAGE_READ_BYTES; i <= (int)USAGE_WRITE_CHARS; i++)
		check(s, usage_names[i],
		      usage_knows(s->io, i) && a->io->value[i] <= s->io->value[i] &&
			      s->io->value[i] <= b->io->value[i],
		      a->io->value[i], s->io->value[i], b->io->value[i]);
}

static void compare(const struct snapshot *a, const struct snapshot *s, const struct snapshot *b)
{
	uint32_t known = a->known & b->known & scan_bpf_parts();

	bool running = a->stat.user_ns + a->stat.sys_ns < b->stat.user_ns + b->stat.sys_ns ||
		       s->stat.state == 'R' || a->cpu_clock_ns != b->cpu_clock_ns;

	processes++;
	check(s, "known parts", snapshot_knows(s, known), known, s->known, known);
	known &= s->known;
	/* proc's threads take theirs from the process, which has none when its leader is dead */
	if (s->is_thread)
		known &= ~(PART_BIT(PART_RSS) | PART_BIT(PART_LOCKED));
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		const struct value *v = &values[i];
		uint64_t before = value_of(a, v), value = value_of(s, v), after = value_of(b, v);

		if (known & v->part)
			check(s, v->name, agrees(s, running, v->rule, before, value, after), before,
			      value, after);
	}
	check(s, "comm", str_eq(s->stat.comm, a->stat.comm) || !str_eq(a->stat.comm, b->stat.comm),
	      a->stat.comm.n, s->stat.comm.n, b->stat.comm.n);
	if (known & PART_BIT(PART_IO))
		check_io(a, s, b);
}

static const struct snapshot *same(const struct snapshot_list *list, const struct snapshot *s)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].pid == s->pid && list->items[i].is_thread == s->is_thread &&
		    ident_match(snapshot_ident(&list->items[i]), snapshot_ident(s)))
			return &list->items[i];
	return NULL;
}

static void pass(const struct scan_options *options, struct snapshot_list *list)
{
	struct scan *scan;
	struct error err;

	snapshot_list_init(list);
	if (scan_new(&scan, options, &err) < 0 || scan_pass(scan, list, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		_exit(77);
	}
	scan_free(scan);
}

int main(int argc, char **argv)
{
	struct root root;
	struct scan_options options = {
		.root = &root, .parts = scan_bpf_parts(), .way = SCAN_PROC, .threads = argc > 1};
	struct snapshot_list before, list, after;

	if (root_open(&root, NULL, NULL) < 0)
		return 77;
	pass(&options, &before);
	options.way = SCAN_BPF;
	pass(&options, &list);
	options.way = SCAN_PROC;
	pass(&options, &after);
	for (size_t i = 0; i < before.count; i++) {
		const struct snapshot *a = &before.items[i], *s = same(&list, a),
				      *b = same(&after, a);

		if (s && b)
			compare(a, s, b);
		else if (b)
			check(a, "whether it is there", false, 1, 0, 1);
	}
	for (size_t i = 1; i < list.count; i++)
		check(&list.items[i], "the order",
		      snapshot_compare(&list.items[i - 1], &list.items[i]) < 0, 0, 0, 0);
	snapshot_list_deinit(&before);
	snapshot_list_deinit(&list);
	snapshot_list_deinit(&after);
	root_close(&root);
	printf("compared %lu processes, %lu values, %lu different\n", processes, compared,
	       different);
	return different > 0;
}
