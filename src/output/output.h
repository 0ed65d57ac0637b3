/* The output formats there are. One file a format, one row in output.c. */
#ifndef OUTPUT_OUTPUT_H
#define OUTPUT_OUTPUT_H

#include "base/error.h"
#include "flow/sink.h"

struct output_options {
	const char *path; /* NULL or "-": out_fd, which stays open */
	int out_fd;
	unsigned owner_uid, owner_gid; /* of a file that is made; -1: as it comes */
	/* Grows while things happen: written in place, flushed within 100 ms. Otherwise a rendering:
	 * in order of time, written beside and renamed. */
	bool live;
	int64_t min_duration_ns; /* shorter lives are folded; 0: none */
	unsigned max_depth;      /* deeper lives are folded; 0: all */
	unsigned width;          /* columns of the terminal, or as asked for; 0: do not cut */
	bool terminal;           /* it is one, and a person sees it */
	bool colour;
	bool ascii;            /* the terminal does not speak UTF-8 */
	bool full_store_paths; /* PROCTRACE_LONG_NIX_PATHS=1 */
};

struct output_format {
	const char *name;
	const char *alias; /* or NULL */
	const char *summary;
	/* Keeps of the dead what it needs: a rendering may forget them, however many there are. */
	bool streams;
	struct sink *(*create)(const struct output_options *options);
};

extern const struct output_format *const output_formats[];
extern const unsigned output_format_count;

/* The format of that name or alias; NULL when there is none. */
const struct output_format *output_find(const char *name);

#endif
