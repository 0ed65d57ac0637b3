/* A compiled filter. Of filter.c and filter_verdict.c only. */
#ifndef MODEL_FILTER_FILTER_NODE_H
#define MODEL_FILTER_FILTER_NODE_H

#include "base/arena.h"
#include "model/filter/filter.h"
#include "model/filter/filter_operand.h"
#include "model/filter/filter_regex.h"

enum node_kind {
	NODE_AND,
	NODE_OR,
	NODE_NOT,
	NODE_HOLDS,   /* a bare field */
	NODE_UNKNOWN, /* is it unknown? */
	NODE_COMPARE,
	NODE_MATCH,
	NODE_GROUP, /* has a group of that name */
};

struct node {
	enum node_kind kind;
	struct node *first, *next; /* children of and, or, not; the next sibling */
	const struct field *field;
	bool (*accepts)(int order);
	struct filter_operand operand;
	struct filter_regex *regex;
	struct node *next_regex; /* all that are to be freed */
};

struct filter {
	struct arena arena;
	struct node *top, *regexes;
	uint32_t parts;
};

#endif
