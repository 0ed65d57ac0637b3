/* The sentence that a person reads when something failed: object, cause, next step. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdarg.h>

struct error {
	char text[768];
};

/*
 * Writes the sentence into `err` (NULL is allowed) and returns -errnum, so that a failing
 * function ends in `return error_set(err, ENOENT, "...", ...)`. errnum must be > 0. Bytes that
 * would control a terminal become '?'.
 */
int error_set(struct error *err, int errnum, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
int error_vset(struct error *err, int errnum, const char *format, va_list ap)
	__attribute__((format(printf, 3, 0)));

/* Puts "prefix: " in front of the sentence that is there. */
void error_prefix(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The description of a (positive or negative) errno; constant storage, never NULL. */
const char *error_name(int errnum);

#endif
