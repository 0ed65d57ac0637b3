/*
 * Error sentences. Key decision: a fixed buffer in the caller's frame; an error path never
 * allocates and never fails.
 */
#include "base/error.h"

#include <stdio.h>
#include <string.h>

int error_set(struct error *err, int errnum, const char *format, ...)
{
	va_list ap;

	if (err) {
		va_start(ap, format);
		vsnprintf(err->text, sizeof err->text, format, ap);
		va_end(ap);
	}
	return -errnum;
}

void error_prefix(struct error *err, const char *format, ...)
{
	char old[sizeof err->text];
	va_list ap;
	int n;

	if (!err)
		return;
	memcpy(old, err->text, sizeof old);
	va_start(ap, format);
	n = vsnprintf(err->text, sizeof err->text, format, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < sizeof err->text)
		snprintf(err->text + n, sizeof err->text - (size_t)n, ": %s", old);
}

const char *error_name(int errnum)
{
	const char *name = strerrordesc_np(errnum < 0 ? -errnum : errnum);

	return name ? name : "unknown error";
}
