/*
 * Who is in the cgroups of a target. Key decision: by path, so that a service which starts again is
 * still itself; ids are for the kernel's programs and are looked up anew.
 */
#include "source/cgroup_members.h"

#include "base/cleanup.h"
#include "base/mem.h"
#include "source/cgroup_mounts.h"

/* The kernel's mark behind the path of a v2 group that was removed; zombies have it. */
static struct str without_mark(struct str path)
{
	const struct str mark = STR(" (deleted)");

	if (path.n > mark.n && str_eq(str_skip(path, path.n - mark.n), mark))
		path.n -= mark.n;
	return path;
}

bool cgroup_covers(const struct cgroup_ref *refs, unsigned count, struct str proc_cgroup)
{
	while (proc_cgroup.p) {
		struct str line = str_cut(&proc_cgroup, '\n'), rest;
		unsigned long long hierarchy;

		if (str_to_u64(str_cut(&line, ':'), &hierarchy) < 0)
			continue;
		str_cut(&line, ':'); /* controllers; what follows may hold ':' */
		if (!str_starts(line, STR("/")))
			continue;
		for (unsigned i = 0; i < count; i++)
			if (refs[i].hierarchy == hierarchy &&
			    (cgroup_path_below(line, refs[i].path, &rest) ||
			     cgroup_path_below(without_mark(line), refs[i].path, &rest)))
				return true;
	}
	return false;
}

/* ---- the watch ---- */

struct watched {
	struct cgroup_ref *ref;
	const struct cgroup_mount *mount; /* NULL: it cannot be seen */
	char *below;
};

struct cgroup_watch {
	const struct root *root;
	struct cgroup_mounts mounts;
	unsigned count;
	struct watched items[];
};

static void find_mount(const struct cgroup_mounts *mounts, struct watched *watched)
{
	struct str below;

	watched->mount = cgroup_mount_of(mounts, watched->ref->hierarchy,
					 str_of(watched->ref->path), &below);
	if (watched->mount)
		watched->below = mem_strdup(below);
}

struct cgroup_watch *cgroup_watch_new(const struct root *root, struct cgroup_ref *refs,
				      unsigned count)
{
	struct cgroup_watch *watch = mem_alloc(sizeof *watch + count * sizeof *watch->items);

	watch->root = root;
	watch->count = count;
	if (cgroup_mounts_read(root, &watch->mounts, NULL) < 0)
		watch->mounts = (struct cgroup_mounts){0};
	for (unsigned i = 0; i < count; i++) {
		watch->items[i].ref = &refs[i];
		find_mount(&watch->mounts, &watch->items[i]);
	}
	return watch;
}

void cgroup_watch_free(struct cgroup_watch *watch)
{
	if (!watch)
		return;
	for (unsigned i = 0; i < watch->count; i++)
		free(watch->items[i].below);
	cgroup_mounts_deinit(&watch->mounts);
	free(watch);
}

unsigned cgroup_watch_look(struct cgroup_watch *watch)
{
	unsigned changed = 0;

	for (unsigned i = 0; i < watch->count; i++) {
		const struct watched *watched = &watch->items[i];
		cleanup_close int fd = -1;
		uint64_t id;

		if (!watched->mount)
			continue;
		fd = cgroup_mount_open(watch->root, watched->mount, watched->below);
		id = fd >= 0 ? cgroup_id(fd) : 0;
		changed += id != watched->ref->id;
		watched->ref->id = id;
	}
	return changed;
}
