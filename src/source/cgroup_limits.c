/*
 * Limits of cgroups. Key decision: one table of files for both versions, and each limit is looked
 * for on the way up to the root, because the kernel holds a cgroup to all of them.
 */
#include "source/cgroup_limits.h"

#include "base/cleanup.h"
#include "base/mem.h"
#include "procfs/cgroup_cpu.h"
#include "source/cgroup_mounts.h"

#include <errno.h>

#define FILE_MOST 65536

/* A directory of a cgroup while its files are read. */
struct reading {
	int dirfd;
	struct buf text, more;
};

static int read_file(struct reading *in, const char *name, struct buf *text)
{
	buf_clear(text);
	return root_read(in->dirfd, name, text, FILE_MOST);
}

static int read_quota_v1(struct reading *in, const char *file, uint64_t *ret)
{
	int r = read_file(in, file, &in->text);

	r = r < 0 ? r : read_file(in, "cpu.cfs_period_us", &in->more);
	return r < 0 ? r : procfs_cfs_quota_parse(buf_str(&in->text), buf_str(&in->more), ret);
}

static int read_quota(struct reading *in, const char *file, uint64_t *ret)
{
	int r = read_file(in, file, &in->text);

	return r < 0 ? r : procfs_cpu_max_parse(buf_str(&in->text), ret);
}

/* An empty list is none of its own. */
static int read_cpus(struct reading *in, const char *file, uint64_t *ret)
{
	int r = read_file(in, file, &in->text);

	r = r < 0 ? r : procfs_cpu_list_count(buf_str(&in->text), ret);
	return r < 0 ? r : *ret == 0 ? -ENOENT : 0;
}

/* "max" is no number, and version 1 writes one that no machine has. */
static int read_number(struct reading *in, const char *file, uint64_t *ret)
{
	unsigned long long value;
	struct str text;
	int r = read_file(in, file, &in->text);

	if (r < 0)
		return r;
	text = buf_str(&in->text);
	if (str_to_u64(str_cut(&text, '\n'), &value) < 0 || value >= INT64_MAX / 2)
		return -ENOENT;
	*ret = value;
	return 0;
}

static int read_key(struct reading *in, const char *key, uint64_t *ret)
{
	int r = read_file(in, "cpu.stat", &in->text);

	return r < 0 ? r : procfs_key_parse(buf_str(&in->text), str_of(key), ret);
}

static int read_usec(struct reading *in, const char *key, uint64_t *ret)
{
	int r = read_key(in, key, ret);

	return r < 0 ? r : __builtin_mul_overflow(*ret, UINT64_C(1000), ret) ? -EINVAL : 0;
}

static const struct row {
	const char *controller; /* NULL: version 2 */
	const char *what;       /* a file, or a key of cpu.stat */
	int (*read)(struct reading *in, const char *what, uint64_t *ret);
	enum cgroup_limit limit;
	bool inherited; /* those above count, too */
} rows[] = {
	{NULL,     "cpu.max",               read_quota,    CGROUP_QUOTA_MILLICORES, true },
	{NULL,     "cpuset.cpus.effective", read_cpus,     CGROUP_CPUS,             true },
	{NULL,     "memory.max",            read_number,   CGROUP_MEMORY_BYTES,     true },
	{NULL,     "nr_throttled",          read_key,      CGROUP_THROTTLED,        false},
	{NULL,     "throttled_usec",        read_usec,     CGROUP_THROTTLED_NS,     false},
	{NULL,     "pids.peak",             read_number,   CGROUP_TASKS_PEAK,       false},
	{"cpu",    "cpu.cfs_quota_us",      read_quota_v1, CGROUP_QUOTA_MILLICORES, true },
	{"cpuset", "cpuset.effective_cpus", read_cpus,     CGROUP_CPUS,             true },
	{"cpuset", "cpuset.cpus",           read_cpus,     CGROUP_CPUS,             true },
	{"memory", "memory.limit_in_bytes", read_number,   CGROUP_MEMORY_BYTES,     true },
	{"cpu",    "nr_throttled",          read_key,      CGROUP_THROTTLED,        false},
	{"cpu",    "throttled_time",        read_key,      CGROUP_THROTTLED_NS,     false},
};

static bool is_of(const struct cgroup_mount *mount, const struct row *row)
{
	struct str controllers = mount->controllers;

	if (!row->controller || mount->hierarchy == 0)
		return !row->controller && mount->hierarchy == 0;
	while (controllers.p)
		if (str_is(str_cut(&controllers, ','), row->controller))
			return true;
	return false;
}

static void take(struct cgroup_limits *limits, const struct row *row, uint64_t value)
{
	uint32_t bit = 1u << row->limit;

	if (value == UINT64_MAX || (limits->known & bit && limits->value[row->limit] <= value))
		return;
	limits->value[row->limit] = value;
	limits->known |= bit;
}

/* One directory; `above`: of a cgroup above the one that is meant. */
static void read_directory(struct reading *in, const struct cgroup_mount *mount, bool above,
			   struct cgroup_limits *ret)
{
	uint64_t value;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (is_of(mount, &rows[i]) && (rows[i].inherited || !above) &&
		    rows[i].read(in, rows[i].what, &value) == 0)
			take(ret, &rows[i], value);
}

/* From the cgroup up to what the mount shows. */
static void read_upwards(const struct root *root, const struct cgroup_mount *mount,
			 struct str below, struct cgroup_limits *ret)
{
	cleanup_free char *path = mem_strdup(below);
	struct reading in = {.dirfd = -1};

	for (bool above = false;; above = true) {
		char *slash = strrchr(path, '/');

		in.dirfd = cgroup_mount_open(root, mount, path);
		if (in.dirfd < 0 && !above)
			break; /* it is not in this hierarchy */
		if (in.dirfd >= 0)
			read_directory(&in, mount, above, ret);
		cleanup_close_fn(&in.dirfd);
		if (!*path)
			break;
		*(slash ? slash : path) = 0;
	}
	buf_deinit(&in.text);
	buf_deinit(&in.more);
}

void cgroup_limits_read(const struct root *root, const struct cgroup_ref *ref,
			struct cgroup_limits *ret)
{
	struct cgroup_mounts mounts;
	struct str below;

	*ret = (struct cgroup_limits){0};
	if (cgroup_mounts_read(root, &mounts, NULL) < 0)
		return;
	for (unsigned i = 0; i < mounts.count; i++)
		if (cgroup_path_below(str_of(ref->path), mounts.items[i].root, &below))
			read_upwards(root, &mounts.items[i], below, ret);
	cgroup_mounts_deinit(&mounts);
}

static bool knows(const struct cgroup_limits *limits, enum cgroup_limit limit)
{
	return limits->known & 1u << limit;
}

uint64_t cgroup_millicores(const struct cgroup_limits *limits, unsigned online)
{
	uint64_t most = UINT64_C(1000) * online;

	if (knows(limits, CGROUP_CPUS) && 1000 * limits->value[CGROUP_CPUS] < most)
		most = 1000 * limits->value[CGROUP_CPUS];
	if (knows(limits, CGROUP_QUOTA_MILLICORES) && limits->value[CGROUP_QUOTA_MILLICORES] < most)
		most = limits->value[CGROUP_QUOTA_MILLICORES];
	return most;
}
