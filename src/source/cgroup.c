/*
 * Cgroups by name. Key decision: a path means what /proc/PID/cgroup would show, so that every
 * source can compare texts; where the mounts allow no such path it is taken below the mount point,
 * as people see it there.
 */
#include "source/cgroup.h"

#include "base/cleanup.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "source/cgroup_mounts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#define NAMES_MAX 4096 /* in one directory, for "did you mean" */

/* ---- paths ---- */

/*
 * Appends `path` with a '/' in front and without "//", "/./", "x/.." and a '/' at the end. A ".."
 * that leads above the beginning stays when `above`: so /proc/PID/cgroup shows other namespaces.
 */
static void add_normal(struct buf *out, struct str path, bool above)
{
	size_t start = out->n, floor = out->n;

	while (path.p) {
		struct str name = str_cut(&path, '/');

		if (name.n == 0 || str_is(name, "."))
			continue;
		if (str_is(name, "..")) {
			if (out->n > floor) {
				while (out->p[--out->n] != '/')
					;
				continue;
			}
			if (!above)
				continue;
			buf_add_text(out, "/..");
			floor = out->n;
			continue;
		}
		buf_add_char(out, '/');
		buf_add_str(out, name);
	}
	if (out->n == start)
		buf_add_char(out, '/');
}

/* ---- what a text may mean ---- */

/* Of one mount: the directory below its point that a text means there. */
struct place {
	const struct cgroup_mount *mount;
	char *below; /* "system.slice/x"; empty: the mount point itself */
	int error;   /* 0: it is there; else why not, positive */
	uint64_t id, top_id;
};

struct search {
	const struct root *root;
	const char *text;
	struct cgroup_mounts mounts;
	struct place places[CGROUP_MOUNTS_MAX];
	unsigned count;
	struct str hierarchy;   /* that the text names; STR_NONE */
	bool unknown_hierarchy; /* there is none of that name, so it was taken for a path */
};

static void add_place(struct search *search, const struct cgroup_mount *mount, struct str below)
{
	struct place *place = &search->places[search->count++];
	cleanup_close int fd = -1, top = cgroup_mount_open(search->root, mount, "");

	*place = (struct place){.mount = mount, .below = mem_strdup(below)};
	place->top_id = top >= 0 ? cgroup_id(top) : 0;
	fd = cgroup_mount_open(search->root, mount, place->below);
	if (fd >= 0)
		place->id = cgroup_id(fd);
	else
		place->error = -fd;
}

/*
 * The text as a directory: in the mount with the longest point above it. The machine resolves links
 * (cpu -> cpu,cpuacct) and what is relative; what does not exist is taken as it is written.
 */
static bool find_directory(struct search *search)
{
	char *real = search->root->live ? realpath(search->text, NULL) : NULL;
	const struct cgroup_mount *best = NULL;
	struct buf path = BUF_INIT;
	struct str rest, best_rest = STR("");

	add_normal(&path, str_of(real ? real : search->text), false);
	free(real);
	for (unsigned i = 0; i < search->mounts.count; i++) {
		const struct cgroup_mount *mount = &search->mounts.items[i];

		/* of two at one place the later hides the other */
		if (cgroup_path_below(buf_str(&path), mount->point, &rest) &&
		    (!best || strlen(mount->point) >= strlen(best->point))) {
			best = mount;
			best_rest = rest;
		}
	}
	if (best)
		add_place(search, best, best_rest);
	buf_deinit(&path);
	return best;
}

static bool is_of(const struct cgroup_mount *mount, struct str hierarchy)
{
	struct str names = mount->controllers;
	unsigned long long number;

	if (str_to_u64(hierarchy, &number) == 0)
		return number == mount->hierarchy;
	if (hierarchy.n == 0)
		return mount->hierarchy == 0;
	if (str_eq(hierarchy, names))
		return true;
	while (names.p && mount->hierarchy)
		if (str_eq(str_cut(&names, ','), hierarchy))
			return true;
	return false;
}

/* Cuts HIERARCHY: off; N:HIERARCHY:/x, a line of /proc/PID/cgroup, is understood as well. */
static bool cut_hierarchy(struct str *text, struct str *ret_hierarchy)
{
	struct str rest = *text, hierarchy = str_cut(&rest, ':'), second = rest, next;
	unsigned long long number;

	if (!rest.p || memchr(hierarchy.p, '/', hierarchy.n))
		return false;
	if (str_to_u64(hierarchy, &number) == 0 && !str_starts(rest, STR("/"))) {
		next = str_cut(&second, ':');
		if (!second.p || memchr(next.p, '/', next.n))
			return false;
		hierarchy = next;
		rest = second;
	}
	if (!str_starts(rest, STR("/")))
		return false;
	*ret_hierarchy = hierarchy;
	*text = rest;
	return true;
}

static bool is_hierarchy(const struct search *search, struct str name)
{
	for (unsigned i = 0; i < search->mounts.count; i++)
		if (is_of(&search->mounts.items[i], name))
			return true;
	return false;
}

