/*
 * One column of the recording: where its value stands in a struct, and how it becomes SQL and
 * comes back. Unknown is NULL in every column.
 */
#ifndef STORE_SLOT_H
#define STORE_SLOT_H

#include "base/buf.h"

#include <sqlite3.h>

enum slot_type {
	SLOT_PID,      /* int32_t, 0 unknown */
	SLOT_UID,      /* uint32_t, UID_UNKNOWN */
	SLOT_I32,      /* int32_t */
	SLOT_U32,      /* uint32_t, 0 is NULL */
	SLOT_STATUS,   /* int32_t, STATUS_UNKNOWN */
	SLOT_U64,      /* uint64_t, 0 unknown; as the signed number of the same bits */
	SLOT_TIME,     /* int64_t boot ns; stored relative to the recording's start */
	SLOT_END,      /* the same, 0 unknown */
	SLOT_BOOL,     /* false is NULL */
	SLOT_FLAG,     /* bool as 0 or 1 */
	SLOT_STR,      /* TEXT, or a BLOB when the bytes are no text */
	SLOT_WORDS,    /* TEXT, words parted by U+001F, or a BLOB of NUL-ended words */
	SLOT_TGID,     /* of the struct ident at offset; NULL: nobody */
	SLOT_START,    /* of the struct ident at offset; relative, NULL: 0 */
	SLOT_GRAIN,    /* of the struct ident at offset; NULL: 1 */
	SLOT_OWN_TGID, /* the tgid of a record's ident; NULL: the same as its pid */
	SLOT_USAGE,    /* one field of the struct usage at offset */
};

struct slot {
	char name[40]; /* of the column */
	enum slot_type type;
	size_t offset;
	unsigned field; /* SLOT_USAGE: which one */
};

/* Binds the value in the struct at `base`; an unknown one stays as it is, NULL. */
int slot_bind(const struct slot *slot, const void *base, int64_t epoch_ns, sqlite3_stmt *to,
	      int index);

/*
 * Loads a column into the struct at `base`, which holds unknowns before. `memory` has room for
 * the slot (see slot_room): texts point into it or into the statement. -EINVAL: no value that
 * slot_bind would have written.
 */
int slot_load(const struct slot *slot, void *base, int64_t epoch_ns, sqlite3_stmt *from, int column,
	      struct buf *memory);
/* Bytes of memory that slot_load needs for this column. */
size_t slot_room(const struct slot *slot, sqlite3_stmt *from, int column);

/* The declared type in a STRICT table. */
const char *slot_sql_type(const struct slot *slot);

/* Binds bytes as TEXT when they are valid UTF-8 without NUL, else as a BLOB. */
int slot_bind_str(sqlite3_stmt *to, int index, struct str text);
/* Words that each end in NUL. */
int slot_bind_words(sqlite3_stmt *to, int index, struct str words);
/* Do they become TEXT there, and not a BLOB? */
bool slot_words_are_text(struct str words);
/* The words of a column that slot_bind_words wrote; room as slot_room says. */
struct str slot_words(sqlite3_stmt *from, int column, struct buf *memory);
/* A TEXT or BLOB column; STR_NONE for anything else. Valid until the next step. */
struct str slot_bytes(sqlite3_stmt *from, int column);

#endif
