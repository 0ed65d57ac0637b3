/*
 * The filter language: conditions over fields.
 *
 *	rss > 100M and user = "root"
 *	comm =~ "^gcc" or not (state in (S, I)) and elapsed >= 2m
 *
 * or, and, not (also || && !), parentheses; = == != < <= > >= =~ !~ (POSIX extended regular
 * expressions, found anywhere); `in (a, b)`. A number may carry a unit of its field's type: sizes
 * K M G T, durations ns us ms s m h d, percent. Text stands in "" or '' or bare; a bare field is
 * true when it is known and neither 0, false nor empty; `field = unknown` asks whether it is
 * known. What compares with the unknown is unknown, and who is unknown is not shown; so `not` does
 * not turn it into a match.
 */
#ifndef MODEL_FILTER_H
#define MODEL_FILTER_H

#include "model/field.h"

struct filter;

/*
 * Compiles `text`. On an error -EINVAL with three lines: the sentence, the text, a caret under
 * the place (control bytes of the text made visible).
 */
int filter_new(struct filter **ret_filter, struct str text, struct error *err);
void filter_free(struct filter *filter);
uint32_t filter_parts(const struct filter *filter);

enum filter_verdict { FILTER_NO, FILTER_YES, FILTER_UNKNOWN };
enum filter_verdict filter_test(const struct filter *filter, const struct snapshot *s,
				const struct field_context *context);

#endif
