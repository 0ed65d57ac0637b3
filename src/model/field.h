/*
 * The columns: the one list that ps, inspect, track, JSON, CSV, sorting, filters, the library and
 * the documentation read. A column is one row in field.c.
 */
#ifndef MODEL_FIELD_H
#define MODEL_FIELD_H

#include "model/host.h"
#include "model/snapshot.h"

enum field_type {
	FIELD_NUMBER,   /* a plain integer: pids, counts, priorities */
	FIELD_BYTES,    /* in bytes */
	FIELD_DURATION, /* in ns */
	FIELD_TIME,     /* wall clock, ns since 1970 UTC */
	FIELD_PERCENT,  /* a fraction of 100, may exceed it: CPU of several cores */
	FIELD_RATE,     /* per second, of bytes or counts */
	FIELD_TEXT,     /* bytes from a process or a name; any bytes but NUL */
	FIELD_WORDS,    /* words that each end in NUL: the command line */
	FIELD_ADDRESS,  /* hex; a string "0x..." in JSON */
	FIELD_MASK,     /* 64 bits in hex, 16 digits; a string in JSON */
	FIELD_OCTAL,    /* umask; a string "0022" in JSON */
	FIELD_FLAG,     /* true or false */
	FIELD_LIST,     /* several numbers: groups, pids in namespaces */
	FIELD_TYPES
};
extern const char *const field_type_names[FIELD_TYPES]; /* "number", "bytes", "duration", ... */

enum value_kind {
	VALUE_UNKNOWN, /* not there, not readable any more, or does not apply */
	VALUE_DENIED,  /* the kernel shows it to others only */
	VALUE_SIGNED,
	VALUE_UNSIGNED,
	VALUE_REAL,
	VALUE_TEXT,
	VALUE_FLAG,
	VALUE_LIST /* of unsigned */
};

struct value {
	enum value_kind kind;
	union {
		int64_t i;
		uint64_t u;
		double real;
		bool flag;
		struct str text; /* also words; lives as long as the snapshot or the context */
		struct {
			const uint32_t *p;
			size_t n;
		} list;
	};
};

/* Names that are not in the kernel's files of a process. All may be NULL: then numbers are shown. */
struct names {
	/* The name, or STR_NONE when there is none; valid as long as the context. */
	struct str (*user)(void *context, uint32_t uid);
	struct str (*group)(void *context, uint32_t gid);
	struct str (*tty)(void *context, int32_t device); /* "pts/0" */
	void *context;
};

struct field;

/* What a getter needs beside the snapshot. */
struct field_context {
	const struct host *host; /* boot_real_ns, memory total, uptime, page size */
	const struct names *names;
	const struct snapshot_list *list; /* the pass that the snapshot is of; NULL: alone */
	struct arena *arena;              /* for texts that a getter makes */
	/* Is the value known, where a part is known only partly (see life_snapshot.h)? NULL: yes. */
	bool (*knows)(const struct field *field, const struct snapshot *s);
};

enum field_flag {
	FIELD_DEPRECATED = 1 << 0, /* the kernel keeps it for old readers only; says nothing */
	FIELD_COSTLY = 1 << 1,     /* makes the kernel work: walks all memory */
	FIELD_LEFT = 1 << 2,       /* left aligned; numbers stand right */
	FIELD_WIDE = 1 << 3, /* takes what is left of the line, cut at its end: command, paths */
	FIELD_PS_KIB =
		1 << 4, /* in a table in KiB, as ps shows VSZ and RSS, unless --bytes or --human */
	FIELD_FULL_DATE = 1 << 5, /* a time with all of its date, as ps's lstart */
	FIELD_MINUTES = 1 << 6,   /* a duration as 123:45, as ps aux shows TIME */
	FIELD_CLOCK = 1 << 7,     /* a duration as [[DD-]HH:]MM:SS, as ps shows ELAPSED; without
				     either flag it is in the unit that suits: 12.3ms */
	FIELD_PARTIAL =
		1 << 8, /* has a value without some of its parts, as long as stat is known */
};

struct field {
	const char *name; /* JSON key, CSV heading; the unit is in it: rss_bytes */
	const char
		*aliases; /* further names, blank separated: ps's own ("rss rssize rsz"); or NULL */
	const char *heading; /* of the table: "RSS" */
	enum field_type type;
	unsigned flags;
	uint8_t width;    /* least columns in a table, as ps has it; 0: as wide as the heading */
	uint32_t parts;   /* PART_BITs it needs, all of them */
	const char *help; /* one line: what it is; the unit if the type does not tell */
	struct value (*get)(const struct field *field, const struct snapshot *s,
			    const struct field_context *context);
	size_t offset; /* for getters that serve many rows: where in struct snapshot, or an index */
};

extern const struct field fields[];
extern const unsigned field_count;
/* For people the registry comes in sections: the title of the one that begins at `field`; NULL. */
const char *field_section(const struct field *field);

/* By name or alias ("%cpu" too), else by heading; case does not matter. NULL. */
const struct field *field_find(struct str name);
/* The nearest name or alias for "did you mean"; STR_NONE. */
struct str field_nearest(struct str name);
/*
 * The value; VALUE_DENIED or VALUE_UNKNOWN when a needed part was not read, so getters run on
 * known parts only (but for FIELD_PARTIAL).
 */
struct value field_get(const struct field *field, const struct snapshot *s,
		       const struct field_context *context);
/* Orders two values of one field: < 0, 0, > 0; the unknown after all others. */
int value_compare(const struct field *field, const struct value *a, const struct value *b);

/* ---- lists of columns ---- */

struct column {
	const struct field *field;
	char *heading; /* owned by the list; NULL: the field's (ps's -o pid=NUMBER) */
	const char
		*ps_heading; /* where ps heads an alias otherwise (lwp: LWP); constant; or NULL */
	unsigned width;      /* asked for (ps's -o user:20); 0: the field's */
};

struct columns {
	struct column *items;
	size_t count;
};

/*
 * Parses "pid,rss,comm" (blanks separate too), "+rss" (appends to what `columns` holds, else they
 * are replaced), "pid=NUMBER", "user:20", "all" (every field that is neither deprecated nor
 * costly), and the sets "aux" and "default". On an unknown name -EINVAL with a sentence that has
 * a suggestion, and `columns` unchanged.
 */
int columns_parse(struct columns *columns, struct str text, struct error *err);
void columns_deinit(struct columns *columns);
/* The parts that the columns need together. */
uint32_t columns_parts(const struct columns *columns);

/* ---- order ---- */

struct order_key {
	const struct field *field;
	bool descending;
};

#define ORDER_KEYS_MAX 8

struct order {
	struct order_key keys[ORDER_KEYS_MAX];
	unsigned count;
};

/* "-rss,pid": '-' descending, '+' or nothing ascending. 0 or -EINVAL with a sentence. */
int order_parse(struct order *order, struct str text, struct error *err);
uint32_t order_parts(const struct order *order);
/* Sorts pointers to snapshots; stable, ties by pid. */
void order_sort(const struct order *order, const struct snapshot **rows, size_t count,
		const struct field_context *context);

#endif
