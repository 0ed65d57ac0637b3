/*
 * The sampler. Key decision: it keeps its own list of who lives, by id, and looks each one up
 * again when its turn comes, because the table changes between two samples; a process directory
 * that is held open over all reads makes sure that a reused number never lends its figures.
 */
#include "source/sampler.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/mem.h"
#include "procfs/io.h"
#include "procfs/stat.h"
#include "procfs/statm.h"

#include <errno.h>
#include <sys/timerfd.h>
#include <time.h>

#define FILE_MAX 4096

struct sampled {
	uint64_t id;
	int32_t tgid;
};

struct sampler {
	struct source source;
	struct sampler_options options;
	int timer_fd;
	uint64_t page_bytes;
	struct sampled *list; /* who lives, in the order of ids */
	size_t count, capacity, position;
	uint64_t last_id; /* up to here the table was looked at */
	struct buf text;
	bool in_round, stopped;
};

static struct sampler *sampler_of(const struct source *source)
{
	return (struct sampler *)(uintptr_t)source;
}

static int sampler_open(struct source *source, struct error *err)
{
	struct sampler *sampler = sampler_of(source);
	int64_t ns = sampler->options.interval_ns;
	struct timespec interval = {ns / NS_PER_SEC, ns % NS_PER_SEC};
	struct itimerspec timer = {interval, interval};

	sampler->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (sampler->timer_fd < 0 || timerfd_settime(sampler->timer_fd, 0, &timer, NULL) < 0)
		return error_set(err, errno, "cannot start the timer of the samples: %s",
				 error_name(errno));
	return 0;
}

static int sampler_fd(const struct source *source)
{
	return sampler_of(source)->timer_fd;
}

/* ---- who is to be sampled ---- */

static const struct proc *find(const struct sampler *sampler, struct sampled who)
{
	const struct proc *proc = table_find(sampler->options.table, ident_provisional(who.tgid));

	while (proc && proc->id != who.id)
		proc = proc->older_life;
	return proc && proc->state == PROC_LIVING ? proc : NULL;
}

static void drop_dead(struct sampler *sampler)
{
	size_t kept = 0;

	for (size_t i = 0; i < sampler->count; i++)
		if (find(sampler, sampler->list[i]))
			sampler->list[kept++] = sampler->list[i];
	sampler->count = kept;
}

/* Adds who is new since the last time: those stand at the end of the table. */
static void add_new(struct sampler *sampler)
{
	const struct table *table = sampler->options.table;
	const struct proc *proc = table->last;

	while (proc && proc->prev && proc->prev->id > sampler->last_id)
		proc = proc->prev;
	for (; proc; proc = proc->next) {
		if (proc->id <= sampler->last_id || proc->state != PROC_LIVING || !proc->member)
			continue;
		if (sampler->count == sampler->capacity) {
			sampler->capacity = sampler->capacity ? 2 * sampler->capacity : 64;
			sampler->list = mem_realloc(sampler->list, sampler->capacity,
						    sizeof *sampler->list);
		}
		sampler->list[sampler->count++] = (struct sampled){proc->id, proc->ident.tgid};
	}
	sampler->last_id = table->next_id;
}

/* ---- one sample ---- */

/* Is the process that `stat` is about the life that the table means? */
static bool is_same_life(const struct proc *proc, const struct snapshot_stat *stat)
{
	struct ident seen = {proc->ident.tgid, IDENT_GRAIN_TICKS, stat->start_ns};

	if (proc->ident.grain_ns)
		return ident_match(proc->ident, seen);
	/* start_ns is then a record's time: who started after it is a later holder of the number */
	return (int64_t)stat->start_ns <= proc->start_ns + 2 * (int64_t)IDENT_GRAIN_TICKS;
}

static int read_file(struct sampler *sampler, int dirfd, const char *name, struct str *ret_text)
{
	int r;

	buf_clear(&sampler->text);
	r = root_read(dirfd, name, &sampler->text, FILE_MAX);
	if (r == 0)
		*ret_text = buf_str(&sampler->text);
	return r;
}

