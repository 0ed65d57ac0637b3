/*
 * Values of columns as ps writes them. Key decision: the type of the field chooses the form, in one
 * table; what a type alone cannot tell (ps has two forms of durations) is a flag of the field.
 */
#include "output/rows/rows_internal.h"

#include "base/clock.h"
#include "base/text.h"
#include "base/units.h"

#include <math.h>
#include <time.h>

void rows_pen_init(struct rows_pen *pen, const struct field_context *context, enum rows_units units,
		   bool ascii)
{
	*pen = (struct rows_pen){
		.units = units,
		.context = context,
		.mark = ascii ? "+" : "…",
		.minute = INT64_MIN,
	};
}

void rows_pen_deinit(struct rows_pen *pen)
{
	buf_deinit(&pen->scratch);
}

/* -- numbers -- */

static uint64_t as_unsigned(const struct value *value)
{
	if (value->kind == VALUE_REAL)
		return value->real > 0 ? (uint64_t)value->real : 0;
	if (value->kind == VALUE_SIGNED)
		return value->i > 0 ? (uint64_t)value->i : 0;
	return value->kind == VALUE_FLAG ? value->flag : value->u;
}

static int64_t as_signed(const struct value *value)
{
	uint64_t u = as_unsigned(value);

	if (value->kind == VALUE_SIGNED)
		return value->i;
	return u > INT64_MAX ? INT64_MAX : (int64_t)u;
}

static double as_real(const struct value *value)
{
	if (value->kind == VALUE_REAL)
		return value->real;
	return value->kind == VALUE_SIGNED ? (double)value->i : (double)as_unsigned(value);
}

static void add_two_digits(struct buf *out, uint64_t number)
{
	buf_add_char(out, (char)('0' + number / 10 % 10));
	buf_add_char(out, (char)('0' + number % 10));
}

typedef void adder(struct rows_pen *pen, struct buf *out, const struct field *field,
		   const struct value *value);

static void add_number(struct rows_pen *pen, struct buf *out, const struct field *field,
		       const struct value *value)
{
	rows_add_bare(out, field, value);
}

static void add_bytes(struct rows_pen *pen, struct buf *out, const struct field *field,
		      const struct value *value)
{
	uint64_t bytes = as_unsigned(value);

	if (pen->units == ROWS_UNITS_HUMAN && bytes > 0)
		units_add_bytes(out, bytes);
	else if (pen->units == ROWS_UNITS_PS && field->flags & FIELD_PS_KIB)
		buf_add_u64(out, bytes / 1024);
	else
		buf_add_u64(out, bytes);
}

/* [[DD-]HH:]MM:SS */
static void add_clock(struct buf *out, uint64_t seconds)
{
	if (seconds >= 86400) {
		if (seconds < 864000)
			buf_add_char(out, '0');
		buf_add_u64(out, seconds / 86400);
		buf_add_char(out, '-');
	}
	if (seconds >= 3600) {
		add_two_digits(out, seconds / 3600 % 24);
		buf_add_char(out, ':');
	}
	add_two_digits(out, seconds / 60 % 60);
	buf_add_char(out, ':');
	add_two_digits(out, seconds % 60);
}

static void add_duration(struct rows_pen *pen, struct buf *out, const struct field *field,
			 const struct value *value)
{
	uint64_t seconds = as_unsigned(value) / NS_PER_SEC;

	if (as_unsigned(value) == 0 && pen->units == ROWS_UNITS_HUMAN)
		buf_add_text(out, "0s");
	else if (pen->units == ROWS_UNITS_HUMAN ||
		 !(field->flags & (FIELD_MINUTES | FIELD_CLOCK))) {
		units_add_duration(out, as_signed(value));
	} else if (field->flags & FIELD_MINUTES) {
		buf_add_u64(out, seconds / 60);
		buf_add_char(out, ':');
		add_two_digits(out, seconds % 60);
	} else {
		add_clock(out, seconds);
	}
}

/* ps's START: the time of today, the day of this year, else the year. */
static size_t format_start(const struct rows_pen *pen, const struct tm *tm, char *out, size_t size)
{
	if (tm->tm_year != pen->now_year)
		return strftime(out, size, "%Y", tm);
	if (tm->tm_yday != pen->now_day)
		return strftime(out, size, "%b%d", tm);
	return strftime(out, size, "%H:%M", tm);
}

