/*
 * Looking at who lives, again and again. Key decision: each two looks are compared, and what must
 * have happened between them becomes records like those of any source, marked inferred: births at the
 * time that the kernel keeps, everything else at the time of the look. What comes and goes between
 * two looks is not seen, and nothing here pretends that it was.
 */
#include "source/poll.h"

#include "base/clock.h"
#include "base/mem.h"
#include "source/cgroup_procs.h"
#include "source/looks.h"
#include "source/scan.h"
#include "source/seen_tell.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define INTERVAL_NS NS_PER_SEC
#define ASK_NS      (20 * NS_PER_MS)
/* An exec that leaves the name alone shows in where code and stack are: the rest of stat. */
#define PARTS       (PART_BIT(PART_STAT) | PART_BIT(PART_STAT_REST) | PART_BIT(PART_OWNER))
#define WAITING_MAX 3 /* records of one life, and the birth of the command */

/* One look at everybody, and at the cgroups of the target. */
struct look {
	int64_t begun_ns; /* boot time */
	struct snapshot_list list;
	struct scan_numbers members;
};

struct poll {
	struct source source;
	struct source_options options;
	struct scan *scan;
	struct cgroup_procs *procs; /* NULL: the target has no cgroups */
	struct look looks[2], *before, *now;
	struct looks lives; /* of both */
	struct seen_teller teller;
	int64_t due_ns;                     /* when to look next: monotonic */
	int64_t since_ns, until_ns;         /* what happened between the looks: boot time */
	struct record waiting[WAITING_MAX]; /* to be given */
	unsigned waiting_count, given;
	size_t ended_position;
	bool telling; /* there may be lives left to be told of */
	bool stopped, ended;

	struct ident command; /* the life of the command that was started; tgid 0: there is none */
	int command_fd;       /* its pidfd, until it was waited for; -1 */
	bool command_is_new;  /* no look was made since it was started */
	char own_comm[16];    /* it begins as a copy of us */
	struct buf words;
};

static struct poll *self(const struct source *source)
{
	return (struct poll *)(uintptr_t)source;
}

static struct record *add(struct poll *p, const struct record *record)
{
	p->waiting[p->waiting_count] = *record;
	return &p->waiting[p->waiting_count++];
}

/* ---- looking ---- */

static int64_t interval_ns(const struct poll *p)
{
	return p->options.interval_ns > 0 ? p->options.interval_ns : INTERVAL_NS;
}

static int look(struct poll *p, struct error *err)
{
	struct look *before = p->now;
	int r;

	p->now = p->before;
	p->before = before;
	p->now->begun_ns = clock_boot_ns();
	r = scan_pass(p->scan, &p->now->list, err);
	if (r == 0 && p->procs)
		cgroup_procs_list(p->procs, &p->now->members);
	return r;
}

static int open_source(struct source *source, struct error *err)
{
	struct poll *p = self(source);
	const struct scan_options options = {
		.root = p->options.root, .parts = PARTS, .way = SCAN_PROC, .repeated = true};
	int r = scan_new(&p->scan, &options, err);

	if (r < 0)
		return r;
	if (p->options.cgroup_count > 0)
		p->procs = cgroup_procs_new(p->options.root, p->options.cgroups,
					    p->options.cgroup_count);
	p->due_ns = clock_mono_ns() + interval_ns(p);
	return look(p, err);
}

/* A look that took longer than the interval is not followed by the next at once. */
static bool is_due(struct poll *p)
{
	int64_t now_ns = clock_mono_ns();

	if (now_ns < p->due_ns && !p->stopped)
		return false;
	p->due_ns += interval_ns(p);
	if (p->due_ns < now_ns)
		p->due_ns = now_ns + interval_ns(p);
	return true;
}

static int look_again(struct poll *p, struct error *err)
{
	int r = look(p, err);

	if (r < 0)
		return r;
	if (p->before->begun_ns > p->since_ns)
		p->since_ns = p->before->begun_ns;
	p->until_ns = clock_boot_ns();
	looks_compare(&p->lives, &p->before->list, &p->now->list);
	p->ended_position = 0;
	p->telling = true;
	p->ended = p->stopped; /* the last look */
	return 0;
}

