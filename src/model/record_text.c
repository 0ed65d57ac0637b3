/*
 * The text form of records. Key decision: generic over record_layouts, with sugar only where a
 * person writes scripts: `fork 1 -> 2` and words behind `--`.
 */
#include "model/record_text.h"

#include "base/clock.h"
#include "base/text.h"
#include "base/units.h"

#include <ctype.h>
#include <errno.h>

static const char spaces[] = " \t\r";

static void *member_at(struct record *record, const struct member *member)
{
	return (char *)record + member->offset;
}

/* ---- writing ---- */

static bool is_bare(struct str text)
{
	if (text.n == 0 || !utf8_valid(text))
		return false;
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] <= ' ' || text.p[i] == '"' || text.p[i] == '\\' ||
		    text.p[i] == 0x7f)
			return false;
	return true;
}

static void add_value(struct buf *out, struct str text)
{
	if (is_bare(text)) {
		buf_add_str(out, text);
		return;
	}
	buf_add_char(out, '"');
	for (size_t i = 0; i < text.n;) {
		size_t width = utf8_width(str_skip(text, i));
		unsigned char c = (unsigned char)text.p[i];

		if (c == '"' || c == '\\')
			buf_printf(out, "\\%c", c);
		else if (width == 0 || c < ' ' || c == 0x7f)
			buf_printf(out, "\\x%02x", c);
		else
			buf_add(out, text.p + i, width);
		i += width ? width : 1;
	}
	buf_add_char(out, '"');
}

static void add_time(struct buf *out, int64_t ns)
{
	uint64_t magnitude = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
	const char *unit = "ns";

	if (magnitude % NS_PER_MS == 0)
		magnitude /= NS_PER_MS, unit = "ms";
	else if (magnitude % NS_PER_US == 0)
		magnitude /= NS_PER_US, unit = "us";
	buf_add_text(out, ns < 0 ? "@-" : "@");
	buf_add_u64(out, magnitude);
	if (magnitude)
		buf_add_text(out, unit);
}

static void add_ident(struct buf *out, struct ident ident)
{
	buf_add_i64(out, ident.tgid);
	if (ident.grain_ns == 0)
		return;
	buf_add_char(out, '@');
	buf_add_u64(out, ident.start_ns);
	if (ident.grain_ns != 1)
		buf_printf(out, "~%u", ident.grain_ns);
}

static void add_who(struct buf *out, struct ident ident, int32_t pid)
{
	if (ident.tgid == 0 && pid == 0) {
		buf_add_char(out, '?');
		return;
	}
	buf_add_i64(out, pid);
	if (ident.tgid == pid && ident.grain_ns == 0)
		return;
	buf_add_char(out, ':');
	add_ident(out, ident);
}

static void add_key(struct buf *out, const char *name)
{
	buf_add_char(out, ' ');
	buf_add_text(out, name);
	buf_add_char(out, '=');
}

static void add_usage(struct buf *out, const struct usage *usage)
{
	for (unsigned i = 0; i < USAGE_FIELDS; i++) {
		if (!(usage->known & USAGE_BIT(i)))
			continue;
		add_key(out, usage_names[i]);
		buf_add_u64(out, usage->value[i]);
	}
}

/* Members that are plain numbers, or the unknown that is left out. */
static bool number_of(const struct member *member, const void *at, int64_t start_ns,
		      int64_t *ret_value)
{
	int32_t i32 = 0;
	uint32_t u32 = 0;
	int64_t i64 = 0;

	switch (member->type) {
	case MEMBER_PID:
	case MEMBER_I32:
	case MEMBER_STATUS:
		memcpy(&i32, at, sizeof i32);
		*ret_value = i32;
		return member->type == MEMBER_I32 || (member->type == MEMBER_PID && i32 != 0) ||
		       (member->type == MEMBER_STATUS && i32 != STATUS_UNKNOWN);
	case MEMBER_UID:
	case MEMBER_MASK:
		memcpy(&u32, at, sizeof u32);
		*ret_value = u32;
		return member->type == MEMBER_UID ? u32 != UID_UNKNOWN : u32 != 0;
	case MEMBER_U64:
		memcpy(&i64, at, sizeof i64);
		*ret_value = i64;
		return i64 != 0;
	case MEMBER_TIME:
		memcpy(&i64, at, sizeof i64);
		*ret_value = (int64_t)((uint64_t)i64 - (uint64_t)start_ns);
		return true;
	case MEMBER_BOOL:
		*ret_value = *(const bool *)at;
		return *ret_value;
	case MEMBER_STR:
	case MEMBER_WORDS:
	case MEMBER_IDENT:
	case MEMBER_USAGE:
		break;
	}
	return false;
}

