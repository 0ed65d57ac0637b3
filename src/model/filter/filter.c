/*
 * Compiles filters by recursive descent. Key decision: `and` and `or` hold lists, not pairs, so that
 * how deep it goes is how deep the text has brackets and `not`, which is bounded.
 */
#include "model/filter/filter.h"

#include "base/mem.h"
#include "model/filter/filter_node.h"
#include "model/filter/filter_token.h"

#include <errno.h>
#include <stdlib.h>
#include <strings.h>

#define TEXT_MAX  65536
#define DEPTH_MAX 64

struct parser {
	struct filter *filter;
	struct filter_lexer lexer;
	struct filter_token token; /* the one that is looked at */
	unsigned depth;
};

/* ---- operators ---- */

static bool is_equal(int order)
{
	return order == 0;
}

static bool is_less(int order)
{
	return order < 0;
}

static bool is_less_equal(int order)
{
	return order <= 0;
}

static bool is_more(int order)
{
	return order > 0;
}

static bool is_more_equal(int order)
{
	return order >= 0;
}

/* != is `not` of =, and !~ of =~: of the unknown both are unknown. */
static const struct {
	const char *sign;
	bool (*accepts)(int order);
	bool negated;
} operators[] = {
	[FILTER_EQUAL] = {"=",  is_equal,      false},
          [FILTER_UNEQUAL] = {"!=", is_equal,      true },
	[FILTER_LESS] = {"<",  is_less,       false},
          [FILTER_LESS_EQUAL] = {"<=", is_less_equal, false},
	[FILTER_MORE] = {">",  is_more,       false},
          [FILTER_MORE_EQUAL] = {">=", is_more_equal, false},
	[FILTER_MATCH] = {"=~", NULL,          false},
          [FILTER_NO_MATCH] = {"!~", NULL,          true },
};

/* Fields that show the same once as a name and once as a number: either can be asked with both. */
static const struct {
	const char *name, *number;
} twins[] = {
	{"user",       "uid"      },
	{"ruser",      "ruid"     },
	{"suser",      "suid"     },
	{"fsuser",     "fsuid"    },
	{"login_user", "login_uid"},
	{"group",      "gid"      },
	{"rgroup",     "rgid"     },
	{"sgroup",     "sgid"     },
	{"fsgroup",    "fsgid"    },
};

/* ---- building ---- */

static struct node *new_node(struct parser *parser, enum node_kind kind, const struct field *field)
{
	struct node *node = arena_alloc(&parser->filter->arena, sizeof *node);

	node->kind = kind;
	node->field = field;
	if (field)
		parser->filter->parts |= field->parts;
	return node;
}

static struct node *negate(struct parser *parser, struct node *node)
{
	struct node *not = new_node(parser, NODE_NOT, NULL);

	not ->first = node;
	return not ;
}

static int fail_here(struct parser *parser, struct error *err, const char *what)
{
	const struct filter_token *token = &parser->token;

	if (token->kind == TOKEN_END)
		return filter_fail(parser->lexer.text, token->at, err,
				   "the filter ends where %s should stand", what);
	return filter_fail(parser->lexer.text, token->at, err, "'%s' stands where %s should",
			   filter_show(&parser->filter->arena, token->text), what);
}

static int advance(struct parser *parser, struct error *err)
{
	return filter_token_next(&parser->lexer, &parser->token, err);
}

/* ---- values ---- */

static const struct field *twin_of(const struct field *field)
{
	for (size_t i = 0; i < sizeof twins / sizeof *twins; i++) {
		if (strcmp(field->name, twins[i].name) == 0)
			return field_find(str_of(twins[i].number));
		if (strcmp(field->name, twins[i].number) == 0)
			return field_find(str_of(twins[i].name));
	}
	return NULL;
}

static bool is_text(const struct field *field)
{
	return field->type == FIELD_TEXT || field->type == FIELD_WORDS;
}

static struct node *new_compare(struct parser *parser, const struct field *field,
				enum filter_operator operator,
				const struct filter_operand * operand)
{
	struct node *node = new_node(parser, NODE_COMPARE, field);

	node->accepts = operators[operator].accepts;
	node->operand = *operand;
	return node;
}

