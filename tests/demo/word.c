/* Where words begin and end. */
#include "mill.h"

#include <ctype.h>

static int in_word(char c)
{
	return isalpha((unsigned char)c) || (unsigned char)c >= 0x80;
}

size_t word_next(const struct text *text, size_t *at, const char **ret_start)
{
	size_t i = *at, start;

	while (i < text->size && !in_word(text->data[i]))
		i++;
	start = i;
	while (i < text->size && in_word(text->data[i]))
		i++;
	*at = i;
	*ret_start = text->data + start;
	return i - start;
}
