/*
 * A streaming JSON writer. Key decision: our own, because every common library either drops a
 * string that is not UTF-8, writes it raw, or rounds 64-bit numbers.
 */
#include "base/json.h"

#include "base/text.h"

#include <math.h>

static void value_begins(struct json *j)
{
	if (j->comma)
		buf_add_char(j->out, ',');
	j->comma = true;
}

void json_open(struct json *j, char bracket)
{
	value_begins(j);
	buf_add_char(j->out, bracket);
	j->comma = false;
}

void json_close(struct json *j, char bracket)
{
	buf_add_char(j->out, bracket);
	j->comma = true;
}

void json_i64(struct json *j, int64_t value)
{
	value_begins(j);
	buf_add_i64(j->out, value);
}

void json_u64(struct json *j, uint64_t value)
{
	value_begins(j);
	buf_add_u64(j->out, value);
}

void json_bool(struct json *j, bool value)
{
	value_begins(j);
	buf_add_text(j->out, value ? "true" : "false");
}

void json_null(struct json *j)
{
	value_begins(j);
	buf_add_text(j->out, "null");
}

void json_double(struct json *j, double value)
{
	if (!isfinite(value)) {
		json_null(j);
		return;
	}
	value_begins(j);
	buf_printf(j->out, "%.6g", value);
}

static void add_quoted(struct buf *out, struct str text)
{
	size_t done = 0;

	buf_add_char(out, '"');
	for (size_t i = 0; i < text.n;) {
		unsigned char c = (unsigned char)text.p[i];
		size_t width = c < 0x80 ? 1 : utf8_width(str_skip(text, i));
		const char *escape = NULL;
		char unicode[8];

		if (width == 0) {
			escape = "\xef\xbf\xbd";
		} else if (c == '"') {
			escape = "\\\"";
		} else if (c == '\\') {
			escape = "\\\\";
		} else if (c == '\n') {
			escape = "\\n";
		} else if (c == '\t') {
			escape = "\\t";
		} else if (c < 0x20 || c == 0x7f) {
			static const char hex[] = "0123456789abcdef";

			memcpy(unicode, "\\u00", 4);
			unicode[4] = hex[c >> 4];
			unicode[5] = hex[c & 15];
			unicode[6] = 0;
			escape = unicode;
		}
		if (escape) {
			buf_add(out, text.p + done, i - done);
			buf_add_text(out, escape);
			done = i + (width ? width : 1);
		}
		i += width ? width : 1;
	}
	buf_add(out, text.p + done, text.n - done);
	buf_add_char(out, '"');
}

void json_str(struct json *j, struct str text)
{
	if (!text.p) {
		json_null(j);
		return;
	}
	value_begins(j);
	add_quoted(j->out, text);
}

void json_text(struct json *j, const char *text)
{
	json_str(j, str_of(text));
}

void json_base64(struct json *j, struct str bytes)
{
	value_begins(j);
	buf_add_char(j->out, '"');
	base64_encode(j->out, bytes);
	buf_add_char(j->out, '"');
}

void json_key(struct json *j, const char *key)
{
	value_begins(j);
	add_quoted(j->out, str_of(key));
	buf_add_char(j->out, ':');
	j->comma = false;
}

void json_key_str(struct json *j, const char *key, struct str text)
{
	char twin[64];

	json_key(j, key);
	json_str(j, text);
	if (utf8_valid(text))
		return;
	(void)stpncpy(twin, key, sizeof twin - 5);
	twin[sizeof twin - 5] = 0;
	strcat(twin, "_b64");
	json_key(j, twin);
	json_base64(j, text);
}