/* The process CPU clock: ns, no privilege needed. 0 when it cannot be read. */
static uint64_t cpu_clock_ns(const struct sampler *sampler, int32_t pid)
{
	clockid_t id = (clockid_t)(~(unsigned)pid << 3 | 2u); /* CPUCLOCK_SCHED of the process */
	struct timespec time;

	if (!sampler->options.root->live || clock_gettime(id, &time) < 0)
		return 0;
	return (uint64_t)time.tv_sec * NS_PER_SEC + (uint64_t)time.tv_nsec;
}

/* Fills `ret`; false when the process has gone, is a zombie or is somebody else. */
static bool sample(struct sampler *sampler, const struct proc *proc, struct record *ret)
{
	cleanup_close int dirfd = root_open_pid(sampler->options.root, proc->pid);
	struct record record = record_make(RECORD_SAMPLE, clock_boot_ns(), proc->ident, proc->pid);
	struct usage *usage = &record.usage;
	struct snapshot_stat stat;
	struct str text;
	uint64_t cpu_ns, rss_bytes;

	if (dirfd < 0)
		return false;
	/* before stat, which fails when the number has passed to somebody else by then */
	cpu_ns = cpu_clock_ns(sampler, proc->pid);
	if (read_file(sampler, dirfd, "stat", &text) < 0 || procfs_stat_parse(text, &stat) < 0 ||
	    stat.state == 'Z' || stat.state == 'X' || !is_same_life(proc, &stat))
		return false;
	if (cpu_ns) {
		usage_set_cpu(usage, cpu_ns, stat.user_ns, stat.sys_ns);
	} else {
		usage_set(usage, USAGE_CPU_USER_NS, stat.user_ns);
		usage_set(usage, USAGE_CPU_SYS_NS, stat.sys_ns);
	}
	if (read_file(sampler, dirfd, "statm", &text) == 0 &&
	    procfs_statm_parse_rss(text, sampler->page_bytes, &rss_bytes) == 0)
		usage_set(usage, USAGE_RSS_BYTES, rss_bytes);
	/* readable by who may trace the process only */
	if (read_file(sampler, dirfd, "io", &text) == 0)
		procfs_io_parse(text, usage);
	*ret = record;
	return true;
}

/* Has the interval passed? Several that passed are one. */
static bool is_due(const struct sampler *sampler)
{
	uint64_t expirations;

	return read(sampler->timer_fd, &expirations, sizeof expirations) > 0;
}

static int sampler_next(struct source *source, struct record *ret, struct error *err)
{
	struct sampler *sampler = sampler_of(source);

	if (sampler->stopped)
		return SOURCE_END;
	if (!sampler->in_round) {
		if (!is_due(sampler))
			return SOURCE_NONE;
		drop_dead(sampler);
		add_new(sampler);
		sampler->position = 0;
		sampler->in_round = true;
	}
	while (sampler->position < sampler->count) {
		const struct proc *proc = find(sampler, sampler->list[sampler->position++]);

		if (proc && sample(sampler, proc, ret))
			return SOURCE_RECORD;
	}
	sampler->in_round = false;
	/* a round that took longer than the interval is not followed by the next at once */
	is_due(sampler);
	return SOURCE_NONE;
}

static void sampler_stop(struct source *source)
{
	sampler_of(source)->stopped = true;
}

static void sampler_close(struct source *source)
{
	struct sampler *sampler = sampler_of(source);

	cleanup_close_fn(&sampler->timer_fd);
	buf_deinit(&sampler->text);
	free(sampler->list);
	free(sampler);
}

static const struct source_ops sampler_ops = {
	.name = "sampler",
	.capabilities = SOURCE_FOLLOWS,
	.open = sampler_open,
	.fd = sampler_fd,
	.next = sampler_next,
	.stop = sampler_stop,
	.close = sampler_close,
};

struct source *sampler_new(const struct sampler_options *options)
{
	struct sampler *sampler = mem_alloc(sizeof *sampler);

	sampler->source.ops = &sampler_ops;
	sampler->options = *options;
	sampler->timer_fd = -1;
	sampler->page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
	return &sampler->source;
}
