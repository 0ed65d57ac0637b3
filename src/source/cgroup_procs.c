/*
 * The members of cgroups. Key decision: cgroup.procs of each directory below, since one file for
 * each cgroup is less than one for each process; who has no look at the directory goes without.
 */
#include "source/cgroup_procs.h"

#include "base/cleanup.h"
#include "base/mem.h"
#include "source/cgroup_mounts.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define DEPTH_MAX 64
#define FILE_MOST ((size_t)64 << 20)

struct cgroup_procs {
	const struct root *root;
	const struct cgroup_ref *refs;
	unsigned count;
	struct cgroup_mounts mounts;
	struct buf text;
};

struct cgroup_procs *cgroup_procs_new(const struct root *root, const struct cgroup_ref *refs,
				      unsigned count)
{
	struct cgroup_procs *procs = mem_alloc(sizeof *procs);

	procs->root = root;
	procs->refs = refs;
	procs->count = count;
	if (cgroup_mounts_read(root, &procs->mounts, NULL) < 0)
		procs->mounts = (struct cgroup_mounts){0};
	return procs;
}

void cgroup_procs_free(struct cgroup_procs *procs)
{
	if (!procs)
		return;
	cgroup_mounts_deinit(&procs->mounts);
	buf_deinit(&procs->text);
	free(procs);
}

/* Those of other pid namespaces are 0 in the list, and are left out. */
static void add_directory(struct cgroup_procs *procs, int dirfd, struct scan_numbers *ret)
{
	unsigned long long number;
	struct str rest;

	buf_clear(&procs->text);
	if (root_read(dirfd, "cgroup.procs", &procs->text, FILE_MOST) < 0)
		return;
	for (rest = buf_str(&procs->text); rest.p;)
		if (str_to_u64(str_cut(&rest, '\n'), &number) == 0 && number <= INT32_MAX)
			scan_numbers_add(ret, (int32_t)number);
}

/* Takes `fd`, which may be none. */
static void add_below(struct cgroup_procs *procs, int fd, unsigned depth, struct scan_numbers *ret)
{
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *entry;

	if (!dir) {
		cleanup_close_fn(&fd);
		return;
	}
	add_directory(procs, dirfd(dir), ret);
	while (depth < DEPTH_MAX && (entry = readdir(dir)))
		if (entry->d_type == DT_DIR && strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			add_below(procs,
				  openat(dirfd(dir), entry->d_name,
					 O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC),
				  depth + 1, ret);
	closedir(dir);
}

void cgroup_procs_list(struct cgroup_procs *procs, struct scan_numbers *ret)
{
	scan_numbers_clear(ret);
	for (unsigned i = 0; i < procs->count; i++) {
		cleanup_close int at =
			cgroup_open(procs->root, &procs->mounts, procs->refs[i].hierarchy,
				    str_of(procs->refs[i].path));

		if (at >= 0)
			add_below(procs, openat(at, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), 0,
				  ret);
	}
	scan_numbers_order(ret);
}
