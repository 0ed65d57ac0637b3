/*
 * The replay: a source that gives the records of a recording in the order in which they were
 * applied. Key decision: one statement a kind, merged by seq, which must grow in each of them; a
 * damaged or hostile file can so neither repeat rows for ever nor mix kinds up.
 */
#include "store/store.h"

#include "base/cleanup.h"
#include "base/mem.h"
#include "store/database.h"
#include "store/meta.h"
#include "store/schema.h"

#include <errno.h>

/* The rows of one kind. Columns: seq, then the slots in order. */
struct track {
	sqlite3_stmt *rows; /* NULL: at its end */
	int64_t seq;        /* of the row where it stands */
	struct slots slots;
};

struct replay {
	struct source source;
	char *path, *copy;
	sqlite3 *db;
	struct track *tracks;   /* RECORD_KINDS of them */
	enum record_kind given; /* whose row the last record points into; RECORD_NONE */
	struct meta meta;
	struct buf memory;
	uint64_t delivered;
};

static struct replay *replay_of(const struct source *source)
{
	return (struct replay *)(uintptr_t)source;
}

bool recording_recognise(const void *bytes, size_t size)
{
	static const char magic[] = "SQLite format 3";

	return size >= sizeof magic && memcmp(bytes, magic, sizeof magic) == 0;
}

static int fail(struct replay *replay, struct error *err)
{
	return error_set(err, database_errno(replay->db), "cannot read the recording %s: %s",
			 replay->path, database_reason(replay->db));
}

/* Steps to the next row of that kind. */
static int advance(struct replay *replay, struct track *track, struct error *err)
{
	int64_t last = track->seq;
	int r = sqlite3_step(track->rows);

	if (r == SQLITE_ROW) {
		track->seq = sqlite3_column_int64(track->rows, 0);
		if (track->seq > last)
			return 0;
		return error_set(err, EINVAL, "the recording %s is damaged: event %lld comes twice",
				 replay->path, (long long)track->seq);
	}
	if (r != SQLITE_DONE)
		return fail(replay, err);
	sqlite3_finalize(track->rows);
	track->rows = NULL;
	return 0;
}

/* ---- opening ---- */

/* Does the file have the table as a real one (no view, nothing virtual)? */
static bool has_table(struct replay *replay, const char *name)
{
	sqlite3_stmt *find;
	bool found;

	if (database_prepare(replay->db,
			     "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND "
			     "name = ? AND rootpage > 0",
			     &find) < 0)
		return false;
	sqlite3_bind_text(find, 1, name, -1, SQLITE_STATIC);
	found = sqlite3_step(find) == SQLITE_ROW;
	sqlite3_finalize(find);
	return found;
}

static int open_track(struct replay *replay, enum record_kind kind, struct error *err)
{
	struct track *track = &replay->tracks[kind];
	struct buf sql = BUF_INIT;
	bool shared;
	const char *table = schema_event_table(kind, &shared);
	int r;

	if (!has_table(replay, table))
		return error_set(err, EINVAL, "the recording %s is damaged: it has no table %s",
				 replay->path, table);
	schema_event_slots(kind, true, &track->slots);
	buf_add_text(&sql, "SELECT seq");
	for (unsigned i = 0; i < track->slots.count; i++) {
		const char *name = track->slots.at[i].name;

		/* a member that is younger than the recording is unknown in it */
		if (sqlite3_table_column_metadata(replay->db, "main", table, name, NULL, NULL, NULL,
						  NULL, NULL) == SQLITE_OK)
			buf_printf(&sql, ", \"%s\"", name);
		else
			buf_add_text(&sql, ", NULL");
	}
	buf_printf(&sql, " FROM \"%s\"", table);
	if (shared)
		buf_printf(&sql, " WHERE kind = '%s'", record_layouts[kind].name);
	buf_add_text(&sql, " ORDER BY seq");
	r = database_prepare(replay->db, buf_cstr(&sql), &track->rows);
	buf_deinit(&sql);
	track->seq = INT64_MIN;
	return r < 0 ? fail(replay, err) : advance(replay, track, err);
}

