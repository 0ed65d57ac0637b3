/*
 * Text at the output edge. Key decision: one sanitizer for everything that a process can choose
 * (names, arguments, paths), so no output can forget a case.
 */
#include "base/text.h"

#include <errno.h>
#include <stdint.h>

size_t utf8_width(struct str text)
{
	const unsigned char *p = (const unsigned char *)text.p;
	size_t width = 1;

	if (text.n == 0)
		return 0;
	if (p[0] < 0x80)
		return 1;
	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		width = 2;
	else if (p[0] >= 0xe0 && p[0] <= 0xef)
		width = 3;
	else if (p[0] >= 0xf0 && p[0] <= 0xf4)
		width = 4;
	else
		return 0;
	if (text.n < width)
		return 0;
	for (size_t i = 1; i < width; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	/* overlong forms, surrogates, past U+10FFFF */
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
	    (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return width;
}

bool utf8_valid(struct str text)
{
	for (size_t i = 0; i < text.n;) {
		size_t width = utf8_width(str_skip(text, i));

		if (width == 0)
			return false;
		i += width;
	}
	return true;
}

uint32_t utf8_decode(struct str text)
{
	const unsigned char *p = (const unsigned char *)text.p;
	size_t width = utf8_width(text);
	uint32_t point;

	if (width <= 1)
		return text.n ? p[0] : 0;
	point = p[0] & (0xffu >> (width + 1));
	for (size_t i = 1; i < width; i++)
		point = point << 6 | (p[i] & 0x3f);
	return point;
}

bool utf8_unsafe(uint32_t point)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{0x00,    0x1f   },
                {0x7f,    0x9f   },
                {0x061c,  0x061c },
		{0x200b,  0x200f },
                {0x2028,  0x202e },
                {0x2060,  0x206f },
		{0xfeff,  0xfeff },
                {0xfff9,  0xfffb },
                {0xe0000, 0xe0fff},
	};

	for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
		if (point >= ranges[i].first && point <= ranges[i].last)
			return true;
	return false;
}

/* Appends one character (or its escape); returns how many columns it took. */
static size_t add_one(struct buf *out, struct str text, size_t width)
{
	size_t before = out->n;
	uint32_t point;

	if (width == 0) {
		buf_printf(out, "\\x%02x", (unsigned char)text.p[0]);
		return out->n - before;
	}
	point = utf8_decode(text);
	if (!utf8_unsafe(point)) {
		buf_add(out, text.p, width);
		return utf8_columns(point);
	}
	if (point == '\n')
		buf_add_text(out, "\\n");
	else if (point == '\t')
		buf_add_text(out, "\\t");
	else if (point == '\r')
		buf_add_text(out, "\\r");
	else
		buf_printf(out, point < 0x80 ? "\\x%02x" : "\\u%04x", point);
	return out->n - before;
}

/* How many bytes of `text` from `from` on are plain: nearly all that a terminal ever gets. */
static size_t plain_run(struct str text, size_t from)
{
	size_t i = from;

	while (i < text.n && (unsigned char)text.p[i] - 0x20u < 0x5f)
		i++;
	return i - from;
}

size_t text_columns(struct str text)
{
	size_t columns = 0;

	for (size_t i = 0; i < text.n;) {
		size_t run = plain_run(text, i), width;

		i += run;
		columns += run;
		if (i == text.n)
			break;
		width = utf8_width(str_skip(text, i));
		columns += width ? utf8_columns(utf8_decode(str_skip(text, i))) : 1;
		i += width ? width : 1;
	}
	return columns;
}

void text_add_safe(struct buf *out, struct str text)
{
	text_add_safe_cut(out, text, SIZE_MAX);
}

void text_add_safe_cut(struct buf *out, struct str text, size_t columns)
{
	text_add_fit(out, text, columns, "…");
}

size_t text_add_fit(struct buf *out, struct str text, size_t columns, const char *mark)
{
	/* `fits`: the end of the longest beginning that leaves a column for the mark */
	size_t used = 0, fits = out->n, fitting = 0, i = 0;

	while (i < text.n) {
		size_t run = plain_run(text, i), left = columns - used, before = out->n, width;

		if (run > 0 && left > 0) {
			run = run < left ? run : left;
			buf_add(out, text.p + i, run);
			fitting = run < left ? used + run : columns - 1;
			fits = before + (fitting - used);
			used += run;
			i += run;
			continue;
		}
		width = utf8_width(str_skip(text, i));
		used += add_one(out, str_skip(text, i), width);
		if (used > columns)
			break;
		if (used < columns) {
			fits = out->n;
			fitting = used;
		}
		i += width ? width : 1;
	}
	if (used <= columns)
		return used;
	out->n = fits;
	buf_add_text(out, columns ? mark : "");
	return columns ? fitting + 1 : 0;
}

