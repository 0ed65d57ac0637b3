/*
 * The names of the events. Key decision: one table from name to events, so that parsing, the help
 * and the Event column cannot differ.
 */
#include "output/events/events.h"

#include "base/nearest.h"

#include <errno.h>
#include <stdio.h>

#define NAMES_MOST 32
#define NAME_MOST  32

/* Rows wider than clang-format can align. */
/* clang-format off */
const struct event_name event_names[] = {
	{"fork", EVENT_BIT(EVENT_FORK), "a process is born: its parent's line and its own"},
	{"exec", EVENT_BIT(EVENT_EXEC), "a process runs another program"},
	{"exit", EVENT_BIT(EVENT_EXIT), "a process ended"},
	{"core", EVENT_BIT(EVENT_CORE), "a process dumps core"},
	{"comm", EVENT_BIT(EVENT_COMM), "a process changes its name"},
	{"clone", EVENT_BIT(EVENT_CLONE), "a thread begins or ends"},
	{"ptrce", EVENT_BIT(EVENT_PTRACE), "a tracer attaches or detaches"},
	{"ptrace", EVENT_BIT(EVENT_PTRACE), "the same"},
	{"uid", EVENT_BIT(EVENT_UID), "a process changes its user"},
	{"gid", EVENT_BIT(EVENT_GID), "a process changes its group"},
	{"sid", EVENT_BIT(EVENT_SID), "a process begins a session"},
	{"pgid", EVENT_BIT(EVENT_PGID), "a process changes its process group"},
	{"signal", EVENT_BIT(EVENT_SIGNAL), "a process is sent a signal that ends it"},
	{"oom", EVENT_BIT(EVENT_OOM), "the kernel chose a process to kill, for its memory"},
	{"badexec", EVENT_BIT(EVENT_BAD_EXEC), "an exec failed"},
	{"nonzeroexit", EVENT_BIT(EVENT_FAILED_EXIT), "a process ended badly: not 0, or by a signal"},
	{"exitnonzero", EVENT_BIT(EVENT_FAILED_EXIT), "the same"},
	{"all", EVENTS_ALL, "all of these"},
	{0},
};
/* clang-format on */

const char *event_label(enum event_kind kind)
{
	if (kind == EVENT_FAILED_EXIT)
		kind = EVENT_EXIT;
	for (const struct event_name *row = event_names; row->name; row++)
		if (row->events == EVENT_BIT(kind))
			return row->name;
	return "?";
}

static int unknown(struct str wrong, struct error *err)
{
	const char *names[NAMES_MOST], *nearest;
	char text[NAME_MOST + 1], list[256] = "";
	size_t count = 0, n = 0;

	snprintf(text, sizeof text, "%.*s", (int)(wrong.n < NAME_MOST ? wrong.n : NAME_MOST),
		 wrong.p);
	for (; event_names[count].name && count < NAMES_MOST && n < sizeof list; count++) {
		names[count] = event_names[count].name;
		n += (size_t)snprintf(list + n, sizeof list - n, "%s%s", count ? ", " : "",
				      names[count]);
	}
	nearest = nearest_name(text, names, count);
	if (nearest)
		return error_set(err, EINVAL,
				 "there is no event '%s'; did you mean '%s'? There are: %s", text,
				 nearest, list);
	return error_set(err, EINVAL, "there is no event '%s'; there are: %s", text, list);
}

static const struct event_name *find(struct str name)
{
	for (const struct event_name *row = event_names; row->name; row++)
		if (str_is(name, row->name))
			return row;
	return NULL;
}

static struct str trim(struct str text)
{
	while (text.n > 0 && text.p[0] == ' ')
		text = str_skip(text, 1);
	while (text.n > 0 && text.p[text.n - 1] == ' ')
		text.n--;
	return text;
}

int events_parse(const char *list, unsigned *events, struct error *err)
{
	struct str rest = str_of(list);
	unsigned found = 0;

	while (rest.p) {
		struct str name = trim(str_cut(&rest, ','));
		const struct event_name *row = find(name);

		if (name.n == 0)
			return error_set(
				err, EINVAL,
				"'%s' is no list of events: one is empty; write 'fork,exec'", list);
		if (!row)
			return unknown(name, err);
		found |= row->events;
	}
	*events |= found;
	return 0;
}
