/*
 * Parses /proc/PID/limits. Key decision: a line is known by its name, which holds blanks; the
 * numbers are the two words behind it, and a line without both is left unknown.
 */
#include "procfs/limits.h"

static struct str next_word(struct str *rest)
{
	while (rest->n > 0 && rest->p[0] == ' ')
		*rest = str_skip(*rest, 1);
	return rest->n > 0 ? str_cut(rest, ' ') : STR("");
}

static bool take_number(struct str *rest, uint64_t *ret)
{
	struct str word = next_word(rest);
	unsigned long long value = LIMIT_NONE;

	if (!str_is(word, "unlimited") && str_to_u64(word, &value) < 0)
		return false;
	*ret = value;
	return true;
}

static void take_line(struct str line, struct limits *limits)
{
	struct str rest = STR_NONE;
	uint64_t soft, hard;
	unsigned i;

	if (!str_starts(line, STR("Max ")))
		return;
	line = str_skip(line, strlen("Max "));
	for (i = 0; i < LIMITS; i++) {
		struct str name = str_of(limit_rows[i].text);

		rest = str_skip(line, name.n);
		if (str_starts(line, name) && str_starts(rest, STR(" ")))
			break;
	}
	if (i == LIMITS || !take_number(&rest, &soft) || !take_number(&rest, &hard))
		return;
	limits->soft[i] = soft;
	limits->hard[i] = hard;
	limits->known |= 1u << i;
}

void procfs_limits_parse(struct str text, struct limits *ret)
{
	*ret = (struct limits){0};
	while (text.p)
		take_line(str_cut(&text, '\n'), ret);
}
