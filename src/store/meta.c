/*
 * The run as rows of key and value. Key decision: one row of a const table a value, so reader and
 * writer cannot differ; a key that is missing leaves its value unknown.
 */
#include "store/meta.h"

#include "base/clock.h"
#include "base/mem.h"
#include "model/status.h"
#include "store/database.h"
#include "store/slot.h"

#include <stdio.h>
#include <stdlib.h>

enum meta_type { META_STR, META_WORDS, META_I64, META_UNSIGNED, META_STATUS, META_SINCE_START };

static const struct key {
	const char *name;
	enum meta_type type;
	size_t offset;
	bool at_end; /* known when the recording has ended */
} keys[] = {
	{"command",         META_WORDS,       offsetof(struct run, command),         false},
	{"target",          META_STR,         offsetof(struct run, target),          false},
	{"host",            META_STR,         offsetof(struct run, host),            false},
	{"kernel",          META_STR,         offsetof(struct run, kernel),          false},
	{"boot_id",         META_STR,         offsetof(struct run, boot_id),         false},
	{"pscope",          META_STR,         offsetof(struct run, version),         false},
	{"user_change",     META_STR,         offsetof(struct run, user_change),     false},
	{"started_real_ns", META_I64,         offsetof(struct run, started_real_ns), false},
	{"start_boot_ns",   META_I64,         offsetof(struct run, start_ns),        false},
	{"cpus",            META_UNSIGNED,    offsetof(struct run, cpus),            false},
	{"end_ns",          META_SINCE_START, offsetof(struct run, end_ns),          true },
	{"records",         META_I64,         offsetof(struct run, records),         true },
	{"lost",            META_I64,         offsetof(struct run, lost),            true },
	{"outside",         META_I64,         offsetof(struct run, outside),         true },
	{"status",          META_STATUS,      offsetof(struct run, status),          true },
};
#define KEYS (sizeof keys / sizeof *keys)

/* ---- writing ---- */

static int put(sqlite3_stmt *to, const char *name)
{
	int r = sqlite3_bind_text(to, 1, name, -1, SQLITE_STATIC);

	if (r == SQLITE_OK)
		r = sqlite3_step(to);
	sqlite3_reset(to);
	sqlite3_clear_bindings(to);
	return r == SQLITE_DONE ? 0 : -database_errno(sqlite3_db_handle(to));
}

static int put_text(sqlite3_stmt *to, const char *name, struct str text)
{
	if (!text.p)
		return 0;
	slot_bind_str(to, 2, text);
	return put(to, name);
}

static int put_i64(sqlite3_stmt *to, const char *name, int64_t value)
{
	sqlite3_bind_int64(to, 2, value);
	return put(to, name);
}

static int put_key(sqlite3_stmt *to, const struct key *key, const struct run *run)
{
	const void *field = (const char *)run + key->offset;

	switch (key->type) {
	case META_STR:
		return put_text(to, key->name, *(const struct str *)field);
	case META_WORDS:
		if (!run->command.p)
			return 0;
		slot_bind_words(to, 2, run->command);
		return put(to, key->name);
	case META_STATUS:
		return run->status == STATUS_UNKNOWN ? 0 : put_i64(to, key->name, run->status);
	case META_SINCE_START:
		return put_i64(to, key->name, *(const int64_t *)field - run->start_ns);
	case META_UNSIGNED:
		return put_i64(to, key->name, *(const unsigned *)field);
	default:
		return put_i64(to, key->name, *(const int64_t *)field);
	}
}

static int put_sources(sqlite3_stmt *to, const struct run *run)
{
	int r = put_text(to, "source", str_of(run->source));

	for (unsigned i = 0; r >= 0 && i < run->tried_count; i++) {
		char name[40];

		snprintf(name, sizeof name, "tried_%u", i);
		r = put_text(to, name, str_of(run->tried[i].name));
		snprintf(name, sizeof name, "tried_%u_reason", i);
		if (r >= 0 && run->tried[i].reason[0])
			r = put_text(to, name, str_of(run->tried[i].reason));
	}
	return r;
}