/* ---- births and ends ---- */

/* Whatever was there first was born later than the look before: ticks are coarse. */
static int64_t birth_ns(const struct poll *p, const struct snapshot *s)
{
	int64_t start_ns = (int64_t)s->stat.start_ns;

	return start_ns > p->since_ns ? start_ns : p->since_ns;
}

/* Who has its number by now was born when it had ended. */
static int64_t end_ns(const struct poll *p, size_t i)
{
	const struct looked_life *next = &p->lives.lives[i + 1];

	if (i + 1 < p->lives.count && next->now && next->now->pid == p->lives.lives[i].before->pid)
		return birth_ns(p, next->now);
	return p->until_ns;
}

/* Of who has ended nobody knows how; of the command it is waited for. */
static bool tell_end(struct poll *p)
{
	while (p->ended_position < p->lives.count) {
		size_t i = p->ended_position++;
		const struct snapshot *s = p->lives.lives[i].before;
		struct record record;

		if (p->lives.lives[i].now ||
		    (p->command_fd >= 0 && ident_match(p->command, snapshot_life(s))))
			continue;
		record = record_make(RECORD_EXIT, end_ns(p, i), snapshot_life(s), s->pid);
		record.inferred = true;
		record.exit.status = STATUS_UNKNOWN;
		add(p, &record);
		return true;
	}
	return false;
}

/* Does the one run what the other ran, or runs? Who may not be traced has a name only. */
static bool runs_same(const struct snapshot *one, const struct snapshot *other)
{
	const struct snapshot_stat *a = &one->stat, *b = &other->stat;

	if (snapshot_is_kernel_thread(one) || snapshot_is_kernel_thread(other))
		return snapshot_is_kernel_thread(one) && snapshot_is_kernel_thread(other);
	if (a->start_stack && b->start_stack)
		return a->start_stack == b->start_stack && a->start_code == b->start_code;
	return str_eq(a->comm, b->comm);
}

/*
 * How it is called and stands, as a renaming: where that is known already the pipeline drops it, and
 * what else of it is news it tells as news. Or as an exec, if it runs something else.
 */
static void tell_image(struct poll *p, const struct snapshot *s, const struct record *seen,
		       bool same)
{
	struct record record = same ? seen_as_comm(seen) : seen_as_exec(seen);

	record.ident = snapshot_life(s);
	record.pid = s->pid;
	record.time_ns = p->until_ns;
	add(p, &record);
}

static void tell_birth(struct poll *p, const struct looked_life *life)
{
	const struct looked_life *parent = looked_parent(&p->lives, life);
	const struct snapshot *s = life->now;
	bool of_kernel = snapshot_is_kernel_thread(s);
	struct record seen,
		fork = record_make(RECORD_FORK, birth_ns(p, s), snapshot_life(s), s->pid);

	(void)seen_tell(&p->teller, s, p->until_ns, &seen);
	fork.inferred = true;
	fork.covered = seen.covered;
	/* no more of how it stands: that would be said of its parent, too */
	fork.standing.ppid = s->stat.ppid;
	if (parent)
		fork.fork.parent = snapshot_life(looked_last(parent));
	if (of_kernel)
		fork.fork.comm = s->stat.comm;
	add(p, &fork);
	if (!of_kernel)
		tell_image(p, s, &seen, parent && runs_same(looked_last(parent), s));
}

/* ---- changes ---- */

static bool has_joined(const struct poll *p, int32_t pid)
{
	return scan_numbers_has(&p->now->members, pid) &&
	       !scan_numbers_has(&p->before->members, pid);
}

static bool stands_otherwise(const struct snapshot *before, const struct snapshot *now)
{
	return before->stat.pgid != now->stat.pgid || before->stat.sid != now->stat.sid ||
	       before->euid != now->euid || before->egid != now->egid;
}

