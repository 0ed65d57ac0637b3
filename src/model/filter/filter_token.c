/*
 * Cuts a filter into words. Key decision: whatever is no blank, quote, bracket or operator may
 * stand in a bare word, so that paths, times and simple expressions need no quotes in a shell's.
 */
#include "model/filter/filter_token.h"

#include "base/buf.h"
#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <strings.h>

/* ---- the picture ---- */

#define BEFORE_COLUMNS 40 /* of the text in front of the caret */
#define AFTER_COLUMNS  24
#define SHOWN_COLUMNS  32

static size_t safe_columns(struct str text)
{
	struct buf safe = BUF_INIT;
	size_t columns;

	text_add_safe(&safe, text);
	columns = text_columns(buf_str(&safe));
	buf_deinit(&safe);
	return columns;
}

static bool is_continuation(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* Where to begin so that at most BEFORE_COLUMNS stand before `at`. */
static size_t cut_front(struct str text, size_t at)
{
	size_t from = at > 4 * BEFORE_COLUMNS ? at - 4 * BEFORE_COLUMNS : 0;

	while (from > 0 && from < at && is_continuation(text.p[from]))
		from++;
	while (from < at && safe_columns((struct str){text.p + from, at - from}) > BEFORE_COLUMNS) {
		size_t width = utf8_width(str_skip(text, from));

		from += width ? width : 1;
	}
	return from < at ? from : at;
}

int filter_fail(struct str text, size_t at, struct error *err, const char *format, ...)
{
	struct buf picture = BUF_INIT;
	char sentence[384];
	size_t from, caret;
	va_list ap;

	va_start(ap, format);
	vsnprintf(sentence, sizeof sentence, format, ap);
	va_end(ap);
	at = at < text.n ? at : text.n;
	from = cut_front(text, at);
	buf_printf(&picture, "%s\n  %s", sentence, from > 0 ? "…" : "");
	text_add_safe(&picture, (struct str){text.p + from, at - from});
	text_add_safe_cut(&picture, str_skip(text, at), AFTER_COLUMNS);
	caret = safe_columns((struct str){text.p + from, at - from}) + (from > 0);
	buf_add_text(&picture, "\n  ");
	buf_add_repeat(&picture, ' ', caret);
	buf_add_char(&picture, '^');
	error_set(err, EINVAL, "%s", buf_cstr(&picture));
	buf_deinit(&picture);
	return -EINVAL;
}

const char *filter_show(struct arena *arena, struct str piece)
{
	struct buf safe = BUF_INIT;
	struct str kept;

	text_add_safe_cut(&safe, piece, SHOWN_COLUMNS);
	kept = arena_str(arena, buf_str(&safe));
	buf_deinit(&safe);
	return kept.p;
}

/* ---- words ---- */

static const struct sign {
	const char *text;
	enum filter_token_kind kind;
	enum filter_operator operator;
	const char *instead; /* not of the language: what may be meant */
} signs[] = {
  /* A sign that begins like another stands behind it. */
	{"==", TOKEN_OPERATOR, FILTER_EQUAL,      NULL                                          },
	{"=~", TOKEN_OPERATOR, FILTER_MATCH,      NULL                                          },
	{"=>", TOKEN_END,      0,                 "'>='"                                        },
	{"=<", TOKEN_END,      0,                 "'<='"                                        },
	{"=",  TOKEN_OPERATOR, FILTER_EQUAL,      NULL                                          },
	{"!=", TOKEN_OPERATOR, FILTER_UNEQUAL,    NULL                                          },
	{"!~", TOKEN_OPERATOR, FILTER_NO_MATCH,   NULL                                          },
	{"!",  TOKEN_NOT,      0,                 NULL                                          },
	{"<=", TOKEN_OPERATOR, FILTER_LESS_EQUAL, NULL                                          },
	{"<>", TOKEN_END,      0,                 "'!='"                                        },
	{"<",  TOKEN_OPERATOR, FILTER_LESS,       NULL                                          },
	{">=", TOKEN_OPERATOR, FILTER_MORE_EQUAL, NULL                                          },
	{">",  TOKEN_OPERATOR, FILTER_MORE,       NULL                                          },
	{"~=", TOKEN_END,      0,                 "'=~'"                                        },
	{"~",  TOKEN_END,      0,                 "'=~'"                                        },
	{"&&", TOKEN_AND,      0,                 NULL                                          },
	{"&",  TOKEN_END,      0,                 "'and'"                                       },
	{"||", TOKEN_OR,       0,                 NULL                                          },
	{"|",  TOKEN_END,      0,                 "'or', or to quote an expression with | in it"},
	{"(",  TOKEN_OPEN,     0,                 NULL                                          },
	{")",  TOKEN_CLOSE,    0,                 NULL                                          },
	{",",  TOKEN_COMMA,    0,                 NULL                                          },
};

static const struct {
	const char *text;
	enum filter_token_kind kind;
} keywords[] = {
	{"and", TOKEN_AND},
	{"or",  TOKEN_OR },
	{"not", TOKEN_NOT},
	{"in",  TOKEN_IN },
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_bare(char c)
{
	return (unsigned char)c > ' ' && c != 0x7f && !strchr("()\"',=!<>~&|", c);
}

static int take_sign(struct filter_lexer *lexer, struct filter_token *token, struct error *err)
{
	struct str rest = str_skip(lexer->text, lexer->at);

	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
		const struct sign *sign = &signs[i];

		if (!str_starts(rest, str_of(sign->text)))
			continue;
		if (sign->instead)
			return filter_fail(lexer->text, lexer->at, err,
					   "filters have no '%s'; did you mean %s?", sign->text,
					   sign->instead);
		token->kind = sign->kind;
		token->operator= sign->operator;
		token->text = (struct str){rest.p, strlen(sign->text)};
		lexer->at += token->text.n;
		return 0;
	}
	return filter_fail(lexer->text, lexer->at, err, "byte \\x%02x has no place in a filter",
			   (unsigned char)rest.p[0]);
}

/* In "" a backslash makes \" and \\ ordinary; before anything else, and in '', it is itself. */
static int take_quoted(struct filter_lexer *lexer, struct filter_token *token, struct error *err)
{
	struct str rest = str_skip(lexer->text, lexer->at + 1);
	char quote = lexer->text.p[lexer->at];
	struct buf plain = BUF_INIT;
	size_t i = 0;

	for (; i < rest.n && rest.p[i] != quote && rest.p[i]; i++) {
		if (quote == '"' && rest.p[i] == '\\' && i + 1 < rest.n &&
		    (rest.p[i + 1] == '"' || rest.p[i + 1] == '\\'))
			i++;
		buf_add_char(&plain, rest.p[i]);
	}
	if (i < rest.n && rest.p[i] == quote)
		token->text = arena_str(lexer->arena, buf_str(&plain));
	buf_deinit(&plain);
	if (i < rest.n && !rest.p[i])
		return filter_fail(lexer->text, lexer->at + 1 + i, err,
				   "a zero byte has no place in a filter");
	if (i == rest.n)
		return filter_fail(lexer->text, lexer->at, err,
				   "the quote that begins here has no end");
	token->kind = TOKEN_QUOTED;
	lexer->at += i + 2;
	return 0;
}

static void take_word(struct filter_lexer *lexer, struct filter_token *token)
{
	struct str rest = str_skip(lexer->text, lexer->at);
	size_t n = 0;

	while (n < rest.n && is_bare(rest.p[n]))
		n++;
	token->kind = TOKEN_WORD;
	token->text = (struct str){rest.p, n};
	for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
		if (n == strlen(keywords[i].text) && strncasecmp(rest.p, keywords[i].text, n) == 0)
			token->kind = keywords[i].kind;
	lexer->at += n;
}

int filter_token_next(struct filter_lexer *lexer, struct filter_token *ret_token, struct error *err)
{
	struct filter_token token = {.kind = TOKEN_END};
	int r = 0;
	char c;

	while (lexer->at < lexer->text.n && is_blank(lexer->text.p[lexer->at]))
		lexer->at++;
	token.at = lexer->at;
	c = lexer->at < lexer->text.n ? lexer->text.p[lexer->at] : ' ';
	if (c == '"' || c == '\'')
		r = take_quoted(lexer, &token, err);
	else if (is_bare(c))
		take_word(lexer, &token);
	else if (lexer->at < lexer->text.n)
		r = take_sign(lexer, &token, err);
	if (r == 0)
		*ret_token = token;
	return r;
}