/* The text as a path below the root of each hierarchy, or of the one that it names. */
static void find_paths(struct search *search)
{
	struct str text = str_of(search->text), below;
	struct buf path = BUF_INIT;

	if (cut_hierarchy(&text, &search->hierarchy) && !is_hierarchy(search, search->hierarchy)) {
		search->unknown_hierarchy = true;
		text = str_of(search->text);
	}
	add_normal(&path, text, true);
	for (unsigned i = 0; i < search->mounts.count; i++) {
		const struct cgroup_mount *mount = &search->mounts.items[i];

		if (search->hierarchy.p && !search->unknown_hierarchy &&
		    !is_of(mount, search->hierarchy))
			continue;
		if (cgroup_path_below(buf_str(&path), mount->root, &below) ||
		    cgroup_path_below(buf_str(&path), "/", &below))
			add_place(search, mount, below);
	}
	buf_deinit(&path);
}

static bool is_path_of_files(const char *text)
{
	return *text == '/' || strcmp(text, ".") == 0 || strcmp(text, "..") == 0 ||
	       strncmp(text, "./", 2) == 0 || strncmp(text, "../", 3) == 0;
}

static int search_init(struct search *search, const struct root *root, const char *text,
		       struct error *err)
{
	int r;

	*search = (struct search){.root = root, .text = text};
	if (!*text)
		return error_set(err, EINVAL, "the name of a cgroup is empty");
	r = cgroup_mounts_read(root, &search->mounts, err);
	if (r < 0)
		return r;
	if (!is_path_of_files(text) || !find_directory(search))
		find_paths(search);
	return 0;
}

static void search_deinit(struct search *search)
{
	for (unsigned i = 0; i < search->count; i++)
		free(search->places[i].below);
	cgroup_mounts_deinit(&search->mounts);
}

/* ---- what is there instead ---- */

/* Cuts names off the end of `below` until it exists. What is cut first in the end: *ret_missing. */
static void find_existing(const struct search *search, const struct place *place, struct buf *below,
			  struct str *ret_missing)
{
	struct str whole = str_of(place->below);

	buf_add_str(below, whole);
	*ret_missing = STR("");
	while (below->n > 0) {
		int fd = cgroup_mount_open(search->root, place->mount, buf_cstr(below));
		size_t end = below->n;

		if (fd >= 0) {
			close(fd);
			return;
		}
		while (below->n > 0 && below->p[below->n - 1] != '/')
			below->n--;
		*ret_missing = (struct str){whole.p + below->n, end - below->n};
		below->n -= below->n > 0;
	}
}

static size_t depth_of(struct str path)
{
	size_t depth = path.n > 0;

	for (size_t i = 0; i < path.n; i++)
		depth += path.p[i] == '/';
	return depth;
}

/* Of the places the one of which most is there; the first of those. NULL: no places. */
static const struct place *nearest_place(const struct search *search)
{
	const struct place *best = NULL;
	size_t best_depth = 0;

	for (unsigned i = 0; i < search->count; i++) {
		struct buf below = BUF_INIT;
		struct str missing;
		size_t depth;

		find_existing(search, &search->places[i], &below, &missing);
		depth = depth_of(buf_str(&below));
		if (!best || depth > best_depth) {
			best = &search->places[i];
			best_depth = depth;
		}
		buf_deinit(&below);
	}
	return best;
}

/* As /proc/PID/cgroup shows it. */
static void add_path(struct buf *out, const struct place *place, const char *below)
{
	const char *top = place->mount->root;

	buf_add_text(out, strcmp(top, "/") == 0 && *below ? "" : top);
	if (*below)
		buf_printf(out, "/%s", below);
}

