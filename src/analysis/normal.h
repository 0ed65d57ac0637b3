/*
 * Words of a command line without what differs from run to run: names of temporary files, numbers of
 * processes, long runs of digits and of hexadecimal ones become "*", and what lies below the
 * directory of the run is told from there. "-O2", "test_12.c" and "--jobs=16" stay as they are.
 */
#ifndef ANALYSIS_NORMAL_H
#define ANALYSIS_NORMAL_H

#include "base/buf.h"

#include <stdint.h>

#define NORMAL_PIDS 16

struct normal {
	struct str cwd;            /* of the run; STR_NONE: not known */
	int32_t pids[NORMAL_PIDS]; /* of the process and those above it */
	unsigned pid_count;
};

void normal_add_word(struct buf *out, const struct normal *normal, struct str word);
/* NUL-ended words as such; of the first, which names the program, without its directories. */
void normal_add_words(struct buf *out, const struct normal *normal, struct str words);

#endif
