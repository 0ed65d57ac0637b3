/*
 * The parts of a snapshot, one function each. Key decision: none of them knows whether a missing
 * file means a dead process; the caller asks stat once more.
 */
#include "source/scan_parts.h"

#include "base/cleanup.h"
#include "procfs/fdlink.h"
#include "procfs/io.h"
#include "procfs/ns.h"
#include "procfs/schedstat.h"
#include "procfs/smaps_rollup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* Longer ones are cut: the kernel allows 6 MiB, of which nobody reads more. */
#define CMDLINE_MOST ((size_t)4 << 20)

static struct str without_line_end(struct str text)
{
	return text.n > 0 && text.p[text.n - 1] == '\n' ? (struct str){text.p, text.n - 1} : text;
}

/* The lines of a small file as they are. */
static int keep_text(struct scan_reading *in, const char *name, struct str *ret)
{
	struct str text;
	int r = scan_read_file(in, name, &text);

	if (r == 0)
		*ret = arena_str(in->arena, without_line_end(text));
	return r;
}

static int read_number(struct scan_reading *in, const char *name, long long *ret)
{
	struct str text;
	int r = scan_read_file(in, name, &text);

	return r < 0 ? r : str_to_i64(without_line_end(text), ret);
}

/* ---- files ---- */

static int read_io(struct scan_reading *in)
{
	struct procfs_io_calls calls = {0};
	struct usage *usage;
	struct str text;
	int r = scan_read_file(in, "io", &text);

	if (r < 0)
		return r;
	usage = arena_alloc(in->arena, sizeof *usage);
	if (procfs_io_parse(text, usage) < 0 || procfs_io_parse_calls(text, &calls) < 0)
		return -EINVAL;
	in->s->io = usage;
	in->s->io_calls_read = calls.read;
	in->s->io_calls_written = calls.written;
	in->s->io_cancelled_bytes = calls.cancelled_bytes;
	return 0;
}

static int read_schedstat(struct scan_reading *in)
{
	struct str text;
	int r = scan_read_file(in, "schedstat", &text);

	return r < 0 ? r : procfs_schedstat_parse(text, &in->s->run_ns, &in->s->run_wait_ns);
}

/* The CPU time of one thread, which the clocks tell to its own process only. */
static int read_thread_clock(struct scan_reading *in)
{
	uint64_t wait_ns;
	struct str text;
	int r;

	if (!in->place->is_thread)
		return -ENODATA;
	r = scan_read_file(in, "schedstat", &text);
	return r < 0 ? r : procfs_schedstat_parse(text, &in->s->cpu_clock_ns, &wait_ns);
}

static int read_cmdline(struct scan_reading *in)
{
	struct snapshot *s = in->s;
	size_t most = in->reader->cmdline_max;
	struct str text;
	int r;

	if (most == 0 || most > CMDLINE_MOST)
		most = CMDLINE_MOST;
	r = scan_read_text(in->reader, in->place->dirfd, "cmdline", most + 1, &text);
	if (r < 0)
		return r;
	s->cmdline_bytes = text.n;
	if (text.n > most) {
		text.n = most;
		/* how much there is, says stat to those who may know */
		if (s->stat.arg_end > s->stat.arg_start &&
		    s->stat.arg_end - s->stat.arg_start > s->cmdline_bytes)
			s->cmdline_bytes = s->stat.arg_end - s->stat.arg_start;
	}
	s->cmdline = arena_str(in->arena, text);
	return 0;
}

static int read_cgroup(struct scan_reading *in)
{
	struct str text;
	int r = scan_read_file(in, "cgroup", &text);

	if (r == 0)
		in->s->cgroup = arena_str(in->arena, text);
	return r;
}

static int read_smaps(struct scan_reading *in)
{
	struct str text;
	int r = scan_read_file(in, "smaps_rollup", &text);

	if (r < 0)
		return r;
	in->s->smaps = arena_alloc(in->arena, sizeof *in->s->smaps);
	return procfs_smaps_rollup_parse(text, in->s->smaps);
}

/* "0" is where nobody waits, and what is told to those who may not know. */
static int read_wchan(struct scan_reading *in)
{
	int r = keep_text(in, "wchan", &in->s->wchan);

	if (r == 0 && str_is(in->s->wchan, "0"))
		in->s->wchan = STR("");
	return r;
}

