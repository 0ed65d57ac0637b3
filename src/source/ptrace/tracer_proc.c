/*
 * Reading per-process facts for the ptrace helper. Key decision: every call here is time that the
 * command stands still, so the arguments and the file name come out of the initial stack by one
 * read of its memory, and a file is opened only for what nothing cheaper tells.
 */
#include "source/ptrace/tracer_proc.h"

#include "base/clock.h"
#include "base/root.h"
#include "model/ident.h"
#include "model/syscall_name.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

/* Reads PID/name into proc->text, in one call: what asks for it is never longer. */
#define SMALL_MAX 16384u

static int read_open(struct tracer_proc *proc, int fd, struct str *ret)
{
	ssize_t n;

	buf_clear(&proc->text);
	buf_reserve(&proc->text, SMALL_MAX + 1);
	n = pread(fd, proc->text.p, SMALL_MAX, 0);
	if (n < 0)
		return -errno;
	proc->text.n = (size_t)n;
	proc->text.p[n] = 0;
	*ret = (struct str){proc->text.p, (size_t)n};
	return 0;
}

int tracer_proc_open(struct tracer_proc *proc, pid_t pid, const char *name)
{
	char path[64];
	int fd;

	snprintf(path, sizeof path, "%d/%s", pid, name);
	fd = openat(proc->proc_fd, path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int read_small(struct tracer_proc *proc, pid_t pid, const char *name, struct str *ret)
{
	int fd = tracer_proc_open(proc, pid, name), r;

	if (fd < 0)
		return fd;
	r = read_open(proc, fd, ret);
	close(fd);
	return r;
}

static void copy_comm(char out[16], const char *from, size_t n)
{
	memset(out, 0, 16);
	memcpy(out, from, n < 15 ? n : 15);
}

static int read_stat(struct tracer_proc *proc, pid_t pid, const char *name, struct tracer_stat *ret)
{
	enum {
		PPID = 1,
		PGID,
		SID,
		FLAGS = 6,
		MINFLT,
		CMINFLT,
		MAJFLT,
		CMAJFLT,
		UTIME,
		STIME,
		CUTIME,
		CSTIME,
		THREADS = 17,
		START = 19,
		COUNT
	};
	uint64_t field[COUNT] = {0};
	const char *open, *end;
	struct str text;
	char *at;
	int r = read_small(proc, pid, name, &text);

	if (r < 0)
		return r;
	open = memchr(text.p, '(', text.n);
	end = strrchr(text.p, ')');
	if (!open || !end || end < open || end[1] != ' ')
		return -EBADMSG;
	copy_comm(ret->comm, open + 1, (size_t)(end - open - 1));
	ret->state = end[2];
	at = proc->text.p + (end + 3 - text.p); /* behind the state letter */
	for (unsigned i = 1; i < COUNT; i++)
		field[i] = strtoull(at, &at, 10);
	ret->ppid = (int32_t)field[PPID];
	ret->pgid = (int32_t)field[PGID];
	ret->sid = (int32_t)field[SID];
	ret->flags = (uint32_t)field[FLAGS];
	ret->threads = (uint32_t)field[THREADS];
	ret->minor_faults = field[MINFLT];
	ret->major_faults = field[MAJFLT];
	ret->utime_ns = field[UTIME] * IDENT_GRAIN_TICKS;
	ret->stime_ns = field[STIME] * IDENT_GRAIN_TICKS;
	ret->start_ns = field[START] * IDENT_GRAIN_TICKS;
	ret->had_children = field[CMINFLT] || field[CMAJFLT] || field[CUTIME] || field[CSTIME];
	return 0;
}

int tracer_proc_stat(struct tracer_proc *proc, pid_t tid, struct tracer_stat *ret)
{
	return read_stat(proc, tid, "stat", ret);
}

int tracer_proc_thread(struct tracer_proc *proc, pid_t tgid, pid_t tid, struct tracer_stat *ret)
{
	char name[48];

	snprintf(name, sizeof name, "task/%d/stat", tid);
	return read_stat(proc, tgid, name, ret);
}

static void take_numbers(const char *at, int base, unsigned count, uint64_t *out)
{
	char *end;

	for (unsigned i = 0; i < count; i++) {
		out[i] = strtoull(at, &end, base);
		at = end;
	}
}

/* status writes a newline as \n and a backslash as two: proc_task_name in fs/proc/array.c. */
static void copy_escaped_comm(char out[16], struct str name)
{
	char plain[16];
	size_t n = 0;

	for (size_t i = 0; i < name.n && n < sizeof plain; i++) {
		char c = name.p[i];

		if (c == '\\' && i + 1 < name.n)
			c = name.p[++i] == 'n' ? '\n' : name.p[i];
		plain[n++] = c;
	}
	copy_comm(out, plain, n);
}

int tracer_proc_status(struct tracer_proc *proc, pid_t tid, struct tracer_status *ret)
{
	enum { TGID, PPID, TRACER, UID, GID = UID + 3, HWM = GID + 3, VOL, INVOL, CGT, IGN, COUNT };
	static const struct {
		struct str key;
		unsigned at, count;
		int base;
	} rows[] = {
		{{"Tgid:", 5},                        TGID,   1, 10},
		{{"PPid:", 5},                        PPID,   1, 10},
		{{"TracerPid:", 10},                  TRACER, 1, 10},
		{{"Uid:", 4},                         UID,    3, 10},
		{{"Gid:", 4},                         GID,    3, 10},
		{{"VmHWM:", 6},                       HWM,    1, 10},
		{{"SigIgn:", 7},                      IGN,    1, 16},
		{{"SigCgt:", 7},                      CGT,    1, 16},
		{{"voluntary_ctxt_switches:", 24},    VOL,    1, 10},
		{{"nonvoluntary_ctxt_switches:", 27}, INVOL,  1, 10},
	};
	uint64_t value[COUNT] = {0};
	struct str rest, line;
	unsigned next = 0;
	int r = read_small(proc, tid, "status", &rest);

	if (r < 0)
		return r;
	line = str_cut(&rest, '\n');
	copy_escaped_comm(ret->comm, str_skip(line, 6));
	/* The rows are in the file's order; VmHWM is missing where there is no memory. */
	while (rest.p) {
		line = str_cut(&rest, '\n');
		for (unsigned i = next; i < next + 2 && i < sizeof rows / sizeof *rows; i++) {
			if (!str_starts(line, rows[i].key))
				continue;
			take_numbers(line.p + rows[i].key.n, rows[i].base, rows[i].count,
				     value + rows[i].at);
			next = i + 1;
			break;
		}
	}
	ret->tgid = (int32_t)value[TGID];
	ret->ppid = (int32_t)value[PPID];
	ret->tracer = (int32_t)value[TRACER];
	for (unsigned i = 0; i < 3; i++) {
		ret->uid[i] = (uint32_t)value[UID + i];
		ret->gid[i] = (uint32_t)value[GID + i];
	}
	ret->peak_bytes = value[HWM] * 1024;
	ret->voluntary = value[VOL];
	ret->involuntary = value[INVOL];
	ret->caught = value[CGT];
	ret->ignored = value[IGN];
	return 0;
}

int tracer_proc_io(struct tracer_proc *proc, int fd, struct tracer_io *ret)
{
	/* rchar, wchar, syscr, syscw, read_bytes, write_bytes, cancelled_write_bytes */
	static const signed char place[] = {0, 1, -1, -1, 2, 3};
	struct str rest;
	int r = read_open(proc, fd, &rest);

	if (r < 0)
		return r;
	for (unsigned i = 0; i < sizeof place && rest.p; i++) {
		struct str line = str_cut(&rest, '\n');
		const char *colon = memchr(line.p, ':', line.n);

		if (colon && place[i] >= 0)
			ret->value[place[i]] = strtoull(colon + 1, NULL, 10);
	}
	return 0;
}

int tracer_proc_wait_ns(struct tracer_proc *proc, pid_t tid, uint64_t *ret_ns)
{
	uint64_t value[2];
	struct str text;
	int r = read_small(proc, tid, "schedstat", &text);

	if (r < 0)
		return r;
	take_numbers(text.p, 10, 2, value);
	*ret_ns = value[1];
	return 0;
}

int tracer_proc_run_ns(struct tracer_proc *proc, pid_t tgid, pid_t tid, uint64_t *ret_ns)
{
	struct str text;
	char name[48];
	int r;

	snprintf(name, sizeof name, "task/%d/schedstat", tid);
	r = read_small(proc, tgid, name, &text);
	if (r < 0)
		return r;
	take_numbers(text.p, 10, 1, ret_ns);
	return 0;
}

bool tracer_proc_may_fork(struct tracer_proc *proc, pid_t tid)
{
	static const char *const makers[] = {"fork", "vfork", "clone", "clone3"};
	const char *name;
	struct str text;
	char *end;
	long number;

	if (read_small(proc, tid, "syscall", &text) < 0)
		return true;
	number = strtol(text.p, &end, 10);
	if (end == text.p) /* "running" */
		return true;
	name = number < 0 ? NULL : syscall_name((uint64_t)number); /* -1: in none */
	for (size_t i = 0; name && i < sizeof makers / sizeof *makers; i++)
		if (strcmp(name, makers[i]) == 0)
			return true;
	return false;
}

bool tracer_proc_has_left(struct tracer_proc *proc, int fd)
{
	struct str text;

	/* task_current_syscall waits for who is about to leave, and calls who is not "running" */
	return read_open(proc, fd, &text) < 0 || !str_starts(text, STR("running"));
}

int tracer_proc_cwd(struct tracer_proc *proc, pid_t pid, struct str *ret)
{
	char path[32];
	ssize_t n;

	snprintf(path, sizeof path, "%d/cwd", pid);
	buf_clear(&proc->cwd);
	buf_reserve(&proc->cwd, WIRE_CWD_MAX);
	n = readlinkat(proc->proc_fd, path, proc->cwd.p, WIRE_CWD_MAX);
	if (n < 0)
		return -errno;
	*ret = (struct str){proc->cwd.p, (size_t)n};
	return 0;
}

int tracer_proc_owner(struct tracer_proc *proc, pid_t pid, uint32_t *ret_uid, uint32_t *ret_gid)
{
	char path[16];
	struct stat st;

	snprintf(path, sizeof path, "%d", pid);
	if (fstatat(proc->proc_fd, path, &st, 0) < 0)
		return -errno;
	*ret_uid = st.st_uid;
	*ret_gid = st.st_gid;
	return 0;
}

bool tracer_proc_is_thread(struct tracer_proc *proc, pid_t tgid, pid_t tid)
{
	char path[48];
	struct stat st;

	snprintf(path, sizeof path, "%d/task/%d", tgid, tid);
	return fstatat(proc->proc_fd, path, &st, 0) == 0;
}

int tracer_proc_children(struct tracer_proc *proc, pid_t tgid, pid_t tid, struct str *ret)
{
	char name[48];

	snprintf(name, sizeof name, "task/%d/children", tid);
	return read_small(proc, tgid, name, ret);
}

int tracer_proc_list_children(struct tracer_proc *proc, pid_t tgid, pid_t tid, struct buf *out)
{
	char path[64];
	char *at, *end;
	int r;

	snprintf(path, sizeof path, "%d/task/%d/children", tgid, tid);
	buf_clear(&proc->text);
	r = root_read(proc->proc_fd, path, &proc->text, 16u << 20);
	if (r < 0)
		return r;
	(void)buf_cstr(&proc->text);
	for (at = proc->text.p;; at = end) {
		pid_t pid = (pid_t)strtol(at, &end, 10);

		if (end == at)
			return 0;
		buf_add(out, &pid, sizeof pid);
	}
}

int tracer_proc_list(struct tracer_proc *proc, pid_t tgid, struct buf *out)
{
	char path[32] = ".";
	struct dirent *entry;
	DIR *directory;
	int fd;

	if (tgid)
		snprintf(path, sizeof path, "%d/task", tgid);
	fd = openat(proc->proc_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	directory = fdopendir(fd);
	if (!directory) {
		close(fd);
		return -ENOMEM;
	}
	while ((entry = readdir(directory))) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

		if (pid > 0)
			buf_add(out, &pid, sizeof pid);
	}
	closedir(directory);
	return 0;
}

int tracer_proc_cpu_ns(pid_t pid, uint64_t *ret_ns)
{
	struct timespec t;

	/* CPUCLOCK_SCHED of the whole process: include/linux/posix-timers.h */
	if (clock_gettime((clockid_t)(~(unsigned)pid << 3 | 2), &t) < 0)
		return -errno;
	*ret_ns = (uint64_t)t.tv_sec * NS_PER_SEC + (uint64_t)t.tv_nsec;
	return 0;
}

bool tracer_proc_is_privileged(struct tracer_proc *proc, pid_t pid)
{
	struct stat st;
	char path[32];
	ssize_t n;
	int fd;

	snprintf(path, sizeof path, "%d/exe", pid);
	if (fstatat(proc->proc_fd, path, &st, 0) < 0)
		return false;
	if ((st.st_mode & S_ISUID && st.st_uid != geteuid()) ||
	    ((st.st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) && st.st_gid != getegid()))
		return true;
	fd = openat(proc->proc_fd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return false;
	n = fgetxattr(fd, "security.capability", NULL, 0);
	close(fd);
	return n > 0;
}

/* The v2 hierarchy's mount point, opened: the ids of cgroups are the inodes of its directories. */
static int open_cgroup_mount(struct tracer_proc *proc)
{
	struct str rest;
	int fd = -1;

	buf_clear(&proc->text);
	if (root_read(proc->proc_fd, "self/mountinfo", &proc->text, 1 << 20) < 0)
		return -1;
	rest = buf_str(&proc->text);
	while (rest.p && fd < 0) {
		struct str line = str_cut(&rest, '\n'), point = STR_NONE;
		const char *kind = memmem(line.p, line.n, " - cgroup2 ", 11);

		for (unsigned i = 0; kind && i < 5; i++)
			point = str_cut(&line, ' ');
		if (kind && point.p && point.n < 4096) {
			char path[4096];

			memcpy(path, point.p, point.n);
			path[point.n] = 0;
			fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
		}
	}
	return fd;
}

uint64_t tracer_proc_cgroup(struct tracer_proc *proc, pid_t pid)
{
	struct stat st;
	struct str rest, text;

	if (proc->cgroup_fd < 0 || read_small(proc, pid, "cgroup", &text) < 0)
		return 0;
	if (str_eq(text, buf_str(&proc->cgroup)))
		return proc->cgroup_id;
	buf_clear(&proc->cgroup);
	buf_add_str(&proc->cgroup, text);
	proc->cgroup_id = 0;
	rest = text;
	while (rest.p) {
		struct str line = str_cut(&rest, '\n');
		char path[4096];

		if (!str_starts(line, STR("0::/")) || line.n - 3 >= sizeof path)
			continue;
		/* the leading dot keeps it below the mount */
		snprintf(path, sizeof path, ".%.*s", (int)(line.n - 3), line.p + 3);
		if (fstatat(proc->cgroup_fd, path, &st, 0) == 0)
			proc->cgroup_id = st.st_ino;
	}
	return proc->cgroup_id;
}

void tracer_proc_init(struct tracer_proc *proc, int proc_fd)
{
	*proc = (struct tracer_proc){.proc_fd = proc_fd, .cgroup_fd = -1};
	proc->cgroup_fd = open_cgroup_mount(proc);
}

void tracer_proc_deinit(struct tracer_proc *proc)
{
	buf_deinit(&proc->text);
	buf_deinit(&proc->stack);
	buf_deinit(&proc->argv);
	buf_deinit(&proc->cwd);
	buf_deinit(&proc->cgroup);
	if (proc->cgroup_fd >= 0)
		close(proc->cgroup_fd);
}
