/*
 * Texts in XML. Key decision: made safe as for a terminal first, because most of what that takes
 * out, no XML document may hold either, escaped or not.
 */
#include "output/xml_text.h"

#include "base/text.h"

static const char *const entities[256] = {
	['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&quot;", ['\''] = "&#39;",
};

/* U+FFFE and U+FFFF are characters of UTF-8 and none of XML. */
static bool is_barred(struct str text)
{
	return text.n >= 3 && memcmp(text.p, "\xef\xbf", 2) == 0 &&
	       (unsigned char)text.p[2] >= 0xbe;
}

void xml_add_text_cut(struct buf *out, struct str text, size_t columns)
{
	struct buf safe = BUF_INIT;

	text_add_safe_cut(&safe, text, columns);
	for (size_t i = 0; i < safe.n; i++) {
		const char *entity = entities[(unsigned char)safe.p[i]];

		if (entity) {
			buf_add_text(out, entity);
		} else if (is_barred(str_skip(buf_str(&safe), i))) {
			buf_add_text(out, "\xef\xbf\xbd");
			i += 2;
		} else {
			buf_add_char(out, safe.p[i]);
		}
	}
	buf_deinit(&safe);
}

void xml_add_text(struct buf *out, struct str text)
{
	xml_add_text_cut(out, text, SIZE_MAX);
}