static int replay_open(struct source *source, struct error *err)
{
	struct replay *replay = replay_of(source);
	int r = database_open_read(replay->path, &replay->db, &replay->copy, err);

	if (r < 0)
		return r;
	if (!has_table(replay, "meta"))
		return error_set(err, EINVAL, "the recording %s is damaged: it has no table meta",
				 replay->path);
	if (meta_read(replay->db, &replay->meta) < 0)
		return fail(replay, err);
	for (enum record_kind kind = RECORD_SEEN; r >= 0 && kind < RECORD_KINDS; kind++)
		r = open_track(replay, kind, err);
	return r;
}

/* ---- records ---- */

static int load(struct replay *replay, enum record_kind kind, struct record *ret, struct error *err)
{
	struct track *track = &replay->tracks[kind];
	const struct slots *slots = &track->slots;
	struct record record = record_make(kind, 0, (struct ident){0}, 0);
	size_t room = 0;

	for (unsigned i = 0; i < slots->count; i++)
		room += slot_room(&slots->at[i], track->rows, (int)i + 1);
	buf_clear(&replay->memory);
	buf_reserve(&replay->memory, room);
	for (unsigned i = 0; i < slots->count; i++)
		if (slot_load(&slots->at[i], &record, replay->meta.run.start_ns, track->rows,
			      (int)i + 1, &replay->memory) < 0)
			return error_set(err, EINVAL,
					 "the recording %s is damaged: event %lld has an "
					 "impossible %s",
					 replay->path, (long long)track->seq, slots->at[i].name);
	*ret = record;
	return SOURCE_RECORD;
}

static int replay_next(struct source *source, struct record *ret, struct error *err)
{
	struct replay *replay = replay_of(source);
	enum record_kind first = RECORD_NONE;
	int r = 0;

	if (replay->given)
		r = advance(replay, &replay->tracks[replay->given], err);
	replay->given = RECORD_NONE;
	if (r < 0)
		return r;
	for (enum record_kind kind = RECORD_SEEN; kind < RECORD_KINDS; kind++)
		if (replay->tracks[kind].rows &&
		    (!first || replay->tracks[kind].seq < replay->tracks[first].seq))
			first = kind;
	if (!first)
		return SOURCE_END;
	replay->given = first;
	r = load(replay, first, ret, err);
	replay->delivered += r == SOURCE_RECORD;
	return r;
}

static void replay_counts(const struct source *source, struct source_counts *ret)
{
	const struct replay *replay = replay_of(source);

	ret->delivered = replay->delivered;
	ret->lost = replay->meta.run.lost;
	ret->outside = replay->meta.run.outside;
	ret->generated = ret->delivered + ret->lost;
}

static void replay_describe(const struct source *source, struct run *run)
{
	*run = replay_of(source)->meta.run;
}

static void replay_close(struct source *source)
{
	struct replay *replay = replay_of(source);

	for (unsigned kind = 0; kind < RECORD_KINDS; kind++)
		sqlite3_finalize(replay->tracks[kind].rows);
	sqlite3_close(replay->db);
	database_remove_copy(replay->copy);
	meta_deinit(&replay->meta);
	buf_deinit(&replay->memory);
	free(replay->tracks);
	free(replay->path);
	free(replay);
}

static const struct source_ops replay_ops = {
	.name = "recording",
	.capabilities = SOURCE_ORDERED | SOURCE_SEES_SHORT_LIVED | SOURCE_HAS_ARGV,
	.open = replay_open,
	.next = replay_next,
	.counts = replay_counts,
	.describe = replay_describe,
	.close = replay_close,
};

struct source *recording_source_new(const char *path)
{
	struct replay *replay = mem_alloc(sizeof *replay);

	replay->source.ops = &replay_ops;
	replay->path = mem_strdup(str_of(path));
	replay->tracks = mem_alloc(RECORD_KINDS * sizeof *replay->tracks);
	return &replay->source;
}