/* `user = 0`, `uid = root`: NULL when that is not what is asked. */
static struct node *compare_twin(struct parser *parser, const struct field *field,
				 enum filter_operator operator, const struct filter_token * token)
{
	const struct field *twin = operators[operator].accepts == is_equal ? twin_of(field) : NULL;
	struct filter_operand own, other;
	bool own_fits = filter_operand_parse(field->type, token->text, &own) == 0;
	struct node *node;

	if (!twin || token->text.n == 0 || (own_fits && !is_text(field)) ||
	    filter_operand_parse(twin->type, token->text, &other) < 0)
		return NULL;
	node = new_compare(parser, twin, FILTER_EQUAL, &other);
	if (own_fits) { /* someone may be called "0" */
		struct node * or = new_node(parser, NODE_OR, NULL);

		or->first = new_compare(parser, field, FILTER_EQUAL, &own);
		or->first->next = node;
		return or ;
	}
	return node;
}

static int fail_value(struct parser *parser, const struct field *field,
		      const struct filter_token *token, struct error *err)
{
	return filter_fail(parser->lexer.text, token->at, err,
			   "%s is %s and cannot be compared with '%s'; write for instance %s",
			   field->name, filter_type_noun(field->type),
			   filter_show(&parser->filter->arena, token->text),
			   filter_type_example(field->type));
}

static int build_unknown(struct parser *parser, const struct field *field,
			 enum filter_operator operator, const struct filter_token * token,
			 struct node **ret_node, struct error *err)
{
	if (operators[operator].accepts != is_equal)
		return filter_fail(parser->lexer.text, token->at, err,
				   "with the unknown only = and != can compare; for the text "
				   "write \"unknown\"");
	*ret_node = new_node(parser, NODE_UNKNOWN, field);
	return 0;
}

/* One comparison, without its negation. */
static int build_compare(struct parser *parser, const struct field *field,
			 enum filter_operator operator, const struct filter_token * token,
			 struct node **ret_node, struct error *err)
{
	bool unknown = token->kind == TOKEN_WORD && token->text.n == 7 &&
		       strncasecmp(token->text.p, "unknown", 7) == 0;
	struct filter_operand operand;

	if (unknown)
		return build_unknown(parser, field, operator, token, ret_node, err);
	*ret_node = compare_twin(parser, field, operator, token);
	if (*ret_node)
		return 0;
	if (field->type == FIELD_FLAG && operators[operator].accepts != is_equal)
		return filter_fail(parser->lexer.text, token->at, err,
				   "%s is a flag: only = and != can compare it", field->name);
	if (filter_operand_parse(field->type, token->text, &operand) == 0) {
		*ret_node = new_compare(parser, field, operator, & operand);
		return 0;
	}
	if (strcmp(field->name, "groups") != 0 || operators[operator].accepts != is_equal)
		return fail_value(parser, field, token, err);
	*ret_node = new_node(parser, NODE_GROUP, field);
	(*ret_node)->operand.text = arena_str(&parser->filter->arena, token->text);
	return 0;
}

static int build_match(struct parser *parser, const struct field *field, enum filter_operator op,
		       const struct filter_token *token, struct node **ret_node, struct error *err)
{
	struct filter_regex *regex;
	struct error why;
	struct node *node;

	if (!is_text(field))
		return filter_fail(parser->lexer.text, token->at, err,
				   "%s looks into text, and %s is %s", operators[op].sign,
				   field->name, filter_type_noun(field->type));
	if (filter_regex_new(&regex, token->text, &why) < 0)
		return filter_fail(parser->lexer.text, token->at, err, "%s", why.text);
	node = new_node(parser, NODE_MATCH, field);
	node->regex = regex;
	node->next_regex = parser->filter->regexes;
	parser->filter->regexes = node;
	*ret_node = node;
	return 0;
}

/* ---- the grammar ---- */

/* Reads the value that stands here; a date may have its time as a second word. */
static int parse_value(struct parser *parser, const struct field *field,
		       struct filter_token *ret_token, struct error *err)
{
	struct filter_token value = parser->token;
	int r;

