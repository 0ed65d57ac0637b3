/*
 * Memory that is there or the program ends. Key decision: pscope bounds every size that comes
 * from outside, so a failing small allocation means the machine is out of memory, where no
 * unwinding code would help; the recording on disk is then complete up to its last commit.
 * A library must not end the program it serves: there the failing call is left by an escape.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include "base/str.h"

#include <setjmp.h>

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

/*
 * Where to go instead, for the calling thread. What the frames in between held is lost: memory and
 * descriptors leak, and what they were changing may be freed but not used again.
 *
 *	mem_escape_enter(&escape);
 *	r = setjmp(escape.jump) == 0 ? body(argument) : -ENOMEM;
 *	mem_escape_leave(&escape);
 */
struct mem_escape {
	jmp_buf jump;
	struct mem_escape *outer;
};

void mem_escape_enter(struct mem_escape *escape);
void mem_escape_leave(struct mem_escape *escape);
/* In a child that was forked under an escape: from here on it ends by itself, silently. */
void mem_escape_forked(void);

#endif
