/*
 * A streaming JSON writer into a buffer: compact, always valid UTF-8.
 *
 *	struct json j = json_into(&buf);
 *	json_open(&j, '{');
 *	json_key(&j, "pid"), json_i64(&j, 7);
 *	json_close(&j, '}');
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/buf.h"

struct json {
	struct buf *out;
	bool comma; /* a value stands before the next one */
};

static inline struct json json_into(struct buf *out)
{
	return (struct json){.out = out};
}

void json_open(struct json *j, char bracket);  /* '{' or '[' */
void json_close(struct json *j, char bracket); /* '}' or ']' */
void json_key(struct json *j, const char *key);
void json_i64(struct json *j, int64_t value);
void json_u64(struct json *j, uint64_t value);
void json_bool(struct json *j, bool value);
void json_null(struct json *j);
/* Finite numbers with up to 6 significant decimals; nan and inf become null. */
void json_double(struct json *j, double value);
/* A string; bytes that are not UTF-8 become U+FFFD, STR_NONE becomes null. */
void json_str(struct json *j, struct str text);
void json_text(struct json *j, const char *text);
/* The bytes in base64 as a string. */
void json_base64(struct json *j, struct str bytes);
/* "key":text, and "key_b64":... behind it when text was not valid UTF-8. */
void json_key_str(struct json *j, const char *key, struct str text);

#endif
