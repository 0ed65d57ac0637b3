/* A writer of Protocol Buffers: fields into a buffer, messages in messages. */
#ifndef OUTPUT_PROTO_H
#define OUTPUT_PROTO_H

#include "base/buf.h"

#include <stdint.h>

void proto_add_u64(struct buf *out, unsigned field, uint64_t value);
void proto_add_fixed64(struct buf *out, unsigned field, uint64_t value);
void proto_add_double(struct buf *out, unsigned field, double value);
/* Must be UTF-8 where the schema says string. */
void proto_add_str(struct buf *out, unsigned field, struct str text);
/* A message within: its fields are added between the two. It may hold 256 MiB. */
size_t proto_open(struct buf *out, unsigned field);
void proto_close(struct buf *out, size_t opened);

#endif
