/*
 * Reads how the machine stands. Key decision: each fact comes from the file that uptime, top and
 * free read, so that a container that shows made-up files (lxcfs) is shown as its users see it;
 * only what processes are measured against, the clocks, comes from the kernel itself.
 */
#include "source/host.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "procfs/host_stat.h"
#include "procfs/loadavg.h"
#include "procfs/meminfo.h"
#include "procfs/pressure.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/utsname.h>
#include <utmpx.h>

#define FILE_MAX     (8u << 20) /* stat has a line a CPU and a number an interrupt */
#define SESSIONS_MAX 100000

/* Reads a file of proc into the emptied `text`; false when it cannot be read. */
static bool read_proc(const struct root *root, const char *path, struct buf *text)
{
	buf_clear(text);
	return root_read(root->proc_fd, path, text, FILE_MAX) == 0;
}

/* ---- names ---- */

static void read_line(const struct root *root, const char *path, struct buf *text, char *out,
		      size_t room)
{
	struct str rest, line;

	if (!read_proc(root, path, text))
		return;
	rest = buf_str(text);
	line = str_cut(&rest, '\n');
	snprintf(out, room, "%.*s", (int)(line.n < room ? line.n : room), line.p);
}

static void read_names(const struct root *root, struct buf *text, struct host *host)
{
	struct utsname names;

	if (!root->live) {
		read_line(root, "sys/kernel/hostname", text, host->name, sizeof host->name);
		read_line(root, "sys/kernel/osrelease", text, host->kernel, sizeof host->kernel);
		read_line(root, "sys/kernel/version", text, host->kernel_version,
			  sizeof host->kernel_version);
		read_line(root, "sys/kernel/arch", text, host->machine, sizeof host->machine);
	} else if (uname(&names) == 0) {
		snprintf(host->name, sizeof host->name, "%s", names.nodename);
		snprintf(host->kernel, sizeof host->kernel, "%s", names.release);
		snprintf(host->kernel_version, sizeof host->kernel_version, "%s", names.version);
		snprintf(host->machine, sizeof host->machine, "%s", names.machine);
	}
	read_line(root, "sys/kernel/random/boot_id", text, host->boot_id, sizeof host->boot_id);
}

static void read_pid_max(const struct root *root, struct buf *text, struct host *host)
{
	unsigned long long value;
	struct str rest;

	if (!read_proc(root, "sys/kernel/pid_max", text))
		return;
	rest = buf_str(text);
	if (str_to_u64(str_cut(&rest, '\n'), &value) == 0 && value <= INT32_MAX)
		host->pid_max = (int32_t)value;
}

/* ---- who is logged in ---- */

/* What stands beside proc: of the machine itself below /, wherever proc happens to be mounted. */
#define UTMP               "run/utmp"
#define SESSIONS           "run/systemd/sessions"
#define BESIDE(root, path) ((root)->live ? "/" path : "../" path)

/* utmp(5). Read by hand: getutxent keeps its place in a global. */
static bool count_utmp(const struct root *root, struct buf *text, uint64_t *ret_users)
{
	struct utmpx entry;
	uint64_t users = 0;

	if (!read_proc(root, BESIDE(root, UTMP), text))
		return false;
	for (size_t at = 0; at + sizeof entry <= text->n; at += sizeof entry) {
		memcpy(&entry, text->p + at, sizeof entry);
		users += entry.ut_type == USER_PROCESS && entry.ut_user[0];
	}
	*ret_users = users;
	return true;
}

/* Is the file of a session one of a person's? systemd's sd_session_get_class: "user...". */
static bool is_user_session(int dirfd, const char *name, struct buf *text)
{
	struct str rest;

	buf_clear(text);
	if (root_read(dirfd, name, text, 1 << 16) < 0)
		return false;
	for (rest = buf_str(text); rest.p;)
		if (str_starts(str_cut(&rest, '\n'), STR("CLASS=user")))
			return true;
	return false;
}

