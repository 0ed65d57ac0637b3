/* SQLite in pscope's terms: errors as errno and sentence, files checked before they are opened. */
#ifndef STORE_DATABASE_H
#define STORE_DATABASE_H

#include "base/error.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

/* The errno that tells best what the last operation on `db` failed of. */
int database_errno(sqlite3 *db);
/* What went wrong, in words without a full stop. */
const char *database_reason(sqlite3 *db);
/* Runs statements; 0 or -errno (no sentence). */
int database_exec(sqlite3 *db, const char *sql);
int database_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **ret);

enum { DATABASE_HEADER_BYTES = 100 };

enum database_file {
	DATABASE_EMPTY,
	DATABASE_RECORDING, /* ours */
	DATABASE_NEWER,     /* ours, of a later version */
	DATABASE_OTHER,     /* an SQLite file of somebody else */
	DATABASE_FOREIGN,   /* no SQLite file, or a cut one */
};
/* What the first bytes of a file say. */
enum database_file database_recognise(const void *bytes, size_t size);

/*
 * Makes an empty file for a new recording, mode 0600, owned by owner_uid and owner_gid (-1: as it
 * comes), in place of an older recording; refuses whatever else is there. *ret_fd keeps it locked
 * against a second recorder: close it after the database.
 */
int database_create(const char *path, unsigned owner_uid, unsigned owner_gid, int *ret_fd,
		    struct error *err);

/* Opens the file that database_create made; refuses when another one has taken its place. */
int database_open_write(const char *path, int fd, sqlite3 **ret_db, struct error *err);

/*
 * Opens a recording that may be hostile, for reading. *ret_copy: the private directory that holds
 * a copy (it could not be read in place), or NULL; database_remove_copy removes it.
 */
int database_open_read(const char *path, sqlite3 **ret_db, char **ret_copy, struct error *err);
void database_remove_copy(char *directory); /* frees it too */

/* Makes a connection safe against what a file may contain. */
void database_harden(sqlite3 *db);

#endif
