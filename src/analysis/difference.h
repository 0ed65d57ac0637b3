/*
 * What became different between two recordings: the figures of both, and the commands that are new,
 * gone, slower, faster, or use another amount of memory or storage. Figures and indices only.
 */
#ifndef ANALYSIS_DIFFERENCE_H
#define ANALYSIS_DIFFERENCE_H

#include "analysis/align.h"
#include "analysis/figure.h"

#define DIFFERENCE_BYTES (UINT64_C(1) << 20) /* of memory or storage: less is noise */

/* What is not more than both is noise. */
struct difference_noise {
	double ratio; /* of what it was */
	int64_t ns;
};

enum difference_kind {
	DIFFERENCE_SLOWER, /* in CPU, or if that is the same, in own time */
	DIFFERENCE_FASTER,
	DIFFERENCE_NEW,
	DIFFERENCE_VANISHED,
	DIFFERENCE_MEMORY,
	DIFFERENCE_IO,
	DIFFERENCE_KINDS,
};

struct difference {
	struct align align;
	uint32_t *groups[DIFFERENCE_KINDS]; /* of the alignment, the largest change first */
	size_t count[DIFFERENCE_KINDS];
};

/* Freed with difference_deinit. */
void difference_make(struct difference *ret, const struct history *const histories[ALIGN_SIDES],
		     const struct report *const reports[ALIGN_SIDES],
		     const struct difference_noise *noise);
void difference_deinit(struct difference *difference);

/* A value before and after. */
struct figure_change {
	enum figure_unit unit;
	bool known[ALIGN_SIDES];
	uint64_t value[ALIGN_SIDES];
};

struct figure_change figure_change(const struct figure *figure,
				   const struct report *const reports[ALIGN_SIDES]);
bool figure_change_known(const struct figure_change *change);
/* After less before. */
int64_t figure_change_difference(const struct figure_change *change);
/* That as a part of what it was, and may be infinite; 0 when nothing changed. */
double figure_change_ratio(const struct figure_change *change);

/* "5%", "10ms" or both with a comma; what is not named stays. 0, or -EINVAL with a sentence. */
int difference_parse_noise(struct str text, struct difference_noise *noise, struct error *err);

#endif
