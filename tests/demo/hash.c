/* FNV-1a. */
#include "mill.h"

unsigned long hash_bytes(const char *data, size_t length)
{
	unsigned long hash = 1469598103934665603ul;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (unsigned char)data[i]) * 1099511628211ul;
	return hash;
}
