/*
 * Labelled lines. Key decision: a row is written into a buffer first and folded as a whole, so who
 * writes it need not know how wide the page is.
 */
#include "output/labelled.h"

#include "base/text.h"
#include "model/status.h"
#include "output/value.h"

#define LABEL_COLUMNS 15  /* the longest label and its gap, behind two spaces */
#define LEAST_ROOM    20  /* for the text, however narrow the page is */
#define PLAIN_WIDTH   100 /* where the width is not known */

static const char *const style_codes[] = {
	[STYLE_DIM] = "\x1b[2m",   [STYLE_BOLD] = "\x1b[1m",  [STYLE_FAILED] = "\x1b[1;31m",
	[STYLE_WARN] = "\x1b[33m", [STYLE_GOOD] = "\x1b[32m",
};

struct labelled labelled_into(struct buf *out, const struct output_options *options)
{
	return (struct labelled){
		.out = out,
		.width = options->width ? options->width : PLAIN_WIDTH,
		.colour = options->colour,
	};
}

void labelled_deinit(struct labelled *page)
{
	buf_deinit(&page->text);
}

void labelled_add_styled(struct labelled *page, enum style style, struct str text)
{
	bool styled = page->colour && style != STYLE_NONE && text.n > 0;

	if (styled)
		buf_add_text(page->out, style_codes[style]);
	buf_add_str(page->out, text);
	if (styled)
		buf_add_text(page->out, "\x1b[0m");
}

size_t labelled_room(const struct labelled *page)
{
	size_t used = 2 + LABEL_COLUMNS;

	return page->width > used + LEAST_ROOM ? page->width - used : LEAST_ROOM;
}

/* Cuts what fits on one line off `*rest`, at a space where there is one. */
static struct str cut_line(struct str *rest, size_t columns)
{
	size_t at = 0, space = 0, used = 0;
	struct str line;

	for (; at < rest->n && used <= columns; at++) {
		used += ((unsigned char)rest->p[at] & 0xc0) != 0x80;
		if (rest->p[at] == ' ' && used <= columns + 1)
			space = at;
	}
	if (used <= columns || space == 0) {
		line = *rest;
		*rest = STR_NONE;
		return line;
	}
	line = (struct str){rest->p, space};
	*rest = str_skip(*rest, space + 1);
	return line;
}

void labelled_row(struct labelled *page, const char *label, enum style style)
{
	struct str rest = buf_str(&page->text);

	while (rest.p) {
		size_t n = strlen(label);

		buf_add_text(page->out, "  ");
		labelled_add_styled(page, STYLE_DIM, str_of(label));
		buf_add_repeat(page->out, ' ', n < LABEL_COLUMNS ? LABEL_COLUMNS - n : 1);
		labelled_add_styled(page, style, cut_line(&rest, labelled_room(page)));
		buf_add_char(page->out, '\n');
		label = "";
	}
	buf_clear(&page->text);
}

void labelled_title(struct labelled *page, struct str command, int32_t status, struct str target)
{
	struct buf words = BUF_INIT, title = BUF_INIT, ending = BUF_INIT;
	size_t room;

	value_add_status(&ending, status, false);
	room = page->width > ending.n + 2 + LEAST_ROOM ? page->width - ending.n - 2 : LEAST_ROOM;
	text_add_cmdline(&words, command, true);
	if (words.n > 0)
		text_add_safe_cut(&title, buf_str(&words), room);
	else if (target.n > 0)
		text_add_safe_cut(&title, target, page->width);
	else
		buf_add_text(&title, "The recording");
	labelled_add_styled(page, STYLE_BOLD, buf_str(&title));
	if (ending.n > 0)
		buf_add_text(page->out, "  ");
	labelled_add_styled(page, status_failed(status) ? STYLE_FAILED : STYLE_GOOD,
			    buf_str(&ending));
	buf_add_char(page->out, '\n');
	buf_deinit(&words);
	buf_deinit(&title);
	buf_deinit(&ending);
}

void labelled_more(struct labelled *page, uint64_t count, uint64_t shown)
{
	if (count <= shown)
		return;
	buf_add_text(&page->text, "and ");
	value_add_count(&page->text, count - shown);
	buf_add_text(&page->text, " more");
	labelled_row(page, "", STYLE_DIM);
}
