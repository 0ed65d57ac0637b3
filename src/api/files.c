/* The open files of a process, value by value: rows of a table, as those of the host. */
#include "api/api.h"

#include "base/cleanup.h"
#include "base/mem.h"
#include "source/files.h"

#include <errno.h>

struct pscope_files {
	struct api_object object;
	struct open_file_list list;
};

#define GETTER(name)                                                                               \
	static void name(const void *object, const struct api_member *m, struct pscope_value *ret)
#define AT(type) (*(const type *)((const char *)object + m->at))

static const struct open_file *file_of(const void *object)
{
	return object;
}

GETTER(get_fd)
{
	api_value_signed(ret, ret->type, file_of(object)->fd);
}

GETTER(get_type)
{
	api_value_text(ret, str_of(file_type_names[file_of(object)->type]));
}

GETTER(get_text)
{
	api_value_text(ret, AT(struct str));
}

GETTER(get_deleted)
{
	api_value_flag(ret, file_of(object)->deleted);
}

GETTER(get_stat_32)
{
	if (file_of(object)->stat_known)
		api_value_unsigned(ret, ret->type, AT(uint32_t));
}

GETTER(get_stat_64)
{
	if (file_of(object)->stat_known)
		api_value_unsigned(ret, ret->type, AT(uint64_t));
}

GETTER(get_stat_time)
{
	if (file_of(object)->stat_known)
		api_value_signed(ret, ret->type, AT(int64_t));
}

GETTER(get_position)
{
	if (file_of(object)->info_known)
		api_value_unsigned(ret, ret->type, AT(uint64_t));
}

GETTER(get_open_flags)
{
	if (file_of(object)->info_known)
		api_value_unsigned(ret, ret->type, AT(uint32_t));
}

GETTER(get_mount)
{
	if (file_of(object)->info_known)
		api_value_signed(ret, ret->type, AT(int32_t));
}

#define ROW(name, type, get, field, help)                                                          \
	{                                                                                          \
		{name, NULL, name, type, 0, 0, 0, help, NULL, 0}, get,                             \
			offsetof(struct open_file, field)                                          \
	}

/* clang-format off */
static const struct api_member rows[] = {
	ROW("fd", FIELD_NUMBER, get_fd, fd, "number of the descriptor"),
	ROW("type", FIELD_TEXT, get_type, type, "file, dir, pipe, socket, eventfd, ..."),
	ROW("path", FIELD_TEXT, get_text, path, "what it leads to"),
	ROW("deleted", FIELD_FLAG, get_deleted, deleted, "no name leads to it any more"),
	ROW("mode", FIELD_OCTAL, get_stat_32, mode, "type and permissions, as st_mode"),
	ROW("links", FIELD_NUMBER, get_stat_64, links, "names that it has"),
	ROW("uid", FIELD_NUMBER, get_stat_32, uid, "owner"),
	ROW("gid", FIELD_NUMBER, get_stat_32, gid, "group"),
	ROW("size_bytes", FIELD_BYTES, get_stat_64, size_bytes, "size"),
	ROW("device", FIELD_NUMBER, get_stat_64, device, "file system, as st_dev"),
	ROW("inode", FIELD_NUMBER, get_stat_64, inode, "number in it; of a socket, its own"),
	ROW("rdev", FIELD_NUMBER, get_stat_64, rdev, "which device a special file is"),
	ROW("mtime_ns", FIELD_TIME, get_stat_time, mtime_ns, "last written"),
	ROW("atime_ns", FIELD_TIME, get_stat_time, atime_ns, "last read"),
	ROW("ctime_ns", FIELD_TIME, get_stat_time, ctime_ns, "last changed"),
	ROW("position_bytes", FIELD_BYTES, get_position, position, "where reading goes on"),
	ROW("flags", FIELD_OCTAL, get_open_flags, flags, "of open(2)"),
	ROW("mount_id", FIELD_NUMBER, get_mount, mount_id, "mount that it was opened through"),
	ROW("info", FIELD_TEXT, get_text, info, "further lines of fdinfo"),
};
/* clang-format on */

const struct api_members api_file_members = {rows, sizeof rows / sizeof *rows};

/* ---- reading and freeing ---- */

struct read_call {
	struct pscope *pscope;
	int32_t pid;
	struct pscope_files **ret_files;
};

/* At this border a NUL stands behind each text. */
static void end_texts(struct open_file_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		list->items[i].path = arena_str(&list->arena, list->items[i].path);
		list->items[i].info = arena_str(&list->arena, list->items[i].info);
	}
}

static int read_body(void *argument)
{
	struct read_call *call = argument;
	struct error *err = &call->pscope->error;
	cleanup_close int dirfd = root_open_pid(&call->pscope->root, call->pid);
	struct open_file_list list = {0};
	struct pscope_files *files;
	int r;

	if (dirfd == -ENOENT || dirfd == -ESRCH)
		return PSCOPE_GONE;
	if (dirfd < 0)
		return error_set(err, -dirfd, "cannot look into process %d: %s", (int)call->pid,
				 error_name(dirfd));
	r = files_read(&call->pscope->root, dirfd, &list, err);
	if (r != 0) {
		open_file_list_deinit(&list);
		return r > 0 ? PSCOPE_GONE : r;
	}
	end_texts(&list);
	files = mem_alloc(sizeof *files);
	files->list = list;
	api_object_init(&files->object, call->pscope);
	*call->ret_files = files;
	return 0;
}

int pscope_files_read(struct pscope *pscope, int32_t pid, struct pscope_files **ret_files)
{
	if (!ret_files)
		return -EINVAL;
	*ret_files = NULL;
	return api_create(pscope, read_body, &(struct read_call){pscope, pid, ret_files});
}

struct pscope_files *pscope_files_free(struct pscope_files *files)
{
	if (!files)
		return NULL;
	open_file_list_deinit(&files->list);
	api_object_done(&files->object);
	free(files);
	return NULL;
}

/* ---- values ---- */

size_t pscope_files_count(const struct pscope_files *files)
{
	return files ? files->list.count : 0;
}

int pscope_files_denied(const struct pscope_files *files)
{
	return files && files->list.denied;
}

int pscope_files_get(const struct pscope_files *files, size_t index, const char *name,
		     struct pscope_value *ret_value)
{
	if (!files)
		return -EINVAL;
	if (index >= files->list.count)
		return api_fail(&files->object, ENOENT, "there is no descriptor at place %zu",
				index);
	return api_member_get(&files->object, &api_file_members, &files->list.items[index], name,
			      ret_value);
}
