/*
 * Tests filters. Key decision: logic of three values all the way up (Kleene's), so that `not` never
 * makes a match of what could not be read.
 */
#include "model/filter/filter_node.h"

static enum filter_verdict verdict_of(bool yes)
{
	return yes ? FILTER_YES : FILTER_NO;
}

/* Is it something? For a bare field. */
static enum filter_verdict holds(const struct value *value)
{
	switch (value->kind) {
	case VALUE_SIGNED:
		return verdict_of(value->i != 0);
	case VALUE_UNSIGNED:
		return verdict_of(value->u != 0);
	case VALUE_REAL:
		return verdict_of(value->real != 0);
	case VALUE_TEXT:
		return verdict_of(value->text.n > 0);
	case VALUE_FLAG:
		return verdict_of(value->flag);
	case VALUE_LIST:
		return verdict_of(value->list.n > 0);
	default:
		return FILTER_UNKNOWN;
	}
}

static enum filter_verdict has_group(const struct value *value, struct str name,
				     const struct field_context *context)
{
	const struct names *names = context ? context->names : NULL;

	if (value->kind != VALUE_LIST || !names || !names->group)
		return FILTER_UNKNOWN;
	for (size_t i = 0; i < value->list.n; i++)
		if (str_eq(names->group(names->context, value->list.p[i]), name))
			return FILTER_YES;
	return FILTER_NO;
}

static enum filter_verdict test_field(const struct node *node, const struct snapshot *s,
				      const struct field_context *context)
{
	struct value value = field_get(node->field, s, context);
	bool yes;

	switch (node->kind) {
	case NODE_HOLDS:
		return holds(&value);
	case NODE_UNKNOWN:
		return verdict_of(value.kind == VALUE_UNKNOWN || value.kind == VALUE_DENIED);
	case NODE_GROUP:
		return has_group(&value, node->operand.text, context);
	case NODE_MATCH:
		return value.kind == VALUE_TEXT
			       ? verdict_of(filter_regex_matches(node->regex, value.text,
								 node->field->type == FIELD_WORDS))
			       : FILTER_UNKNOWN;
	default:
		return filter_operand_test(&value, node->field->type, &node->operand, node->accepts,
					   context, &yes)
			       ? verdict_of(yes)
			       : FILTER_UNKNOWN;
	}
}

static enum filter_verdict test_node(const struct node *node, const struct snapshot *s,
				     const struct field_context *context)
{
	/* What settles the chain at once, and what it is when nothing does. */
	enum filter_verdict settles = node->kind == NODE_OR ? FILTER_YES : FILTER_NO, verdict;
	enum filter_verdict result = node->kind == NODE_OR ? FILTER_NO : FILTER_YES;

	if (node->kind == NODE_NOT) {
		verdict = test_node(node->first, s, context);
		return verdict == FILTER_UNKNOWN ? verdict : verdict_of(verdict == FILTER_NO);
	}
	if (node->kind != NODE_AND && node->kind != NODE_OR)
		return test_field(node, s, context);
	for (const struct node *child = node->first; child; child = child->next) {
		verdict = test_node(child, s, context);
		if (verdict == settles)
			return verdict;
		if (verdict == FILTER_UNKNOWN)
			result = FILTER_UNKNOWN;
	}
	return result;
}

enum filter_verdict filter_test(const struct filter *filter, const struct snapshot *s,
				const struct field_context *context)
{
	return test_node(filter->top, s, context);
}
