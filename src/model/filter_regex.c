/*
 * Regular expressions by the C library. Key decision: what makes its matcher exponential or its
 * compiler eat the machine (back references, repetitions of repetitions) is refused at the start.
 */
#include "model/filter_regex.h"

#include "base/cleanup.h"
#include "base/mem.h"

#include <ctype.h>
#include <errno.h>
#include <regex.h>
#include <stdlib.h>

#define PATTERN_MAX 1024
#define COPIES_MAX  5000 /* of pieces of the pattern that {n,m} makes, one in the other */

struct filter_regex {
	regex_t compiled;
};

/* The larger number of {n}, {n,} and {n,m}; 1 when it is no such thing. */
static unsigned long bound_of(const char *text)
{
	unsigned long largest = 1, value;
	char *end;

	for (text++; isdigit((unsigned char)*text); text = *end == ',' ? end + 1 : end) {
		value = strtoul(text, &end, 10);
		largest = value > largest ? value : largest;
	}
	return largest < COPIES_MAX ? largest : COPIES_MAX + 1;
}

static int check_size(const char *pattern, struct error *err)
{
	unsigned long copies = 1;

	for (const char *at = pattern; *at; at++) {
		if (*at == '\\' && isdigit((unsigned char)at[1]))
			return error_set(err, EINVAL,
					 "back references such as \\%c are not of this language",
					 at[1]);
		if (*at == '\\' && at[1])
			at++;
		else if (*at == '{' && (copies *= bound_of(at)) > COPIES_MAX)
			return error_set(err, EINVAL,
					 "the repetitions of this expression make it too large");
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

static bool matches(const struct filter_regex *regex, struct str text)
{
	regmatch_t range = {.rm_so = 0, .rm_eo = (regoff_t)text.n};

	return regexec(&regex->compiled, text.p ? text.p : "", 1, &range, REG_STARTEND) == 0;
}

bool filter_regex_matches(const struct filter_regex *regex, struct str text, bool words)
{
	cleanup_free char *joined = NULL;

	while (words && text.n > 0 && text.p[text.n - 1] == 0)
		text.n--;
	if (!words || !memchr(text.p ? text.p : "", 0, text.n))
		return matches(regex, text);
	joined = mem_alloc(text.n);
	for (size_t i = 0; i < text.n; i++)
		joined[i] = text.p[i] ? text.p[i] : ' ';
	return matches(regex, (struct str){joined, text.n});
}
