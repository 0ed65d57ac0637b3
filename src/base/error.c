/*
 * Error sentences. Key decision: a fixed buffer in the caller's frame; an error path never
 * allocates and never fails.
 */
#include "base/error.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/*
 * A sentence may quote a file that somebody else made, or a name: what would control a terminal
 * becomes '?'. Line ends stay, sentences about filters have some.
 */
static void tame(char *text)
{
	for (unsigned char *c = (unsigned char *)text; *c; c++) {
		bool c1 = *c == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0;

		if (c1)
			*c++ = '?';
		if (c1 || (*c < ' ' && *c != '\n' && *c != '\t') || *c == 0x7f)
			*c = '?';
	}
}

int error_vset(struct error *err, int errnum, const char *format, va_list ap)
{
	if (err) {
		vsnprintf(err->text, sizeof err->text, format, ap);
		tame(err->text);
	}
	return -errnum;
}

int error_set(struct error *err, int errnum, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	error_vset(err, errnum, format, ap);
	va_end(ap);
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
	tame(err->text);
}

const char *error_name(int errnum)
{
	const char *name = strerrordesc_np(errnum < 0 ? -errnum : errnum);

	return name ? name : "unknown error";
}