static void tell_change(struct poll *p, const struct looked_life *life)
{
	const struct snapshot *before = life->before, *now = life->now;
	bool same = runs_same(before, now), of_kernel = snapshot_is_kernel_thread(now);
	struct record seen;

	/* workers of the kernel are called by what they do */
	if (same && (of_kernel || str_eq(before->stat.comm, now->stat.comm)) &&
	    !stands_otherwise(before, now) && !has_joined(p, now->pid))
		return;
	if (seen_tell(&p->teller, now, p->until_ns, &seen) == SCAN_DONE)
		tell_image(p, now, &seen, same);
}

/* Puts what is to be told next among what waits; false: of these two looks nothing is left. */
static bool tell_more(struct poll *p)
{
	struct looked_life *life;

	if (!p->telling || tell_end(p))
		return p->telling;
	while (p->waiting_count == 0 && (life = looks_next(&p->lives))) {
		if (!life->before)
			tell_birth(p, life);
		else if (life->now)
			tell_change(p, life);
	}
	p->telling = p->waiting_count > 0;
	return p->telling;
}

/* ---- the command ---- */

/*
 * It is told of before it runs, so that nobody can have missed it; what it executes, if it is over
 * when it is looked at first, is what was asked for.
 */
static void tell_short_command(struct poll *p)
{
	const struct launch *launch = p->options.launch;
	struct snapshot *s = snapshot_list_find(&p->now->list, launch->pid);
	struct record record;

	if (!launch->executed || !s || looks_is_living(s))
		return;
	for (char *const *word = launch->spec.argv; *word; word++)
		buf_add(&p->words, *word, strlen(*word) + 1);
	record = record_make(RECORD_EXEC, p->until_ns, p->command, launch->pid);
	record.inferred = true;
	record.exec.comm = s->stat.comm;
	record.exec.argv = buf_str(&p->words);
	record.exec.args_bytes = p->words.n;
	record.exec.filename = str_of(launch->spec.path ? launch->spec.path : launch->spec.argv[0]);
	add(p, &record);
}

static int tell_command(struct poll *p, struct error *err)
{
	const struct snapshot *own = snapshot_list_find(&p->now->list, getpid());
	int32_t pid = p->options.launch->pid;
	struct arena arena = ARENA_INIT;
	struct record record;
	struct snapshot s;
	int r = scan_one(p->options.root, pid, (struct ident){0}, PARTS, &arena, &s, err);

	arena_deinit(&arena);
	if (r != SCAN_DONE)
		return r < 0 ? r : error_set(err, ESRCH, "the command ended before it began");
	p->command = snapshot_life(&s);
	p->since_ns = clock_boot_ns();
	record = record_make(RECORD_FORK, p->since_ns, p->command, pid);
	record.standing.ppid = (int32_t)getpid();
	if (own)
		record.fork.parent = snapshot_life(own);
	prctl(PR_GET_NAME, p->own_comm);
	record.fork.comm = str_of(p->own_comm);
	add(p, &record);
	return 0;
}

static int start(struct source *source, struct launch *launch, struct error *err)
{
	struct poll *p = self(source);
	int r = launch_fork(launch, err);

	r = r < 0 ? r : tell_command(p, err);
	if (r < 0)
		return r;
	/* whoever else waits for it: by this no other child is meant */
	p->command_fd = (int)syscall(SYS_pidfd_open, launch->pid, 0);
	p->command_is_new = true;
	p->due_ns = 0;
	launch_release(launch);
	return 0;
}

/* Has the command ended? Its status, unless somebody else has waited for it. */
static bool tell_end_of_command(struct poll *p)
{
	siginfo_t info = {0};
	struct record record;
	int r;

	if (p->command_fd < 0 || p->command_is_new)
		return false;
	r = waitid(P_PIDFD, (id_t)p->command_fd, &info, WEXITED | WNOHANG);
	if (r == 0 && info.si_pid == 0)
		return false;
	record = record_make(RECORD_EXIT, clock_boot_ns(), p->command, p->options.launch->pid);
	record.inferred = r < 0;
	record.exit.status = r < 0                        ? STATUS_UNKNOWN
			     : info.si_code == CLD_EXITED ? info.si_status << 8
			     : info.si_code == CLD_DUMPED ? info.si_status | 0x80
							  : info.si_status;
	close(p->command_fd);
	p->command_fd = -1;
	add(p, &record);
	return true;
}

