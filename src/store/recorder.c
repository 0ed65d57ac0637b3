/*
 * The recorder: a sink that writes a recording. Key decision: the rows of records say in full whom
 * they are about, so replay needs nothing else and each commit is complete in itself; the rows of
 * lives are for people, and a life that changes is written once a commit, or when it is finished.
 */
#include "store/store.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/hash.h"
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

/* A life that is not finished. */
struct life {
	uint64_t id;
	int32_t tgid;
	bool stale;        /* its row is not what the table says */
	int64_t exec;      /* seq of the row of its image in `exec`; 0: none */
	struct life *next; /* in the list of free ones */
	UT_hash_handle hh;
};

/*
 * Two statements for each row: all columns, or without those that the row need not hold (of a
 * record the standing that is no news, of a life what stands in the rows of its last exec and of
 * its settling).
 */
enum extent { WHOLE, BRIEF, EXTENTS };

struct insert {
	sqlite3_stmt *statement;
	struct slots slots;
};

struct recorder {
	struct sink sink;
	char *path;
	struct recorder_options options;
	int fd; /* keeps the lock */
	sqlite3 *db;
	sqlite3_stmt *begin, *commit, *insert_process[EXTENTS];
	struct slots proc_slots[EXTENTS], image_slots;
	struct insert events[RECORD_KINDS][EXTENTS];
	int64_t start_ns, committed_ns, seq;
	unsigned unlooked;
	bool in_transaction;
	bool rows_due; /* records came since the rows of lives were written */
	struct life *lives, *spare;
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

static struct life *life_of(struct recorder *recorder, const struct proc *proc)
{
	struct life *life;

