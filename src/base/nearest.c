/* Optimal string alignment distance between short names. */
#include "base/nearest.h"

#include <string.h>

#define LONGEST 32

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
	unsigned ab = a < b ? a : b;

	return ab < c ? ab : c;
}

unsigned nearest_distance(const char *a, const char *b)
{
	unsigned rows[3][LONGEST + 1];
	unsigned *before = rows[0], *above = rows[1], *row = rows[2];
	size_t n = strnlen(a, LONGEST), m = strnlen(b, LONGEST);

	for (unsigned j = 0; j <= m; j++)
		above[j] = j;
	for (size_t i = 1; i <= n; i++) {
		row[0] = (unsigned)i;
		for (size_t j = 1; j <= m; j++) {
			row[j] = min3(above[j] + 1, row[j - 1] + 1,
				      above[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    before[j - 2] + 1 < row[j])
				row[j] = before[j - 2] + 1;
		}
		unsigned *oldest = before;

		before = above, above = row, row = oldest;
	}
	return above[m];
}

const char *nearest_name(const char *wrong, const char *const *names, size_t count)
{
	unsigned best = (unsigned)strlen(wrong) / 3 + 1;
	const char *nearest = NULL;

	for (size_t i = 0; i < count; i++) {
		unsigned distance = names[i] ? nearest_distance(wrong, names[i]) : LONGEST;

		if (distance < best || (distance == best && !nearest && distance < strlen(wrong))) {
			best = distance;
			nearest = names[i];
		}
	}
	return nearest;
}
