/*
 * Values in filters. Key decision: an operand is an interval, of one point but for times: what is
 * written as "10:00" is that whole minute, so that = finds it, and > means later than all of it.
 */
#include "model/filter/filter_operand.h"

#include "base/clock.h"
#include "base/units.h"
#include "model/status.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <strings.h>
#include <time.h>

#define DAY_NS (86400 * NS_PER_SEC)

/* clang-format off */
static const struct {
	const char *noun, *example;
} type_words[FIELD_TYPES] = {
	[FIELD_NUMBER] = {"a number", "12 or -5"},
	[FIELD_BYTES] = {"a size in bytes", "4096, 100M or 1.5G"},
	[FIELD_DURATION] = {"a duration", "90s, 2m, 1h30m or 1:30:00"},
	[FIELD_TIME] = {"a time", "\"2026-11-21 10:00\", 10:00, today or 10m (ten minutes ago)"},
	[FIELD_PERCENT] = {"a percentage", "50 or 12.5%"},
	[FIELD_RATE] = {"a rate per second", "100, 10K or 1.5M"},
	[FIELD_TEXT] = {"text", "\"a text\""},
	[FIELD_WORDS] = {"text", "\"a text\""},
	[FIELD_ADDRESS] = {"an address", "0x7ffe12340000 (always in hex)"},
	[FIELD_MASK] = {"a mask of bits", "0x1fb (always in hex)"},
	[FIELD_OCTAL] = {"an octal number", "0022"},
	[FIELD_FLAG] = {"a flag", "true or false"},
	[FIELD_LIST] = {"a list of numbers", "27"},
};
/* clang-format on */

const char *filter_type_noun(enum field_type type)
{
	return type_words[type].noun;
}

const char *filter_type_example(enum field_type type)
{
	return type_words[type].example;
}

/* ---- numbers ---- */

