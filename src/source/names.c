/*
 * Names of users, groups and terminals. Key decision: each number is looked up once and the answer
 * kept, also that there is none: a directory service may take a network's time to say so.
 */
#include "source/host.h"

#include "base/cleanup.h"
#include "base/hash.h"
#include "procfs/tty_drivers.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/sysmacros.h>

#define FILE_MAX  (4u << 20) /* bytes of passwd or group */
#define ENTRY_MAX (1u << 20) /* bytes of one entry: groups list their members */

struct name {
	UT_hash_handle hh;
	uint32_t id;
	struct str text; /* owned; STR_NONE: it has no name */
};

/* A captured tree's passwd, group or tty/drivers: read when it is first asked for. */
struct name_file {
	int dirfd;
	const char *path;
	struct buf text;
	bool read;
};

struct names_cache {
	struct names names;
	struct name *users, *groups, *ttys; /* by number */
	struct name_file passwd, group, drivers;
	bool live;
};

static struct str file_text(struct name_file *file)
{
	if (!file->read && root_read(file->dirfd, file->path, &file->text, FILE_MAX) < 0)
		buf_clear(&file->text);
	file->read = true;
	return buf_str(&file->text);
}

/* passwd(5), group(5): "name:x:number:...". */
static struct str find_line(struct str text, uint32_t id)
{
	while (text.p) {
		struct str line = str_cut(&text, '\n'), name = str_cut(&line, ':');
		unsigned long long number;

		str_cut(&line, ':');
		if (name.n > 0 && line.p && str_to_u64(str_cut(&line, ':'), &number) == 0 &&
		    number == id)
			return name;
	}
	return STR_NONE;
}

/* ---- the system's databases ---- */

/* Calls `look` with larger and larger scratch space; it returns an errno and perhaps a name. */
static struct str look_up(uint32_t id, int (*look)(uint32_t, char *, size_t, const char **))
{
	for (size_t room = 1024; room <= ENTRY_MAX; room *= 4) {
		cleanup_free char *scratch = mem_alloc(room);
		const char *name = NULL;
		int r = look(id, scratch, room, &name);

		if (r == 0 && name && *name)
			return mem_str(str_of(name));
		if (r != ERANGE)
			break;
	}
	return STR_NONE;
}

static int look_user(uint32_t id, char *scratch, size_t room, const char **ret_name)
{
	struct passwd entry, *found = NULL;
	int r = getpwuid_r(id, &entry, scratch, room, &found);

	*ret_name = found ? found->pw_name : NULL;
	return r;
}

static int look_group(uint32_t id, char *scratch, size_t room, const char **ret_name)
{
	struct group entry, *found = NULL;
	int r = getgrgid_r(id, &entry, scratch, room, &found);

	*ret_name = found ? found->gr_name : NULL;
	return r;
}

/* ---- the cache ---- */

static struct str user_name(struct names_cache *cache, uint32_t id)
{
	return cache->live ? look_up(id, look_user)
			   : mem_str(find_line(file_text(&cache->passwd), id));
}

static struct str group_name(struct names_cache *cache, uint32_t id)
{
	return cache->live ? look_up(id, look_group)
			   : mem_str(find_line(file_text(&cache->group), id));
}

static struct str tty_name(struct names_cache *cache, uint32_t device)
{
	struct buf name = BUF_INIT;
	struct str text = STR_NONE;

	if (procfs_tty_name(file_text(&cache->drivers), major(device), minor(device), &name) == 0)
		text = mem_str(buf_str(&name));
	buf_deinit(&name);
	return text;
}

static struct str cached(struct names_cache *cache, struct name **table, uint32_t id,
			 struct str (*make)(struct names_cache *, uint32_t))
{
	struct name *entry;

	HASH_FIND(hh, *table, &id, sizeof id, entry);
	if (!entry) {
		entry = mem_alloc(sizeof *entry);
		entry->id = id;
		entry->text = make(cache, id);
		HASH_ADD(hh, *table, id, sizeof entry->id, entry);
	}
	return entry->text;
}

static struct str get_user(void *context, uint32_t uid)
{
	struct names_cache *cache = context;

	return cached(cache, &cache->users, uid, user_name);
}

static struct str get_group(void *context, uint32_t gid)
{
	struct names_cache *cache = context;

	return cached(cache, &cache->groups, gid, group_name);
}

static struct str get_tty(void *context, int32_t device)
{
	struct names_cache *cache = context;

	return device == 0 ? STR_NONE : cached(cache, &cache->ttys, (uint32_t)device, tty_name);
}

static void free_table(struct name **table)
{
	struct name *entry, *next;

	HASH_ITER(hh, *table, entry, next)
	{
		HASH_DEL(*table, entry);
		mem_str_free(&entry->text);
		free(entry);
	}
}

struct names_cache *names_cache_new(const struct root *root)
{
	struct names_cache *cache = mem_alloc(sizeof *cache);

	cache->live = root->live;
	cache->names = (struct names){get_user, get_group, get_tty, cache};
	cache->passwd = (struct name_file){.dirfd = root->proc_fd, .path = "../etc/passwd"};
	cache->group = (struct name_file){.dirfd = root->proc_fd, .path = "../etc/group"};
	cache->drivers = (struct name_file){.dirfd = root->proc_fd, .path = "tty/drivers"};
	return cache;
}

struct names_cache *names_cache_free(struct names_cache *cache)
{
	if (!cache)
		return NULL;
	free_table(&cache->users);
	free_table(&cache->groups);
	free_table(&cache->ttys);
	buf_deinit(&cache->passwd.text);
	buf_deinit(&cache->group.text);
	buf_deinit(&cache->drivers.text);
	free(cache);
	return NULL;
}

const struct names *names_cache_names(struct names_cache *cache)
{
	return &cache->names;
}
