/*
 * The descriptors and mappings of one process. Key decisions: everything is read through the
 * process's own directory, so that a number that comes back cannot mix two processes; and files are
 * asked with statx through the kernel's link, which opens nothing and waits for no file server.
 */
#include "source/files.h"

#include "base/cleanup.h"
#include "base/mem.h"
#include "procfs/fdinfo.h"
#include "procfs/fdlink.h"
#include "procfs/maps.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define INFO_MAX ((size_t)64 << 10)  /* an epoll may watch a hundred thousand others */
#define MAPS_MAX ((size_t)512 << 20) /* smaps of 65,530 mappings, several times */

void open_file_list_deinit(struct open_file_list *list)
{
	free(list->items);
	arena_deinit(&list->arena);
	*list = (struct open_file_list){0};
}

void mapping_list_deinit(struct mapping_list *list)
{
	free(list->items);
	arena_deinit(&list->arena);
	*list = (struct mapping_list){0};
}

static bool is_gone(int r)
{
	return r == -ENOENT || r == -ESRCH;
}

static bool is_denied(int r)
{
	return r == -EACCES || r == -EPERM;
}

/* Does the process of the directory still exist? A zombie does. */
static bool is_there(const struct root *root, int dirfd)
{
	struct buf text = BUF_INIT;
	int r = root_read(dirfd, "stat", &text, 64);

	buf_deinit(&text);
	return !root->live || !is_gone(r);
}

/* ---- what a file is ---- */

static int64_t ns_of(const struct statx_timestamp *time)
{
	return time->tv_sec * INT64_C(1000000000) + time->tv_nsec;
}

/*
 * stat(2) through a link of the kernel or along a path, from what is known here already: a file
 * server that does not answer must not stop us. Kernels in a sandbox may refuse statx.
 */
static int ask(int dirfd, const char *path, struct statx *ret)
{
	const int flags = AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC;
	struct stat st;

	if (statx(dirfd, path, flags, STATX_BASIC_STATS, ret) == 0)
		return 0;
	if (errno != ENOSYS && errno != EPERM)
		return -errno;
	if (fstatat(dirfd, path, &st, AT_NO_AUTOMOUNT) < 0)
		return -errno;
	*ret = (struct statx){
		.stx_mode = (uint16_t)st.st_mode,
		.stx_uid = st.st_uid,
		.stx_gid = st.st_gid,
		.stx_nlink = (uint32_t)st.st_nlink,
		.stx_size = (uint64_t)st.st_size,
		.stx_ino = st.st_ino,
		.stx_dev_major = major(st.st_dev),
		.stx_dev_minor = minor(st.st_dev),
		.stx_rdev_major = major(st.st_rdev),
		.stx_rdev_minor = minor(st.st_rdev),
		.stx_mtime = {.tv_sec = st.st_mtim.tv_sec, .tv_nsec = (uint32_t)st.st_mtim.tv_nsec},
		.stx_atime = {.tv_sec = st.st_atim.tv_sec, .tv_nsec = (uint32_t)st.st_atim.tv_nsec},
		.stx_ctime = {.tv_sec = st.st_ctim.tv_sec, .tv_nsec = (uint32_t)st.st_ctim.tv_nsec},
	};
	return 0;
}

/* Does this very name, as the process or as we see it, lead to that inode? */
static bool name_leads_to(int dirfd, struct str name, uint64_t inode)
{
	char path[PATH_MAX + 8];
	struct statx st;

	if (name.n == 0 || name.p[0] != '/' || name.n >= PATH_MAX)
		return false;
	snprintf(path, sizeof path, "root%.*s", (int)name.n, name.p);
	if (ask(dirfd, path, &st) == 0 && st.stx_ino == inode)
		return true;
	return ask(AT_FDCWD, path + strlen("root"), &st) == 0 && st.stx_ino == inode;
}

