/*
 * Texts in CSV. Key decision: a field has the text that a table shows, line breaks and bytes that
 * are no UTF-8 as escapes, so that a row is a line for every reader; exact bytes are JSON's.
 */
#include "output/csv_text.h"

#include "base/text.h"

void csv_add_text(struct buf *out, struct str text)
{
	struct buf safe = BUF_INIT;

	text_add_safe(&safe, text);
	if (!memchr(buf_str(&safe).p, ',', safe.n) && !memchr(buf_str(&safe).p, '"', safe.n)) {
		buf_add_str(out, buf_str(&safe));
	} else {
		buf_add_char(out, '"');
		for (size_t i = 0; i < safe.n; i++) {
			if (safe.p[i] == '"')
				buf_add_char(out, '"');
			buf_add_char(out, safe.p[i]);
		}
		buf_add_char(out, '"');
	}
	buf_deinit(&safe);
}
