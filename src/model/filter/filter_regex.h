/* Regular expressions that cannot run away. */
#ifndef MODEL_FILTER_FILTER_REGEX_H
#define MODEL_FILTER_FILTER_REGEX_H

#include "base/error.h"
#include "base/str.h"

struct filter_regex;

/* POSIX extended. Returns 0, or -EINVAL with a sentence. */
int filter_regex_new(struct filter_regex **ret_regex, struct str pattern, struct error *err);
void filter_regex_free(struct filter_regex *regex);
/* Does it stand anywhere in `text`? `words`: each ends in NUL; they are joined by blanks. */
bool filter_regex_matches(const struct filter_regex *regex, struct str text, bool words);

#endif
