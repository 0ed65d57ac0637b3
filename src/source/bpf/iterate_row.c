/*
 * A row of the task iterator as a snapshot: what proc would show. Key decision: numbers only, no
 * reading, so that what the kernel's fs/proc/array.c does can be followed line by line, and tested.
 */
#include "source/bpf/iterate_row.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#define MAX_RT_PRIO  100
#define DEFAULT_PRIO 120

static bool kernel_is_at_least(unsigned major, unsigned minor)
{
	struct utsname name;
	unsigned a, b;

	return uname(&name) == 0 && sscanf(name.release, "%u.%u", &a, &b) == 2 &&
	       (a > major || (a == major && b >= minor));
}

void iterate_reading_init(struct iterate_reading *reading, const struct iterate_load *load)
{
	*reading = (struct iterate_reading){
		.load = load,
		.worker_names_whole = kernel_is_at_least(6, 11),
		.page = (uint64_t)sysconf(_SC_PAGESIZE),
	};
}

/* ---- what it cost ---- */

/* A number of the process's signal_struct; 0 where this kernel does not count that. */
uint64_t iterate_of_process(const struct iterate_reading *reading,
			    const struct iterate_block *block, enum iterate_constant member)
{
	int64_t at = reading->load->constants[member] - reading->load->constants[ITERATE_BLOCK_AT];
	uint64_t value;

	if (!iterate_has(reading->load, member))
		return 0;
	memcpy(&value, block->bytes + at, sizeof value);
	return value;
}

/* Of the threads that ended. */
struct iterate_counts iterate_counts_of_dead(const struct iterate_reading *reading,
					     const struct iterate_block *block)
{
	return (struct iterate_counts){
		.run_ns = iterate_of_process(reading, block, ITERATE_SIGNAL_RUN),
		.utime = iterate_of_process(reading, block, ITERATE_SIGNAL_UTIME),
		.stime = iterate_of_process(reading, block, ITERATE_SIGNAL_STIME),
		.minor_faults = iterate_of_process(reading, block, ITERATE_SIGNAL_MIN_FLT),
		.major_faults = iterate_of_process(reading, block, ITERATE_SIGNAL_MAJ_FLT),
		.rchar = iterate_of_process(reading, block, ITERATE_SIGNAL_RCHAR),
		.wchar = iterate_of_process(reading, block, ITERATE_SIGNAL_WCHAR),
		.syscr = iterate_of_process(reading, block, ITERATE_SIGNAL_SYSCR),
		.syscw = iterate_of_process(reading, block, ITERATE_SIGNAL_SYSCW),
		.read_bytes = iterate_of_process(reading, block, ITERATE_SIGNAL_READ_BYTES),
		.write_bytes = iterate_of_process(reading, block, ITERATE_SIGNAL_WRITE_BYTES),
		.cancelled_bytes = iterate_of_process(reading, block, ITERATE_SIGNAL_CANCELLED),
	};
}

void iterate_counts_add(struct iterate_counts *sum, const struct iterate_counts *more)
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

void iterate_put_cost(const struct iterate_reading *reading, struct snapshot *s,
		      struct arena *arena, const struct iterate_counts *c, uint64_t prev_utime,
		      uint64_t prev_stime)
{
	s->stat.minor_faults = c->minor_faults;
	s->stat.major_faults = c->major_faults;
	s->cpu_clock_ns = c->run_ns;
	split_cpu(c, prev_utime, prev_stime, &s->stat);
	if (reading->io && iterate_has(reading->load, ITERATE_TASK_RCHAR) &&
	    iterate_has(reading->load, ITERATE_TASK_READ_BYTES))
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
static struct str kernel_name(const struct iterate_reading *reading, struct arena *arena,
			      const struct iterate_row *row, const struct iterate_kernel_name *name)
{
	bool worker = row->flags & PF_WQ_WORKER;
	bool whole = name->full_name[0] && (!worker || reading->worker_names_whole);
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

void iterate_put_children(const struct iterate_reading *reading, const struct iterate_block *block,
			  struct snapshot_stat *stat)
{
	stat->child_user_ns = iterate_of_process(reading, block, ITERATE_SIGNAL_CUTIME);
	stat->child_sys_ns = iterate_of_process(reading, block, ITERATE_SIGNAL_CSTIME);
	stat->child_minor_faults = iterate_of_process(reading, block, ITERATE_SIGNAL_CMIN_FLT);
	stat->child_major_faults = iterate_of_process(reading, block, ITERATE_SIGNAL_CMAJ_FLT);
}

void iterate_put_row(const struct iterate_reading *reading, const struct iterate_row *row,
		     const struct iterate_kernel_name *name, struct arena *arena,
		     struct snapshot *s)
{
	s->pid = row->head.tid;
	s->tgid = row->head.tgid;
	s->init_tgid = row->head.init_tgid;
	s->is_thread = row->head.kind != ITERATE_PROCESS;
	s->known = ITERATE_PARTS;
	put_stat(row, reading->page, &s->stat);
	s->stat.comm = name ? kernel_name(reading, arena, row, name)
			    : arena_str(arena, (struct str){row->comm,
							    strnlen(row->comm, sizeof row->comm)});
	s->euid = row->euid;
	s->egid = row->egid;
	s->rss_bytes = s->stat.rss_pages * reading->page;
	s->rss_approximate = iterate_has(reading->load, ITERATE_MM_BATCHED) && row->total_vm;
	s->locked_bytes = row->locked_vm * reading->page;
}
