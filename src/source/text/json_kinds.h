/* Which JSON line is which record, and which of its keys is which member. */
#ifndef SOURCE_TEXT_JSON_KINDS_H
#define SOURCE_TEXT_JSON_KINDS_H

#include "source/text/input_store.h"

/* One line while it is read: the record, and what becomes part of it only as a whole. */
struct json_entry {
	struct record record;
	struct record_settled settled; /* Exit */
	bool peak_bound, core_dumped;
	int32_t exit_code; /* -1: null */
	int32_t exit_signal;
	uint32_t old_effective; /* Uid, Gid */
	uint64_t seq;
};

enum json_type {
	JSON_WHO,        /* the process it is about: ident and pid */
	JSON_CHILD,      /* the same in a Fork, where none means that the fork failed */
	JSON_PARENT,     /* a parent's ident at the offset, and standing.ppid */
	JSON_PROCESS,    /* another process: ident at the offset */
	JSON_PID,        /* int32_t; null is 0 */
	JSON_PGID,       /* likewise; not believed in foreign files */
	JSON_NEW_ID,     /* likewise; negative means that the call failed */
	JSON_UID,        /* uint32_t; null is UID_UNKNOWN */
	JSON_CODE,       /* int32_t, an exit code: 0 to 255; null leaves it */
	JSON_I32,        /* int32_t; null leaves it */
	JSON_U64,        /* uint64_t; null leaves it */
	JSON_TIME,       /* int64_t; given relative to the recording's start */
	JSON_START,      /* the same, into the ident */
	JSON_FLAG,       /* bool; null is false */
	JSON_TEXT,       /* struct str; null is STR_NONE */
	JSON_BYTES,      /* struct str, in base64; goes before its readable twin */
	JSON_ARGV,       /* words: an array, or a string of words joined by blanks */
	JSON_SIGNAL_NAME /* int32_t; null leaves it */
};

struct json_field {
	const char *key;
	enum json_type type;
	size_t offset; /* in struct json_entry */
	int usage;     /* JSON_U64: the field of the struct usage at the offset; -1: none */
	bool required;
};

struct json_kind {
	const char *name;
	enum record_kind kind;
	enum input_part part; /* in a foreign file */
	const struct json_field *fields;
	size_t field_count;
};

/* The kind of that name, or NULL. */
const struct json_kind *json_kind_named(const char *name);

#endif
