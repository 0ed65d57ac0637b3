/* The machine as a whole for people, and as JSON. */
#ifndef OUTPUT_HOST_TEXT_H
#define OUTPUT_HOST_TEXT_H

#include "base/buf.h"
#include "base/json.h"
#include "model/host.h"

/* `before` NULL: CPU shares since boot. `cpus`: a line for each CPU too. */
void host_add_text(struct buf *out, const struct host *host, const struct host *before, bool cpus,
		   bool colour);
/* The object: "host":... is written by the caller. */
void host_json(struct json *j, const struct host *host, const struct host *before, bool cpus);

#endif
