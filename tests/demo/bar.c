/* A bar of letters. */
#include "mill.h"

void bar_print(FILE *out, unsigned value, unsigned most, unsigned width)
{
	for (unsigned i = 0; i < width; i++)
		putc(most && i * most < value * width ? '#' : ' ', out);
}
