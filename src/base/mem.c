/* Checked allocation; the decision stands in mem.h. */
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void *check(void *p)
{
	static const char message[] = "pscope: out of memory\n";

	if (p)
		return p;
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
