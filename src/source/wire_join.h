/*
 * What belongs together among wire records: the two exits that a dying group of threads may send,
 * the settled threads of one process, the peak that EXIT knows and SETTLED reports.
 */
#ifndef SOURCE_WIRE_JOIN_H
#define SOURCE_WIRE_JOIN_H

#include "model/record.h"
#include "source/bpf/wire.h"

struct wire_joins;

struct wire_joins *wire_joins_new(void);
struct wire_joins *wire_joins_free(struct wire_joins *joins); /* NULL is fine */

/* Takes an exit; false when this life's was there already. */
bool wire_joins_exit(struct wire_joins *joins, const struct wire_exit *w);
/* Takes a settled thread or process; true, with the sum, when nothing more is to come. */
bool wire_joins_settled(struct wire_joins *joins, const struct wire_settled *w,
			struct record_settled *ret);

#endif
