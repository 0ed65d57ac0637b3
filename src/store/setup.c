/*
 * Settings of SQLite that hold for the whole process. Key decision: apart from the rest of the
 * store, so that only who owns the process reaches them: the program, never the library.
 */
#include "store/store.h"

#include <sqlite3.h>

void store_setup(void)
{
	/* counting its memory costs SQLite a lock an allocation; refused once it is in use */
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}
