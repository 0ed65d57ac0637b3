/*
 * The mounts of cgroup file systems. Key decision: found in mountinfo, never assumed; the number of
 * a v1 hierarchy comes from /proc/self/cgroup, whose lines a mount's options match by controller.
 */
#include "source/cgroup_mounts.h"

#include "base/cleanup.h"
#include "base/mem.h"
#include "procfs/mountinfo.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#define MOUNTINFO_MOST (16u << 20)
#define CGROUP_MOST    (1u << 20)
#define FILEID_KERNFS  0xfe /* name_to_handle_at(2): the handle is the id, in 8 bytes */

static bool has_item(struct str list, struct str item)
{
	while (list.p)
		if (str_eq(str_cut(&list, ','), item))
			return true;
	return false;
}

/* "ID:CONTROLLERS:PATH"; a v1 hierarchy is the one whose first controller the mount has too. */
static bool find_hierarchy(struct str names, struct str options, struct cgroup_mount *ret)
{
	while (names.p) {
		struct str line = str_cut(&names, '\n'), first;
		unsigned long long id;

		if (str_to_u64(str_cut(&line, ':'), &id) < 0 || id == 0 || id > UINT32_MAX)
			continue;
		ret->controllers = str_cut(&line, ':');
		first = ret->controllers;
		first = str_cut(&first, ',');
		if (line.p && first.n > 0 && has_item(options, first)) {
			ret->hierarchy = (uint32_t)id;
			return true;
		}
	}
	return false;
}

static void add_mount(struct cgroup_mounts *mounts, const struct procfs_mount *mount)
{
	struct cgroup_mount *ret;
	struct buf *texts;

	if (mounts->count == CGROUP_MOUNTS_MAX)
		return;
	ret = &mounts->items[mounts->count];
	texts = &mounts->texts[2 * mounts->count];
	*ret = (struct cgroup_mount){.controllers = STR("")};
	if (str_is(mount->type, "cgroup")) {
		if (!find_hierarchy(buf_str(&mounts->names), mount->super_options, ret))
			return;
	} else if (!str_is(mount->type, "cgroup2")) {
		return;
	}
	procfs_mountinfo_unescape(mount->root, &texts[0]);
	procfs_mountinfo_unescape(mount->point, &texts[1]);
	ret->root = buf_cstr(&texts[0]);
	ret->point = buf_cstr(&texts[1]);
	mounts->count++;
}

static int rank(const struct cgroup_mount *mount)
{
	if (mount->hierarchy == 0)
		return 0;
	return has_item(mount->controllers, STR("name=systemd")) ? 1 : 2;
}

/* Few, and those of one rank keep their order. */
static void sort(struct cgroup_mounts *mounts)
{
	for (unsigned i = 1; i < mounts->count; i++) {
		const struct cgroup_mount mount = mounts->items[i];
		unsigned at = i;

		for (; at > 0 && rank(&mounts->items[at - 1]) > rank(&mount); at--)
			mounts->items[at] = mounts->items[at - 1];
		mounts->items[at] = mount;
	}
}

int cgroup_mounts_read(const struct root *root, struct cgroup_mounts *ret, struct error *err)
{
	struct buf text = BUF_INIT;
	struct procfs_mount mount;
	struct str rest;
	int r = root_read(root->proc_fd, "self/mountinfo", &text, MOUNTINFO_MOST);

	*ret = (struct cgroup_mounts){
		.texts = mem_alloc(2 * CGROUP_MOUNTS_MAX * sizeof(struct buf))};
	if (r == 0)
		r = root_read(root->proc_fd, "self/cgroup", &ret->names, CGROUP_MOST);
	if (r < 0) {
		buf_deinit(&text);
		cgroup_mounts_deinit(ret);
		return error_set(err, -r,
				 "cannot find the cgroups of this machine: our own mountinfo "
				 "and cgroup in proc cannot be read: %s",
				 error_name(r));
	}
	rest = buf_str(&text);
	while (procfs_mountinfo_next(&rest, &mount) == 0)
		add_mount(ret, &mount);
	sort(ret);
	buf_deinit(&text);
	return 0;
}

