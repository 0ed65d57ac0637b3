/*
 * A column by its name, and its value. Key decision: names are searched in the registry itself; a
 * list of columns is parsed once, so nothing faster is worth a second table that could differ.
 */
#include "base/nearest.h"
#include "model/field.h"

#include <strings.h>

static bool same_name(struct str a, struct str b)
{
	return a.n == b.n && strncasecmp(a.p, b.p, a.n) == 0;
}

const struct field *field_find(struct str name)
{
	if (name.n == 0)
		return NULL;
	for (unsigned i = 0; i < field_count; i++) {
		struct str rest = str_of(fields[i].aliases);

		if (same_name(name, str_of(fields[i].name)))
			return &fields[i];
		while (rest.p)
			if (same_name(name, str_cut(&rest, ' ')))
				return &fields[i];
	}
	/* a heading that is nothing else: what stands over a column can be asked for */
	for (unsigned i = 0; i < field_count; i++)
		if (same_name(name, str_of(fields[i].heading)))
			return &fields[i];
	return NULL;
}

/* Longer names are not worth a guess; no name of the registry is. */
#define NAME_MAX_GUESSED 31

static void consider(const char *wrong, struct str name, unsigned *best, struct str *nearest)
{
	char text[NAME_MAX_GUESSED + 1];
	unsigned distance;

	if (name.n == 0 || name.n > NAME_MAX_GUESSED)
		return;
	memcpy(text, name.p, name.n);
	text[name.n] = '\0';
	distance = nearest_distance(wrong, text);
	if (distance < *best) {
		*best = distance;
		*nearest = name;
	}
}

struct str field_nearest(struct str name)
{
	char wrong[NAME_MAX_GUESSED + 1];
	struct str nearest = STR_NONE;
	unsigned best = (unsigned)name.n / 3 + 2;

	if (name.n == 0 || name.n > NAME_MAX_GUESSED)
		return STR_NONE;
	for (size_t i = 0; i < name.n; i++)
		wrong[i] =
			name.p[i] >= 'A' && name.p[i] <= 'Z' ? (char)(name.p[i] + 32) : name.p[i];
	wrong[name.n] = '\0';
	/* of three letters one may be wrong: 'f' or 'oom' is no guess for 'foo' */
	if (best >= name.n)
		best = (unsigned)name.n - (name.n > 1);
	for (unsigned i = 0; i < field_count; i++) {
		struct str rest = str_of(fields[i].aliases);

		consider(wrong, str_of(fields[i].name), &best, &nearest);
		while (rest.p)
			consider(wrong, str_cut(&rest, ' '), &best, &nearest);
	}
	return nearest;
}

struct value field_get(const struct field *field, const struct snapshot *s,
		       const struct field_context *context)
{
	if (context->knows && !context->knows(field, s))
		return (struct value){.kind = VALUE_UNKNOWN};
	if (field->flags & FIELD_PARTIAL && snapshot_knows(s, PART_BIT(PART_STAT)))
		return field->get(field, s, context);
	if (field->parts & s->denied)
		return (struct value){.kind = VALUE_DENIED};
	if (!snapshot_knows(s, field->parts))
		return (struct value){.kind = VALUE_UNKNOWN};
	return field->get(field, s, context);
}
