/*
 * Texts of the registry. Key decision: the bytes of a process are passed on as they are, and what
 * is put together lies in the arena of the context; making it harmless is the output's.
 */
#include "base/buf.h"
#include "model/cgroup_name.h"
#include "model/field_getters.h"
#include "model/syscall_name.h"

#include <stdio.h>
#include <stdlib.h>

/* The arena's copy; unknown without an arena. */
static struct value of_copy(const struct field_context *context, struct str text)
{
	return context->arena ? value_of_text(arena_str(context->arena, text)) : value_unknown();
}

/* ---- names ---- */

struct lookup {
	struct str (*find)(void *context, uint32_t id);
	void *context;
};

static struct str look_up(struct lookup lookup, uint32_t id)
{
	return lookup.find ? lookup.find(lookup.context, id) : STR_NONE;
}

static struct value name_of(const struct field_context *context, struct lookup lookup, uint32_t id)
{
	struct str name = look_up(lookup, id);
	char number[16];

	if (name.p)
		return value_of_text(name);
	snprintf(number, sizeof number, "%u", id);
	return of_copy(context, str_of(number));
}

static struct lookup users(const struct field_context *context)
{
	return context->names ? (struct lookup){context->names->user, context->names->context}
			      : (struct lookup){NULL, NULL};
}

static struct lookup groups(const struct field_context *context)
{
	return context->names ? (struct lookup){context->names->group, context->names->context}
			      : (struct lookup){NULL, NULL};
}

static uint32_t id_at(const void *base, size_t offset)
{
	return *(const uint32_t *)((const char *)base + offset);
}

FIELD_GETTER(field_user)
{
	return name_of(context, users(context), id_at(s, field->offset));
}

FIELD_GETTER(field_login_user)
{
	uint32_t id = id_at(s, field->offset);

	return id == UINT32_MAX ? value_unknown() : name_of(context, users(context), id);
}

FIELD_GETTER(field_group)
{
	return name_of(context, groups(context), id_at(s, field->offset));
}

FIELD_GETTER(field_status_user)
{
	return name_of(context, users(context), id_at(s->status, field->offset));
}

FIELD_GETTER(field_status_group)
{
	return name_of(context, groups(context), id_at(s->status, field->offset));
}

/* "adm,sudo,docker"; as many as a process may have (65,536) make a long text, but a bounded one. */
FIELD_GETTER(field_group_names)
{
	struct buf text = BUF_INIT;
	struct value value;

	for (uint32_t i = 0; i < s->status->group_count; i++) {
		struct str name = look_up(groups(context), s->status->groups[i]);

		if (i)
			buf_add_char(&text, ',');
		if (name.p)
			buf_add_str(&text, name);
		else
			buf_add_u64(&text, s->status->groups[i]);
	}
	value = of_copy(context, buf_str(&text));
	buf_deinit(&text);
	return value;
}

/* Numbers that Documentation/admin-guide/devices.txt has given out for good. */
#define TTY_MAJOR       4
#define PTS_MAJOR_FIRST 136
#define PTS_MAJOR_LAST  143

/* The name where no table of devices is at hand. */
static void tty_by_number(uint32_t device, char *text, size_t size)
{
	unsigned major = device >> 8 & 0xfff, minor = (device & 0xff) | (device >> 12 & 0xfff00);

	if (major >= PTS_MAJOR_FIRST && major <= PTS_MAJOR_LAST)
		snprintf(text, size, "pts/%u", minor + (major - PTS_MAJOR_FIRST) * 256);
	else if (major == TTY_MAJOR && minor < 64)
		snprintf(text, size, "tty%u", minor);
	else if (major == TTY_MAJOR)
		snprintf(text, size, "ttyS%u", minor - 64);
	else
		snprintf(text, size, "%u:%u", major, minor);
}

FIELD_GETTER(field_tty)
{
	const struct names *names = context->names;
	struct str name = STR_NONE;
	char text[32];

	if (s->stat.tty == 0)
		return value_unknown();
	if (names && names->tty)
		name = names->tty(names->context, s->stat.tty);
	if (name.p)
		return value_of_text(name);
	tty_by_number((uint32_t)s->stat.tty, text, sizeof text);
	return of_copy(context, str_of(text));
}

/* ---- state ---- */

FIELD_GETTER(field_state)
{
	return value_of_text((struct str){&s->stat.state, 1});
}

