/* Taking numbers off the front of kernel text: what most parsers here share. */
#ifndef PROCFS_WORDS_H
#define PROCFS_WORDS_H

#include "base/str.h"

#include <stdint.h>

static inline struct str procfs_skip_blanks(struct str text)
{
	while (text.n > 0 && (text.p[0] == ' ' || text.p[0] == '\t')) {
		text.p++;
		text.n--;
	}
	return text;
}

/*
 * Takes blanks and a number in `base` (8, 10, 16; no prefix) off the front. Returns 0, or -1 when
 * there is none or it does not fit; `*rest` is then unchanged.
 */
int procfs_take_u64(struct str *rest, unsigned base, uint64_t *ret_value);

#endif
