/* The words of a filter, and the picture of where one is wrong. Of filter.c only. */
#ifndef MODEL_FILTER_FILTER_TOKEN_H
#define MODEL_FILTER_FILTER_TOKEN_H

#include "base/arena.h"
#include "base/error.h"

enum filter_operator {
	FILTER_EQUAL,
	FILTER_UNEQUAL,
	FILTER_LESS,
	FILTER_LESS_EQUAL,
	FILTER_MORE,
	FILTER_MORE_EQUAL,
	FILTER_MATCH,
	FILTER_NO_MATCH,
};

enum filter_token_kind {
	TOKEN_END,
	TOKEN_WORD,   /* bare */
	TOKEN_QUOTED, /* in "" or '' */
	TOKEN_OPEN,
	TOKEN_CLOSE,
	TOKEN_COMMA,
	TOKEN_OPERATOR,
	TOKEN_AND,
	TOKEN_OR,
	TOKEN_NOT,
	TOKEN_IN,
};

struct filter_token {
	enum filter_token_kind kind;
	enum filter_operator operator;
	size_t at;       /* where it begins */
	struct str text; /* as written; of a quoted one what is between the quotes */
};

struct filter_lexer {
	struct str text;
	size_t at;
	struct arena *arena; /* for quoted text with escapes in it */
};

/* The next word. Returns 0, or -EINVAL with the picture. */
int filter_token_next(struct filter_lexer *lexer, struct filter_token *ret_token,
		      struct error *err);
/* Three lines: the sentence, `text` (cut around the place), a caret under byte `at`. -EINVAL. */
int filter_fail(struct str text, size_t at, struct error *err, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* A piece of the filter for a sentence: visible, not too long. NUL-terminated, in the arena. */
const char *filter_show(struct arena *arena, struct str piece);

#endif
