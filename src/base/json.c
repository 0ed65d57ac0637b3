/*
 * A streaming JSON writer. Key decision: our own, because every common library either drops a
 * string that is not UTF-8, writes it raw, or rounds 64-bit numbers.
 */
#include "base/json.h"

#include "base/text.h"

#include <math.h>
#include <stdio.h>

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

/* What stands for the character in a string, or NULL: itself. `width` 0: it is no UTF-8. */
static const char *escape_of(struct str text, size_t width, char unicode[16])
{
	unsigned char c = (unsigned char)text.p[0];
	uint32_t point;

	if (width == 0)
		return "\xef\xbf\xbd";
	if (c == '"')
		return "\\\"";
	if (c == '\\')
		return "\\\\";
	if (c == '\n')
		return "\\n";
	if (c == '\t')
		return "\\t";
	if (c >= ' ' && c < 0x7f)
		return NULL;
	/* lines go to terminals too: C1 and bidi controls must not act there */
	point = utf8_decode(text);
	if (!utf8_unsafe(point))
		return NULL;
	if (point < 0x10000)
		snprintf(unicode, 16, "\\u%04x", point);
	else
		snprintf(unicode, 16, "\\u%04x\\u%04x", 0xd7c0 + (point >> 10),
			 0xdc00 + (point & 0x3ff));
	return unicode;
}

static void add_quoted(struct buf *out, struct str text)
{
	size_t done = 0;
	char unicode[16];

	buf_add_char(out, '"');
	for (size_t i = 0; i < text.n;) {
		struct str here = str_skip(text, i);
		size_t width = utf8_width(here);
		const char *escape = escape_of(here, width, unicode);

		width = width ? width : 1;
		if (escape) {
			buf_add(out, text.p + done, i - done);
			buf_add_text(out, escape);
			done = i + width;
		}
		i += width;
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
