/* What the tests of the library share. */
#ifndef CHECK_H
#define CHECK_H

#include <errno.h>
#include <pscope.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* 0 or more, else the handle's sentence says why. */
#define assert_done(pscope, call)                                                                  \
	do {                                                                                       \
		int result_ = (call);                                                              \
		if (result_ < 0)                                                                   \
			print_error("%s: %s\n", #call, pscope_last_error(pscope));                 \
		assert_true(result_ >= 0);                                                         \
	} while (0)

static inline struct pscope *check_open(const char *root)
{
	struct pscope *pscope;

	assert_done(pscope, pscope_open(root, &pscope));
	return pscope;
}

static inline struct pscope_list *check_list(struct pscope *pscope, const char *fields)
{
	struct pscope_list *list;

	assert_done(pscope, pscope_list_new(pscope, fields, &list));
	assert_done(pscope, pscope_list_refresh(list));
	return list;
}

static inline struct pscope_value check_get(struct pscope_process *process, const char *name)
{
	struct pscope_value value;

	assert_non_null(process);
	assert_int_equal(pscope_process_get(process, name, &value), 0);
	return value;
}

/* Text of the value, as words or text come; in a buffer that the next call takes over. */
static inline const char *check_text(const struct pscope_value *value, char room[256])
{
	assert_true(pscope_value_print(value, room, 256) >= 0);
	return room;
}

#endif
