/*
 * The recorder: a sink that writes a recording. Key decision: the rows of records say in full whom
 * they are about, so replay needs nothing else and each commit is complete in itself; the rows of
 * lives are for people, and a life that changes is written once a commit, or when it is finished.
 */
#include "store/store.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "store/database.h"
#include "store/meta.h"
#include "store/schema.h"

#include <errno.h>

/* A tick comes every 20 ms: what is older than this at a tick is committed. */
#define COMMIT_NS (35 * NS_PER_MS)
/* Without ticks, records themselves commit: looked at once in so many. */
#define COMMIT_LATE_NS (80 * NS_PER_MS)
#define LOOK_EVERY     512
/* The log is copied into the file when it has grown to this: that stalls, so seldom. */
#define LOG_MAX_BYTES (256 << 20)

/* A life whose row is not what the table says. */
struct stale {
	uint64_t id;
	int32_t tgid;
	struct stale *next; /* in the list of free ones */
	UT_hash_handle hh;
};

struct recorder {
	struct sink sink;
	char *path;
	struct recorder_options options;
	int fd; /* keeps the lock */
	sqlite3 *db;
	sqlite3_stmt *begin, *commit, *insert_process, *insert_event[RECORD_KINDS];
	struct slots proc_slots, image_slots, event_slots[RECORD_KINDS];
	int64_t start_ns, committed_ns, seq;
	unsigned unlooked;
	bool in_transaction;
	struct stale *stale, *spare;
};

static struct recorder *recorder_of(struct sink *sink)
{
	return (struct recorder *)sink;
}

static int fail(struct recorder *recorder, struct error *err)
{
	int errnum = database_errno(recorder->db);

	return error_set(err, errnum, "cannot write the recording %s: %s; it ends here",
			 recorder->path, database_reason(recorder->db));
}

/* ---- transactions ---- */

static int step(struct recorder *recorder, sqlite3_stmt *statement, struct error *err)
{
	int r = sqlite3_step(statement);

	if (r != SQLITE_DONE && r != SQLITE_ROW) {
		r = fail(recorder, err);
		sqlite3_reset(statement);
		return r;
	}
	sqlite3_reset(statement);
	return 0;
}

static int begin(struct recorder *recorder, struct error *err)
{
	if (recorder->in_transaction)
		return 0;
	recorder->in_transaction = true;
	recorder->committed_ns = clock_mono_ns();
	return step(recorder, recorder->begin, err);
}

static int commit(struct recorder *recorder, struct error *err)
{
	int64_t started_ns = clock_mono_ns();
	int r;

	if (!recorder->in_transaction)
		return 0;
	r = step(recorder, recorder->commit, err);
	if (r < 0)
		return r;
	recorder->in_transaction = false;
	recorder->unlooked = 0;
	if (recorder->options.debug && clock_mono_ns() - started_ns > COMMIT_NS)
		recorder->options.debug("recording: a commit took %lld ms",
					(long long)((clock_mono_ns() - started_ns) / NS_PER_MS));
	return 0;
}

/* ---- lives ---- */

static void mark_stale(struct recorder *recorder, const struct proc *proc)
{
	struct stale *stale;

	HASH_FIND(hh, recorder->stale, &proc->id, sizeof proc->id, stale);
	if (stale)
		return;
	stale = recorder->spare;
	if (stale)
		recorder->spare = stale->next;
	else
		stale = mem_alloc(sizeof *stale);
	stale->id = proc->id;
	stale->tgid = proc->ident.tgid;
	HASH_ADD(hh, recorder->stale, id, sizeof stale->id, stale);
}

static void release_stale(struct recorder *recorder, struct stale *stale)
{
	HASH_DEL(recorder->stale, stale);
	stale->next = recorder->spare;
	recorder->spare = stale;
}

static void mark_fresh(struct recorder *recorder, const struct proc *proc)
{
	struct stale *stale;

	HASH_FIND(hh, recorder->stale, &proc->id, sizeof proc->id, stale);
	if (stale)
		release_stale(recorder, stale);
}

/* The argv parameter: where the slot of that type stands among the image's. */
static int bind_image(struct recorder *recorder, const struct proc_exec *image, int index,
		      struct buf *args)
{
	sqlite3_stmt *to = recorder->insert_process;
	int r = SQLITE_OK;

	for (unsigned i = 0; i < recorder->image_slots.count; i++) {
		const struct slot *slot = &recorder->image_slots.at[i];
		bool as_text = true;

		if (slot->type == SLOT_WORDS)
			r |= slot_bind_words(to, index + (int)i, image->argv, &as_text);
		else
			r |= slot_bind(slot, image, recorder->start_ns, to, index + (int)i);
		if (!as_text && image->argv.p) {
			struct buf joined = BUF_INIT;

			text_add_cmdline(&joined, image->argv, false);
			text_add_safe(args, buf_str(&joined));
			buf_deinit(&joined);
			r |= slot_bind_str(to, PROCESS_ARGS, buf_str(args));
		}
	}
	return r;
}