/* Where there is no utmp any more, systemd-logind's sessions: a file and a FIFO each. */
static bool count_sessions(const struct root *root, struct buf *text, uint64_t *ret_users)
{
	int fd = openat(root->proc_fd, BESIDE(root, SESSIONS), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	uint64_t users = 0, seen = 0;
	struct dirent *entry;

	if (!dir) {
		cleanup_close_fn(&fd);
		return false;
	}
	while (seen++ < SESSIONS_MAX && (entry = readdir(dir)))
		if (!strchr(entry->d_name, '.')) /* nor the FIFO, "2.ref" */
			users += is_user_session(dirfd(dir), entry->d_name, text);
	closedir(dir);
	*ret_users = users;
	return true;
}

/* ---- the parts ---- */

static void read_load(const struct root *root, struct buf *text, struct host *host)
{
	if (read_proc(root, "loadavg", text))
		procfs_loadavg_parse(buf_str(text), host);
	if (!count_utmp(root, text, &host->users) && !count_sessions(root, text, &host->users))
		host->users = HOST_UNKNOWN;
}

static void read_memory(const struct root *root, struct buf *text, bool all, struct host *host)
{
	if (read_proc(root, "meminfo", text))
		procfs_meminfo_parse(buf_str(text), host);
	if (!all)
		host->memory_known &= UINT64_C(1) << MEMORY_TOTAL;
}

static void read_pressure(const struct root *root, struct buf *text, struct host *host)
{
	char path[32];

	for (unsigned i = 0; i < PRESSURES; i++) {
		snprintf(path, sizeof path, "pressure/%s", host_pressure_names[i]);
		if (read_proc(root, path, text))
			procfs_pressure_parse(buf_str(text), &host->pressure[i]);
	}
}

/* The clocks of a captured tree stand where they stood; a file that misses leaves them unknown. */
static void take_captured_clocks(int64_t uptime_ns, int64_t boot_seconds, struct host *host)
{
	host->time_ns = host->uptime_ns = uptime_ns;
	host->boot_real_ns = boot_seconds * NS_PER_SEC;
	host->real_ns = boot_seconds ? host->boot_real_ns + uptime_ns : 0;
}

/* A container of lxcfs has an uptime of its own; else the clock is the same, but finer. */
static void take_live_clocks(int64_t file_uptime_ns, struct host *host)
{
	int64_t off;

	host->time_ns = clock_boot_ns();
	host->real_ns = clock_real_ns();
	host->boot_real_ns = host->real_ns - host->time_ns;
	off = host->time_ns - file_uptime_ns;
	host->uptime_ns = file_uptime_ns && (off > NS_PER_SEC || off < -NS_PER_SEC) ? file_uptime_ns
										    : host->time_ns;
}

int host_read(const struct root *root, unsigned parts, struct host *ret, struct error *err)
{
	struct host host = {.users = HOST_UNKNOWN,
			    .cpu.number = -1,
			    .context_switches = HOST_UNKNOWN,
			    .forks = HOST_UNKNOWN,
			    .interrupts = HOST_UNKNOWN,
			    .page_bytes = (uint64_t)sysconf(_SC_PAGESIZE)};
	int64_t uptime_ns = 0, boot_seconds = 0;
	struct buf text = BUF_INIT;
	int r;

	if (faccessat(root->proc_fd, ".", X_OK, 0) < 0)
		return error_set(err, errno,
				 "cannot read the machine's state: %s; is proc mounted?",
				 error_name(errno));
	r = root_check_proc(root, err);
	if (r < 0)
		return r;
	if ((!root->live || parts & HOST_LOAD) && read_proc(root, "uptime", &text))
		procfs_uptime_parse(buf_str(&text), &uptime_ns);
	if ((!root->live || parts & HOST_CPU) && read_proc(root, "stat", &text))
		procfs_host_stat_parse(buf_str(&text), &host, &boot_seconds);
	if (root->live)
		take_live_clocks(uptime_ns, &host);
	else
		take_captured_clocks(uptime_ns, boot_seconds, &host);
	read_memory(root, &text, parts & HOST_MEMORY_ALL, &host);
	if (parts & HOST_LOAD)
		read_load(root, &text, &host);
	if (parts & HOST_PRESSURE)
		read_pressure(root, &text, &host);
	if (parts != HOST_BASIS) {
		read_names(root, &text, &host);
		read_pid_max(root, &text, &host);
	}
	buf_deinit(&text);
	*ret = host;
	return 0;
}
