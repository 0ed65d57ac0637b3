/*
 * Key decision: rules look at the bytes alone and are tried at each place in the order of their table,
 * so the same word gives the same text in any recording; what two runs of one command share by
 * chance or not, the alignment finds out by the program's name.
 */
#include "analysis/normal.h"

#include "base/text.h"

#include <ctype.h>

#define LONG_DIGITS 5 /* a number of so many digits says nothing */
#define LONG_HEX    8 /* and so many hexadecimal ones with a digit among them */
#define LEAST_PID   10
#define EXTENSION   5 /* ".json": the longest that says what a temporary file holds */

static bool is_word(struct str text, size_t at)
{
	return at < text.n && isalnum((unsigned char)text.p[at]);
}

/* Does a name of a file go on here? */
static bool is_name(struct str text, size_t at)
{
	return is_word(text, at) || (at < text.n && text.p[at] && strchr("._-+~", text.p[at]));
}

static size_t run_of(struct str text, size_t at, int (*is)(int))
{
	size_t n = 0;

	while (at + n < text.n && is((unsigned char)text.p[at + n]))
		n++;
	return n;
}

/* ---- the rules: how many bytes are taken at `at`, 0: none; what stands for them goes to `out` ---- */

/* "/build/x/main.c" is "main.c" of a run in /build/x, which itself is ".". */
static size_t take_cwd(struct buf *out, const struct normal *normal, struct str word, size_t at)
{
	struct str cwd = normal->cwd, rest = str_skip(word, at);

	if (cwd.n < 2 || !str_starts(rest, cwd) || is_name(rest, cwd.n))
		return 0;
	if (cwd.n == rest.n || rest.p[cwd.n] != '/')
		buf_add_char(out, '.');
	else if (is_name(rest, cwd.n + 1))
		return cwd.n + 1;
	else
		buf_add_char(out, '.');
	return cwd.n;
}

/* "/tmp/ccA1.s" is "/tmp/" and a name, of which a short extension is kept. */
static size_t take_temporary(struct buf *out, const struct normal *normal, struct str word,
			     size_t at)
{
	static const char *const folders[] = {"/tmp/", "/var/tmp/", "/dev/shm/"};
	struct str rest = str_skip(word, at);

	(void)normal;
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
		size_t n = strlen(folders[i]), end = n, dot;

		if (!str_starts(rest, str_of(folders[i])))
			continue;
		while (is_name(rest, end))
			end++;
		if (end == n)
			return 0;
		for (dot = end - 1; dot > n && rest.p[dot] != '.'; dot--)
			;
		buf_add_text(out, folders[i]);
		buf_add_char(out, '*');
		if (dot > n && end - dot <= EXTENSION)
			buf_add(out, rest.p + dot, end - dot);
		return end;
	}
	return 0;
}

/* 550e8400-e29b-41d4-a716-446655440000 */
static size_t take_uuid(struct buf *out, const struct normal *normal, struct str word, size_t at)
{
	static const unsigned char parts[] = {8, 4, 4, 4, 12};
	size_t end = at;

	(void)normal;
	if (at > 0 && is_word(word, at - 1))
		return 0;
	for (size_t i = 0; i < sizeof parts; i++) {
		if (i > 0 && (end >= word.n || word.p[end++] != '-'))
			return 0;
		if (run_of(word, end, isxdigit) != parts[i])
			return 0;
		end += parts[i];
	}
	if (is_word(word, end))
		return 0;
	buf_add_char(out, '*');
	return end - at;
}

/* A hash, or an address with its 0x. */
static size_t take_hex(struct buf *out, const struct normal *normal, struct str word, size_t at)
{
	size_t prefix = str_starts(str_skip(word, at), STR("0x")) ? 2 : 0;
	size_t n = run_of(word, at + prefix, isxdigit);
	bool digit = false;

	(void)normal;
	if (n < LONG_HEX || (at > 0 && is_word(word, at - 1)) || is_word(word, at + prefix + n))
		return 0;
	for (size_t i = 0; i < n; i++)
		digit = digit || isdigit((unsigned char)word.p[at + prefix + i]);
	if (!digit)
		return 0;
	buf_add_char(out, '*');
	return prefix + n;
}

static bool is_pid(const struct normal *normal, const char *digits, size_t n)
{
	int64_t number = 0;

	for (size_t i = 0; i < n; i++)
		number = 10 * number + (digits[i] - '0');
	for (unsigned i = 0; i < normal->pid_count; i++)
		if (number >= LEAST_PID && normal->pids[i] == number)
			return true;
	return false;
}

static size_t take_number(struct buf *out, const struct normal *normal, struct str word, size_t at)
{
	size_t n = run_of(word, at, isdigit);

	if (n == 0 || (n < LONG_DIGITS && !is_pid(normal, word.p + at, n)))
		return 0;
	buf_add_char(out, '*');
	return n;
}

typedef size_t rule(struct buf *out, const struct normal *normal, struct str word, size_t at);

static rule *const rules[] = {take_cwd, take_temporary, take_uuid, take_hex, take_number};

void normal_add_word(struct buf *out, const struct normal *normal, struct str word)
{
	size_t at = 0, n;

	while (at < word.n) {
		/* every rule begins with one of these, and a number is taken as a whole or not */
		bool tried = word.p[at] == '/' || isxdigit((unsigned char)word.p[at]);

		n = 0;
		for (size_t i = 0; tried && n == 0 && i < sizeof rules / sizeof *rules; i++)
			n = rules[i](out, normal, word, at);
		if (n == 0) {
			n = run_of(word, at, isdigit);
			n = n ? n : 1;
			buf_add(out, word.p + at, n);
		}
		at += n;
	}
}

void normal_add_words(struct buf *out, const struct normal *normal, struct str words)
{
	struct str word;

	if (!text_next_word(&words, &word))
		return;
	normal_add_word(out, normal, str_basename(word));
	buf_add_char(out, '\0');
	while (text_next_word(&words, &word)) {
		normal_add_word(out, normal, word);
		buf_add_char(out, '\0');
	}
}
