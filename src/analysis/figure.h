/* The figures of a report by name: what JSON has of the whole, and what a budget may bound. */
#ifndef ANALYSIS_FIGURE_H
#define ANALYSIS_FIGURE_H

#include "analysis/report.h"

enum figure_unit { FIGURE_COUNT, FIGURE_DURATION, FIGURE_SIZE };

struct figure {
	const char *name;
	const char *json; /* the name with its unit */
	enum figure_unit unit;
	size_t offset; /* in struct report; 64 bits, never negative */
	const char *help;
};

extern const struct figure figures[];
extern const unsigned figure_count;

uint64_t figure_value(const struct figure *figure, const struct report *report);

#endif
