/* What a field is compared with: parsed by the field's type. Of filter.c only. */
#ifndef MODEL_FILTER_FILTER_OPERAND_H
#define MODEL_FILTER_FILTER_OPERAND_H

#include "model/field.h"

enum filter_time_base {
	TIME_AT,     /* ns since 1970 */
	TIME_AGO,    /* ns before the reading */
	TIME_OF_DAY, /* ns behind the local midnight, `days` before that of the reading */
};

struct filter_operand {
	enum { OPERAND_NUMBER, OPERAND_TEXT, OPERAND_TIME } kind;
	bool whole;       /* `integer` is exact; else only `real` */
	__int128 integer; /* wide enough for both signs of 64 bits */
	double real;
	struct str text; /* not owned */
	struct {
		enum filter_time_base base;
		int64_t ns, span_ns; /* a minute is all of its 60 s */
		int days;
	} time;
};

/* `text` must outlive the operand. Returns 0, or -EINVAL when it is none of that type. */
int filter_operand_parse(enum field_type type, struct str text, struct filter_operand *ret_operand);
/* For sentences: what the type is called, and what its values look like. */
const char *filter_type_noun(enum field_type type);
const char *filter_type_example(enum field_type type);

/*
 * Does `accepts` take the order (< 0, 0, > 0) of the value and the operand? Of a list: that of any
 * element. False when they cannot be compared: the unknown, a time of day without a clock.
 */
bool filter_operand_test(const struct value *value, enum field_type type,
			 const struct filter_operand *operand, bool (*accepts)(int order),
			 const struct field_context *context, bool *ret_accepted);

#endif
