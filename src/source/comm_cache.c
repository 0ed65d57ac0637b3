/* Names of processes. Key decision: who has gone is remembered as well, and not looked for again. */
#include "source/comm_cache.h"

#include "base/cleanup.h"
#include "base/hash.h"

#define COMM_MAX 256

struct named {
	int32_t pid;
	struct str comm;
	UT_hash_handle hh;
};

struct comm_cache {
	const struct root *root;
	struct named *names;
};

struct comm_cache *comm_cache_new(const struct root *root)
{
	struct comm_cache *cache = mem_alloc(sizeof *cache);

	cache->root = root;
	return cache;
}

struct comm_cache *comm_cache_free(struct comm_cache *cache)
{
	struct named *named, *next;

	if (!cache)
		return NULL;
	HASH_ITER(hh, cache->names, named, next)
	{
		HASH_DEL(cache->names, named);
		mem_str_free(&named->comm);
		free(named);
	}
	free(cache);
	return NULL;
}

static struct str read_comm(const struct root *root, int32_t pid)
{
	cleanup_close int dirfd = root_open_pid(root, pid);
	struct buf text = BUF_INIT;
	struct str comm = STR_NONE;

	if (dirfd >= 0 && root_read(dirfd, "comm", &text, COMM_MAX) == 0 && text.n > 0) {
		text.n -= text.p[text.n - 1] == '\n';
		comm = mem_str(buf_str(&text));
	}
	buf_deinit(&text);
	return comm;
}

struct str comm_cache_get(void *context, int32_t pid)
{
	struct comm_cache *cache = context;
	struct named *named;

	HASH_FIND_INT(cache->names, &pid, named);
	if (!named) {
		named = mem_alloc(sizeof *named);
		named->pid = pid;
		named->comm = read_comm(cache->root, pid);
		HASH_ADD_INT(cache->names, pid, named);
	}
	return named->comm;
}
