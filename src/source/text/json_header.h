/* The first and the last line of our JSON Lines: the recording as a whole. */
#ifndef SOURCE_TEXT_JSON_HEADER_H
#define SOURCE_TEXT_JSON_HEADER_H

#include "source/text/input_format.h"

#include <jansson.h>

/* Each reads the body of its line into in->run. 0, or -EINVAL with a sentence. */
int json_read_header(struct input *in, json_t *body, struct error *err);
int json_read_footer(struct input *in, json_t *body, struct error *err);

/* A wait status out of what an Exit line or the Footer says; exit_code -1 and signal 0: unknown. */
int32_t json_status(int32_t exit_code, int32_t signal, bool core_dumped);

#endif