static void set_minute(struct rows_pen *pen, time_t then)
{
	const struct host *host = pen->context ? pen->context->host : NULL;
	time_t now = host ? (time_t)(host->real_ns / NS_PER_SEC) : 0;
	struct tm tm;

	if (!pen->now_known && localtime_r(&now, &tm)) {
		pen->now_known = true;
		pen->now_year = tm.tm_year;
		pen->now_day = tm.tm_yday;
	}
	if (!localtime_r(&then, &tm) ||
	    format_start(pen, &tm, pen->minute_text, sizeof pen->minute_text) == 0)
		strcpy(pen->minute_text, "?");
	pen->minute = then / 60;
}

static void add_time(struct rows_pen *pen, struct buf *out, const struct field *field,
		     const struct value *value)
{
	time_t seconds = (time_t)(as_signed(value) / NS_PER_SEC);
	struct tm tm;
	char text[64];

	if (field->flags & FIELD_FULL_DATE) {
		if (localtime_r(&seconds, &tm) &&
		    strftime(text, sizeof text, "%a %b %e %H:%M:%S %Y", &tm))
			buf_add_text(out, text);
		return;
	}
	if (seconds / 60 != pen->minute)
		set_minute(pen, seconds);
	buf_add_text(out, pen->minute_text);
}

/* Cut, not rounded, and without the tenth from 100 on: as ps. */
static void add_percent(struct rows_pen *pen, struct buf *out, const struct field *field,
			const struct value *value)
{
	double percent = as_real(value), tenths = floor(percent * 10 + 1e-6);

	if (!isfinite(percent) || percent > 1e12) {
		buf_add_char(out, '?');
		return;
	}
	if (tenths < 0)
		tenths = 0;
	buf_add_u64(out, (uint64_t)tenths / 10);
	if (tenths < 1000) {
		buf_add_char(out, '.');
		buf_add_u64(out, (uint64_t)tenths % 10);
	}
}

static void add_rate(struct rows_pen *pen, struct buf *out, const struct field *field,
		     const struct value *value)
{
	double rate = as_real(value);

	if (!isfinite(rate) || rate > 1e18)
		buf_add_char(out, '?');
	else if (rate >= 1024 && pen->units == ROWS_UNITS_HUMAN)
		units_add_bytes(out, (uint64_t)rate);
	else if (rate > 0 && rate < 9.95)
		buf_printf(out, "%.1f", rate);
	else
		buf_printf(out, "%.0f", rate);
}

static adder *const adders[FIELD_TYPES] = {
	[FIELD_NUMBER] = add_number, [FIELD_BYTES] = add_bytes,     [FIELD_DURATION] = add_duration,
	[FIELD_TIME] = add_time,     [FIELD_PERCENT] = add_percent, [FIELD_RATE] = add_rate,
	[FIELD_TEXT] = add_number,   [FIELD_WORDS] = add_number,    [FIELD_ADDRESS] = add_number,
	[FIELD_MASK] = add_number,   [FIELD_OCTAL] = add_number,    [FIELD_FLAG] = add_number,
	[FIELD_LIST] = add_number,
};

/* -- texts -- */

/* Words joined by blanks; a title set by setproctitle has NULs without end behind it. */
static size_t add_words(struct rows_pen *pen, struct buf *out, struct str words, size_t columns)
{
	while (words.n > 0 && words.p[words.n - 1] == 0)
		words.n--;
	/* a character has at most four bytes: 1.9 MB are not joined to be thrown away */
	if (columns < words.n / 4)
		words.n = 4 * columns + 4;
	buf_clear(&pen->scratch);
	buf_add_str(&pen->scratch, words);
	for (char *p = pen->scratch.p, *end = p + words.n; p < end; p++)
		if (*p == 0)
			*p = ' ';
	return text_add_fit(out, buf_str(&pen->scratch), columns, pen->mark);
}

