/*
 * The raw lines that proctrace's bpftrace script prints. Key decision: a line is taken only when
 * all of it, from its first byte to its last, has the form of its kind, so that arguments which
 * merely contain such text forge nothing. What does not parse is counted, not believed.
 */
#include "source/text/input_format.h"

#include <errno.h>

enum slot { SLOT_PID, SLOT_PPID, SLOT_SID, SLOT_IGNORED, SLOTS };

struct raw_key {
	const char *name; /* with its '=' */
	enum slot slot;
};

#define RAW_KEYS 4

struct raw_kind {
	struct str prefix;
	enum record_kind kind;
	enum input_part part;
	struct raw_key keys[RAW_KEYS]; /* in order, behind seq= and ts= */
	const char *tail;              /* what the free text at the end begins with; NULL: none */
};

static const struct raw_kind kinds[] = {
	{STR("FORK: "),
	 RECORD_FORK,			     INPUT_WHOLE,
	 {{"parent_pid=", SLOT_PPID}, {"child_pid=", SLOT_PID}, {"parent_pgid=", SLOT_IGNORED}},
	 NULL											 },
	{STR("EXEC: "),
	 RECORD_EXEC,			     INPUT_EXEC,
	 {{"pid=", SLOT_PID}, {"ppid=", SLOT_PPID}, {"pgid=", SLOT_IGNORED}},
	 NULL											 },
	{STR("EXEC_ARGS: "),     RECORD_EXEC,     INPUT_EXEC_ARGS,     {{"pid=", SLOT_PID}},      ""  },
	{STR("EXEC_FILENAME: "),
	 RECORD_EXEC,			     INPUT_EXEC_FILENAME,
	 {{"pid=", SLOT_PID}},
	 "filename="										  },
	{STR("BADEXEC: "),       RECORD_BAD_EXEC, INPUT_BAD_EXEC,      {{"pid=", SLOT_PID}},      NULL},
	{STR("EXIT: "),
	 RECORD_EXIT,			     INPUT_WHOLE,
	 {{"pid=", SLOT_PID}, {"ppid=", SLOT_PPID}, {"pgid=", SLOT_IGNORED}},
	 NULL											 },
	{STR("SETSID: "),
	 RECORD_SID,			      INPUT_WHOLE,
	 {{"pid=", SLOT_PID}, {"ppid=", SLOT_PPID}, {"pgid=", SLOT_IGNORED}, {"sid=", SLOT_SID}},
	 NULL											 },
	{STR("SETPGID: "),
	 RECORD_PGID,			     INPUT_WHOLE,
	 {{"pid=", SLOT_PID}, {"ppid=", SLOT_PPID}, {"pgid=", SLOT_SID}},
	 NULL											 },
};

struct raw_event {
	const struct raw_kind *kind;
	bool has_seq;
	uint64_t seq;
	int64_t time_ns;
	int64_t slots[SLOTS];
	struct str tail;
};

static const struct raw_kind *kind_of(struct str line)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (str_starts(line, kinds[i].prefix))
			return &kinds[i];
	return NULL;
}

/* Cuts a run of digits, perhaps negative, off the rest. */
static bool take_number(struct str *rest, bool negative, int64_t *ret)
{
	size_t from = negative && rest->n && rest->p[0] == '-', to = from;
	int64_t value = 0;

	while (to < rest->n && rest->p[to] >= '0' && rest->p[to] <= '9') {
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, rest->p[to] - '0', &value))
			return false;
		to++;
	}
	*rest = str_skip(*rest, to);
	*ret = from ? -value : value;
	return to > from;
}

/* Cuts "key=NUMBER" off the rest. */
static bool take_key(struct str *rest, const char *key, bool negative, int64_t *ret)
{
	struct str name = str_of(key);

	if (!str_starts(*rest, name))
		return false;
	*rest = str_skip(*rest, name.n);
	return take_number(rest, negative, ret);
}

static bool take_comma(struct str *rest)
{
	if (!rest->n || rest->p[0] != ',')
		return false;
	*rest = str_skip(*rest, 1);
	return true;
}

