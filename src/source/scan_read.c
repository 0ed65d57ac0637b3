/*
 * Reading one process. Key decisions: a table says how each part is read; stat comes first and
 * decides what makes sense (a kernel thread has no memory to ask for); and everything is read
 * into one buffer through one directory descriptor, with no allocation but the arena's.
 */
#include "source/scan_read.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "procfs/decimal.h"
#include "procfs/stat.h"
#include "procfs/statm.h"
#include "procfs/status.h"
#include "source/scan_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

#define TEXT_FIRST ((size_t)32 << 10)
#define TEXT_MOST  ((size_t)4 << 20)

/* PART_BITs that stat alone gives. */
#define STAT_PARTS (PART_BIT(PART_STAT) | PART_BIT(PART_STAT_REST))

/* ---- the reader ---- */

/* proc/uptime of a captured tree, so that ages in it do not grow. */
static int64_t captured_ns(const struct root *root)
{
	struct buf text = BUF_INIT;
	struct str rest;
	uint64_t ns = 0;

	if (root_read(root->proc_fd, "uptime", &text, 256) == 0) {
		rest = buf_str(&text);
		if (procfs_decimal_parse(str_cut(&rest, ' '), &ns) < 0 || ns > INT64_MAX)
			ns = 0;
	}
	buf_deinit(&text);
	return (int64_t)ns;
}

/* Clocks go by our pid namespace, proc by the one it was mounted in. */
static bool is_own_namespace(const struct root *root)
{
	char target[16];
	ssize_t n = readlinkat(root->proc_fd, "self", target, sizeof target);
	long long pid;

	return root->live && n > 0 && str_to_i64((struct str){target, (size_t)n}, &pid) == 0 &&
	       pid == getpid();
}

void scan_reader_init(struct scan_reader *reader, const struct root *root)
{
	*reader = (struct scan_reader){
		.root = root,
		.page_bytes = (uint64_t)sysconf(_SC_PAGESIZE),
		.cpu_clocks = is_own_namespace(root),
		.fixed_time_ns = root->live ? 0 : captured_ns(root),
	};
	buf_reserve(&reader->text, TEXT_FIRST);
}

void scan_reader_deinit(struct scan_reader *reader)
{
	buf_deinit(&reader->text);
}

/* ---- reading files ---- */

/* Writes "PID" and `name` behind it. */
static void make_path(char path[32], int32_t pid, const char *name)
{
	char digits[12];
	unsigned n = 0, value = (unsigned)pid;

	do
		digits[n++] = (char)('0' + value % 10);
	while ((value /= 10) > 0);
	while (n > 0)
		*path++ = digits[--n];
	while ((*path++ = *name++))
		;
}

bool scan_needs_directory(uint32_t parts)
{
	return parts & ~STAT_PARTS;
}

