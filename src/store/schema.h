/* The tables of a recording, generated from the layouts of the records and of a process. */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#include "model/table.h"
#include "store/slot.h"

#define STORE_APPLICATION_ID 0x50534350 /* "PSCP", at byte 68 of the file, big endian */
#define STORE_PAGE_BYTES     16384      /* larger pages: fewer frames in the log */
#define STORE_VERSION        1          /* user_version, at byte 60 */
#define STORE_SLOTS_MAX      128

struct slots {
	struct slot at[STORE_SLOTS_MAX];
	unsigned count;
};

/* The columns of a record of that kind, behind seq and process; perhaps without the standing. */
void schema_event_slots(enum record_kind kind, bool standing, struct slots *ret);
/* The table that holds the records of that kind, and whether it holds other kinds as well. */
const char *schema_event_table(enum record_kind kind, bool *ret_shared);

/* The columns of `process` out of struct proc, perhaps without its usage, and out of its image. */
void schema_proc_slots(struct slots *ret, bool usage);
void schema_image_slots(struct slots *ret);

/* CREATE statements: tables and views. */
void schema_add_create(struct buf *sql);
/* INSERT with parameters: seq, process, then the slots in order. */
void schema_add_event_insert(struct buf *sql, enum record_kind kind, const struct slots *slots);
/*
 * INSERT OR REPLACE with parameters: those of enum process_column, then the slots of the process,
 * then, when it is to hold usage and image itself, those of its image.
 */
void schema_add_process_insert(struct buf *sql, bool whole);

/* The columns of `process` that are no slot, as parameter numbers. */
enum process_column {
	PROCESS_ID = 1,
	PROCESS_PARENT,       /* life id of the parent now */
	PROCESS_BIRTH_PARENT, /* life id */
	PROCESS_SIGNAL,       /* name of the signal that ended it */
	PROCESS_ARGS,         /* argv as text, when the column argv is a BLOB */
	PROCESS_EXEC,         /* seq of the row in `exec` that tells its image */
	PROCESS_SETTLED,      /* seq of the row in `settled` that tells its usage */
	PROCESS_COLUMNS = PROCESS_SETTLED
};

#endif