static int write_life(struct recorder *recorder, const struct proc *proc, struct error *err)
{
	sqlite3_stmt *to = recorder->insert_process;
	const struct proc_exec *image = proc->last_exec ? proc->last_exec : proc_image(proc);
	struct ending ending = status_decode(proc->status);
	struct buf args = BUF_INIT;
	int index = PROCESS_COLUMNS + 1, r;

	sqlite3_clear_bindings(to);
	r = sqlite3_bind_int64(to, PROCESS_ID, (int64_t)proc->id);
	if (proc->parent)
		r |= sqlite3_bind_int64(to, PROCESS_PARENT, (int64_t)proc->parent->id);
	if (proc->birth_parent_id)
		r |= sqlite3_bind_int64(to, PROCESS_BIRTH_PARENT, (int64_t)proc->birth_parent_id);
	if (ending.known && ending.signal)
		r |= slot_bind_str(to, PROCESS_SIGNAL, str_of(signal_name(ending.signal)));
	for (unsigned i = 0; i < recorder->proc_slots.count; i++)
		r |= slot_bind(&recorder->proc_slots.at[i], proc, recorder->start_ns, to, index++);
	if (image)
		r |= bind_image(recorder, image, index, &args);
	r = r == SQLITE_OK ? step(recorder, to, err) : fail(recorder, err);
	buf_deinit(&args);
	return r;
}

static const struct proc *find_life(const struct table *table, const struct stale *stale)
{
	const struct proc *proc = table_find(table, ident_provisional(stale->tgid));

	while (proc && proc->id != stale->id)
		proc = proc->older_life;
	return proc;
}

static int write_stale(struct recorder *recorder, const struct table *table, struct error *err)
{
	struct stale *stale, *next;

	HASH_ITER(hh, recorder->stale, stale, next)
	{
		const struct proc *proc = find_life(table, stale);
		int r = proc ? write_life(recorder, proc, err) : 0;

		if (r < 0)
			return r;
		release_stale(recorder, stale);
	}
	return 0;
}

/* ---- records ---- */

/* A fork that did not say the name and parent that the table found out: the row says them. */
static struct record completed(const struct record *record, const struct change *change)
{
	struct record copy = *record;
	unsigned born = CHANGE_NEW | CHANGE_LINKED;

	if (record->kind != RECORD_FORK || !change->proc || !(change->flags & born))
		return copy;
	if (!copy.fork.comm.p)
		copy.fork.comm = change->proc->comm;
	if (!copy.standing.ppid)
		copy.standing.ppid = change->proc->ppid;
	return copy;
}

static int write_event(struct recorder *recorder, const struct record *record,
		       const struct change *change, struct error *err)
{
	const struct slots *slots = &recorder->event_slots[record->kind];
	sqlite3_stmt *to = recorder->insert_event[record->kind];
	struct record full = completed(record, change);
	int r;

	sqlite3_clear_bindings(to);
	r = sqlite3_bind_int64(to, 1, ++recorder->seq);
	if (change->proc)
		r |= sqlite3_bind_int64(to, 2, (int64_t)change->proc->id);
	for (unsigned i = 0; i < slots->count; i++)
		r |= slot_bind(&slots->at[i], &full, recorder->start_ns, to, (int)i + 3);
	return r == SQLITE_OK ? step(recorder, to, err) : fail(recorder, err);
}

static int recorder_record(struct sink *sink, const struct record *record,
			   const struct change *change, struct error *err)
{
	struct recorder *recorder = recorder_of(sink);
	int r;

	if (record->kind <= RECORD_NONE || record->kind >= RECORD_KINDS)
		return 0;
	r = begin(recorder, err);
	r = r < 0 ? r : write_event(recorder, record, change, err);
	if (r < 0 || !change->proc)
		return r;
	if (change->proc->state == PROC_FINISHED) {
		mark_fresh(recorder, change->proc);
		r = write_life(recorder, change->proc, err);
	} else {
		mark_stale(recorder, change->proc);
	}
	if (r < 0 || ++recorder->unlooked < LOOK_EVERY)
		return r;
	recorder->unlooked = 0;
	if (clock_mono_ns() - recorder->committed_ns < COMMIT_LATE_NS)
		return 0;
	return commit(recorder, err);
}

static int recorder_tick(struct sink *sink, const struct table *table, int64_t now_ns,
			 struct error *err)
{
	struct recorder *recorder = recorder_of(sink);
	int r;

	if (!recorder->in_transaction && !recorder->stale)
		return 0;
	if (recorder->in_transaction && clock_mono_ns() - recorder->committed_ns < COMMIT_NS)
		return 0;
	r = begin(recorder, err);
	r = r < 0 ? r : write_stale(recorder, table, err);
	return r < 0 ? r : commit(recorder, err);
}

/* ---- opening and closing ---- */

