/* Checked allocation; the decision stands in mem.h. */
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/*
 * The innermost escape of this thread. Of the initial-exec model, because the first touch of a
 * variable of any other may itself need memory, and libc ends the program when there is none.
 */
static _Thread_local struct mem_escape *escape __attribute__((tls_model("initial-exec")));
static _Thread_local bool forked __attribute__((tls_model("initial-exec")));

void mem_escape_enter(struct mem_escape *inner)
{
	inner->outer = escape;
	escape = inner;
}

void mem_escape_leave(struct mem_escape *inner)
{
	escape = inner->outer;
}

void mem_escape_forked(void)
{
	forked = escape != NULL;
	escape = NULL;
}

static void *check(void *p)
{
	static const char message[] = "pscope: out of memory\n";

	if (p)
		return p;
	if (escape)
		longjmp(escape->jump, 1);
	if (forked)
		_exit(125);
	if (write(STDERR_FILENO, message, sizeof message - 1) < 0)
		_exit(125);
	_exit(125);
}

void *mem_alloc(size_t n)
{
	return check(calloc(1, n ? n : 1));
}

void *mem_realloc(void *p, size_t count, size_t size)
{
	return check(reallocarray(p, count ? count : 1, size));
}

char *mem_strndup(const char *p, size_t n)
{
	char *copy = check(malloc(n + 1));

	if (n)
		memcpy(copy, p, n);
	copy[n] = 0;
	return copy;
}

void mem_str_free(struct str *text)
{
	free((char *)text->p);
	*text = STR_NONE;
}