/* The cgroup in the directory `below` with a name like `wrong`: appended; false: there is none. */
static bool add_similar(const struct search *search, const struct place *place, const char *below,
			struct str wrong, struct buf *out)
{
	cleanup_close int at = cgroup_mount_open(search->root, place->mount, below);
	int fd = openat(at, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	const char **names = mem_alloc(NAMES_MAX * sizeof *names), *found;
	cleanup_free char *name = mem_strdup(wrong);
	struct dirent *entry;
	size_t count = 0;

	while (dir && count < NAMES_MAX && (entry = readdir(dir)))
		if (entry->d_type == DT_DIR && entry->d_name[0] != '.')
			names[count++] = mem_strdup(str_of(entry->d_name));
	found = nearest_name(name, names, count);
	if (found)
		buf_add_text(out, found);
	for (size_t i = 0; i < count; i++)
		free((char *)names[i]);
	free(names);
	if (dir)
		closedir(dir);
	return found;
}

static void add_mounts(struct buf *out, const struct search *search)
{
	for (unsigned i = 0; i < search->mounts.count; i++) {
		buf_add_text(out, i ? ", " : "");
		cgroup_mount_describe(&search->mounts.items[i], out);
	}
}

/* ---- sentences ---- */

static int say_no_place(const struct search *search, struct error *err)
{
	struct buf mounts = BUF_INIT;

	if (search->mounts.count == 0)
		return error_set(err, ENOENT,
				 "no hierarchy of cgroups is mounted here, so there is no cgroup "
				 "'%s'; as root: mount -t cgroup2 none /sys/fs/cgroup",
				 search->text);
	add_mounts(&mounts, search);
	error_set(err, ENOENT, "no cgroup '%s' can be seen from here; hierarchies: %s",
		  search->text, buf_cstr(&mounts));
	buf_deinit(&mounts);
	return -ENOENT;
}

/* What may have been meant: a neighbour, or something in another hierarchy. */
static void add_hint(const struct search *search, const struct place *place, struct buf *below,
		     const char *parent, struct str missing, struct buf *out)
{
	struct buf similar = BUF_INIT;

	if (!search->unknown_hierarchy &&
	    add_similar(search, place, buf_cstr(below), missing, &similar)) {
		buf_printf(out, "; did you mean %s%s%s?", parent, parent[1] ? "/" : "",
			   buf_cstr(&similar));
	} else if (below->n == 0 && search->mounts.count > 1) {
		buf_add_text(out, "; hierarchies: ");
		add_mounts(out, search);
	}
	buf_deinit(&similar);
}

/* "there is no cgroup 'X' (v2 at ...): /a has no 'b'; did you mean /a/c?" */
static int say_missing(const struct search *search, const struct place *place, struct error *err)
{
	struct buf below = BUF_INIT, parent = BUF_INIT, hint = BUF_INIT, mount = BUF_INIT;
	struct str missing;

	find_existing(search, place, &below, &missing);
	add_path(&parent, place, buf_cstr(&below));
	cgroup_mount_describe(place->mount, &mount);
	add_hint(search, place, &below, buf_cstr(&parent), missing, &hint);
	error_set(err, ENOENT, "there is no cgroup '%s' (%s): %s has no '%.*s'%s", search->text,
		  buf_cstr(&mount), buf_cstr(&parent), (int)missing.n, missing.p, buf_cstr(&hint));
	buf_deinit(&below);
	buf_deinit(&parent);
	buf_deinit(&hint);
	buf_deinit(&mount);
	return -ENOENT;
}

static bool is_file(const struct search *search, const struct place *place)
{
	cleanup_close int top = cgroup_mount_open(search->root, place->mount, "");
	struct stat status;

	return fstatat(top, place->below, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	       !S_ISDIR(status.st_mode);
}

static int say_file(const struct search *search, const struct place *place, struct error *err)
{
	const char *slash = strrchr(place->below, '/');
	struct buf parent = BUF_INIT;
	cleanup_free char *below =
		mem_strndup(place->below, slash ? (size_t)(slash - place->below) : 0);

	add_path(&parent, place, below);
	error_set(err, ENOTDIR, "'%s' is a file of the cgroup %s; give --cgroup %s", search->text,
		  buf_cstr(&parent), buf_cstr(&parent));
	buf_deinit(&parent);
	return -ENOTDIR;
}

static int say_failure(const struct search *search, struct error *err)
{
	const struct place *place = nearest_place(search);

	if (!place)
		return say_no_place(search, err);
	for (unsigned i = 0; i < search->count; i++)
		if (is_file(search, &search->places[i]))
			return say_file(search, &search->places[i], err);
	if (*place->below && (place->error == ENOENT || place->error == ENOTDIR))
		return say_missing(search, place, err);
	return error_set(err, place->error, "the cgroup '%s' cannot be opened below %s: %s",
			 search->text, place->mount->point, error_name(place->error));
}

/* ---- the public part ---- */

static void take(const struct place *place, struct buf *path, struct cgroup_ref *ret)
{
	buf_clear(path);
	add_path(path, place, place->below);
	*ret = (struct cgroup_ref){
		.id = place->id,
		.hierarchy = place->mount->hierarchy,
		.path = buf_cstr(path),
		.below = buf_cstr(path) + path->n - strlen(place->below),
		.top_id = place->top_id,
	};
}

static int resolve(const struct root *root, const char *text, bool expect, struct buf *path,
		   struct cgroup_ref *ret, struct error *err)
{
	const struct place *place = NULL;
	struct search search;
	int r = search_init(&search, root, text, err);

	for (unsigned i = 0; i < search.count && !place; i++)
		if (search.places[i].error == 0)
			place = &search.places[i];
	if (!place && expect)
		place = nearest_place(&search);
	if (r == 0 && place)
		take(place, path, ret);
	else if (r == 0)
		r = say_failure(&search, err);
	search_deinit(&search);
	return r;
}

int cgroup_resolve(const struct root *root, const char *text, struct buf *path,
		   struct cgroup_ref *ret, struct error *err)
{
	return resolve(root, text, false, path, ret, err);
}

int cgroup_expect(const struct root *root, const char *text, struct buf *path,
		  struct cgroup_ref *ret, struct error *err)
{
	return resolve(root, text, true, path, ret, err);
}
