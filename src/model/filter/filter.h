/*
 * The filter language: conditions over fields.
 *
 *	rss > 100M and user = "root"
 *	comm =~ "^gcc" or not (state in (S, I)) and elapsed >= 2m
 *
 * filter_reference tells all of it. What compares with the unknown is unknown, and who is unknown
 * is not shown; so `not` does not turn it into a match. A bare field that is unknown is unknown.
 */
#ifndef MODEL_FILTER_FILTER_H
#define MODEL_FILTER_FILTER_H

#include "model/field.h"

struct filter;

/* The language on a page, for help and manual: lines of at most 80 columns. */
extern const char filter_reference[];

/*
 * Compiles `text`. On an error -EINVAL with three lines: the sentence, the text, a caret under
 * the place (control bytes of the text made visible).
 */
int filter_new(struct filter **ret_filter, struct str text, struct error *err);
void filter_free(struct filter *filter);
uint32_t filter_parts(const struct filter *filter);
/* The first field that it asks of which `is` is true; NULL: of none. */
const struct field *filter_field(const struct filter *filter,
				 bool (*is)(const struct field *field));

enum filter_verdict { FILTER_NO, FILTER_YES, FILTER_UNKNOWN };
enum filter_verdict filter_test(const struct filter *filter, const struct snapshot *s,
				const struct field_context *context);

#endif
