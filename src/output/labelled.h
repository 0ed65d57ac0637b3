/* Pages for people: lines that begin with what they are about, folded at words under themselves. */
#ifndef OUTPUT_LABELLED_H
#define OUTPUT_LABELLED_H

#include "output/output.h"

enum style { STYLE_NONE, STYLE_DIM, STYLE_BOLD, STYLE_FAILED, STYLE_WARN, STYLE_GOOD };

struct labelled {
	struct buf *out;
	struct buf text; /* of the row at hand; freed with labelled_deinit */
	unsigned width;  /* of the lines */
	bool colour;
};

/* Where the width is not known it is one that reads well. */
struct labelled labelled_into(struct buf *out, const struct output_options *options);
void labelled_deinit(struct labelled *page);

void labelled_add_styled(struct labelled *page, enum style style, struct str text);
/* How many columns a row's text may have without being folded. */
size_t labelled_room(const struct labelled *page);
/* One row: the label, then page->text, which is empty again behind it. */
void labelled_row(struct labelled *page, const char *label, enum style style);

/*
 * What was recorded, cut to the line, and how it ended. `command`: NUL-ended words, or none; `status`:
 * a wait status, or STATUS_UNKNOWN.
 */
void labelled_title(struct labelled *page, struct str command, int32_t status, struct str target);
/* "and 12 more", if anything was not shown. */
void labelled_more(struct labelled *page, uint64_t count, uint64_t shown);

#endif