static void add_member(struct buf *out, const struct record *record, const struct member *member,
		       int64_t start_ns)
{
	const void *at = (const char *)record + member->offset;
	const struct str *text = at;
	const struct ident *ident = at;
	int64_t number;

	if (number_of(member, at, start_ns, &number)) {
		add_key(out, member->name);
		if (member->type == MEMBER_U64)
			buf_add_u64(out, (uint64_t)number);
		else
			buf_add_i64(out, number);
	} else if (member->type == MEMBER_STR && text->p) {
		add_key(out, member->name);
		add_value(out, *text);
	} else if (member->type == MEMBER_IDENT && ident->tgid) {
		add_key(out, member->name);
		add_ident(out, *ident);
	} else if (member->type == MEMBER_USAGE) {
		add_usage(out, at);
	}
}

static void add_words(struct buf *out, struct str words)
{
	struct str word;

	if (!words.p)
		return;
	buf_add_text(out, " --");
	while (text_next_word(&words, &word)) {
		buf_add_char(out, ' ');
		add_value(out, word);
	}
}

/* `fork PARENT -> CHILD` says these two already. */
static bool is_sugar(const struct record *record, const struct member *member)
{
	return record->kind == RECORD_FORK &&
	       (member->offset == offsetof(struct record, fork.parent) ||
		member->offset == offsetof(struct record, standing.ppid));
}

void record_text_format(const struct record *record, int64_t start_ns, struct buf *out)
{
	const struct record_layout *layout = &record_layouts[record->kind];

	add_time(out, (int64_t)((uint64_t)record->time_ns - (uint64_t)start_ns));
	buf_add_char(out, ' ');
	buf_add_text(out, layout->name);
	buf_add_char(out, ' ');
	if (record->kind == RECORD_FORK) {
		add_who(out, record->fork.parent, record->standing.ppid);
		buf_add_text(out, " -> ");
	}
	add_who(out, record->ident, record->pid);
	for (size_t i = 0; i < record_common_member_count; i++)
		if (!is_sugar(record, &record_common_members[i]))
			add_member(out, record, &record_common_members[i], start_ns);
	for (size_t i = 0; i < layout->member_count; i++)
		if (!is_sugar(record, &layout->members[i]))
			add_member(out, record, &layout->members[i], start_ns);
	for (size_t i = 0; i < layout->member_count; i++)
		if (layout->members[i].type == MEMBER_WORDS)
			add_words(out, *(const struct str *)((const char *)record +
							     layout->members[i].offset));
	buf_add_char(out, '\n');
}

/* ---- reading ---- */

static struct str next_token(struct str *rest)
{
	size_t i = 0, from;
	bool quoted = false;

	while (i < rest->n && strchr(spaces, rest->p[i]) && rest->p[i])
		i++;
	for (from = i; i < rest->n; i++) {
		if (rest->p[i] == '"')
			quoted = !quoted;
		else if (rest->p[i] == '\\' && quoted && i + 1 < rest->n)
			i++;
		else if (!quoted && rest->p[i] && strchr(spaces, rest->p[i]))
			break;
	}
	struct str token = {rest->p + from, i - from};

