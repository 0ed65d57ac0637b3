/*
 * Memory that is there or the program ends. Key decision: pscope bounds every size that comes
 * from outside, so a failing small allocation means the machine is out of memory, where no
 * unwinding code would help; the recording on disk is then complete up to its last commit.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include "base/str.h"

void *mem_alloc(size_t n);                             /* zeroed */
void *mem_realloc(void *p, size_t count, size_t size); /* checked for overflow */
char *mem_strndup(const char *p, size_t n);            /* NUL-terminated */
static inline char *mem_strdup(struct str text)
{
	return text.p ? mem_strndup(text.p, text.n) : NULL;
}
/* An owned copy of a slice (NUL-terminated as well); STR_NONE stays STR_NONE. */
static inline struct str mem_str(struct str text)
{
	return (struct str){mem_strdup(text), text.n};
}
/* Frees an owned slice and makes it STR_NONE. */
void mem_str_free(struct str *text);

#endif