static int read_syscall(struct scan_reading *in)
{
	return keep_text(in, "syscall", &in->s->syscall);
}

static int read_status_text(struct scan_reading *in)
{
	return keep_text(in, "status", &in->s->status_text);
}

static int read_oom(struct scan_reading *in)
{
	long long score, adjust;
	int r = read_number(in, "oom_score", &score);

	if (r == 0)
		r = read_number(in, "oom_score_adj", &adjust);
	if (r < 0)
		return r;
	if (score > INT32_MAX || score < INT32_MIN || adjust > INT32_MAX || adjust < INT32_MIN)
		return -EINVAL;
	in->s->oom_score = (int32_t)score;
	in->s->oom_adjust = (int32_t)adjust;
	return 0;
}

/* Not there in kernels without auditing. */
static int read_login(struct scan_reading *in)
{
	long long uid, session;
	int r = read_number(in, "loginuid", &uid);

	if (r == 0)
		r = read_number(in, "sessionid", &session);
	if (r < 0)
		return r;
	in->s->login_uid = (uint32_t)uid;
	in->s->session = (uint32_t)session;
	return 0;
}

/* ---- links ---- */

/* Asks the file behind a path for its links and place, waiting for no file server. */
static int ask(int dirfd, const char *path, struct statx *ret)
{
	const int flags = AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC;

	return statx(dirfd, path, flags, STATX_NLINK | STATX_INO, ret) < 0 ? -errno : 0;
}

/* The kernel marked the file as deleted; or is it the name of one that is there? */
static bool is_deleted(const struct scan_reading *in, const char *name, const char *target)
{
	struct statx file, named;

	/* no file can be asked in a captured tree, but exec named the process after its file */
	if (!in->reader->root->live)
		return !str_eq(in->s->stat.comm, str_basename(str_of(target)));
	if (ask(in->place->dirfd, name, &file) < 0 || file.stx_nlink == 0)
		return true;
	return ask(AT_FDCWD, target, &named) < 0 || named.stx_ino != file.stx_ino ||
	       named.stx_dev_major != file.stx_dev_major ||
	       named.stx_dev_minor != file.stx_dev_minor;
}

static int read_link(struct scan_reading *in, const char *name, struct str *ret, bool *ret_deleted)
{
	char target[PATH_MAX + 1];
	ssize_t n = readlinkat(in->place->dirfd, name, target, sizeof target - 1);
	struct str path = {target, (size_t)n};
	bool deleted = false;

	if (n < 0)
		return -errno;
	target[n] = 0;
	if (path.n > PROCFS_DELETED.n &&
	    str_eq(str_skip(path, path.n - PROCFS_DELETED.n), PROCFS_DELETED))
		deleted = is_deleted(in, name, target);
	if (deleted)
		path.n -= PROCFS_DELETED.n;
	*ret = arena_str(in->arena, path);
	*ret_deleted = deleted;
	return 0;
}

static int read_exe(struct scan_reading *in)
{
	return read_link(in, "exe", &in->s->exe, &in->s->exe_deleted);
}

static int read_cwd(struct scan_reading *in)
{
	bool deleted;

	return read_link(in, "cwd", &in->s->cwd, &deleted);
}

static int read_root(struct scan_reading *in)
{
	bool deleted;

	return read_link(in, "root", &in->s->root, &deleted);
}

static int read_namespaces(struct scan_reading *in)
{
	uint64_t *inodes = arena_alloc(in->arena, SNAPSHOT_NAMESPACES * sizeof *inodes);
	unsigned found = 0;

	for (unsigned i = 0; i < SNAPSHOT_NAMESPACES; i++) {
		char name[32], target[64];
		ssize_t n;

		snprintf(name, sizeof name, "ns/%s", snapshot_namespace_names[i]);
		n = readlinkat(in->place->dirfd, name, target, sizeof target);
		if (n < 0 && errno != ENOENT)
			return -errno;
		if (n > 0 && procfs_ns_parse((struct str){target, (size_t)n}, &inodes[i]) == 0)
			found++;
	}
	in->s->namespaces = inodes;
	return found ? 0 : -ENOENT;
}

/* ---- descriptors ---- */

