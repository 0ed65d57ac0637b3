/*
 * A validating JSON scanner. Key decision: it reads each byte once and keeps nothing but the
 * place, so that sorting a million lines costs no allocation per line, and foreign numbers or
 * strings that no C type can hold pass through untouched.
 */
#include "source/text/json_scan.h"

#include "base/text.h"

#include <errno.h>

#define DEPTH_MAX 256

struct scanner {
	struct str text;
	size_t at;
	const char *why;
	struct json_scan found;
	char open[DEPTH_MAX]; /* the brackets that are open */
	unsigned depth;
};

static bool fail(struct scanner *s, const char *why)
{
	if (!s->why)
		s->why = why;
	return false;
}

/* The byte at hand; 0 behind the end (a NUL in the text is no JSON anywhere, so 0 is safe). */
static char look(const struct scanner *s)
{
	return s->at < s->text.n ? s->text.p[s->at] : 0;
}

static void skip_blanks(struct scanner *s)
{
	while (look(s) == ' ' || look(s) == '\t' || look(s) == '\r' || look(s) == '\n')
		s->at++;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool scan_escape(struct scanner *s)
{
	char c = look(s);

	s->at++;
	if (c == 'u') {
		for (unsigned i = 0; i < 4; i++, s->at++)
			if (!is_hex(look(s)))
				return fail(s, "a \\u has no four hexadecimal digits");
		return true;
	}
	if (c && strchr("\"\\/bfnrt", c))
		return true;
	return fail(s, "there is no such escape in a string");
}

static bool scan_string(struct scanner *s, struct str *ret)
{
	size_t from = ++s->at;

	while (s->at < s->text.n) {
		unsigned char c = (unsigned char)s->text.p[s->at];
		size_t width = 1;

		if (c == '"') {
			*ret = (struct str){s->text.p + from, s->at - from};
			s->at++;
			return true;
		}
		if (c < ' ')
			return fail(s, "a control byte stands in a string");
		if (c >= 0x80)
			width = utf8_width(str_skip(s->text, s->at));
		if (width == 0)
			return fail(s, "a string is not UTF-8");
		s->at += width;
		if (c == '\\' && !scan_escape(s))
			return false;
	}
	return fail(s, "a string does not end");
}

static bool scan_digits(struct scanner *s)
{
	size_t from = s->at;

	while (is_digit(look(s)))
		s->at++;
	return s->at > from ? true : fail(s, "a number lacks digits");
}

/* *ret_integer: it has neither fraction nor exponent. */
static bool scan_number(struct scanner *s, bool *ret_integer)
{
	*ret_integer = true;
	if (look(s) == '-')
		s->at++;
	if (look(s) == '0')
		s->at++;
	else if (!scan_digits(s))
		return false;
	if (look(s) == '.') {
		*ret_integer = false;
		s->at++;
		if (!scan_digits(s))
			return false;
	}
	if (look(s) == 'e' || look(s) == 'E') {
		*ret_integer = false;
		s->at++;
		if (look(s) == '+' || look(s) == '-')
			s->at++;
		return scan_digits(s);
	}
	return true;
}

static bool scan_word(struct scanner *s)
{
	static const struct str words[] = {STR("true"), STR("false"), STR("null")};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (str_starts(str_skip(s->text, s->at), words[i])) {
			s->at += words[i].n;
			return true;
		}
	}
	return fail(s, "a value is expected here");
}

static bool open_bracket(struct scanner *s)
{
	if (s->depth == DEPTH_MAX)
		return fail(s, "it is nested too deeply");
	s->open[s->depth++] = look(s);
	s->at++;
	return true;
}

/* A value that is not a bracket; `key` is the member's, STR_NONE in arrays. */
static bool scan_scalar(struct scanner *s, struct str key)
{
	bool is_time = s->depth == 2 && str_is(key, "timestamp"), integer = false;
	size_t from = s->at;
	struct str ignored;
	long long time_ns;

	if (look(s) == '"')
		return is_time ? fail(s, "the timestamp is not an integer")
			       : scan_string(s, &ignored);
	if (look(s) != '-' && !is_digit(look(s)))
		return is_time ? fail(s, "the timestamp is not an integer") : scan_word(s);
	if (!scan_number(s, &integer))
		return false;
	if (!is_time)
		return true;
	if (!integer || str_to_i64((struct str){s->text.p + from, s->at - from}, &time_ns) < 0)
		return fail(s, "the timestamp is not an integer of 64 bits");
	s->found.has_time = true;
	s->found.time_ns = time_ns;
	return true;
}

static bool scan_key(struct scanner *s, struct str *ret_key)
{
	skip_blanks(s);
	if (look(s) != '"')
		return fail(s, "a member's name is expected here");
	if (!scan_string(s, ret_key))
		return false;
	skip_blanks(s);
	if (look(s) != ':')
		return fail(s, "a colon is expected here");
	s->at++;
	skip_blanks(s);
	return true;
}

/* A value begins here: takes it, or goes into it. *ret_done: the value is complete. */
static bool scan_value(struct scanner *s, bool *ret_done)
{
	struct str key = STR_NONE;
	char c;

	skip_blanks(s);
	if (s->depth && s->open[s->depth - 1] == '{' && !scan_key(s, &key))
		return false;
	c = look(s);
	if (s->depth == 1) {
		if (s->found.kind.p)
			return fail(s, "it has more than one kind");
		if (c != '{')
			return fail(s, "a kind's value is not an object");
		s->found.kind = key;
	}
	if (c != '{' && c != '[') {
		*ret_done = true;
		return scan_scalar(s, key);
	}
	if (s->depth == 2 && str_is(key, "timestamp"))
		return fail(s, "the timestamp is not an integer");
	if (!open_bracket(s))
		return false;
	skip_blanks(s);
	*ret_done = look(s) == (c == '{' ? '}' : ']');
	if (*ret_done) {
		s->at++;
		s->depth--;
	}
	return true;
}

/* Behind a value: closes what ends here; *ret_more: a comma asks for another value. */
static bool scan_behind(struct scanner *s, bool *ret_more)
{
	*ret_more = false;
	while (s->depth) {
		char close = s->open[s->depth - 1] == '{' ? '}' : ']';

		skip_blanks(s);
		if (look(s) == ',') {
			s->at++;
			*ret_more = true;
			return true;
		}
		if (look(s) != close)
			return fail(s, s->at < s->text.n ? "a comma or a closing bracket is "
							   "expected here"
							 : "the line is cut off");
		s->at++;
		s->depth--;
	}
	return true;
}

static bool scan_all(struct scanner *s)
{
	bool more = true, done;

	skip_blanks(s);
	if (look(s) != '{')
		return fail(s, "it is not a JSON object");
	while (more) {
		if (!scan_value(s, &done))
			return false;
		if (done && !scan_behind(s, &more))
			return false;
	}
	skip_blanks(s);
	if (s->at < s->text.n)
		return fail(s, "something stands behind the object");
	return s->found.kind.p ? true : fail(s, "it has no kind");
}

int json_scan_line(struct str line, struct json_scan *ret, const char **ret_why, size_t *ret_at)
{
	struct scanner s = {.text = line};

	if (!scan_all(&s)) {
		*ret_why = s.why;
		*ret_at = s.at;
		return -EINVAL;
	}
	*ret = s.found;
	return 0;
}