	if (value.kind != TOKEN_WORD && value.kind != TOKEN_QUOTED)
		return fail_here(parser, err, "a value (quoted, if it is a word of the language)");
	/* What lies in the text stays; the operand points there. */
	if (value.kind == TOKEN_WORD)
		value.text = arena_str(&parser->filter->arena, value.text);
	r = advance(parser, err);
	if (r == 0 && field->type == FIELD_TIME && value.kind == TOKEN_WORD &&
	    parser->token.kind == TOKEN_WORD &&
	    (memchr(parser->token.text.p, ':', parser->token.text.n) ||
	     str_is(parser->token.text, "ago"))) {
		size_t end = parser->token.at + parser->token.text.n;

		value.text =
			arena_str(&parser->filter->arena,
				  (struct str){parser->lexer.text.p + value.at, end - value.at});
		r = advance(parser, err);
	}
	*ret_token = value;
	return r;
}

static int parse_list(struct parser *parser, const struct field *field, struct node **ret_node,
		      struct error *err)
{
	struct node * or = new_node(parser, NODE_OR, NULL), **end = & or->first;
	struct filter_token value;
	int r = advance(parser, err);

	if (r == 0 && parser->token.kind != TOKEN_OPEN)
		return fail_here(parser, err, "'(' with a list of values");
	do {
		if (r == 0)
			r = advance(parser, err);
		if (r == 0)
			r = parse_value(parser, field, &value, err);
		if (r == 0)
			r = build_compare(parser, field, FILTER_EQUAL, &value, end, err);
		if (r < 0)
			return r;
		end = &(*end)->next;
	} while (parser->token.kind == TOKEN_COMMA);
	if (parser->token.kind != TOKEN_CLOSE)
		return fail_here(parser, err, "',' or ')'");
	*ret_node = or ;
	return advance(parser, err);
}

static int parse_comparison(struct parser *parser, const struct field *field,
			    struct node **ret_node, struct error *err)
{
	enum filter_operator operator= parser->token.operator;
	struct filter_token value;
	struct node *node = NULL;
	int r = advance(parser, err);

	if (r == 0)
		r = parse_value(parser, field, &value, err);
	if (r == 0)
		r = operators[operator].accepts
			    ? build_compare(parser, field, operator, &value, &node, err)
			    : build_match(parser, field, operator, &value, &node, err);
	if (r == 0)
		*ret_node = operators[operator].negated ? negate(parser, node) : node;
	return r;
}

static int fail_field(struct parser *parser, struct error *err)
{
	const char *shown = filter_show(&parser->filter->arena, parser->token.text);
	struct str nearest = field_nearest(parser->token.text);

	if (nearest.p)
		return filter_fail(parser->lexer.text, parser->token.at, err,
				   "there is no field '%s'; did you mean '%.*s'?", shown,
				   (int)nearest.n, nearest.p);
	return filter_fail(parser->lexer.text, parser->token.at, err,
			   "there is no field '%s'; a condition begins with one: "
			   "comm = \"gcc\", rss > 100M",
			   shown);
}

static int parse_condition(struct parser *parser, struct node **ret_node, struct error *err)
{
	const struct field *field;
	bool negated;
	int r;

	if (parser->token.kind != TOKEN_WORD)
		return fail_here(parser, err, "a condition, such as rss > 100M,");
	field = field_find(parser->token.text);
	if (!field)
		return fail_field(parser, err);
	r = advance(parser, err);
	if (r < 0)
		return r;
	if (parser->token.kind == TOKEN_OPERATOR)
		return parse_comparison(parser, field, ret_node, err);
	negated = parser->token.kind == TOKEN_NOT;
	if (negated && (r = advance(parser, err)) == 0 && parser->token.kind != TOKEN_IN)
		return fail_here(parser, err, "'in'");
	if (r == 0 && parser->token.kind == TOKEN_IN) {
		r = parse_list(parser, field, ret_node, err);
		if (r == 0 && negated)
			*ret_node = negate(parser, *ret_node);
		return r;
	}
	*ret_node = new_node(parser, NODE_HOLDS, field);
	return r;
}

static int parse_or(struct parser *parser, struct node **ret_node, struct error *err);