	HASH_FIND(hh, recorder->lives, &proc->id, sizeof proc->id, life);
	if (life)
		return life;
	life = recorder->spare;
	if (life)
		recorder->spare = life->next;
	else
		life = mem_alloc(sizeof *life);
	*life = (struct life){.id = proc->id, .tgid = proc->ident.tgid};
	HASH_ADD(hh, recorder->lives, id, sizeof life->id, life);
	return life;
}

static void release_life(struct recorder *recorder, struct life *life)
{
	HASH_DEL(recorder->lives, life);
	life->next = recorder->spare;
	recorder->spare = life;
}

static int bind_image(struct recorder *recorder, sqlite3_stmt *to, const struct proc_exec *image,
		      int index, struct buf *args)
{
	int r = SQLITE_OK;

	for (unsigned i = 0; i < recorder->image_slots.count; i++) {
		const struct slot *slot = &recorder->image_slots.at[i];

		r |= slot_bind(slot, image, recorder->start_ns, to, index + (int)i);
	}
	if (image->argv.p && !slot_words_are_text(image->argv)) {
		struct buf joined = BUF_INIT;

		text_add_cmdline(&joined, image->argv, false);
		text_add_safe(args, buf_str(&joined));
		buf_deinit(&joined);
		r |= slot_bind_str(to, PROCESS_ARGS, buf_str(args));
	}
	return r;
}

/* Does the row of that settling say the same usage? */
static bool says_usage(const struct record *settled, const struct usage *usage)
{
	const struct usage *said = &settled->settled.usage;

	if (settled->kind != RECORD_SETTLED || said->known != usage->known)
		return false;
	for (unsigned i = 0; i < USAGE_FIELDS; i++)
		if (usage->known & USAGE_BIT(i) && said->value[i] != usage->value[i])
			return false;
	return true;
}

/* `cause`: the record whose row has just been written, which settles the life; or NULL. */
static int write_life(struct recorder *recorder, const struct proc *proc, const struct life *life,
		      const struct record *cause, struct error *err)
{
	const struct proc_exec *image = proc->last_exec ? proc->last_exec : proc_image(proc);
	bool settled = cause && says_usage(cause, &proc->usage);
	bool has_exec = !image || (life && life->exec && slot_words_are_text(image->argv));
	enum extent extent = has_exec && (settled || !proc->usage.known) ? BRIEF : WHOLE;
	const struct slots *slots = &recorder->proc_slots[extent];
	sqlite3_stmt *to = recorder->insert_process[extent];
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
	if (extent == BRIEF && image)
		r |= sqlite3_bind_int64(to, PROCESS_EXEC, life->exec);
	if (extent == BRIEF && settled)
		r |= sqlite3_bind_int64(to, PROCESS_SETTLED, recorder->seq);
	for (unsigned i = 0; i < slots->count; i++)
		r |= slot_bind(&slots->at[i], proc, recorder->start_ns, to, index++);
	if (extent == WHOLE && image)
		r |= bind_image(recorder, to, image, index, &args);
	r = r == SQLITE_OK ? step(recorder, to, err) : fail(recorder, err);
	buf_deinit(&args);
	return r;
}

static const struct proc *find_life(const struct table *table, const struct life *life)
{
	const struct proc *proc = table_find(table, ident_provisional(life->tgid));

	while (proc && proc->id != life->id)
		proc = proc->older_life;
	return proc;
}

static int write_stale(struct recorder *recorder, const struct table *table, struct error *err)
{
	struct life *life, *next;

	HASH_ITER(hh, recorder->lives, life, next)
	{
		const struct proc *proc = life->stale ? find_life(table, life) : NULL;
		int r = proc ? write_life(recorder, proc, life, NULL, err) : 0;

		if (r < 0)
			return r;
		if (life->stale && !proc)
			release_life(recorder, life);
		else
			life->stale = false;
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

/* Does its standing go without saying? Who replays has it from the records before. */
static bool is_brief(const struct record *record, const struct change *change)
{
	static const bool needs_standing[RECORD_KINDS] = {
		[RECORD_SEEN] = true,
		[RECORD_FORK] = true,
		[RECORD_EXEC] = true,
	};

	return change->proc && !change->new_standing && !needs_standing[record->kind];
}

static int write_event(struct recorder *recorder, const struct record *record,
		       const struct change *change, struct error *err)
{
	enum extent extent = is_brief(record, change) ? BRIEF : WHOLE;
	const struct insert *insert = &recorder->events[record->kind][extent];
	struct record full = completed(record, change);
	sqlite3_stmt *to = insert->statement;
	int r;

	sqlite3_clear_bindings(to);
	r = sqlite3_bind_int64(to, 1, ++recorder->seq);
	if (change->proc)
		r |= sqlite3_bind_int64(to, 2, (int64_t)change->proc->id);
	for (unsigned i = 0; i < insert->slots.count; i++)
		r |= slot_bind(&insert->slots.at[i], &full, recorder->start_ns, to, (int)i + 3);
	return r == SQLITE_OK ? step(recorder, to, err) : fail(recorder, err);
}

/* Writes the row of a life that is finished; else notes that it is due. */
static int follow_life(struct recorder *recorder, const struct record *record,
		       const struct change *change, struct error *err)
{
	struct life *life = life_of(recorder, change->proc);
	int r;

	life->stale = true;
	if (record->kind == RECORD_EXEC && !(change->flags & CHANGE_DUPLICATE))
		life->exec = recorder->seq;
	if (change->proc->state != PROC_FINISHED)
		return 0;
	r = write_life(recorder, change->proc, life, record, err);
	release_life(recorder, life);
	return r;
}

static int recorder_record(struct sink *sink, const struct record *record,
			   const struct change *change, struct error *err)
{
	struct recorder *recorder = recorder_of(sink);
	int r;

	if (record->kind <= RECORD_NONE || record->kind >= RECORD_KINDS)
		return 0;
	/* the end of a round of samples, without what the cgroups used, tells nothing later */
	if (record->kind == RECORD_SAMPLE && !record->ident.tgid && !record->usage.known)
		return 0;
	recorder->rows_due = true;
	r = begin(recorder, err);
	r = r < 0 ? r : write_event(recorder, record, change, err);
	r = r < 0 || !change->proc ? r : follow_life(recorder, record, change, err);
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

	if (!recorder->rows_due || clock_mono_ns() - recorder->committed_ns < COMMIT_NS)
		return 0;
	r = begin(recorder, err);
	r = r < 0 ? r : write_stale(recorder, table, err);
	recorder->rows_due = false;
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

	r = database_prepare(recorder->db, "BEGIN IMMEDIATE", &recorder->begin);
	r = r < 0 ? r : database_prepare(recorder->db, "COMMIT", &recorder->commit);
	schema_image_slots(&recorder->image_slots);
	for (int i = WHOLE; r >= 0 && i < EXTENTS; i++) {
		schema_proc_slots(&recorder->proc_slots[i], i == WHOLE);
		buf_clear(&sql);
		schema_add_process_insert(&sql, i == WHOLE);
		r = database_prepare(recorder->db, buf_cstr(&sql), &recorder->insert_process[i]);
	}
	for (enum record_kind kind = RECORD_SEEN; kind < RECORD_KINDS; kind++) {
		for (int i = WHOLE; r >= 0 && i < EXTENTS; i++) {
			struct insert *insert = &recorder->events[kind][i];

			schema_event_slots(kind, i == WHOLE, &insert->slots);
			buf_clear(&sql);
			schema_add_event_insert(&sql, kind, &insert->slots);
			r = database_prepare(recorder->db, buf_cstr(&sql), &insert->statement);
		}
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
	r = r < 0 ? r : prepare(recorder);
	if (r < 0)
		return fail(recorder, err);
	r = begin(recorder, err);
	if (r >= 0 && meta_write(recorder->db, run) < 0)
		r = fail(recorder, err);
	return r < 0 ? r : commit(recorder, err);
}

/* Who still runs may have got children and another parent since its row was written. */
static int write_unfinished(struct recorder *recorder, const struct table *table, struct error *err)
{
	int r = 0;

	for (const struct proc *proc = table->first; r >= 0 && proc; proc = proc->next)
		if (proc->member && proc->state != PROC_FINISHED)
			r = write_life(recorder, proc, NULL, NULL, err);
	return r;
}

/* One plain file; a reader that is at it right now keeps the log, which works as well. */
static int close_log(struct recorder *recorder, struct error *err)
{
	int code;

	sqlite3_busy_timeout(recorder->db, 1000);
	if (database_exec(recorder->db, "PRAGMA wal_checkpoint(TRUNCATE);") < 0) {
		code = sqlite3_errcode(recorder->db);
		if (code != SQLITE_BUSY && code != SQLITE_LOCKED)
			return fail(recorder, err);
	}
	if (database_exec(recorder->db, "PRAGMA journal_mode=DELETE;") < 0 &&
	    recorder->options.debug)
		recorder->options.debug("recording: %s is being read, its log stays",
					recorder->path);
	return 0;
}

static int recorder_close(struct sink *sink, const struct table *table, const struct run *run,
			  struct error *err)
{
	struct recorder *recorder = recorder_of(sink);
	int r = begin(recorder, err);

	r = r < 0 ? r : write_stale(recorder, table, err);
	r = r < 0 ? r : write_unfinished(recorder, table, err);
	if (r >= 0 && meta_write(recorder->db, run) < 0)
		r = fail(recorder, err);
	r = r < 0 ? r : commit(recorder, err);
	return r < 0 ? r : close_log(recorder, err);
}

static void recorder_free(struct sink *sink)
{
	struct recorder *recorder = recorder_of(sink);
	struct life *life, *next;

	HASH_ITER(hh, recorder->lives, life, next)
	release_life(recorder, life);
	for (; recorder->spare; recorder->spare = next) {
		next = recorder->spare->next;
		free(recorder->spare);
	}
	sqlite3_finalize(recorder->begin);
	sqlite3_finalize(recorder->commit);
	for (int i = WHOLE; i < EXTENTS; i++) {
		sqlite3_finalize(recorder->insert_process[i]);
		for (unsigned kind = 0; kind < RECORD_KINDS; kind++)
			sqlite3_finalize(recorder->events[kind][i].statement);
	}
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