size_t rows_pen_add(struct rows_pen *pen, struct buf *out, const struct field *field,
		    const struct value *value, size_t columns)
{
	size_t before = out->n;

	switch (value->kind) {
	case VALUE_UNKNOWN:
		buf_add_char(out, '-');
		break;
	case VALUE_DENIED:
		buf_add_char(out, '?');
		break;
	case VALUE_TEXT:
		if (field->type == FIELD_WORDS)
			return add_words(pen, out, value->text, columns);
		return text_add_fit(out, value->text, columns, pen->mark);
	case VALUE_FLAG:
		buf_add_text(out, value->flag ? "yes" : "no");
		break;
	default:
		adders[field->type](pen, out, field, value);
		break;
	}
	if (out->n - before <= columns)
		return out->n - before;
	/* half a number must not pass for a number */
	out->n = before + (columns > 0 ? columns - 1 : 0);
	buf_add_text(out, columns > 0 ? pen->mark : "");
	return columns;
}

void rows_add_value(struct buf *out, const struct field *field, const struct value *value,
		    enum rows_units units, const struct field_context *context)
{
	struct rows_pen pen;

	rows_pen_init(&pen, context, units, false);
	rows_pen_add(&pen, out, field, value, SIZE_MAX);
	rows_pen_deinit(&pen);
}

/* -- bare and JSON -- */

static void add_list(struct buf *out, const struct value *value)
{
	for (size_t i = 0; i < value->list.n; i++) {
		if (i > 0)
			buf_add_char(out, ',');
		buf_add_u64(out, value->list.p[i]);
	}
}

void rows_add_bare(struct buf *out, const struct field *field, const struct value *value)
{
	struct json j = json_into(out);

	if (value->kind == VALUE_LIST)
		add_list(out, value);
	else if (value->kind == VALUE_FLAG)
		buf_add_text(out, value->flag ? "true" : "false");
	else if (field->type == FIELD_ADDRESS)
		buf_printf(out, "0x%llx", (unsigned long long)as_unsigned(value));
	else if (field->type == FIELD_MASK)
		buf_printf(out, "%016llx", (unsigned long long)as_unsigned(value));
	else if (field->type == FIELD_OCTAL)
		buf_printf(out, "%04llo", (unsigned long long)as_unsigned(value));
	else if (value->kind == VALUE_REAL)
		json_double(&j, value->real);
	else if (value->kind == VALUE_SIGNED)
		buf_add_i64(out, value->i);
	else
		buf_add_u64(out, value->u);
}

static void json_words(struct json *j, struct str words)
{
	struct str word;

	json_open(j, '[');
	while (text_next_word(&words, &word))
		json_str(j, word);
	json_close(j, ']');
}

static void json_list(struct json *j, const struct value *value)
{
	json_open(j, '[');
	for (size_t i = 0; i < value->list.n; i++)
		json_u64(j, value->list.p[i]);
	json_close(j, ']');
}

/* Hex and octal digits stand in quotes. */
static void json_bare(struct json *j, const struct field *field, const struct value *value)
{
	bool quoted = field->type == FIELD_ADDRESS || field->type == FIELD_MASK ||
		      field->type == FIELD_OCTAL;

	if (j->comma)
		buf_add_char(j->out, ',');
	j->comma = true;
	if (quoted)
		buf_add_char(j->out, '"');
	rows_add_bare(j->out, field, value);
	if (quoted)
		buf_add_char(j->out, '"');
}

void rows_json_value(struct json *j, const struct field *field, const struct value *value)
{
	switch (value->kind) {
	case VALUE_UNKNOWN:
	case VALUE_DENIED:
		json_null(j);
		return;
	case VALUE_TEXT:
		if (field->type == FIELD_WORDS)
			json_words(j, value->text);
		else
			json_str(j, value->text);
		return;
	case VALUE_LIST:
		json_list(j, value);
		return;
	default:
		json_bare(j, field, value);
	}
}

/* "name_b64": the bytes (of words with the NULs between them) when they are no UTF-8. */
static void json_twin(struct json *j, const struct field *field, struct str bytes)
{
	char key[80];

	if (utf8_valid(bytes))
		return;
	(void)stpncpy(key, field->name, sizeof key - 5);
	key[sizeof key - 5] = 0;
	strcat(key, "_b64");
	json_key(j, key);
	json_base64(j, bytes);
}

void rows_json_members(struct json *j, const struct columns *columns, const struct snapshot *s,
		       const struct field_context *context)
{
	for (size_t i = 0; i < columns->count; i++) {
		const struct field *field = columns->items[i].field;
		struct value value = field_get(field, s, context);

		json_key(j, field->name);
		rows_json_value(j, field, &value);
		if (value.kind == VALUE_TEXT)
			json_twin(j, field, value.text);
	}
}