int meta_write(sqlite3 *db, const struct run *run)
{
	sqlite3_stmt *to;
	char started[40];
	int r = database_prepare(db, "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", &to);

	if (r < 0)
		return r;
	for (size_t i = 0; r >= 0 && i < KEYS; i++)
		if (run->ended || !keys[i].at_end)
			r = put_key(to, &keys[i], run);
	clock_rfc3339(run->started_real_ns, started);
	r = r < 0 ? r : put_text(to, "started", str_of(started));
	r = r < 0 ? r : put_i64(to, "ended", run->ended);
	r = r < 0 ? r : put_sources(to, run);
	sqlite3_finalize(to);
	return r;
}

/* ---- reading ---- */

static bool get(sqlite3_stmt *from, const char *name)
{
	sqlite3_reset(from);
	return sqlite3_bind_text(from, 1, name, -1, SQLITE_TRANSIENT) == SQLITE_OK &&
	       sqlite3_step(from) == SQLITE_ROW;
}

static int64_t get_i64(sqlite3_stmt *from, const char *name)
{
	return get(from, name) && sqlite3_column_type(from, 0) == SQLITE_INTEGER
		       ? sqlite3_column_int64(from, 0)
		       : 0;
}

static void get_key(sqlite3_stmt *from, const struct key *key, struct run *run)
{
	void *field = (char *)run + key->offset;
	struct buf memory = BUF_INIT;
	int64_t value;

	if (!get(from, key->name))
		return;
	if (key->type == META_STR) {
		*(struct str *)field = mem_str(slot_bytes(from, 0));
	} else if (key->type == META_WORDS) {
		buf_reserve(&memory, slot_bytes(from, 0).n + 1);
		*(struct str *)field = mem_str(slot_words(from, 0, &memory));
		buf_deinit(&memory);
	} else if (sqlite3_column_type(from, 0) == SQLITE_INTEGER) {
		value = sqlite3_column_int64(from, 0);
		if (key->type == META_UNSIGNED || key->type == META_STATUS)
			*(int32_t *)field = (int32_t)value;
		else if (key->type == META_SINCE_START)
			*(int64_t *)field = (int64_t)((uint64_t)value + (uint64_t)run->start_ns);
		else
			*(int64_t *)field = value;
	}
}

static char *get_text(sqlite3_stmt *from, const char *name)
{
	struct str text = get(from, name) ? slot_bytes(from, 0) : STR_NONE;

	return text.p ? mem_strndup(text.p, strnlen(text.p, text.n)) : NULL;
}

static void get_sources(sqlite3_stmt *from, struct meta *meta)
{
	struct run *run = &meta->run;

	run->source = meta->source = get_text(from, "source");
	while (run->tried_count < RUN_SOURCES_MAX) {
		struct run_source_tried *tried = &run->tried[run->tried_count];
		char name[40];
		struct str reason;

		snprintf(name, sizeof name, "tried_%u", run->tried_count);
		tried->name = meta->tried[run->tried_count] = get_text(from, name);
		if (!tried->name)
			return;
		snprintf(name, sizeof name, "tried_%u_reason", run->tried_count++);
		reason = get(from, name) ? slot_bytes(from, 0) : STR_NONE;
		if (reason.p)
			snprintf(tried->reason, sizeof tried->reason, "%.*s",
				 reason.n < sizeof tried->reason ? (int)reason.n
								 : (int)sizeof tried->reason,
				 reason.p);
	}
}

int meta_read(sqlite3 *db, struct meta *meta)
{
	sqlite3_stmt *from;
	int r = database_prepare(db, "SELECT value FROM meta WHERE key = ?", &from);

	if (r < 0)
		return r;
	*meta = (struct meta){.run.status = STATUS_UNKNOWN};
	meta->run.ended = get_i64(from, "ended") == 1;
	for (size_t i = 0; i < KEYS; i++)
		if (meta->run.ended || !keys[i].at_end)
			get_key(from, &keys[i], &meta->run);
	get_sources(from, meta);
	sqlite3_finalize(from);
	return 0;
}

void meta_deinit(struct meta *meta)
{
	struct run *run = &meta->run;

	for (size_t i = 0; i < KEYS; i++)
		if (keys[i].type == META_STR || keys[i].type == META_WORDS)
			mem_str_free((struct str *)((char *)run + keys[i].offset));
	free(meta->source);
	for (unsigned i = 0; i < RUN_SOURCES_MAX; i++)
		free(meta->tried[i]);
	*meta = (struct meta){0};
}