/* ---- the source ---- */

/* SOURCE_RECORD when something waits to be given. At most one look. */
static int gather(struct poll *p, struct error *err)
{
	int r;

	p->waiting_count = p->given = 0;
	if (tell_more(p) || tell_end_of_command(p))
		return SOURCE_RECORD;
	if (p->ended)
		return SOURCE_END;
	if (!is_due(p))
		return SOURCE_NONE;
	r = look_again(p, err);
	if (r < 0)
		return r;
	if (p->command_is_new)
		tell_short_command(p);
	p->command_is_new = false;
	return p->waiting_count > 0 || tell_more(p) ? SOURCE_RECORD
	       : p->ended                           ? SOURCE_END
						    : SOURCE_NONE;
}

static int next(struct source *source, struct record *ret, struct error *err)
{
	struct poll *p = self(source);
	int r = p->given < p->waiting_count ? SOURCE_RECORD : gather(p, err);

	if (r == SOURCE_RECORD)
		*ret = p->waiting[p->given++];
	return r;
}

static int fd(const struct source *source)
{
	(void)source;
	return -1;
}

static void stop(struct source *source)
{
	self(source)->stopped = true;
}

static void close_source(struct source *source)
{
	struct poll *p = self(source);

	scan_free(p->scan);
	cgroup_procs_free(p->procs);
	for (unsigned i = 0; i < 2; i++) {
		snapshot_list_deinit(&p->looks[i].list);
		scan_numbers_deinit(&p->looks[i].members);
	}
	looks_deinit(&p->lives);
	seen_teller_deinit(&p->teller);
	buf_deinit(&p->words);
	if (p->command_fd >= 0)
		close(p->command_fd);
	free(p);
}

#define CAPABILITIES (SOURCE_SEES_ALL | SOURCE_REAPS)

static const struct source_ops ops = {
	.name = "poll",
	.capabilities = CAPABILITIES,
	.poll_ns = ASK_NS,
	.open = open_source,
	.fd = fd,
	.next = next,
	.stop = stop,
	.close = close_source,
};

static struct source *create(const struct source_options *options)
{
	struct poll *p = mem_alloc(sizeof *p);

	p->source.ops = &ops;
	p->options = *options;
	p->before = &p->looks[0];
	p->now = &p->looks[1];
	p->command_fd = -1;
	for (unsigned i = 0; i < 2; i++)
		snapshot_list_init(&p->looks[i].list);
	seen_teller_init(&p->teller, options->root, options->cgroups, options->cgroup_count);
	return &p->source;
}

/* ---- what works here ---- */

static int probe(const struct source_options *options, struct error *why)
{
	if (!options->root->live)
		return error_set(why, ENOTSUP,
				 "it looks at the running machine only, not at a captured one; "
				 "leave out --root");
	return root_check_proc(options->root, why);
}

static void details(const struct source_options *options,
		    void (*line)(void *context, const char *feature, bool available,
				 const char *note),
		    void *context)
{
	const struct scan_options all = {.root = options->root, .parts = PART_BIT(PART_STAT)};
	struct scan *scan;
	bool hiding;

	if (scan_new(&scan, &all, NULL) < 0)
		return;
	hiding = scan_is_hiding(scan);
	scan_free(scan);
	line(context, "processes of others", !hiding,
	     hiding ? "proc is mounted with hidepid: they are not shown to this user" : "");
	line(context, "short-lived processes", false,
	     "who comes and goes between two looks is not seen");
	line(context, "how a process ended", false, "of the command that pscope started only");
}

const struct source_kind poll_kind = {
	.name = "poll",
	.summary = "looks at who lives, each second or sampling interval: for anybody, anywhere; "
		   "who comes and goes in between is missed",
	.capabilities = CAPABILITIES,
	.probe = probe,
	.create = create,
	.start = start,
	.details = details,
};