static void take_stat(struct open_file *file, const struct statx *st)
{
	file->stat_known = true;
	file->mode = st->stx_mode;
	file->uid = st->stx_uid;
	file->gid = st->stx_gid;
	file->links = st->stx_nlink;
	file->size_bytes = st->stx_size;
	file->device = makedev(st->stx_dev_major, st->stx_dev_minor);
	file->rdev = makedev(st->stx_rdev_major, st->stx_rdev_minor);
	file->inode = st->stx_ino;
	file->mtime_ns = ns_of(&st->stx_mtime);
	file->atime_ns = ns_of(&st->stx_atime);
	file->ctime_ns = ns_of(&st->stx_ctime);
}

/*
 * The kernel marks a name that leads to the file no more; but a file may be called "x (deleted)".
 * Without any link it is gone; with one, this name is asked.
 */
static bool really_deleted(int dirfd, struct str link, const struct open_file *file)
{
	if (!file->stat_known || file->links == 0)
		return true;
	return !name_leads_to(dirfd, link, file->inode);
}

/* ---- descriptors ---- */

struct reading {
	const struct root *root;
	int dirfd; /* of the process */
	struct buf text;
	struct open_file_list *list;
};

static void read_info(struct reading *reading, struct open_file *file)
{
	struct procfs_fdinfo info;
	char name[32];

	snprintf(name, sizeof name, "fdinfo/%d", file->fd);
	buf_clear(&reading->text);
	if (root_read(reading->dirfd, name, &reading->text, INFO_MAX) < 0 ||
	    procfs_fdinfo_parse(buf_str(&reading->text), &info) < 0)
		return;
	file->info_known = true;
	file->position = info.position;
	file->flags = info.flags;
	file->mount_id = info.mount_id;
	file->info = info.rest.n ? arena_str(&reading->list->arena, info.rest) : STR_NONE;
}

/* The link of a captured tree would lead to a file of this machine: only its text counts. */
static void read_stat(struct reading *reading, const char *name, struct open_file *file)
{
	struct statx st;

	if (reading->root->live && ask(reading->dirfd, name, &st) == 0)
		take_stat(file, &st);
}

/* False when the descriptor was closed meanwhile. */
static bool read_file(struct reading *reading, int32_t fd, struct open_file *file)
{
	struct str link = STR_NONE;
	bool marked = false;
	char name[32];
	int r;

	*file = (struct open_file){.fd = fd, .mount_id = -1};
	snprintf(name, sizeof name, "fd/%d", fd);
	buf_clear(&reading->text);
	r = root_read_link(reading->dirfd, name, &reading->text);
	if (is_gone(r))
		return false;
	read_stat(reading, name, file);
	if (r >= 0) {
		link = arena_str(&reading->list->arena, buf_str(&reading->text));
		file->type = procfs_fdlink_parse(link, &file->path, &marked);
	}
	if (file->type == FILE_MEMFD && file->stat_known && file->links != 0)
		file->type = FILE_UNKNOWN; /* a file of that name */
	if (file->type == FILE_UNKNOWN && file->stat_known)
		file->type = file_type_of_mode(file->mode);
	if (marked && file->type != FILE_MEMFD) {
		file->deleted = really_deleted(reading->dirfd, link, file);
		file->path = file->deleted ? file->path : link;
	}
	read_info(reading, file);
	return true;
}

static int by_number(const void *a, const void *b)
{
	const int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return x < y ? -1 : x > y;
}

struct numbers {
	int32_t *items;
	size_t count, capacity;
};

