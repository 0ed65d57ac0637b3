/* Lower case for everything. */
#include "mill.h"

#include <ctype.h>

void text_fold(struct text *text)
{
	for (size_t i = 0; i < text->size; i++)
		text->data[i] = (char)tolower((unsigned char)text->data[i]);
}
