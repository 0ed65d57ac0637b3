/*
 * What cgroups have used. Key decision: one table of files for both versions; a group is looked for
 * in every hierarchy that counts something, and a file that is missing is something unknown.
 */
#include "source/cgroup_usage.h"

#include "base/cleanup.h"
#include "base/mem.h"
#include "source/cgroup_mounts.h"

#include <errno.h>
#include <fcntl.h>

#define FILE_MAX_BYTES ((size_t)256 << 10)

enum form {
	NUMBER, /* the whole file */
	KEY,    /* "key value", a line each */
	PAIRS,  /* "8:0 key=value ...": summed over the devices */
	DEVICE, /* "8:0 Key value": the same of version 1 */
};

static const struct row {
	const char *controller; /* NULL: version 2 */
	const char *file;
	enum form form;
	const char *key;
	enum usage_field field;
	uint64_t scale;
} rows[] = {
	{NULL,      "cpu.stat",                        KEY,    "user_usec",   USAGE_CPU_USER_NS,    1000},
	{NULL,      "cpu.stat",                        KEY,    "system_usec", USAGE_CPU_SYS_NS,     1000},
	{NULL,      "memory.current",                  NUMBER, NULL,          USAGE_RSS_BYTES,      1   },
	{NULL,      "memory.peak",                     NUMBER, NULL,          USAGE_RSS_PEAK_BYTES, 1   },
	{NULL,      "io.stat",                         PAIRS,  "rbytes",      USAGE_READ_BYTES,     1   },
	{NULL,      "io.stat",                         PAIRS,  "wbytes",      USAGE_WRITE_BYTES,    1   },
	{NULL,      "pids.current",                    NUMBER, NULL,          USAGE_THREADS,        1   },
	{"cpuacct", "cpuacct.usage_user",              NUMBER, NULL,          USAGE_CPU_USER_NS,    1   },
	{"cpuacct", "cpuacct.usage_sys",               NUMBER, NULL,          USAGE_CPU_SYS_NS,     1   },
	{"memory",  "memory.usage_in_bytes",           NUMBER, NULL,          USAGE_RSS_BYTES,      1   },
	{"memory",  "memory.max_usage_in_bytes",       NUMBER, NULL,          USAGE_RSS_PEAK_BYTES, 1   },
	{"blkio",   "blkio.throttle.io_service_bytes", DEVICE, "Read",        USAGE_READ_BYTES,     1   },
	{"blkio",   "blkio.throttle.io_service_bytes", DEVICE, "Write",       USAGE_WRITE_BYTES,    1   },
	{"pids",    "pids.current",                    NUMBER, NULL,          USAGE_THREADS,        1   },
};
#define ROWS (sizeof rows / sizeof *rows)

struct cgroup_usage {
	const struct root *root;
	struct cgroup_mounts mounts;
	const struct cgroup_ref *refs;
	unsigned count;
};

struct cgroup_usage *cgroup_usage_new(const struct root *root, const struct cgroup_ref *refs,
				      unsigned count)
{
	struct cgroup_usage *usage = mem_alloc(sizeof *usage);

	usage->root = root;
	usage->refs = refs;
	usage->count = count;
	if (cgroup_mounts_read(root, &usage->mounts, NULL) < 0)
		usage->mounts = (struct cgroup_mounts){0};
	return usage;
}

void cgroup_usage_free(struct cgroup_usage *usage)
{
	if (!usage)
		return;
	cgroup_mounts_deinit(&usage->mounts);
	free(usage);
}

/* ---- one file ---- */

/* "8:0 rbytes=1 wbytes=2 ...": adds the value of the key. */
static bool add_pair(struct str line, const struct row *row, uint64_t *sum)
{
	bool found = false;

	while (line.p) {
		struct str word = str_cut(&line, ' ');
		struct str key = str_cut(&word, '=');
		unsigned long long value;

		if (!str_is(key, row->key) || !word.p || str_to_u64(word, &value) < 0)
			continue;
		*sum += value;
		found = true;
	}
	return found;
}

static bool add_line(struct str line, const struct row *row, uint64_t *sum)
{
	unsigned long long value;

	if (row->form == PAIRS)
		return add_pair(line, row, sum);
	if (row->form == DEVICE)
		str_cut(&line, ' ');
	if (row->form != NUMBER && !str_is(str_cut(&line, ' '), row->key))
		return false;
	if (!line.p || str_to_u64(line, &value) < 0)
		return false;
	*sum += value;
	return true;
}

static void take_file(int dirfd, const struct row *row, struct usage *usage)
{
	struct buf text = BUF_INIT;
	struct str rest;
	bool found = false;
	uint64_t sum = 0;

	if (root_read(dirfd, row->file, &text, FILE_MAX_BYTES) == 0) {
		rest = buf_str(&text);
		/* a group that never did any has no line for its I/O */
		found = row->form == PAIRS && rest.n == 0;
		while (rest.p)
			found |= add_line(str_cut(&rest, '\n'), row, &sum);
	}
	if (found)
		usage_set(usage, row->field, sum * row->scale);
	buf_deinit(&text);
}

/* ---- one group ---- */

static bool counts(const struct cgroup_mount *mount, const struct row *row)
{
	struct str controllers = mount->controllers;

	if (mount->hierarchy == 0 || !row->controller)
		return mount->hierarchy == 0 && !row->controller;
	while (controllers.p)
		if (str_is(str_cut(&controllers, ','), row->controller))
			return true;
	return false;
}

static int open_group(const struct cgroup_usage *usage, const struct cgroup_mount *mount,
		      const struct cgroup_ref *ref)
{
	struct str below;
	char *path;
	int fd;

	if (!cgroup_path_below(str_of(ref->path), mount->root, &below))
		return -ENOENT;
	path = mem_strdup(below);
	fd = cgroup_mount_open(usage->root, mount, path);
	free(path);
	return fd;
}

static void read_group(const struct cgroup_usage *usage, const struct cgroup_ref *ref,
		       struct usage *ret)
{
	for (unsigned i = 0; i < usage->mounts.count; i++) {
		const struct cgroup_mount *mount = &usage->mounts.items[i];
		cleanup_close int fd = open_group(usage, mount, ref);

		for (size_t k = 0; fd >= 0 && k < ROWS; k++)
			if (counts(mount, &rows[k]) && !usage_knows(ret, rows[k].field))
				take_file(fd, &rows[k], ret);
	}
}

void cgroup_usage_read(const struct cgroup_usage *usage, struct usage *ret)
{
	*ret = (struct usage){0};
	for (unsigned i = 0; i < usage->count; i++) {
		struct usage one = {0};

		read_group(usage, &usage->refs[i], &one);
		for (unsigned field = 0; field < USAGE_FIELDS; field++)
			if (usage_knows(&one, field))
				usage_set(ret, field, ret->value[field] + one.value[field]);
	}
}