void text_add_shell_word(struct buf *out, struct str word)
{
	static const bool plain[256] = {
		['a' ... 'z'] = true, ['A' ... 'Z'] = true, ['0' ... '9'] = true, ['@'] = true,
		['%'] = true,         ['+'] = true,         ['='] = true,         [':'] = true,
		[','] = true,         ['.'] = true,         ['/'] = true,         ['_'] = true,
		['-'] = true,
	};
	bool bare = word.n > 0;

	for (size_t i = 0; bare && i < word.n; i++)
		bare = plain[(unsigned char)word.p[i]];
	if (bare) {
		buf_add_str(out, word);
		return;
	}
	buf_add_char(out, '\'');
	for (size_t i = 0; i < word.n; i++) {
		if (word.p[i] == '\'')
			buf_add_text(out, "'\\''");
		else
			buf_add_char(out, word.p[i]);
	}
	buf_add_char(out, '\'');
}

static bool is_safe(struct str text)
{
	for (size_t i = 0; i < text.n;) {
		size_t width = utf8_width(str_skip(text, i));

		if (width == 0 || utf8_unsafe(utf8_decode(str_skip(text, i))))
			return false;
		i += width;
	}
	return true;
}

void text_add_shell_safe(struct buf *out, struct str word)
{
	if (is_safe(word)) {
		text_add_shell_word(out, word);
		return;
	}
	buf_add_text(out, "$'");
	for (size_t i = 0; i < word.n;) {
		size_t width = utf8_width(str_skip(word, i));
		char c = word.p[i];

		if (c == '\'' || c == '\\')
			buf_printf(out, "\\%c", c);
		else if (c == '\n')
			buf_add_text(out, "\\n");
		else if (width > 0 && !utf8_unsafe(utf8_decode(str_skip(word, i))))
			buf_add(out, word.p + i, width);
		else /* octal: three digits at most, so none of what follows is taken for one */
			for (size_t k = 0; k < (width ? width : 1); k++)
				buf_printf(out, "\\%03o", (unsigned char)word.p[i + k]);
		i += width ? width : 1;
	}
	buf_add_char(out, '\'');
}

bool text_next_word(struct str *rest, struct str *ret_word)
{
	if (!rest->p || rest->n == 0)
		return false;
	*ret_word = str_cut(rest, 0);
	return true;
}

void text_add_cmdline(struct buf *out, struct str words, bool quote)
{
	struct str word;

	for (bool first = true; text_next_word(&words, &word); first = false) {
		if (!first)
			buf_add_char(out, ' ');
		if (quote)
			text_add_shell_word(out, word);
		else
			buf_add_str(out, word);
	}
}

static const char base64_digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(struct buf *out, struct str bytes)
{
	const unsigned char *p = (const unsigned char *)bytes.p;

	for (size_t i = 0; i < bytes.n; i += 3) {
		size_t left = bytes.n - i;
		uint32_t three = (uint32_t)p[i] << 16 | (left > 1 ? (uint32_t)p[i + 1] << 8 : 0) |
				 (left > 2 ? p[i + 2] : 0);

		buf_add_char(out, base64_digits[three >> 18]);
		buf_add_char(out, base64_digits[three >> 12 & 63]);
		buf_add_char(out, left > 1 ? base64_digits[three >> 6 & 63] : '=');
		buf_add_char(out, left > 2 ? base64_digits[three & 63] : '=');
	}
}

int base64_decode(struct buf *out, struct str text)
{
	uint32_t bits = 0;
	unsigned count = 0;

	while (text.n > 0 && text.p[text.n - 1] == '=')
		text.n--;
	for (size_t i = 0; i < text.n; i++) {
		const char *at = text.p[i] ? strchr(base64_digits, text.p[i]) : NULL;

		if (!at)
			return -EINVAL;
		bits = bits << 6 | (uint32_t)(at - base64_digits);
		count += 6;
		if (count >= 8) {
			count -= 8;
			buf_add_char(out, (char)(bits >> count));
		}
	}
	return count < 6 ? 0 : -EINVAL;
}
