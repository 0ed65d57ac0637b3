/*
 * Regular expressions by the C library. Key decision: what makes its matcher exponential or its
 * compiler eat the machine (back references, repetitions of repetitions) is refused at the start.
 */
#include "model/filter/filter_regex.h"

#include "base/cleanup.h"
#include "base/mem.h"

#include <ctype.h>
#include <errno.h>
#include <regex.h>
#include <stdlib.h>

#define PATTERN_MAX 1024
#define PIECES_MAX  1000 /* of the pattern with its repetitions written out */

struct filter_regex {
	regex_t compiled;
};

/* How large the pattern is when {n,m} are written out, as the compiler does: group by group. */
struct size {
	unsigned long group[PATTERN_MAX + 1]; /* the open ones, the whole first */
	unsigned depth;
	unsigned long last; /* piece: what a {n,m} behind it repeats */
};

static void add_piece(struct size *size, unsigned long pieces)
{
	size->last = pieces;
	size->group[size->depth] += pieces;
}

/* The larger number of {n}, {n,} and {n,m}; 1 when it is no such thing. */
static unsigned long bound_of(const char *text)
{
	unsigned long largest = 1, value;
	char *end;

	for (text++; isdigit((unsigned char)*text); text = *end == ',' ? end + 1 : end) {
		value = strtoul(text, &end, 10);
		largest = value > largest ? value : largest;
	}
	return largest < PIECES_MAX ? largest : PIECES_MAX + 1;
}

/* From the '[' to the ']' that closes it, or to the end. */
static const char *end_of_bracket(const char *at)
{
	at += at[1] == '^';
	at += at[1] == ']';
	for (at++; *at && *at != ']'; at++) {
		if (*at == '[' && at[1] && strchr(":.=", at[1])) {
			const char kind = at[1];

			for (at += 2; *at && !(*at == kind && at[1] == ']'); at++)
				;
			if (!*at)
				break;
			at++;
		}
	}
	return *at ? at : at - 1;
}

static const char *take_piece(struct size *size, const char *at)
{
	switch (*at) {
	case '\\':
		add_piece(size, 1);
		return at + (at[1] != 0);
	case '[':
		add_piece(size, 1);
		return end_of_bracket(at);
	case '(':
		size->group[++size->depth] = 0;
		return at;
	case ')':
		if (size->depth > 0)
			add_piece(size, size->group[size->depth--] + 1);
		return at;
	case '{':
		size->group[size->depth] += size->last * (bound_of(at) - 1);
		size->last *= bound_of(at);
		return at;
	default:
		add_piece(size, 1);
		return at;
	}
}

static int check_size(const char *pattern, struct error *err)
{
	struct size size = {.depth = 0};

	for (const char *at = pattern; *at; at++) {
		if (*at == '\\' && isdigit((unsigned char)at[1]))
			return error_set(err, EINVAL,
					 "back references such as \\%c are not of this language",
					 at[1]);
		at = take_piece(&size, at);
		if (size.group[size.depth] > PIECES_MAX)
			return error_set(err, EINVAL,
					 "the repetitions make this expression too large");
	}
	return 0;
}

int filter_regex_new(struct filter_regex **ret_regex, struct str pattern, struct error *err)
{
	cleanup_free char *text = mem_strdup(pattern);
	struct filter_regex *regex;
	char why[128];
	int r;

	if (pattern.n > PATTERN_MAX)
		return error_set(err, EINVAL, "the expression is longer than %d bytes",
				 PATTERN_MAX);
	r = check_size(text, err);
	if (r < 0)
		return r;
	regex = mem_alloc(sizeof *regex);
	r = regcomp(&regex->compiled, text, REG_EXTENDED | REG_NOSUB);
	if (r != 0) {
		regerror(r, &regex->compiled, why, sizeof why);
		free(regex);
		return error_set(err, EINVAL, "this is no regular expression: %s", why);
	}
	*ret_regex = regex;
	return 0;
}

void filter_regex_free(struct filter_regex *regex)
{
	if (!regex)
		return;
	regfree(&regex->compiled);
	free(regex);
}

/* The library wants a NUL at the end; names fit into the small copy. */
bool filter_regex_matches(const struct filter_regex *regex, struct str text, bool words)
{
	cleanup_free char *large = NULL;
	char small[256], *copy = small;

	while (words && text.n > 0 && text.p[text.n - 1] == 0)
		text.n--;
	if (text.n >= sizeof small)
		copy = large = mem_realloc(NULL, text.n + 1, 1);
	if (text.n > 0)
		memcpy(copy, text.p, text.n);
	copy[text.n] = 0;
	for (char *at = copy; words && (at = memchr(at, 0, text.n - (size_t)(at - copy)));)
		*at = ' ';
	return regexec(&regex->compiled, copy, 0, NULL, 0) == 0;
}
