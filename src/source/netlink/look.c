/*
 * Reading of processes that are about to go. Key decision: one directory descriptor per process,
 * opened by number once; whatever is read through it is of that process or fails, so a number that
 * comes back never lends anybody its data.
 */
#include "source/netlink/look.h"

#include "base/cleanup.h"
#include "base/mem.h"
#include "procfs/stat.h"
#include "procfs/status.h"
#include "source/bpf/wire.h"
#include "source/cgroup_members.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#define FILE_BYTES  4096  /* of a small file; nearly all arguments fit as well */
#define GROUP_BYTES 65536 /* of cgroup */

static ssize_t read_once(int fd, char *bytes, size_t size)
{
	ssize_t n;

	do
		n = read(fd, bytes, size);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

/* A small file in one read: the kernel makes them whole. */
static int read_small(int dirfd, const char *name, char bytes[FILE_BYTES], struct str *ret)
{
	cleanup_close int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -errno : read_once(fd, bytes, FILE_BYTES);

	if (n < 0)
		return (int)n;
	*ret = (struct str){bytes, (size_t)n};
	return 0;
}

/* ---- arguments ---- */

/* More than one page: kept up to a bound, and counted to the end. */
static struct str read_long(int fd, struct buf *all, uint64_t *ret_bytes)
{
	char more[FILE_BYTES];
	ssize_t n;

	*ret_bytes = all->n;
	while ((n = read_once(fd, more, sizeof more)) > 0) {
		size_t room = WIRE_ARGV_MAX - all->n;

		*ret_bytes += (uint64_t)n;
		buf_add(all, more, (size_t)n < room ? (size_t)n : room);
	}
	return buf_str(all);
}

/* Words that each end in NUL, also where they were cut or overwritten. */
static struct str keep_words(struct str words)
{
	bool ended = words.p[words.n - 1] == 0;
	struct str copy = mem_str(words);

	/* the copy has a NUL behind it anyway */
	return (struct str){copy.p, copy.n + !ended};
}

static void read_arguments(struct look *look, int fd)
{
	char bytes[FILE_BYTES];
	ssize_t n = read_once(fd, bytes, sizeof bytes);
	struct buf all = BUF_INIT;

	if (n <= 0) /* a zombie has none */
		return;
	look->args_bytes = (uint64_t)n;
	if (n < FILE_BYTES) {
		look->argv = keep_words((struct str){bytes, (size_t)n});
		return;
	}
	buf_add(&all, bytes, (size_t)n);
	look->argv = keep_words(read_long(fd, &all, &look->args_bytes));
	buf_deinit(&all);
}

bool look_at_arguments(struct look *look, const struct root *root, int32_t pid)
{
	cleanup_close int fd = -1;

	*look = (struct look){.dirfd = root_open_pid(root, pid)};
	look->standing = record_make(RECORD_EXEC, 0, (struct ident){0}, 0).standing;
	if (look->dirfd < 0)
		return false;
	fd = openat(look->dirfd, "cmdline", O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		read_arguments(look, fd);
	return look->argv.p;
}

void look_close(struct look *look)
{
	if (look->dirfd >= 0)
		close(look->dirfd);
	look->dirfd = -1;
}

void look_deinit(struct look *look)
{
	look_close(look);
	mem_str_free(&look->argv);
	mem_str_free(&look->filename);
	mem_str_free(&look->cwd);
	mem_str_free(&look->comm);
}

/* ---- the rest ---- */

static bool read_stat(struct look *look)
{
	char bytes[FILE_BYTES];
	struct snapshot_stat stat;
	struct str text;

	if (read_small(look->dirfd, "stat", bytes, &text) < 0 ||
	    procfs_stat_parse(text, &stat) < 0 || stat.state == 'X')
		return false;
	look->comm = mem_str(stat.comm);
	look->start_ns = stat.start_ns;
	/* of an orphan's zombie these are nobody's any more */
	if (stat.state == 'Z')
		return true;
	look->standing.ppid = stat.ppid;
	look->standing.pgid = stat.pgid;
	look->standing.sid = stat.sid;
	return true;
}

void look_at_ids(struct look *look)
{
	char bytes[FILE_BYTES];
	struct procfs_status_brief brief;
	struct str text;

	if (read_small(look->dirfd, "status", bytes, &text) < 0 ||
	    procfs_status_parse_brief(text, &brief) < 0)
		return;
	look->standing.uid = (struct ids){brief.uid.real, brief.uid.effective, brief.uid.saved};
	look->standing.gid = (struct ids){brief.gid.real, brief.gid.effective, brief.gid.saved};
}

static struct str read_link(int dirfd, const char *name)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(dirfd, name, target, sizeof target);

	return n > 0 ? mem_str((struct str){target, (size_t)n}) : STR_NONE;
}

/* The kernel adds a word to the name of a file that has no name any more. */
static struct str read_exe(int dirfd)
{
	static const char word[] = " (deleted)";
	const size_t n = sizeof word - 1;
	struct str exe = read_link(dirfd, "exe");
	struct stat st;

	if (exe.n > n && memcmp(exe.p + exe.n - n, word, n) == 0 &&
	    fstatat(dirfd, "exe", &st, 0) == 0 && st.st_nlink == 0)
		exe.n -= n;
	return exe;
}

static bool read_cgroup(int dirfd, const struct cgroup_ref *cgroups, unsigned count)
{
	struct buf text = BUF_INIT;
	bool covered = count > 0 && root_read(dirfd, "cgroup", &text, GROUP_BYTES) == 0 &&
		       cgroup_covers(cgroups, count, buf_str(&text));

	buf_deinit(&text);
	return covered;
}

bool look_at_rest(struct look *look)
{
	if (!read_stat(look))
		return false;
	look->filename = read_exe(look->dirfd);
	look->cwd = read_link(look->dirfd, "cwd");
	return true;
}

void look_at_cgroups(struct look *look, const struct cgroup_ref *cgroups, unsigned cgroup_count)
{
	look->covered = read_cgroup(look->dirfd, cgroups, cgroup_count);
}

bool look_at_cgroup(const struct root *root, int32_t pid, const struct cgroup_ref *cgroups,
		    unsigned cgroup_count)
{
	cleanup_close int dirfd = root_open_pid(root, pid);

	return dirfd >= 0 && read_cgroup(dirfd, cgroups, cgroup_count);
}

static int stat_of(const struct root *root, int32_t pid, struct snapshot_stat *ret)
{
	cleanup_close int dirfd = root_open_pid(root, pid);
	char bytes[FILE_BYTES];
	struct str text;

	if (dirfd < 0)
		return -ESRCH;
	return read_small(dirfd, "stat", bytes, &text) < 0 || procfs_stat_parse(text, ret) < 0
		       ? -ESRCH
		       : 0;
}

int look_at_start(const struct root *root, int32_t pid, uint64_t *ret_ns)
{
	struct snapshot_stat stat;
	int r = stat_of(root, pid, &stat);

	if (r == 0)
		*ret_ns = stat.start_ns;
	return r;
}

bool look_lives(const struct root *root, int32_t pid, uint64_t start_ns)
{
	struct snapshot_stat stat;

	if (stat_of(root, pid, &stat) < 0 || (start_ns && stat.start_ns != start_ns))
		return false;
	/* a leader that ended before its threads looks like a zombie, but has company */
	return (stat.state != 'Z' && stat.state != 'X') || stat.threads > 1;
}
