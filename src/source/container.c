/*
 * Containers. Key decision: the tree of cgroups is asked and no runtime's daemon, so it works for all
 * of them, also where they are not allowed to be asked; a container is where the path first tells of
 * it (model/cgroup_name.h), and in the hierarchy that comes first.
 */
#include "source/container.h"

#include "base/cleanup.h"
#include "base/mem.h"
#include "model/cgroup_name.h"
#include "source/cgroup.h"
#include "source/cgroup_mounts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

#define DEPTH_MAX    64
#define PREFIX_LEAST 6
#define SHORT_ID     12 /* as the runtimes themselves show them */
#define LISTED_MAX   6

struct container {
	char *name;  /* or id */
	char *where; /* HIERARCHY:/path, as cgroup_resolve understands it */
};

struct containers {
	struct container *items;
	size_t count, capacity;
};

/* One hierarchy on the way down. */
struct walk {
	struct containers *containers;
	struct buf path; /* of the cgroup, as /proc/PID/cgroup has it */
	uint32_t hierarchy;
};

static void containers_deinit(struct containers *containers)
{
	for (size_t i = 0; i < containers->count; i++) {
		free(containers->items[i].name);
		free(containers->items[i].where);
	}
	free(containers->items);
}

/* ---- finding all ---- */

static bool is_known(const struct containers *containers, struct str name)
{
	for (size_t i = 0; i < containers->count; i++)
		if (str_is(name, containers->items[i].name))
			return true;
	return false;
}

static void add(struct walk *walk, struct str name)
{
	struct containers *containers = walk->containers;
	struct buf where = BUF_INIT;

	if (is_known(containers, name))
		return;
	if (containers->count == containers->capacity) {
		containers->capacity = containers->capacity ? 2 * containers->capacity : 16;
		containers->items = mem_realloc(containers->items, containers->capacity,
						sizeof *containers->items);
	}
	buf_printf(&where, "%u:%s", walk->hierarchy, buf_cstr(&walk->path));
	containers->items[containers->count++] =
		(struct container){mem_strdup(name), mem_strdup(buf_str(&where))};
	buf_deinit(&where);
}

/* Takes `fd`, which may be none. `container`: in which we are; STR_NONE. */
static void walk_below(struct walk *walk, int fd, struct str container, unsigned depth)
{
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	size_t end = walk->path.n;
	struct dirent *entry;

	if (!dir) {
		cleanup_close_fn(&fd);
		return;
	}
	while (depth < DEPTH_MAX && (entry = readdir(dir))) {
		cleanup_free char *inner = NULL;

		if (entry->d_type != DT_DIR || strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		buf_printf(&walk->path, "/%s", entry->d_name);
		inner = mem_strdup(cgroup_container(buf_str(&walk->path)));
		if (inner && !str_is(container, inner))
			add(walk, str_of(inner));
		walk_below(walk,
			   openat(dirfd(dir), entry->d_name,
				  O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC),
			   str_of(inner), depth + 1);
		walk->path.n = end;
	}
	closedir(dir);
}

static int find_all(const struct root *root, struct containers *ret, struct error *err)
{
	struct cgroup_mounts mounts;
	int r = cgroup_mounts_read(root, &mounts, err);

	for (unsigned i = 0; r == 0 && i < mounts.count; i++) {
		const struct cgroup_mount *mount = &mounts.items[i];
		struct walk walk = {.containers = ret, .hierarchy = mount->hierarchy};
		cleanup_close int at = cgroup_mount_open(root, mount, "");

		/* what is mounted may itself lie in a container: that one is ours */
		if (strcmp(mount->root, "/") != 0)
			buf_add_text(&walk.path, mount->root);
		if (at >= 0)
			walk_below(&walk, openat(at, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC),
				   cgroup_container(str_of(mount->root)), 0);
		buf_deinit(&walk.path);
	}
	if (r == 0)
		cgroup_mounts_deinit(&mounts);
	return r;
}

/* ---- the one that is meant ---- */

static bool is_hex(const char *text)
{
	return *text && strspn(text, "0123456789abcdef") == strlen(text);
}

static bool begins(const struct container *container, const char *text)
{
	return is_hex(text) && is_hex(container->name) &&
	       strncmp(container->name, text, strlen(text)) == 0;
}

/* Those that begin so, or all; ids as short as people know them. */
static void add_list(const struct containers *containers, const char *text, struct buf *out)
{
	size_t listed = 0;

	for (size_t i = 0; i < containers->count; i++) {
		const struct container *container = &containers->items[i];
		size_t most = is_hex(container->name) ? SHORT_ID : 64;

		if (text && !begins(container, text))
			continue;
		if (listed++ < LISTED_MAX)
			buf_printf(out, "%s%.*s", out->n > 0 ? ", " : "", (int)most,
				   container->name);
	}
	if (listed > LISTED_MAX)
		buf_printf(out, " and %zu more", listed - LISTED_MAX);
}

static int say_ambiguous(const struct containers *containers, const char *text, struct error *err)
{
	struct buf list = BUF_INIT;
	int r;

	add_list(containers, text, &list);
	r = error_set(err, EINVAL,
		      "more than one container has an id that begins with %s: %s; give more digits",
		      text, buf_cstr(&list));
	buf_deinit(&list);
	return r;
}

static int say_missing(const struct containers *containers, const char *text, struct error *err)
{
	struct buf list = BUF_INIT;
	int r;

	add_list(containers, NULL, &list);
	r = error_set(err, ENOENT,
		      "among the cgroups here is no container '%s'%s%s; the names that docker, "
		      "podman and Kubernetes give do not stand there: give the id that they show",
		      text, list.n > 0 ? ", only " : ", nor any other", buf_cstr(&list));
	buf_deinit(&list);
	return r;
}

/* One whose whole name or id it is, else the only one whose id begins so. */
static int choose(const struct containers *containers, const char *text,
		  const struct container **ret, struct error *err)
{
	const struct container *found = NULL;

	for (size_t i = 0; i < containers->count; i++) {
		*ret = &containers->items[i];
		if (strcmp((*ret)->name, text) == 0)
			return 0;
	}
	if (is_hex(text) && strlen(text) < PREFIX_LEAST)
		return error_set(err, EINVAL,
				 "'%s' is too short for the beginning of a container's id: give %d "
				 "digits or more",
				 text, PREFIX_LEAST);
	for (size_t i = 0; i < containers->count; i++) {
		if (!begins(&containers->items[i], text))
			continue;
		if (found)
			return say_ambiguous(containers, text, err);
		found = &containers->items[i];
	}
	*ret = found;
	return found ? 0 : say_missing(containers, text, err);
}

int container_resolve(const struct root *root, const char *text, struct buf *path,
		      struct cgroup_ref *ret, struct error *err)
{
	struct containers containers = {0};
	const struct container *found = NULL;
	int r;

	if (!*text)
		return error_set(err, EINVAL, "the id of a container is empty");
	r = find_all(root, &containers, err);
	r = r < 0 ? r : choose(&containers, text, &found, err);
	r = r < 0 || !found ? r : cgroup_resolve(root, found->where, path, ret, err);
	containers_deinit(&containers);
	return r;
}