/* As procps writes it: ps/output.c, pr_stat. */
FIELD_GETTER(field_stat_flags)
{
	const struct snapshot_stat *stat = &s->stat;
	int32_t tgid = s->is_thread ? s->tgid : s->pid;
	const struct {
		bool is;
		char letter;
	} flags[] = {
		{stat->nice < 0,               '<'},
                {stat->nice > 0,               'N'},
		{s->locked_bytes > 0,          'L'},
                {stat->sid == tgid,            's'},
		{stat->threads > 1,            'l'},
                {stat->pgid == stat->tty_pgid, '+'},
	};
	char text[8];
	size_t n = 0;

	text[n++] = stat->state;
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		if (flags[i].is)
			text[n++] = flags[i].letter;
	return of_copy(context, (struct str){text, n});
}

/* sched(7); the words of ps. By number: include/uapi/linux/sched.h. */
FIELD_GETTER(field_class)
{
	static const char *const classes[] = {"TS", "FF", "RR", "B", "ISO", "IDL", "DLN", "EXT"};
	uint32_t policy = s->stat.policy;
	char text[16];

	if (policy < sizeof classes / sizeof *classes)
		return value_of_text(str_of(classes[policy]));
	snprintf(text, sizeof text, "#%u", policy);
	return of_copy(context, str_of(text));
}

FIELD_GETTER(field_seccomp)
{
	static const char *const modes[] = {"disabled", "strict", "filter"};
	uint64_t mode = s->status->number[STATUS_SECCOMP];

	if (!(s->status->numbers_known & 1u << STATUS_SECCOMP))
		return value_unknown();
	return mode < sizeof modes / sizeof *modes ? value_of_text(str_of(modes[mode]))
						   : value_unknown();
}

/* The kernel writes 0 for who does not sleep. */
FIELD_GETTER(field_wchan)
{
	return s->wchan.n == 0 || str_is(s->wchan, "0") ? value_unknown() : value_of_text(s->wchan);
}

/* "0 0x3 ... sp pc", "running", or "-1 sp pc": stopped, but in no call. */
FIELD_GETTER(field_syscall)
{
	struct str rest = s->syscall, word = str_cut(&rest, ' ');
	unsigned long long number;
	const char *name;

	if (word.n > 0 && word.p[word.n - 1] == '\n')
		word.n--;
	if (word.n == 0)
		return value_unknown();
	if (snapshot_is_kernel_thread(s) || str_is(word, "-1"))
		return value_of_text(STR("none"));
	if (str_to_u64(word, &number) < 0)
		return value_of_text(word);
	name = syscall_name(number);
	return value_of_text(name ? str_of(name) : word);
}

/* ---- what it runs ---- */

static size_t put(char *at, struct str text)
{
	if (text.n)
		memcpy(at, text.p, text.n);
	return text.n;
}

/*
 * Words joined as ps joins them: each NUL in between is a blank, those behind are none. What
 * setproctitle left behind, and an argc of 0, thus look as ps shows them.
 */
FIELD_GETTER(field_command)
{
	static const struct str defunct = {" <defunct>", sizeof " <defunct>" - 1};
	bool zombie = s->stat.state == 'Z';
	struct str words = s->cmdline;
	size_t n = 0;
	char *text;

	if (!context->arena)
		return value_unknown();
	while (words.n > 0 && words.p[words.n - 1] == '\0')
		words.n--;
	text = arena_alloc(context->arena, words.n + s->stat.comm.n + 2 + defunct.n);
	if (words.n > 0) {
		n = put(text, words);
		for (size_t i = 0; i < n; i++)
			if (text[i] == '\0')
				text[i] = ' ';
	} else {
		text[n++] = '[';
		n += put(text + n, s->stat.comm);
		text[n++] = ']';
	}
	if (zombie)
		n += put(text + n, defunct);
	return value_of_text((struct str){text, n});
}

/* ---- where it belongs ---- */

FIELD_GETTER(field_cgroup)
{
	static struct str (*const pieces[])(struct str path) = {
		[CGROUP_UNIT] = cgroup_unit,
		[CGROUP_USER_UNIT] = cgroup_user_unit,
		[CGROUP_SLICE] = cgroup_slice,
		[CGROUP_CONTAINER] = cgroup_container,
	};
	struct str path = cgroup_path(s->cgroup);

	if (!path.p)
		return value_unknown();
	return value_of_text(pieces[field->offset] ? pieces[field->offset](path) : path);
}

FIELD_GETTER(field_cgroup_lines)
{
	struct str text = s->cgroup;
	struct value value;

	while (text.n > 0 && text.p[text.n - 1] == '\n')
		text.n--;
	if (text.n == 0)
		return value_unknown();
	value = of_copy(context, text);
	if (value.kind == VALUE_TEXT)
		for (char *p = (char *)value.text.p; p < value.text.p + value.text.n; p++)
			if (*p == '\n')
				*p = ';';
	return value;
}