static bool parse(struct str line, struct raw_event *ret)
{
	const struct raw_kind *kind = kind_of(line);
	struct str rest;
	int64_t seq = 0;

	if (!kind || memchr(line.p, 0, line.n))
		return false;
	*ret = (struct raw_event){.kind = kind, .tail = STR_NONE};
	rest = str_skip(line, kind->prefix.n);
	if (str_starts(rest, STR("seq="))) {
		ret->has_seq = true;
		if (!take_key(&rest, "seq=", false, &seq) || !take_comma(&rest))
			return false;
		ret->seq = (uint64_t)seq;
	}
	if (!take_key(&rest, "ts=", false, &ret->time_ns) || ret->time_ns > INT64_MAX / 4)
		return false;
	for (unsigned i = 0; i < RAW_KEYS && kind->keys[i].name; i++)
		if (!take_comma(&rest) ||
		    !take_key(&rest, kind->keys[i].name, true, &ret->slots[kind->keys[i].slot]))
			return false;
	if (!kind->tail) {
		take_comma(&rest); /* the first generation ends its FORK lines so */
		return rest.n == 0;
	}
	if (!take_comma(&rest) || !str_starts(rest, str_of(kind->tail)))
		return false;
	ret->tail = str_skip(rest, strlen(kind->tail));
	return true;
}

static bool is_pid(int64_t number)
{
	return number > 0 && number <= INT32_MAX;
}

static void add(struct input *in, const struct raw_event *event)
{
	int32_t pid = (int32_t)event->slots[SLOT_PID], ppid = (int32_t)event->slots[SLOT_PPID];
	const struct raw_kind *kind = event->kind;
	struct record record = record_make(kind->kind, event->time_ns, ident_provisional(pid), pid);

	record.standing.ppid = ppid;
	if (kind->kind == RECORD_FORK)
		record.fork.parent = ident_provisional(ppid);
	else if (kind->part == INPUT_EXEC_FILENAME)
		record.exec.filename = input_store_str(&in->store, event->tail);
	else if (kind->part == INPUT_EXEC_ARGS && event->tail.n)
		record.exec.argv = input_split_args(&in->store, event->tail);
	else if (kind->kind == RECORD_SID || kind->kind == RECORD_PGID)
		record.new_id = (int32_t)event->slots[SLOT_SID];
	in->has_seq |= event->has_seq;
	input_store_add(&in->store, &record, event->seq, kind->part);
}

/* Could the numbers be those of processes? */
static bool is_plausible(const struct raw_event *event)
{
	return is_pid(event->slots[SLOT_PID]) &&
	       (event->slots[SLOT_PPID] == 0 || is_pid(event->slots[SLOT_PPID])) &&
	       (event->slots[SLOT_SID] == 0 || is_pid(event->slots[SLOT_SID]));
}

/* The result of a fork, setsid or setpgid that failed: nothing happened. */
static bool is_failure(const struct raw_event *event)
{
	return event->slots[SLOT_SID] < 0 ||
	       (event->kind->kind == RECORD_FORK && event->slots[SLOT_PID] < 0);
}

static int raw_line(struct input *in, struct str line, uint64_t number, struct error *err)
{
	struct raw_event event;

	if (line.n == 0 || str_starts(line, STR("Attaching "))) /* bpftrace's own first line */
		return 0;
	if (!parse(line, &event))
		in->skipped++;
	else if (is_plausible(&event))
		add(in, &event);
	else if (!is_failure(&event))
		in->skipped++;
	return 0;
}

static int raw_finish(struct input *in, struct error *err)
{
	if (in->root_pid == 0)
		return error_set(err, EINVAL,
				 "%s holds raw lines of everything that ran: say with --root-pid "
				 "whose tree to take (proctrace printed it at the end)",
				 in->name);
	return input_tree_finish(in, err);
}

static bool raw_recognise(struct str line)
{
	return kind_of(line) != NULL;
}

const struct input_format input_format_raw = {
	.name = "raw lines",
	.kind = INPUT_RAW,
	.settles = true,
	.recognise = raw_recognise,
	.line = raw_line,
	.finish = raw_finish,
};
