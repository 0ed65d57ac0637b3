/* Numbers with units, both ways: durations, sizes. */
#ifndef BASE_UNITS_H
#define BASE_UNITS_H

#include "base/buf.h"

/* A duration for people: 850ns, 12.3us, 4.56ms, 1.23s, 2m03s, 1h02m, three digits or so. */
void units_add_duration(struct buf *out, int64_t ns);
/* A size for people in powers of 1024: 512B, 1.2K, 34.5M, 1.1G. */
void units_add_bytes(struct buf *out, uint64_t bytes);

/*
 * Parses a duration: a number, decimals allowed, with ns, us, ms, s, m, h or d; without a unit it
 * is in units of `default_ns`. Returns 0, -EINVAL or -ERANGE; never a negative result.
 */
int units_parse_duration(struct str text, int64_t default_ns, int64_t *ret_ns);
/* Parses a size: bytes, or with K, M, G, T (powers of 1024, optional iB or B behind). */
int units_parse_bytes(struct str text, uint64_t *ret_bytes);

#endif