static int set_integer(struct filter_operand *operand, bool negative, uint64_t magnitude)
{
	operand->kind = OPERAND_NUMBER;
	operand->whole = true;
	operand->integer = negative ? -(__int128)magnitude : (__int128)magnitude;
	operand->real = (double)operand->integer;
	return 0;
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

static int parse_in_base(struct str text, unsigned base, uint64_t *ret_value)
{
	uint64_t value = 0;

	if (text.n == 0)
		return -EINVAL;
	for (size_t i = 0; i < text.n; i++) {
		unsigned digit = (unsigned)digit_value(text.p[i]);

		if (digit >= base || __builtin_mul_overflow(value, base, &value) ||
		    __builtin_add_overflow(value, digit, &value))
			return -EINVAL;
	}
	*ret_value = value;
	return 0;
}

static struct str without_sign(struct str text, bool *ret_negative)
{
	*ret_negative = text.n > 0 && text.p[0] == '-';
	return *ret_negative || (text.n > 0 && text.p[0] == '+') ? str_skip(text, 1) : text;
}

static struct str without_0x(struct str text)
{
	return text.n > 2 && strncasecmp(text.p, "0x", 2) == 0 ? str_skip(text, 2) : text;
}

/* A signal may be called by its name, with the SIG: the short ones are too easily something else. */
static int parse_number(struct str text, struct filter_operand *operand)
{
	bool negative;
	struct str digits = without_sign(text, &negative);
	bool hex = without_0x(digits).n != digits.n;
	int signal = str_starts(text, STR("SIG")) ? signal_number(text) : 0;
	uint64_t value;

	if (signal)
		return set_integer(operand, false, (uint64_t)signal);
	if (parse_in_base(without_0x(digits), hex ? 16 : 10, &value) < 0)
		return -EINVAL;
	return set_integer(operand, negative, value);
}

static int parse_hex(struct str text, struct filter_operand *operand)
{
	uint64_t value;

	return parse_in_base(without_0x(text), 16, &value) < 0 ? -EINVAL
							       : set_integer(operand, false, value);
}

static int parse_octal(struct str text, struct filter_operand *operand)
{
	uint64_t value;

	return parse_in_base(text, 8, &value) < 0 ? -EINVAL : set_integer(operand, false, value);
}

/* A decimal number by hand: strtod minds the locale and takes "inf" and "nan". */
static int parse_real(struct str text, struct filter_operand *operand)
{
	bool negative;
	struct str rest = without_sign(text, &negative), whole = str_cut(&rest, '.');
	double value = 0, place = 1;

	if (whole.n == 0 || whole.n > 20 || (rest.p && (rest.n == 0 || rest.n > 18)))
		return -EINVAL;
	for (size_t i = 0; i < whole.n; i++) {
		if (!isdigit((unsigned char)whole.p[i]))
			return -EINVAL;
		value = value * 10 + (whole.p[i] - '0');
	}
	for (size_t i = 0; i < rest.n; i++) {
		if (!isdigit((unsigned char)rest.p[i]))
			return -EINVAL;
		place *= 10;
		value = value * 10 + (rest.p[i] - '0');
	}
	operand->kind = OPERAND_NUMBER;
	operand->whole = false;
	operand->real = (negative ? -value : value) / place;
	return 0;
}

static int parse_percent(struct str text, struct filter_operand *operand)
{
	if (text.n > 0 && text.p[text.n - 1] == '%')
		text.n--;
	return parse_real(text, operand);
}

static int parse_bytes(struct str text, struct filter_operand *operand)
{
	uint64_t bytes;

	return units_parse_bytes(text, &bytes) < 0 ? -EINVAL : set_integer(operand, false, bytes);
}

/* Below one a second there are rates, too. */
static int parse_rate(struct str text, struct filter_operand *operand)
{
	if (text.n > 2 && memcmp(text.p + text.n - 2, "/s", 2) == 0)
		text.n -= 2;
	return parse_real(text, operand) == 0 ? 0 : parse_bytes(text, operand);
}

static int parse_flag(struct str text, struct filter_operand *operand)
{
	static const char *const words[] = {"false", "true", "no", "yes", "0", "1"};

	for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
		if (text.n == strlen(words[i]) && strncasecmp(text.p, words[i], text.n) == 0)
			return set_integer(operand, false, i & 1);
	return -EINVAL;
}

/* ---- durations ---- */

/* Two digits, or as many as come first. */
static int parse_part(struct str part, bool first, uint64_t below, uint64_t *ret_value)
{
	if (parse_in_base(part, 10, ret_value) < 0 || (!first && part.n != 2))
		return -EINVAL;
	return first || *ret_value < below ? 0 : -EINVAL;
}

/* As ps prints it: [[DD-]HH:]MM:SS. */
static int parse_clock(struct str text, int64_t *ret_ns)
{
	struct str rest = text, days_text = str_cut(&rest, '-'), part;
	bool has_days = rest.p;
	uint64_t days = 0, value, seconds = 0;
	unsigned parts = 0;

	if (has_days && parse_in_base(days_text, 10, &days) < 0)
		return -EINVAL;
	if (!has_days)
		rest = text;
	while (rest.p) {
		part = str_cut(&rest, ':');
		if (parse_part(part, parts == 0, 60, &value) < 0 || ++parts > 3 ||
		    __builtin_mul_overflow(seconds, UINT64_C(60), &seconds) ||
		    __builtin_add_overflow(seconds, value, &seconds))
			return -EINVAL;
	}
	if (parts < 2 || (has_days && parts != 3) || days > 1000000 ||
	    seconds > INT64_MAX / 2 / NS_PER_SEC)
		return -EINVAL;
	*ret_ns = (int64_t)(days * 86400 + seconds) * NS_PER_SEC;
	return 0;
}

/* "90", "1.5h", "1h30m", "2m03s", "1:30:00"; without a unit in seconds. */
static int parse_duration_ns(struct str text, int64_t *ret_ns)
{
	int64_t total = 0, ns;
	size_t i = 0;

	if (text.n > 0 && memchr(text.p, ':', text.n))
		return parse_clock(text, ret_ns);
	if (units_parse_duration(text, NS_PER_SEC, ret_ns) == 0)
		return 0;
	while (i < text.n) {
		size_t from = i;

		while (i < text.n && (isdigit((unsigned char)text.p[i]) || text.p[i] == '.'))
			i++;
		while (i < text.n && isalpha((unsigned char)text.p[i]))
			i++;
		/* 0: each piece needs its unit */
		if (i == from ||
		    units_parse_duration((struct str){text.p + from, i - from}, 0, &ns) < 0 ||
		    __builtin_add_overflow(total, ns, &total))
			return -EINVAL;
	}
	*ret_ns = total;
	return text.n > 0 ? 0 : -EINVAL;
}

static int parse_duration(struct str text, struct filter_operand *operand)
{
	bool negative;
	struct str magnitude = without_sign(text, &negative);
	int64_t ns;

	if (parse_duration_ns(magnitude, &ns) < 0)
		return -EINVAL;
	return set_integer(operand, negative, (uint64_t)ns);
}

/* ---- times ---- */

static int set_time(struct filter_operand *operand, enum filter_time_base base, int64_t ns,
		    int64_t span_ns)
{
	operand->kind = OPERAND_TIME;
	operand->time.base = base;
	operand->time.ns = ns;
	operand->time.span_ns = span_ns;
	return 0;
}

/* "10:00", "10:00:30", "10:00:30.25": ns since midnight, and how fine it is. */
static int parse_time_of_day(struct str text, int64_t *ret_ns, int64_t *ret_span_ns)
{
	struct str rest = text, hours = str_cut(&rest, ':'), minutes = str_cut(&rest, ':'),
		   fraction = rest, seconds = str_cut(&fraction, '.');
	uint64_t h, m, s = 0, f = 0;
	int64_t span_ns = rest.p ? NS_PER_SEC : 60 * NS_PER_SEC;

	if (hours.n == 0 || hours.n > 2 || parse_part(hours, true, 24, &h) < 0 || h > 23 ||
	    parse_part(minutes, false, 60, &m) < 0)
		return -EINVAL;
	if (rest.p && parse_part(seconds, false, 61, &s) < 0)
		return -EINVAL;
	if (fraction.p) {
		if (fraction.n > 9 || parse_in_base(fraction, 10, &f) < 0)
			return -EINVAL;
		for (size_t i = 0; i < fraction.n; i++)
			span_ns /= 10;
	}
	*ret_ns = (int64_t)(h * 3600 + m * 60 + s) * NS_PER_SEC + (int64_t)f * span_ns;
	*ret_span_ns = span_ns;
	return 0;
}

/* Cuts "Z", "+02:00" or "-0130" off the end of a time of day. */
static int cut_zone(struct str *text, bool *ret_known, int64_t *ret_offset_ns)
{
	size_t at = text->n;
	struct str zone;
	uint64_t h, m;

	*ret_known = false;
	if (text->n > 0 && (text->p[text->n - 1] == 'Z' || text->p[text->n - 1] == 'z')) {
		text->n--;
		*ret_known = true;
		*ret_offset_ns = 0;
		return 0;
	}
	while (at > 0 && text->p[at - 1] != '+' && text->p[at - 1] != '-')
		at--;
	if (at == 0)
		return 0;
	zone = str_skip(*text, at);
	if ((zone.n != 4 && !(zone.n == 5 && zone.p[2] == ':')) ||
	    parse_part((struct str){zone.p, 2}, false, 24, &h) < 0 ||
	    parse_part(str_skip(zone, zone.n - 2), false, 60, &m) < 0)
		return -EINVAL;
	*ret_offset_ns = (int64_t)(h * 3600 + m * 60) * NS_PER_SEC;
	if (text->p[at - 1] == '-')
		*ret_offset_ns = -*ret_offset_ns;
	*ret_known = true;
	text->n = at - 1;
	return 0;
}

static int parse_date(struct str text, struct tm *ret_tm)
{
	struct str rest = text, year = str_cut(&rest, '-'), month = str_cut(&rest, '-');
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	uint64_t y, m, d;

	if (year.n != 4 || parse_in_base(year, 10, &y) < 0 || y < 1970 || y > 2261 ||
	    parse_part(month, false, 13, &m) < 0 || m < 1 || parse_part(rest, false, 32, &d) < 0 ||
	    d < 1 ||
	    d > (uint64_t)days[m - 1] + (m == 2 && y % 4 == 0 && (y % 100 != 0 || y % 400 == 0)))
		return -EINVAL;
	*ret_tm = (struct tm){
		.tm_year = (int)y - 1900, .tm_mon = (int)m - 1, .tm_mday = (int)d, .tm_isdst = -1};
	return 0;
}

/* "2026-11-21", or with a blank or T and a time of day behind it, perhaps with its zone. */
static int parse_date_time(struct str text, struct filter_operand *operand)
{
	struct str date = {text.p, text.n < 10 ? text.n : 10}, day = str_skip(text, 11);
	int64_t ns = 0, span_ns = DAY_NS, offset_ns = 0;
	bool zoned = false;
	struct tm tm;
	time_t seconds;

	if (parse_date(date, &tm) < 0)
		return -EINVAL;
	if (text.n > 10 &&
	    ((text.p[10] != ' ' && (text.p[10] | 0x20) != 't') ||
	     cut_zone(&day, &zoned, &offset_ns) < 0 || parse_time_of_day(day, &ns, &span_ns) < 0))
		return -EINVAL;
	/* The hour goes through mktime too: a day may have 23 of them. */
	tm.tm_hour = (int)(ns / (3600 * NS_PER_SEC));
	tm.tm_min = (int)(ns / (60 * NS_PER_SEC) % 60);
	seconds = zoned ? timegm(&tm) : mktime(&tm);
	return set_time(operand, TIME_AT,
			(int64_t)seconds * NS_PER_SEC + ns % (60 * NS_PER_SEC) - offset_ns,
			span_ns);
}

static bool is_word(struct str text, const char *word)
{
	return text.n == strlen(word) && strncasecmp(text.p, word, text.n) == 0;
}

static int parse_ago(struct str text, struct filter_operand *operand)
{
	int64_t ns;

	if (text.n > 4 && is_word(str_skip(text, text.n - 4), " ago"))
		text.n -= 4;
	/* A bare number might be meant as anything. */
	if (text.n == 0 || !isalpha((unsigned char)text.p[text.n - 1]) ||
	    parse_duration_ns(text, &ns) < 0)
		return -EINVAL;
	return set_time(operand, TIME_AGO, ns, 1);
}

static int parse_time(struct str text, struct filter_operand *operand)
{
	int64_t ns, span_ns;
	uint64_t seconds;

	operand->time.days = is_word(text, "yesterday");
	if (operand->time.days || is_word(text, "today"))
		return set_time(operand, TIME_OF_DAY, 0, DAY_NS);
	if (is_word(text, "now"))
		return set_time(operand, TIME_AGO, 0, 1);
	if (text.n > 1 && text.p[0] == '@' && parse_in_base(str_skip(text, 1), 10, &seconds) == 0 &&
	    seconds < INT64_MAX / NS_PER_SEC)
		return set_time(operand, TIME_AT, (int64_t)seconds * NS_PER_SEC, NS_PER_SEC);
	if (parse_time_of_day(text, &ns, &span_ns) == 0)
		return set_time(operand, TIME_OF_DAY, ns, span_ns);
	return parse_date_time(text, operand) == 0 ? 0 : parse_ago(text, operand);
}

static int parse_text(struct str text, struct filter_operand *operand)
{
	operand->kind = OPERAND_TEXT;
	operand->text = text;
	return 0;
}

int filter_operand_parse(enum field_type type, struct str text, struct filter_operand *ret_operand)
{
	static int (*const parsers[FIELD_TYPES])(struct str, struct filter_operand *) = {
		[FIELD_NUMBER] = parse_number,     [FIELD_BYTES] = parse_bytes,
		[FIELD_DURATION] = parse_duration, [FIELD_TIME] = parse_time,
		[FIELD_PERCENT] = parse_percent,   [FIELD_RATE] = parse_rate,
		[FIELD_TEXT] = parse_text,         [FIELD_WORDS] = parse_text,
		[FIELD_ADDRESS] = parse_hex,       [FIELD_MASK] = parse_hex,
		[FIELD_OCTAL] = parse_octal,       [FIELD_FLAG] = parse_flag,
		[FIELD_LIST] = parse_number,
	};
	struct filter_operand operand = {0};

	if (parsers[type](text, &operand) < 0)
		return -EINVAL;
	*ret_operand = operand;
	return 0;
}

/* ---- comparing ---- */

static int order_integers(__int128 a, __int128 b)
{
	return (a > b) - (a < b);
}

static int order_reals(double a, double b)
{
	return (a > b) - (a < b);
}

static int order_number(__int128 value, const struct filter_operand *operand)
{
	return operand->whole ? order_integers(value, operand->integer)
			      : order_reals((double)value, operand->real);
}

static int order_texts(struct str a, struct str b)
{
	int order = a.n && b.n ? memcmp(a.p, b.p, a.n < b.n ? a.n : b.n) : 0;

	return order ? order : (a.n > b.n) - (a.n < b.n);
}

/* The words of a command line, joined by blanks, against plain text; nothing is copied. */
static int order_words(struct str words, struct str text)
{
	while (words.n > 0 && words.p[words.n - 1] == 0)
		words.n--;
	for (size_t i = 0; i < words.n && i < text.n; i++) {
		unsigned char a = words.p[i] ? (unsigned char)words.p[i] : ' ';
		unsigned char b = (unsigned char)text.p[i];

		if (a != b)
			return a < b ? -1 : 1;
	}
	return (words.n > text.n) - (words.n < text.n);
}

/* The first moment that a time means at this reading. */
static bool resolve_time(const struct filter_operand *operand, const struct field_context *context,
			 int64_t *ret_ns)
{
	int64_t now_ns = context && context->host ? context->host->real_ns : 0;
	time_t now = (time_t)(now_ns / NS_PER_SEC), midnight;
	int64_t ns = operand->time.ns;
	struct tm tm;

	if (operand->time.base == TIME_AT) {
		*ret_ns = ns;
		return true;
	}
	if (now_ns <= 0)
		return false;
	if (operand->time.base == TIME_AGO) {
		*ret_ns = now_ns - ns;
		return true;
	}
	if (!localtime_r(&now, &tm))
		return false;
	tm.tm_mday -= operand->time.days;
	tm.tm_hour = (int)(ns / (3600 * NS_PER_SEC));
	tm.tm_min = (int)(ns / (60 * NS_PER_SEC) % 60);
	tm.tm_sec = 0;
	tm.tm_isdst = -1;
	midnight = mktime(&tm);
	*ret_ns = (int64_t)midnight * NS_PER_SEC + ns % (60 * NS_PER_SEC);
	return true;
}

static bool order_time(__int128 value, const struct filter_operand *operand,
		       const struct field_context *context, int *ret_order)
{
	int64_t first;

	if (!resolve_time(operand, context, &first))
		return false;
	*ret_order = value < first ? -1 : value >= (__int128)first + operand->time.span_ns;
	return true;
}

/* Of an empty list nothing is true. */
static bool any_accepted(const struct value *list, const struct filter_operand *operand,
			 bool (*accepts)(int))
{
	for (size_t i = 0; i < list->list.n; i++)
		if (accepts(order_number(list->list.p[i], operand)))
			return true;
	return false;
}

/* A single number or text; false when the two cannot be compared. */
static bool order_value(const struct value *value, enum field_type type,
			const struct filter_operand *operand, const struct field_context *context,
			int *ret_order)
{
	__int128 integer;

	if (value->kind == VALUE_TEXT) {
		*ret_order = type == FIELD_WORDS ? order_words(value->text, operand->text)
						 : order_texts(value->text, operand->text);
		return operand->kind == OPERAND_TEXT;
	}
	if (operand->kind == OPERAND_TEXT)
		return false;
	if (value->kind == VALUE_REAL) {
		*ret_order = order_reals(value->real, operand->real);
		return !isnan(value->real) && operand->kind == OPERAND_NUMBER;
	}
	integer = value->kind == VALUE_SIGNED     ? value->i
		  : value->kind == VALUE_UNSIGNED ? (__int128)value->u
						  : value->flag;
	if (operand->kind == OPERAND_TIME)
		return order_time(integer, operand, context, ret_order);
	*ret_order = order_number(integer, operand);
	return true;
}

bool filter_operand_test(const struct value *value, enum field_type type,
			 const struct filter_operand *operand, bool (*accepts)(int order),
			 const struct field_context *context, bool *ret_accepted)
{
	int order;

	if (value->kind == VALUE_UNKNOWN || value->kind == VALUE_DENIED)
		return false;
	if (value->kind == VALUE_LIST) {
		*ret_accepted = any_accepted(value, operand, accepts);
		return operand->kind == OPERAND_NUMBER;
	}
	if (!order_value(value, type, operand, context, &order))
		return false;
	*ret_accepted = accepts(order);
	return true;
}