/* All names first: the kernel goes on from a number, so what is closed or opened meanwhile is no harm. */
static int list_numbers(int dirfd, struct numbers *ret)
{
	int fd = openat(dirfd, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct dirent *entry;
	long long number;
	DIR *dir;
	int r;

	if (fd < 0)
		return -errno;
	dir = fdopendir(fd);
	if (!dir) {
		r = -errno;
		close(fd);
		return r;
	}
	for (errno = 0; (entry = readdir(dir)); errno = 0) {
		if (str_to_i64(str_of(entry->d_name), &number) < 0 || number < 0 ||
		    number > INT32_MAX)
			continue;
		if (ret->count == ret->capacity) {
			ret->capacity = ret->capacity ? 2 * ret->capacity : 64;
			ret->items = mem_realloc(ret->items, ret->capacity, sizeof *ret->items);
		}
		ret->items[ret->count++] = (int32_t)number;
	}
	r = -errno;
	closedir(dir);
	if (ret->count > 0)
		qsort(ret->items, ret->count, sizeof *ret->items, by_number);
	return r;
}

static void read_all(struct reading *reading, const struct numbers *numbers)
{
	struct open_file_list *list = reading->list;

	list->items = mem_realloc(NULL, numbers->count + 1, sizeof *list->items);
	list->capacity = numbers->count + 1;
	for (size_t i = 0; i < numbers->count; i++)
		list->count += read_file(reading, numbers->items[i], &list->items[list->count]);
	buf_deinit(&reading->text);
}

int files_read(const struct root *root, int dirfd, struct open_file_list *ret, struct error *err)
{
	struct reading reading = {.root = root, .dirfd = dirfd, .list = ret};
	struct numbers numbers = {0};
	int r = list_numbers(dirfd, &numbers);

	*ret = (struct open_file_list){0};
	if (r == 0)
		read_all(&reading, &numbers);
	free(numbers.items);
	ret->denied = is_denied(r);
	if (r == 0 || is_gone(r) || is_denied(r)) {
		/* a captured tree may lack the directory: nothing is known then, as for a stranger's */
		ret->denied = ret->denied || (is_gone(r) && !root->live);
		return is_there(root, dirfd) ? 0 : 1;
	}
	return error_set(err, -r, "cannot list the open files of the process: %s", error_name(r));
}

/* ---- mappings ---- */

/* What the kernel maps by itself has no name to lose, whatever stands behind it. */
static bool never_named(const struct mapping *mapping)
{
	static const char *const starts[] = {"/memfd:", "/dev/zero", "/SYSV", "/[aio]",
					     "/anon_hugepage"};

	for (size_t i = 0; mapping->device_major == 0 && i < sizeof starts / sizeof *starts; i++)
		if (str_starts(mapping->path, str_of(starts[i])))
			return true;
	return false;
}

/* The file of a mapping is asked through its link in map_files, which not everybody may follow. */
static void settle_deleted(const struct root *root, int dirfd, struct mapping *mapping)
{
	struct str path, link = mapping->path;
	uint64_t inode = mapping->inode;
	bool marked, named = root->live;
	struct statx st;
	char name[64];

	procfs_fdlink_parse(link, &path, &marked);
	if (!marked)
		return;
	snprintf(name, sizeof name, "map_files/%llx-%llx", (unsigned long long)mapping->start,
		 (unsigned long long)mapping->end);
	if (named && ask(dirfd, name, &st) == 0) {
		named = st.stx_nlink > 0;
		inode = st.stx_ino;
	}
	if (named && name_leads_to(dirfd, link, inode))
		return;
	mapping->deleted = !never_named(mapping);
	mapping->path = path;
}

static void take_line(const struct root *root, int dirfd, struct str line,
		      struct mapping_list *list)
{
	struct mapping mapping;

	if (list->count > 0 && procfs_smaps_parse(line, &list->items[list->count - 1])) {
		list->items[list->count - 1].sizes_known = true;
		return;
	}
	if (procfs_maps_parse(line, &mapping) < 0)
		return;
	mapping.path = arena_str(&list->arena, mapping.path);
	settle_deleted(root, dirfd, &mapping);
	if (list->count == list->capacity) {
		list->capacity = list->capacity ? 2 * list->capacity : 64;
		list->items = mem_realloc(list->items, list->capacity, sizeof *list->items);
	}
	list->items[list->count++] = mapping;
}

int mappings_read(const struct root *root, int dirfd, bool sizes, struct mapping_list *ret,
		  struct error *err)
{
	struct buf text = BUF_INIT;
	int r = root_read(dirfd, sizes ? "smaps" : "maps", &text, MAPS_MAX);
	struct str rest = buf_str(&text);

	*ret = (struct mapping_list){.denied = is_denied(r) || (is_gone(r) && !root->live)};
	while (r == 0 && rest.p && rest.n > 0)
		take_line(root, dirfd, str_cut(&rest, '\n'), ret);
	buf_deinit(&text);
	if (r == 0 || is_gone(r) || is_denied(r))
		return is_there(root, dirfd) ? 0 : 1;
	return error_set(err, -r, "cannot read the mappings of the process: %s", error_name(r));
}