static int parse_brackets(struct parser *parser, struct node **ret_node, struct error *err)
{
	struct filter_token open = parser->token;
	int r = advance(parser, err);

	if (r == 0)
		r = parse_or(parser, ret_node, err);
	if (r < 0)
		return r;
	if (parser->token.kind == TOKEN_END)
		return filter_fail(parser->lexer.text, open.at, err,
				   "the '(' that stands here is not closed");
	if (parser->token.kind != TOKEN_CLOSE)
		return fail_here(parser, err, "'and', 'or' or ')'");
	return advance(parser, err);
}

static int parse_not(struct parser *parser, struct node **ret_node, struct error *err)
{
	enum filter_token_kind kind = parser->token.kind;
	int r;

	if (kind != TOKEN_NOT && kind != TOKEN_OPEN)
		return parse_condition(parser, ret_node, err);
	if (parser->depth == DEPTH_MAX)
		return filter_fail(parser->lexer.text, parser->token.at, err,
				   "more than %d brackets and 'not' inside each other", DEPTH_MAX);
	parser->depth++;
	if (kind == TOKEN_OPEN) {
		r = parse_brackets(parser, ret_node, err);
	} else {
		r = advance(parser, err);
		if (r == 0)
			r = parse_not(parser, ret_node, err);
		if (r == 0)
			*ret_node = negate(parser, *ret_node);
	}
	parser->depth--;
	return r;
}

/* A chain of what `parse_one` reads, with words of `kind` between; one alone is itself. */
static int parse_chain(struct parser *parser, enum filter_token_kind kind, enum node_kind node_kind,
		       int (*parse_one)(struct parser *, struct node **, struct error *),
		       struct node **ret_node, struct error *err)
{
	struct node *chain = NULL, *one, **end = &one;
	int r = parse_one(parser, &one, err);

	while (r == 0 && parser->token.kind == kind) {
		if (!chain) {
			chain = new_node(parser, node_kind, NULL);
			chain->first = one;
		}
		end = &(*end)->next;
		r = advance(parser, err);
		if (r == 0)
			r = parse_one(parser, end, err);
	}
	if (r == 0)
		*ret_node = chain ? chain : one;
	return r;
}

static int parse_and(struct parser *parser, struct node **ret_node, struct error *err)
{
	return parse_chain(parser, TOKEN_AND, NODE_AND, parse_not, ret_node, err);
}

static int parse_or(struct parser *parser, struct node **ret_node, struct error *err)
{
	return parse_chain(parser, TOKEN_OR, NODE_OR, parse_and, ret_node, err);
}

static int parse(struct parser *parser, struct error *err)
{
	int r;

	if (parser->lexer.text.n > TEXT_MAX)
		return error_set(err, EINVAL, "the filter is longer than %d bytes", TEXT_MAX);
	r = advance(parser, err);
	if (r == 0 && parser->token.kind == TOKEN_END)
		return error_set(err, EINVAL, "the filter is empty; write for instance 'uid = 0'");
	if (r == 0)
		r = parse_or(parser, &parser->filter->top, err);
	if (r == 0 && parser->token.kind != TOKEN_END)
		r = fail_here(parser, err,
			      parser->token.kind == TOKEN_CLOSE ? "no ')' (none is open)"
								: "'and', 'or' or the end");
	return r;
}

int filter_new(struct filter **ret_filter, struct str text, struct error *err)
{
	struct filter *filter = mem_alloc(sizeof *filter);
	struct parser parser = {
		.filter = filter, .lexer = {.text = text, .arena = &filter->arena}
        };
	int r = parse(&parser, err);

	if (r < 0)
		filter_free(filter);
	else
		*ret_filter = filter;
	return r;
}

void filter_free(struct filter *filter)
{
	if (!filter)
		return;
	for (struct node *node = filter->regexes; node; node = node->next_regex)
		filter_regex_free(node->regex);
	arena_deinit(&filter->arena);
	free(filter);
}

uint32_t filter_parts(const struct filter *filter)
{
	return filter->parts;
}

static const struct field *field_below(const struct node *node,
				       bool (*is)(const struct field *field))
{
	const struct field *found = node->field && is(node->field) ? node->field : NULL;

	for (node = node->first; node && !found; node = node->next)
		found = field_below(node, is);
	return found;
}

const struct field *filter_field(const struct filter *filter, bool (*is)(const struct field *field))
{
	return field_below(filter->top, is);
}