int scan_open_directory(int base_fd, int32_t pid)
{
	char path[32];
	int fd;

	make_path(path, pid, "");
	fd = openat(base_fd, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int scan_read_text(struct scan_reader *reader, int dirfd, const char *path, size_t limit,
		   struct str *ret_text)
{
	cleanup_close int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct buf *text = &reader->text;

	if (fd < 0)
		return -errno;
	buf_clear(text);
	for (;;) {
		size_t room = text->capacity - text->n;
		ssize_t n;

		if (room > limit - text->n)
			room = limit - text->n;
		n = read(fd, text->p + text->n, room);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		text->n += (size_t)n;
		/* these files are written in one piece: what leaves room was all there is */
		if ((size_t)n < room || text->n == limit)
			break;
		buf_reserve(text, text->capacity);
	}
	*ret_text = buf_str(text);
	return 0;
}

int scan_read_file(const struct scan_reading *in, const char *name, struct str *ret_text)
{
	return scan_read_text(in->reader, in->place->dirfd, name, TEXT_MOST, ret_text);
}

/* ---- the parts that are not in the table: who it is, whose, and its memory ---- */

static bool is_gone(int r)
{
	return r == -ENOENT || r == -ESRCH;
}

/* Notes how reading the parts went. Returns r == 0. */
static bool note(struct scan_reading *in, uint32_t parts, int r)
{
	if (r == 0)
		in->s->known |= parts;
	else if (r == -EACCES || r == -EPERM)
		in->s->denied |= parts;
	else if (is_gone(r))
		in->in_doubt = true;
	return r == 0;
}

static int read_stat(struct scan_reading *in)
{
	const struct scan_place *place = in->place;
	struct str text;
	char path[32];
	int r;

	if (place->dirfd >= 0) {
		r = scan_read_text(in->reader, place->dirfd, "stat", TEXT_MOST, &text);
	} else {
		make_path(path, place->pid, "/stat");
		r = scan_read_text(in->reader, place->base_fd, path, TEXT_MOST, &text);
	}
	if (is_gone(r))
		return SCAN_READ_GONE;
	if (r == -EACCES || r == -EPERM)
		return SCAN_READ_HIDDEN;
	if (r < 0)
		return r;
	r = procfs_stat_parse(text, &in->s->stat);
	if (r < 0)
		return SCAN_READ_STRANGE;
	in->s->stat.comm = arena_str(in->arena, in->s->stat.comm);
	in->s->known |= r == PROCFS_STAT_SHORT ? PART_BIT(PART_STAT) : STAT_PARTS;
	return SCAN_READ_DONE;
}

/* The process CPU clock needs no privilege; threads of others have none, but schedstat. */
static void read_cpu_clock(struct scan_reading *in)
{
	clockid_t id = (clockid_t)(~(unsigned)in->place->pid << 3 | 2u); /* CPUCLOCK_SCHED */
	struct timespec time;

	if (in->place->is_thread || !in->reader->cpu_clocks || clock_gettime(id, &time) < 0)
		return;
	in->s->cpu_clock_ns = (uint64_t)time.tv_sec * NS_PER_SEC + (uint64_t)time.tv_nsec;
	in->s->known |= PART_BIT(PART_CPU_CLOCK);
}

static void set_owner(struct snapshot *s, uint32_t uid, uint32_t gid)
{
	s->euid = uid;
	s->egid = gid;
}

/* A task without memory has no lines about it: then it has none resident and none locked. */
static void set_memory(struct snapshot *s, uint64_t rss_bytes, uint64_t locked_bytes)
{
	s->rss_bytes = rss_bytes;
	s->locked_bytes = locked_bytes;
}

static int read_status(struct scan_reading *in)
{
	struct snapshot *s = in->s;
	struct procfs_status_brief brief;
	struct str text;
	int r = scan_read_file(in, "status", &text);

	if (r < 0)
		return r;
	if (!(in->place->parts & PART_BIT(PART_STATUS))) {
		if (procfs_status_parse_brief(text, &brief) < 0)
			return -EINVAL;
		set_owner(s, brief.uid.effective, brief.gid.effective);
		set_memory(s, brief.rss_bytes, brief.locked_bytes);
		return 0;
	}
	s->status = arena_alloc(in->arena, sizeof *s->status);
	if (procfs_status_parse(text, in->arena, s->status) < 0)
		return -EINVAL;
	set_owner(s, s->status->uid.effective, s->status->gid.effective);
	set_memory(s, s->status->size_bytes[STATUS_VM_RSS],
		   s->status->size_bytes[STATUS_VM_LOCKED]);
	return 0;
}

/* The directory belongs to the effective user, dumpable or not: fs/proc/base.c, task_dump_owner. */
static int read_owner(struct scan_reading *in)
{
	struct stat st;

	if (fstat(in->place->dirfd, &st) < 0)
		return -errno;
	set_owner(in->s, st.st_uid, st.st_gid);
	return 0;
}

static int read_statm(struct scan_reading *in)
{
	struct snapshot *s = in->s;
	struct str text;
	int r = scan_read_file(in, "statm", &text);

	if (r < 0)
		return r;
	if (procfs_statm_parse_rss(text, in->reader->page_bytes, &s->rss_bytes) < 0)
		return -EINVAL;
	if (!(in->place->parts & PART_BIT(PART_STATM)))
		return 0;
	s->statm = arena_alloc(in->arena, sizeof *s->statm);
	return procfs_statm_parse(text, in->reader->page_bytes, s->statm);
}

/* As few files as the parts allow: status gives owner and memory too, where it is read anyway. */
static void read_owner_and_memory(struct scan_reading *in)
{
	const uint32_t owner = PART_BIT(PART_OWNER), rss = PART_BIT(PART_RSS);
	const uint32_t of_status = PART_BIT(PART_STATUS) | PART_BIT(PART_LOCKED) | owner | rss;
	uint32_t parts = in->place->parts;
	uint32_t need_status = PART_BIT(PART_STATUS) | PART_BIT(PART_LOCKED);

	/* files of a captured tree belong to whoever unpacked it */
	if (!in->reader->root->live)
		need_status |= owner;
	if (parts & need_status)
		note(in, parts & of_status, read_status(in));
	else if (parts & owner)
		note(in, owner, read_owner(in));
	if (parts & PART_BIT(PART_STATM) || (parts & ~in->s->known & rss))
		note(in, parts & (PART_BIT(PART_STATM) | rss), read_statm(in));
}

/* ---- one process ---- */

static bool has_no_memory(const struct snapshot *s)
{
	return snapshot_is_kernel_thread(s) || s->stat.state == 'Z' || s->stat.state == 'X';
}

/* A file that is not there may mean that its process is not: then nothing of it counts. */
static bool has_gone(struct scan_reading *in)
{
	struct str text;

	return in->in_doubt && is_gone(scan_read_file(in, "stat", &text));
}

static void read_parts(struct scan_reading *in, uint32_t parts)
{
	for (const struct scan_part *part = scan_parts; part->read; part++) {
		if (!(parts & PART_BIT(part->part)))
			continue;
		if (part->of_memory && has_no_memory(in->s))
			continue;
		note(in, PART_BIT(part->part), part->read(in));
	}
}

/*
 * A parent in vfork waits in state D as well, and make and cc do so most of the time, but holds no
 * lock. kernel/fork.c: wait_for_vfork_done stands inlined in kernel_clone.
 */
static bool waits_for_vfork(struct scan_reading *in)
{
	struct str text;

	return scan_read_file(in, "wchan", &text) == 0 &&
	       (str_is(text, "kernel_clone") || str_is(text, "wait_for_vfork_done"));
}

/* May reading what the process has in its memory wait for ever? */
static bool may_block(struct scan_reading *in)
{
	return in->s->stat.state == 'D' && !waits_for_vfork(in);
}

/* All but stat. */
static void read_files(struct scan_reading *in)
{
	uint32_t parts = in->place->parts;

	read_owner_and_memory(in);
	if (parts & SCAN_LOCKING_PARTS && may_block(in))
		parts &= ~SCAN_LOCKING_PARTS;
	read_parts(in, parts);
	/* a kernel thread has no arguments; those of a zombie are not known any more */
	if (snapshot_is_kernel_thread(in->s) && parts & PART_BIT(PART_CMDLINE)) {
		in->s->cmdline = STR("");
		in->s->known |= PART_BIT(PART_CMDLINE);
	}
}

int scan_read(struct scan_reader *reader, const struct scan_place *place, struct arena *arena,
	      struct snapshot *ret)
{
	struct scan_reading in = {.reader = reader, .place = place, .arena = arena, .s = ret};
	int r;

	ret->pid = place->pid;
	ret->tgid = place->tgid;
	ret->is_thread = place->is_thread;
	ret->time_ns = reader->fixed_time_ns ? reader->fixed_time_ns : clock_boot_ns();
	/* before stat, which fails when the number has passed to somebody else by then */
	if (place->parts & PART_BIT(PART_CPU_CLOCK))
		read_cpu_clock(&in);
	r = read_stat(&in);
	if (r != SCAN_READ_DONE || !scan_needs_directory(place->parts))
		return r;
	read_files(&in);
	return has_gone(&in) ? SCAN_READ_GONE : SCAN_READ_DONE;
}

void scan_read_more(struct scan_reader *reader, const struct scan_place *place, struct arena *arena,
		    struct snapshot *s)
{
	struct scan_reading in = {.reader = reader, .place = place, .arena = arena, .s = s};

	s->known &= ~place->parts;
	s->rss_approximate &= !(place->parts & PART_BIT(PART_RSS));
	read_files(&in);
}

void scan_read_locking(struct scan_reader *reader, const struct scan_place *place,
		       struct arena *arena, struct snapshot *s)
{
	struct snapshot now = {.pid = s->pid};
	struct scan_reading in = {.reader = reader, .place = place, .arena = arena, .s = &now};

	if (read_stat(&in) != SCAN_READ_DONE || may_block(&in) || has_no_memory(&now) ||
	    !ident_match(snapshot_ident(&now), snapshot_ident(s)))
		return;
	in.s = s;
	read_parts(&in, place->parts & SCAN_LOCKING_PARTS);
}
