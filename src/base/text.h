/* Text at the output edge: UTF-8, terminal safety, shell words, base64. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/buf.h"

/* Bytes of the UTF-8 character that `text` begins with; 0 when there is none (RFC 3629). */
size_t utf8_width(struct str text);
bool utf8_valid(struct str text);
/* The code point of the character that `text` begins with; its width must not be 0. */
uint32_t utf8_decode(struct str text);
/* Does the code point move the cursor, reorder text or break the line? */
bool utf8_unsafe(uint32_t point);

/* Columns of a terminal that the (safe) code point takes: 0 combining, 2 wide, else 1. */
unsigned utf8_columns(uint32_t point);
/* Columns that `text` takes, all of it safe. */
size_t text_columns(struct str text);

/*
 * Appends `text` so that no terminal takes it for a command: C0, C1, DEL, line separators, bidi
 * controls and bytes that are no UTF-8 become visible escapes (\n, \x1b, \u202e, \xff).
 */
void text_add_safe(struct buf *out, struct str text);

/* As text_add_safe, cut to `columns` of a terminal, the last of them an ellipsis when cut. */
void text_add_safe_cut(struct buf *out, struct str text, size_t columns);
/* The same with another mark than the ellipsis (one column); returns the columns taken. */
size_t text_add_fit(struct buf *out, struct str text, size_t columns, const char *mark);

/* Appends one word in a form that a POSIX shell reads back as the same bytes. */
void text_add_shell_word(struct buf *out, struct str word);

/*
 * The same for a terminal: what text_add_safe would escape is written $'\n\033', which bash, zsh
 * and POSIX 2024 read back as the same bytes.
 */
void text_add_shell_safe(struct buf *out, struct str word);

/*
 * Appends a command line (words that end in NUL, as /proc/PID/cmdline has them) as text, words
 * joined by one space, quoted for a shell only when `quote`. Not sanitized.
 */
void text_add_cmdline(struct buf *out, struct str words, bool quote);

/* Cuts the next NUL-ended word off `*rest`; false when none is left. */
bool text_next_word(struct str *rest, struct str *ret_word);

void base64_encode(struct buf *out, struct str bytes);
/* Returns 0 or -EINVAL; on failure what was appended stays. */
int base64_decode(struct buf *out, struct str text);

#endif
