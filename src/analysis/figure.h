/* The figures of a report by name: what JSON has of the whole, and what a budget may bound. */
#ifndef ANALYSIS_FIGURE_H
#define ANALYSIS_FIGURE_H

#include "analysis/report.h"
#include "base/buf.h"
#include "base/error.h"

enum figure_unit { FIGURE_COUNT, FIGURE_DURATION, FIGURE_SIZE };

struct figure {
	const char *name;
	const char *json; /* the name with its unit */
	enum figure_unit unit;
	bool cost;     /* of processes: not known where no process's is */
	size_t offset; /* in struct report; 64 bits, never negative */
	const char *help;
};

extern const struct figure figures[];
extern const unsigned figure_count;

/* CPU and memory are not, where nobody could tell what any process cost. */
bool figure_is_known(const struct figure *figure, const struct report *report);
/* For people: "1.23s", "40.0M", "12". */
void figure_add_value(struct buf *out, enum figure_unit unit, uint64_t value);
/* All of `text` as such a value. 0, -EINVAL or -ERANGE. */
int figure_parse_value(enum figure_unit unit, struct str text, uint64_t *ret);
/* "12.5%" as 0.125; no sign. 0 or -EINVAL. */
int figure_parse_percent(struct str text, double *ret_ratio);
/* What one reads like: "a size such as 512M or 2G". */
const char *figure_example(enum figure_unit unit);
/* 0, or -EINVAL with a sentence that knows the nearest name. */
int figure_find(struct str name, const struct figure **ret, struct error *err);
uint64_t figure_value(const struct figure *figure, const struct report *report);

#endif