static int create_tables(struct recorder *recorder)
{
	struct buf sql = BUF_INIT;
	int r;

	/* the file is worthless until it is whole: nothing to wait for */
	buf_printf(&sql,
		   "PRAGMA synchronous=OFF; PRAGMA journal_mode=MEMORY; PRAGMA page_size=%d;"
		   "PRAGMA secure_delete=OFF; PRAGMA cache_size=-8000; PRAGMA temp_store=MEMORY;"
		   "BEGIN; PRAGMA application_id=%d; PRAGMA user_version=%d;\n",
		   STORE_PAGE_BYTES, STORE_APPLICATION_ID, STORE_VERSION);
	schema_add_create(&sql);
	buf_add_text(&sql, "COMMIT;");
	r = database_exec(recorder->db, buf_cstr(&sql));
	buf_clear(&sql);
	buf_printf(&sql,
		   "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
		   "PRAGMA wal_autocheckpoint=%d;",
		   LOG_MAX_BYTES / STORE_PAGE_BYTES);
	r = r < 0 ? r : database_exec(recorder->db, buf_cstr(&sql));
	buf_deinit(&sql);
	return r;
}

static int prepare(struct recorder *recorder)
{
	struct buf sql = BUF_INIT;
	int r;

	schema_proc_slots(&recorder->proc_slots);
	schema_image_slots(&recorder->image_slots);
	r = database_prepare(recorder->db, "BEGIN IMMEDIATE", &recorder->begin);
	r = r < 0 ? r : database_prepare(recorder->db, "COMMIT", &recorder->commit);
	schema_add_process_insert(&sql);
	r = r < 0 ? r : database_prepare(recorder->db, buf_cstr(&sql), &recorder->insert_process);
	for (enum record_kind kind = RECORD_SEEN; r >= 0 && kind < RECORD_KINDS; kind++) {
		schema_event_slots(kind, &recorder->event_slots[kind]);
		buf_clear(&sql);
		schema_add_event_insert(&sql, kind, &recorder->event_slots[kind]);
		r = database_prepare(recorder->db, buf_cstr(&sql), &recorder->insert_event[kind]);
	}
	buf_deinit(&sql);
	return r;
}

static int recorder_open(struct sink *sink, const struct run *run, struct error *err)
{
	struct recorder *recorder = recorder_of(sink);
	int r = database_create(recorder->path, recorder->options.owner_uid,
				recorder->options.owner_gid, &recorder->fd, err);

	if (r < 0)
		return r;
	recorder->start_ns = run->start_ns;
	r = database_open_write(recorder->path, recorder->fd, &recorder->db, err);
	if (r < 0)
		return r;
	r = create_tables(recorder);
	r = r < 0 ? r : meta_write(recorder->db, run);
	r = r < 0 ? r : prepare(recorder);
	return r < 0 ? fail(recorder, err) : 0;
}

static int recorder_close(struct sink *sink, const struct table *table, const struct run *run,
			  struct error *err)
{
	struct recorder *recorder = recorder_of(sink);
	int r = begin(recorder, err);

	r = r < 0 ? r : write_stale(recorder, table, err);
	/* who still runs may have got children and parents since its row was written */
	if (r >= 0)
		table_each(table, p) if (r >= 0 && p->member && p->state != PROC_FINISHED) r =
			write_life(recorder, p, err);
	if (r >= 0 && meta_write(recorder->db, run) < 0)
		r = fail(recorder, err);
	r = r < 0 ? r : commit(recorder, err);
	if (r < 0)
		return r;
	/* one plain file; a reader that is at it right now keeps the log, which works as well */
	sqlite3_busy_timeout(recorder->db, 1000);
	if (database_exec(recorder->db, "PRAGMA wal_checkpoint(TRUNCATE);") < 0 &&
	    sqlite3_errcode(recorder->db) != SQLITE_BUSY &&
	    sqlite3_errcode(recorder->db) != SQLITE_LOCKED)
		return fail(recorder, err);
	if (database_exec(recorder->db, "PRAGMA journal_mode=DELETE;") < 0 &&
	    recorder->options.debug)
		recorder->options.debug("recording: %s is being read, its log stays",
					recorder->path);
	return 0;
}

static void recorder_free(struct sink *sink)
{
	struct recorder *recorder = recorder_of(sink);
	struct stale *stale, *next;

	HASH_ITER(hh, recorder->stale, stale, next)
	release_stale(recorder, stale);
	for (; recorder->spare; recorder->spare = next) {
		next = recorder->spare->next;
		free(recorder->spare);
	}
	sqlite3_finalize(recorder->begin);
	sqlite3_finalize(recorder->commit);
	sqlite3_finalize(recorder->insert_process);
	for (unsigned kind = 0; kind < RECORD_KINDS; kind++)
		sqlite3_finalize(recorder->insert_event[kind]);
	sqlite3_close(recorder->db);
	cleanup_close_fn(&recorder->fd);
	free(recorder->path);
	free(recorder);
}

static const struct sink_ops recorder_ops = {
	.name = "recorder",
	.open = recorder_open,
	.record = recorder_record,
	.tick = recorder_tick,
	.close = recorder_close,
	.free = recorder_free,
};

struct sink *recorder_new(const struct recorder_options *options)
{
	struct recorder *recorder = mem_alloc(sizeof *recorder);

	recorder->sink.ops = &recorder_ops;
	recorder->options = *options;
	recorder->path = mem_strdup(str_of(options->path));
	recorder->options.path = recorder->path;
	recorder->fd = -1;
	return &recorder->sink;
}
