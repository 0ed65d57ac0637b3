/*
 * Terminals of lives. Key decision: a terminal belongs to a session, so who has gone before it could
 * be asked had that of its ancestors in the session, or of the leader. A session gets its terminal
 * from its leader, a moment after that was born: later "none" is believed for a while.
 */
#include "source/tty_cache.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/hash.h"
#include "procfs/stat.h"

#define STAT_BYTES   4096
#define LIVES_MAX    16384      /* remembered; the oldest go first */
#define SESSIONS_MAX 4096       /* the same */
#define ASKED_MAX    64         /* it, its parent, ... */
#define LONG_NS      NS_PER_SEC /* for a leader without a terminal; and until it is asked again */

struct known {
	uint64_t life;
	int32_t sid, device;
	UT_hash_handle hh;
};

/* A session that had no terminal when it was asked. */
struct without {
	int32_t sid;
	int64_t asked_ns;
	UT_hash_handle hh;
};

struct tty_cache {
	const struct root *root;
	struct known *lives;      /* in the order in which they came to be known */
	struct without *sessions; /* the same */
};

struct tty_cache *tty_cache_new(const struct root *root)
{
	struct tty_cache *cache = mem_alloc(sizeof *cache);

	cache->root = root;
	return cache;
}

static void forget(struct tty_cache *cache, struct known *known)
{
	HASH_DEL(cache->lives, known);
	free(known);
}

static void forget_session(struct tty_cache *cache, struct without *session)
{
	HASH_DEL(cache->sessions, session);
	free(session);
}

struct tty_cache *tty_cache_free(struct tty_cache *cache)
{
	if (!cache)
		return NULL;
	while (cache->lives)
		forget(cache, cache->lives);
	while (cache->sessions)
		forget_session(cache, cache->sessions);
	free(cache);
	return NULL;
}

static struct known *find(const struct tty_cache *cache, const struct proc *proc)
{
	struct known *known;

	HASH_FIND(hh, cache->lives, &proc->id, sizeof proc->id, known);
	return known;
}

static int32_t remember(struct tty_cache *cache, const struct proc *proc, int32_t device)
{
	struct known *known = find(cache, proc);

	if (known)
		forget(cache, known);
	if (HASH_COUNT(cache->lives) >= LIVES_MAX)
		forget(cache, cache->lives);
	known = mem_alloc(sizeof *known);
	*known = (struct known){.life = proc->id, .sid = proc->sid, .device = device};
	HASH_ADD(hh, cache->lives, life, sizeof known->life, known);
	return device;
}

static bool read_stat(const struct root *root, int32_t pid, struct snapshot_stat *ret_stat)
{
	cleanup_close int dirfd = root_open_pid(root, pid);
	struct buf text = BUF_INIT;
	bool is_read = dirfd >= 0 && root_read(dirfd, "stat", &text, STAT_BYTES) == 0 &&
		       procfs_stat_parse(buf_str(&text), ret_stat) >= 0;

	buf_deinit(&text);
	return is_read;
}

static bool read_device(const struct root *root, const struct proc *proc, int32_t *ret_device)
{
	struct snapshot_stat stat;

	if (proc->state != PROC_LIVING || !read_stat(root, proc->pid, &stat) ||
	    !ident_match(proc->ident,
			 (struct ident){proc->ident.tgid, IDENT_GRAIN_TICKS, stat.start_ns}))
		return false;
	*ret_device = stat.tty;
	return true;
}

/* A process of that number that is in the session: its leader, a parent that is not in the table. */
static bool read_session(const struct root *root, int32_t pid, int32_t sid, int32_t *ret_device)
{
	struct snapshot_stat stat;

	if (!sid || !pid || !read_stat(root, pid, &stat) || stat.sid != sid)
		return false;
	*ret_device = stat.tty;
	return true;
}

/* Unknown sessions count as the same: nobody has told of a change. */
static bool same_session(const struct proc *proc, int32_t sid)
{
	return proc->sid == sid || !proc->sid || !sid;
}

static int32_t ask(struct tty_cache *cache, const struct proc *proc)
{
	const struct proc *asked = proc;
	int32_t device;

	for (unsigned i = 0; asked && i < ASKED_MAX && same_session(asked, proc->sid); i++) {
		if (read_device(cache->root, asked, &device)) {
			if (device && asked != proc)
				remember(cache, asked,
					 device); /* its next child needs no reading */
			return device;
		}
		asked = asked->birth_parent;
	}
	return read_session(cache->root, proc->sid, proc->sid, &device) ||
			       read_session(cache->root, proc->ppid, proc->sid, &device)
		       ? device
		       : 0;
}

/* ---- sessions without a terminal ---- */

static struct without *find_session(const struct tty_cache *cache, int32_t sid)
{
	struct without *session;

	HASH_FIND_INT(cache->sessions, &sid, session);
	return session;
}

static bool is_without(const struct tty_cache *cache, int32_t sid, int64_t now_ns)
{
	const struct without *session = find_session(cache, sid);

	return session && now_ns - session->asked_ns < LONG_NS;
}

/*
 * Somebody in the session has none. Have all? Its leader alone can get one, and does so soon; whoever
 * was born before that has none for ever.
 */
static void note_without(struct tty_cache *cache, int32_t sid, int64_t now_ns)
{
	struct without *session = find_session(cache, sid);
	struct snapshot_stat leader;

	if (session)
		forget_session(cache, session);
	if (!sid || (read_stat(cache->root, sid, &leader) && leader.sid == sid &&
		     (leader.tty || now_ns - (int64_t)leader.start_ns < LONG_NS)))
		return;
	if (HASH_COUNT(cache->sessions) >= SESSIONS_MAX)
		forget_session(cache, cache->sessions);
	session = mem_alloc(sizeof *session);
	*session = (struct without){.sid = sid, .asked_ns = now_ns};
	HASH_ADD_INT(cache->sessions, sid, session);
}

int32_t tty_cache_device(struct tty_cache *cache, const struct proc *proc, int64_t now_ns)
{
	const struct proc *parent = proc->birth_parent;
	const struct known *own = find(cache, proc);
	const struct known *inherited = parent ? find(cache, parent) : NULL;
	int32_t device;

	if (own && own->sid == proc->sid)
		return own->device;
	if (inherited && proc->sid && inherited->sid == proc->sid)
		return remember(cache, proc, inherited->device);
	if (is_without(cache, proc->sid, now_ns))
		return 0;
	device = ask(cache, proc);
	if (device)
		return remember(cache, proc, device);
	note_without(cache, proc->sid, now_ns);
	return 0;
}
