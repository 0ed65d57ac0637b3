/* The SQLite recording: the recorder is a sink, its replay is a source. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/error.h"
#include "flow/sink.h"
#include "flow/source.h"

/* Once, before anything of the store: the settings of SQLite for a process that is pscope's own. */
void store_setup(void);

struct recorder_options {
	const char *path;
	unsigned owner_uid, owner_gid; /* of the new file; -1: as it comes */
	void (*debug)(const char *format, ...) __attribute__((format(printf, 1, 2))); /* or NULL */
};

/* A sink that writes a recording; an existing recording at `path` is replaced at open. */
struct sink *recorder_new(const struct recorder_options *options);

/* Do the first bytes of a file look like a recording (any SQLite file)? */
bool recording_recognise(const void *bytes, size_t size);

/* A source that gives the records of a recording in the order in which they were applied. */
struct source *recording_source_new(const char *path);

#endif
