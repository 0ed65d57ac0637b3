/*
 * Bytes of wire records -> records. Total: any bytes give a record, nothing, or -EBADMSG; never
 * a read past the end. It joins what belongs together: the settled threads of one process, the
 * two exits that a dying group of threads may send, a core dump out of a status.
 */
#ifndef SOURCE_WIRE_DECODE_H
#define SOURCE_WIRE_DECODE_H

#include "model/record.h"

struct wire_decoder;

struct wire_decoder *wire_decoder_new(void);
struct wire_decoder *wire_decoder_free(struct wire_decoder *decoder); /* NULL is fine */

/*
 * Takes one whole wire record. What it means is then pulled with wire_decoder_next. The bytes
 * must stay until it is all pulled. Returns 0, or -EBADMSG when it is malformed.
 */
int wire_decoder_feed(struct wire_decoder *decoder, const void *bytes, size_t size);
/* 1 and a record, or 0 when the bytes fed have been used up. */
int wire_decoder_next(struct wire_decoder *decoder, struct record *ret);

#endif