/* Since 6.2 the size of the directory is their number. 0: not told. */
static uint64_t fd_directory_size(const struct scan_reading *in)
{
	struct stat st;

	if (!in->reader->root->live || fstatat(in->place->dirfd, "fd", &st, 0) < 0)
		return 0;
	return (uint64_t)st.st_size;
}

/* What the threads of a process hold that their dead leader does not: fs/proc/fd.c asks the leader. */
static bool outlived_by_threads(const struct snapshot *s)
{
	return s->stat.state == 'Z' && s->stat.threads > 1;
}

static int read_fds(struct scan_reading *in)
{
	uint64_t count = fd_directory_size(in);
	cleanup_close int fd = -1;
	alignas(struct dirent64) char entries[16384];
	ssize_t n = 0;

	if (outlived_by_threads(in->s))
		return -ENODATA;
	if (count == 0)
		fd = openat(in->place->dirfd, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (count == 0 && fd < 0)
		return -errno;
	while (fd >= 0 && (n = getdents64(fd, entries, sizeof entries)) > 0) {
		for (ssize_t at = 0; at < n;) {
			const struct dirent64 *entry = (const void *)(entries + at);

			count += entry->d_name[0] != '.';
			at += entry->d_reclen;
		}
	}
	if (n < 0)
		return -errno;
	in->s->fd_count = count;
	return 0;
}

static int compare_fds(const void *a, const void *b)
{
	int32_t one = ((const struct snapshot_fd *)a)->fd;
	int32_t other = ((const struct snapshot_fd *)b)->fd;

	return (one > other) - (one < other);
}

/* One that is closed meanwhile stays, without a target. */
static struct str read_fd_link(struct scan_reading *in, int fd, const char *name)
{
	char target[PATH_MAX + 1];
	ssize_t n = readlinkat(fd, name, target, sizeof target);

	return n < 0 ? STR_NONE : arena_str(in->arena, (struct str){target, (size_t)n});
}

static void add_fd_link(struct scan_reading *in, struct buf *fds, int fd, const char *name)
{
	struct snapshot_fd one;
	long long number;

	if (str_to_i64(str_of(name), &number) < 0 || number < 0 || number > INT32_MAX)
		return;
	one = (struct snapshot_fd){(int32_t)number, read_fd_link(in, fd, name)};
	buf_add(fds, &one, sizeof one);
}

static int read_fd_links(struct scan_reading *in)
{
	cleanup_close int fd = openat(in->place->dirfd, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	alignas(struct dirent64) char entries[16384];
	struct buf fds = BUF_INIT;
	struct snapshot_fd *list;
	ssize_t n = 0;
	int r;

	if (outlived_by_threads(in->s))
		return -ENODATA;
	if (fd < 0)
		return -errno;
	while ((n = getdents64(fd, entries, sizeof entries)) > 0) {
		for (ssize_t at = 0; at < n;) {
			const struct dirent64 *entry = (const void *)(entries + at);

			add_fd_link(in, &fds, fd, entry->d_name);
			at += entry->d_reclen;
		}
	}
	r = n < 0 ? -errno : 0;
	list = arena_alloc(in->arena, fds.n + 1);
	memcpy(list, buf_str(&fds).p, fds.n);
	in->s->fd_link_count = fds.n / sizeof *list;
	qsort(list, in->s->fd_link_count, sizeof *list, compare_fds);
	in->s->fds = list;
	buf_deinit(&fds);
	return r;
}

const struct scan_part scan_parts[] = {
	{PART_IO,          false, read_io          },
	{PART_SCHEDSTAT,   false, read_schedstat   },
	{PART_CPU_CLOCK,   false, read_thread_clock},
	{PART_CMDLINE,     true,  read_cmdline     },
	{PART_EXE,         true,  read_exe         },
	{PART_CWD,         false, read_cwd         },
	{PART_ROOT,        false, read_root        },
	{PART_CGROUP,      false, read_cgroup      },
	{PART_FDS,         false, read_fds         },
	{PART_SMAPS,       true,  read_smaps       },
	{PART_WCHAN,       false, read_wchan       },
	{PART_SYSCALL,     false, read_syscall     },
	{PART_OOM,         false, read_oom         },
	{PART_NAMESPACES,  false, read_namespaces  },
	{PART_LOGINUID,    false, read_login       },
	{PART_STATUS_TEXT, false, read_status_text },
	{PART_FD_LINKS,    false, read_fd_links    },
	{0,                false, NULL             },
};