void cgroup_mounts_deinit(struct cgroup_mounts *mounts)
{
	for (unsigned i = 0; mounts->texts && i < 2 * CGROUP_MOUNTS_MAX; i++)
		buf_deinit(&mounts->texts[i]);
	free(mounts->texts);
	buf_deinit(&mounts->names);
	*mounts = (struct cgroup_mounts){0};
}

static int open_point(const struct root *root, const char *point)
{
	if (root->live)
		return open(point, O_PATH | O_DIRECTORY | O_CLOEXEC);
	/* of a captured machine there is what stood below its /sys */
	errno = ENOENT;
	if (strncmp(point, "/sys/", 5) != 0)
		return -1;
	return openat(root->sys_fd, point + 5, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* In a container something else may be mounted over a part of the hierarchy. */
static bool is_cgroup(const struct root *root, int fd)
{
	struct statfs fs;

	return !root->live || (fstatfs(fd, &fs) == 0 && (fs.f_type == CGROUP2_SUPER_MAGIC ||
							 fs.f_type == CGROUP_SUPER_MAGIC));
}

int cgroup_mount_open(const struct root *root, const struct cgroup_mount *mount, const char *below)
{
	cleanup_close int point = open_point(root, mount->point), fd = -1;

	if (point < 0)
		return -errno;
	fd = openat(point, *below ? below : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	return is_cgroup(root, fd) ? steal_fd(&fd) : -ENOENT;
}

const struct cgroup_mount *cgroup_mount_of(const struct cgroup_mounts *mounts, uint32_t hierarchy,
					   struct str path, struct str *ret_below)
{
	for (unsigned i = 0; i < mounts->count; i++)
		if (mounts->items[i].hierarchy == hierarchy &&
		    cgroup_path_below(path, mounts->items[i].root, ret_below))
			return &mounts->items[i];
	return NULL;
}

int cgroup_open(const struct root *root, const struct cgroup_mounts *mounts, uint32_t hierarchy,
		struct str path)
{
	struct str rest;
	const struct cgroup_mount *mount = cgroup_mount_of(mounts, hierarchy, path, &rest);
	cleanup_free char *below = mount ? mem_strdup(rest) : NULL;

	return mount ? cgroup_mount_open(root, mount, below) : -ENOENT;
}

/* On a kernel of 32 bits the inode's number is only half of it. */
uint64_t cgroup_id(int fd)
{
	union {
		struct file_handle handle;
		char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} u = {.handle = {.handle_bytes = MAX_HANDLE_SZ}};
	struct stat status;
	uint64_t id;
	int mount;

	if (name_to_handle_at(fd, "", &u.handle, &mount, AT_EMPTY_PATH) == 0 &&
	    u.handle.handle_type == FILEID_KERNFS && u.handle.handle_bytes == sizeof id) {
		memcpy(&id, u.room + offsetof(struct file_handle, f_handle), sizeof id);
		return id;
	}
	return fstat(fd, &status) == 0 ? status.st_ino : 0;
}

bool cgroup_path_below(struct str path, const char *top, struct str *ret_rest)
{
	struct str prefix = str_of(strcmp(top, "/") == 0 ? "" : top);

	if (!str_starts(path, prefix) || (path.n > prefix.n && path.p[prefix.n] != '/'))
		return false;
	*ret_rest = str_skip(path, prefix.n + 1);
	return prefix.n > 0 || !(str_is(*ret_rest, "..") || str_starts(*ret_rest, STR("../")));
}

void cgroup_mount_describe(const struct cgroup_mount *mount, struct buf *out)
{
	if (mount->hierarchy)
		buf_printf(out, "v1 %.*s at %s", (int)mount->controllers.n, mount->controllers.p,
			   mount->point);
	else
		buf_printf(out, "v2 at %s", mount->point);
}
