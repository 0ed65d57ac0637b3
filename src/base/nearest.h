/* The nearest of some names to a misspelt one, for "did you mean". */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include <stddef.h>

/* Edits (insert, delete, replace, swap of neighbours) between two names; at most 32 bytes count. */
unsigned nearest_distance(const char *a, const char *b);
/* Of `count` names (NULL entries are skipped) the nearest within a third of the length; or NULL. */
const char *nearest_name(const char *wrong, const char *const *names, size_t count);

#endif