	*rest = str_skip(*rest, i);
	return token;
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Unquotes into memory, which has room for it (see record_text_parse). */
static int unquote(struct buf *memory, struct str token, struct str *ret)
{
	size_t from = memory->n;

	if (token.n == 0 || token.p[0] != '"') {
		buf_add_str(memory, token);
		*ret = (struct str){memory->p + from, token.n};
		return memchr(token.p, '"', token.n) ? -EINVAL : 0;
	}
	if (token.n < 2 || token.p[token.n - 1] != '"')
		return -EINVAL;
	for (size_t i = 1; i + 1 < token.n; i++) {
		char c = token.p[i];

		if (c == '"')
			return -EINVAL;
		if (c == '\\' && i + 4 < token.n && token.p[i + 1] == 'x') {
			int high = hex_digit(token.p[i + 2]), low = hex_digit(token.p[i + 3]);

			if (high < 0 || low < 0)
				return -EINVAL;
			c = (char)(high << 4 | low);
			i += 3;
		} else if (c == '\\' && i + 2 < token.n) {
			c = token.p[++i];
			c = c == 'n' ? '\n' : c == 't' ? '\t' : c;
		}
		buf_add_char(memory, c);
	}
	*ret = (struct str){memory->p + from, memory->n - from};
	return 0;
}

static int parse_ident(struct str text, struct ident *ret)
{
	struct str rest = text, tgid = str_cut(&rest, '@');
	long long number;
	unsigned long long start, grain = 1;
	struct ident ident = {0};

	if (str_to_i64(tgid, &number) < 0 || number < 0 || number > INT32_MAX)
		return -EINVAL;
	ident.tgid = (int32_t)number;
	if (rest.p) {
		struct str start_text = str_cut(&rest, '~');

		if (str_to_u64(start_text, &start) < 0)
			return -EINVAL;
		if (rest.p && (str_to_u64(rest, &grain) < 0 || grain == 0 || grain > UINT32_MAX))
			return -EINVAL;
		ident.start_ns = start;
		ident.grain_ns = (uint32_t)grain;
	}
	*ret = ident;
	return 0;
}

static int parse_who(struct str token, struct ident *ret_ident, int32_t *ret_pid)
{
	struct str rest = token, pid = str_cut(&rest, ':');
	long long number;

	if (str_is(token, "?")) {
		*ret_ident = (struct ident){0};
		*ret_pid = 0;
		return 0;
	}
	if (!rest.p && memchr(token.p, '@', token.n)) {
		int r = parse_ident(token, ret_ident);

		*ret_pid = ret_ident->tgid;
		return r;
	}
	if (str_to_i64(pid, &number) < 0 || number < 0 || number > INT32_MAX)
		return -EINVAL;
	*ret_pid = (int32_t)number;
	if (rest.p)
		return parse_ident(rest, ret_ident);
	*ret_ident = ident_provisional(*ret_pid);
	return 0;
}

static int parse_time(struct record_text *state, struct str token, int64_t *ret_ns)
{
	bool relative = token.n > 0 && token.p[0] == '+';
	struct str number = str_skip(token, 1);
	bool negative = !relative && str_starts(number, STR("-"));
	int64_t ns;

	if (token.n < 2 || (!relative && token.p[0] != '@'))
		return -EINVAL;
	if (units_parse_duration(negative ? str_skip(number, 1) : number, NS_PER_SEC, &ns) < 0)
		return -EINVAL;
	if (__builtin_add_overflow(relative ? state->last_ns : state->start_ns, negative ? -ns : ns,
				   ret_ns))
		return -EINVAL;
	return 0;
}

static int set_usage(struct record *record, const struct member *member, struct str key,
		     struct str value)
{
	struct usage *usage = member_at(record, member);
	unsigned long long number;

	for (unsigned i = 0; i < USAGE_FIELDS; i++)
		if (str_is(key, usage_names[i])) {
			if (str_to_u64(value, &number) < 0)
				return -EINVAL;
			usage_set(usage, (enum usage_field)i, number);
			return 1;
		}
	return 0;
}

static int set_number(struct record_text *state, void *at, enum member_type type, struct str value)
{
	long long number;
	unsigned long long u64;

	if (type == MEMBER_U64) {
		if (str_to_u64(value, &u64) < 0)
			return -EINVAL;
		memcpy(at, &(uint64_t){u64}, sizeof(uint64_t));
		return 1;
	}
	if (str_to_i64(value, &number) < 0)
		return -EINVAL;
	if (type == MEMBER_TIME) {
		memcpy(at, &(int64_t){(int64_t)((uint64_t)number + (uint64_t)state->start_ns)},
		       sizeof(int64_t));
		return 1;
	}
	if (type == MEMBER_BOOL) {
		*(bool *)at = number != 0;
		return number == 0 || number == 1 ? 1 : -EINVAL;
	}
	if (number < INT32_MIN || number > UINT32_MAX ||
	    (type != MEMBER_UID && type != MEMBER_MASK && number > INT32_MAX))
		return -EINVAL;
	memcpy(at, &(uint32_t){(uint32_t)number}, sizeof(uint32_t));
	return 1;
}

/* 1: set; 0: not the member's name; -EINVAL: its value is wrong. */
static int set_member(struct record_text *state, struct record *record, const struct member *member,
		      struct str key, struct str value)
{
	void *at = member_at(record, member);

	if (member->type == MEMBER_USAGE)
		return set_usage(record, member, key, value);
	if (!str_is(key, member->name))
		return 0;
	if (member->type == MEMBER_STR || member->type == MEMBER_WORDS)
		return unquote(&state->memory, value, at) < 0 ? -EINVAL : 1;
	if (member->type == MEMBER_IDENT)
		return parse_ident(value, at) < 0 ? -EINVAL : 1;
	return set_number(state, at, member->type, value);
}

static int set_by_name(struct record_text *state, struct record *record, struct str key,
		       struct str value)
{
	const struct record_layout *layout = &record_layouts[record->kind];
	int r = 0;

	for (size_t i = 0; r == 0 && i < layout->member_count; i++)
		r = set_member(state, record, &layout->members[i], key, value);
	for (size_t i = 0; r == 0 && i < record_common_member_count; i++)
		r = set_member(state, record, &record_common_members[i], key, value);
	return r;
}

static int parse_words(struct record_text *state, struct record *record, struct str rest)
{
	const struct record_layout *layout = &record_layouts[record->kind];
	size_t from = state->memory.n;
	struct str token, word;

	for (size_t i = 0; i < layout->member_count; i++) {
		if (layout->members[i].type != MEMBER_WORDS)
			continue;
		while ((token = next_token(&rest)).n > 0) {
			if (unquote(&state->memory, token, &word) < 0)
				return -EINVAL;
			buf_add_char(&state->memory, 0);
		}
		*(struct str *)member_at(record, &layout->members[i]) =
			(struct str){state->memory.p + from, state->memory.n - from};
		return 0;
	}
	return -EINVAL;
}

static int bad(struct error *err, const char *what, struct str token)
{
	struct buf shown = BUF_INIT;

	text_add_safe_cut(&shown, token, 60);
	error_set(err, EINVAL, "%s: \"%s\"", what, buf_cstr(&shown));
	buf_deinit(&shown);
	return -EINVAL;
}

static int parse_members(struct record_text *state, struct record *record, struct str rest,
			 struct error *err)
{
	struct str token;

	while ((token = next_token(&rest)).n > 0) {
		struct str value = token, key;
		int r;

		if (str_is(token, "--")) {
			if (parse_words(state, record, rest) < 0)
				return bad(err, "these words cannot stand here", rest);
			return 1;
		}
		key = str_cut(&value, '=');
		if (!value.p)
			return bad(err, "a member is written name=value, not", token);
		r = set_by_name(state, record, key, value);
		if (r == 0)
			return bad(err, "this kind of record has no such member", key);
		if (r < 0)
			return bad(err, "the value of a member is wrong", token);
	}
	return 1;
}

int record_text_parse(struct record_text *state, struct str line, struct record *ret,
		      struct error *err)
{
	struct str rest = line, time, kind_name, who;
	struct record record;
	struct ident ident, parent = {0};
	int32_t pid, ppid = 0;
	int64_t time_ns;
	enum record_kind kind;
	int r;

	time = next_token(&rest);
	if (time.n == 0 || time.p[0] == '#')
		return 0;
	/* unquoted text is never longer than its line: slices into memory stay valid */
	buf_clear(&state->memory);
	buf_reserve(&state->memory, line.n + 2);
	if (parse_time(state, time, &time_ns) < 0)
		return bad(err, "a time is written +3ms or @3ms, not", time);
	kind_name = next_token(&rest);
	kind = record_kind_named(kind_name);
	if (kind == RECORD_NONE)
		return bad(err, "there is no such kind of record", kind_name);
	who = next_token(&rest);
	if (kind == RECORD_FORK) {
		struct str arrow;

		if (parse_who(who, &parent, &ppid) < 0)
			return bad(err, "a process is written PID[:TGID][@START], not", who);
		arrow = next_token(&rest);
		if (!str_is(arrow, "->"))
			return bad(err, "a fork is written PARENT -> CHILD, not", arrow);
		who = next_token(&rest);
	}
	if (parse_who(who, &ident, &pid) < 0)
		return bad(err, "a process is written PID[:TGID][@START], not", who);
	record = record_make(kind, time_ns, ident, pid);
	if (kind == RECORD_FORK) {
		record.fork.parent = parent;
		record.standing.ppid = ppid;
	}
	r = parse_members(state, &record, rest, err);
	if (r < 0)
		return r;
	state->last_ns = time_ns;
	*ret = record;
	return 1;
}

void record_text_deinit(struct record_text *state)
{
	buf_deinit(&state->memory);
}
