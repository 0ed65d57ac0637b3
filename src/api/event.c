/*
 * Events. Key decision: an event is a copy made when the record went through the table, because by
 * the time that the caller looks, the process may have run other programs or be forgotten.
 */
#include "api/event.h"

#include "base/mem.h"
#include "model/status.h"

#include <errno.h>

#define SAME(name)                                                                                 \
	_Static_assert((int)PSCOPE_EVENT_##name == (int)RECORD_##name, "kinds are the records'")
SAME(SEEN);
SAME(FORK);
SAME(CLONE);
SAME(EXEC);
SAME(BAD_EXEC);
SAME(EXIT);
SAME(THREAD_EXIT);
SAME(SETTLED);
SAME(COMM);
SAME(UID);
SAME(GID);
SAME(SID);
SAME(PGID);
SAME(PTRACE);
SAME(CORE);
SAME(SIGNAL);
SAME(OOM);
SAME(SAMPLE);
SAME(GAP);
SAME(MARK);

/* ---- copying ---- */

static bool is_text(const struct member *member)
{
	return member->type == MEMBER_STR || member->type == MEMBER_WORDS;
}

static struct str *text_of(struct record *record, const struct member *member)
{
	return (struct str *)((char *)record + member->offset);
}

/* The image's strings can be long: of events that come often they are left out. */
static bool tells_image(enum record_kind kind)
{
	return kind != RECORD_FORK && kind != RECORD_EXEC && kind != RECORD_CLONE &&
	       kind != RECORD_THREAD_EXIT && kind != RECORD_SAMPLE;
}

static struct event_life life_of(const struct record *record, const struct proc *proc)
{
	const struct proc_exec *image;
	struct event_life life = {.status = STATUS_UNKNOWN};

	if (!proc)
		return life;
	image = tells_image(record->kind) ? proc_image(proc) : NULL;
	life.id = proc->id;
	life.parent_id = proc->birth_parent_id;
	life.start_ns = proc->start_ns;
	life.start_known = proc->start_known;
	life.ended = proc->state != PROC_LIVING;
	life.end_ns = proc->end_ns;
	life.status = proc->status;
	life.name = proc_name(proc);
	life.command = image ? image->argv : STR_NONE;
	life.executable = image ? image->filename : STR_NONE;
	return life;
}

static unsigned flags_of(const struct record *record, const struct change *change)
{
	static const struct {
		unsigned change, flag;
	} pairs[] = {
		{CHANGE_NEW,       PSCOPE_EVENT_IS_NEW  },
		{CHANGE_ENDED,     PSCOPE_EVENT_IS_END  },
		{CHANGE_FINISHED,  PSCOPE_EVENT_IS_FINAL},
		{CHANGE_DUPLICATE, PSCOPE_EVENT_IS_KNOWN},
	};
	unsigned flags = record->inferred ? PSCOPE_EVENT_IS_INFERRED : 0;

	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
		if (change->flags & pairs[i].change)
			flags |= pairs[i].flag;
	return flags;
}

static void move_text(struct str *text, char **at)
{
	if (!text->p)
		return;
	if (text->n > 0)
		memcpy(*at, text->p, text->n);
	text->p = *at;
	*at += text->n + 1; /* what was allocated is zero */
}

struct pscope_event *event_new(const struct api_object *owner, const struct record *record,
			       const struct change *change)
{
	const struct record_layout *layout = &record_layouts[record->kind];
	struct event_life life = life_of(record, change->proc);
	size_t bytes = life.name.n + life.command.n + life.executable.n + 3;
	struct record copy = *record;
	struct pscope_event *event;
	char *at;

	for (size_t i = 0; i < layout->member_count; i++)
		if (is_text(&layout->members[i]))
			bytes += text_of(&copy, &layout->members[i])->n + 1;
	event = mem_alloc(sizeof *event + bytes);
	*event = (struct pscope_event){.owner = owner, .record = copy, .life = life};
	event->flags = flags_of(record, change);
	at = (char *)(event + 1);
	for (size_t i = 0; i < layout->member_count; i++)
		if (is_text(&layout->members[i]))
			move_text(text_of(&event->record, &layout->members[i]), &at);
	move_text(&event->life.name, &at);
	move_text(&event->life.command, &at);
	move_text(&event->life.executable, &at);
	if (record->kind == RECORD_EXEC) {
		event->life.command = event->record.exec.argv;
		event->life.executable = event->record.exec.filename;
	}
	return event;
}

/* ---- members of the record ---- */

static void get_member(const struct record *record, const struct member *member,
		       struct pscope_value *ret)
{
	const void *p = (const char *)record + member->offset;
	int type = api_type_of_name(str_of(member->name));
	const struct ident *ident = p;

	*ret = (struct pscope_value){.type = type};
	switch (member->type) {
	case MEMBER_PID:
		if (*(const int32_t *)p)
			api_value_signed(ret, type, *(const int32_t *)p);
		break;
	case MEMBER_STATUS:
		if (*(const int32_t *)p != STATUS_UNKNOWN)
			api_value_signed(ret, type, *(const int32_t *)p);
		break;
	case MEMBER_I32:
		api_value_signed(ret, type, *(const int32_t *)p);
		break;
	case MEMBER_UID:
		if (*(const uint32_t *)p != UID_UNKNOWN)
			api_value_unsigned(ret, type, *(const uint32_t *)p);
		break;
	case MEMBER_U64:
		if (*(const uint64_t *)p)
			api_value_unsigned(ret, type, *(const uint64_t *)p);
		break;
	case MEMBER_TIME:
		api_value_signed(ret, PSCOPE_TYPE_BOOT_TIME, *(const int64_t *)p);
		break;
	case MEMBER_BOOL:
		api_value_flag(ret, *(const bool *)p);
		break;
	case MEMBER_STR:
		api_value_text(ret, *(const struct str *)p);
		break;
	case MEMBER_WORDS:
		api_value_words(ret, *(const struct str *)p);
		break;
	case MEMBER_IDENT:
		if (!ident->tgid)
			break;
		ret->kind = PSCOPE_LIFE;
		ret->as.life.tgid = ident->tgid;
		ret->as.life.start_ns = ident->grain_ns ? ident->start_ns : 0;
		break;
	case MEMBER_MASK:
	case MEMBER_USAGE:
		break;
	}
}

static void get_usage(const struct usage *usage, unsigned field, struct pscope_value *ret)
{
	int type = api_type_of_name(str_of(usage_names[field]));

	*ret = (struct pscope_value){.type = type};
	if (!(usage->known & USAGE_BIT(field)))
		return;
	api_value_unsigned(ret, type, usage->value[field]);
	if (usage->bound & USAGE_BIT(field))
		ret->flags = PSCOPE_VALUE_UPPER_BOUND;
}

/* ---- members of the life ---- */

static void get_life_id(const struct event_life *life, size_t at, struct pscope_value *ret)
{
	uint64_t id = *(const uint64_t *)((const char *)life + at);

	if (id)
		api_value_unsigned(ret, PSCOPE_TYPE_NUMBER, id);
}

static void get_life_start(const struct event_life *life, size_t at, struct pscope_value *ret)
{
	ret->type = PSCOPE_TYPE_BOOT_TIME;
	if (life->start_known)
		api_value_signed(ret, PSCOPE_TYPE_BOOT_TIME, life->start_ns);
}

static void get_life_end(const struct event_life *life, size_t at, struct pscope_value *ret)
{
	ret->type = PSCOPE_TYPE_BOOT_TIME;
	if (life->ended)
		api_value_signed(ret, PSCOPE_TYPE_BOOT_TIME, life->end_ns);
}

static void get_life_duration(const struct event_life *life, size_t at, struct pscope_value *ret)
{
	ret->type = PSCOPE_TYPE_DURATION;
	if (life->ended && life->start_known)
		api_value_signed(ret, PSCOPE_TYPE_DURATION, life->end_ns - life->start_ns);
}

static void get_life_code(const struct event_life *life, size_t at, struct pscope_value *ret)
{
	struct ending ending = status_decode(life->status);

	if (ending.known && ending.signal == 0)
		api_value_signed(ret, PSCOPE_TYPE_NUMBER, ending.exit_code);
}

static void get_life_signal(const struct event_life *life, size_t at, struct pscope_value *ret)
{
	struct ending ending = status_decode(life->status);

	if (ending.known && ending.signal != 0)
		api_value_signed(ret, PSCOPE_TYPE_NUMBER, ending.signal);
}

static void get_life_core(const struct event_life *life, size_t at, struct pscope_value *ret)
{
	struct ending ending = status_decode(life->status);

	ret->type = PSCOPE_TYPE_FLAG;
	if (ending.known)
		api_value_flag(ret, ending.core_dumped);
}

static void get_life_text(const struct event_life *life, size_t at, struct pscope_value *ret)
{
	api_value_text(ret, *(const struct str *)((const char *)life + at));
}

static void get_life_words(const struct event_life *life, size_t at, struct pscope_value *ret)
{
	api_value_words(ret, *(const struct str *)((const char *)life + at));
}

#define AT(field) offsetof(struct event_life, field)

static const struct {
	const char *name;
	void (*get)(const struct event_life *life, size_t at, struct pscope_value *ret);
	size_t at;
} life_members[] = {
	{"life",        get_life_id,       AT(id)        },
	{"parent_life", get_life_id,       AT(parent_id) },
	{"start_ns",    get_life_start,    0             },
	{"end_ns",      get_life_end,      0             },
	{"duration_ns", get_life_duration, 0             },
	{"exit_code",   get_life_code,     0             },
	{"exit_signal", get_life_signal,   0             },
	{"core_dumped", get_life_core,     0             },
	{"name",        get_life_text,     AT(name)      },
	{"command",     get_life_words,    AT(command)   },
	{"executable",  get_life_text,     AT(executable)},
};
#define LIFE_MEMBERS (sizeof life_members / sizeof *life_members)

/* ---- all members of an event, one after the other ---- */

static unsigned width_of(const struct member *member)
{
	if (member->type == MEMBER_USAGE)
		return USAGE_FIELDS;
	return member->type != MEMBER_MASK; /* which counters are bounds says their flag */
}

/*
 * The name of the member at `index`, NULL past the end; with `ret` its value too. First those of
 * the kind, then those that every kind has, then those of the life.
 */
static const char *walk(const struct pscope_event *event, unsigned index, struct pscope_value *ret)
{
	const struct record_layout *layout = &record_layouts[event->record.kind];
	size_t own = layout->member_count;

	for (size_t i = 0; i < own + record_common_member_count; i++) {
		const struct member *member =
			i < own ? &layout->members[i] : &record_common_members[i - own];
		unsigned width = width_of(member);

		if (index >= width) {
			index -= width;
			continue;
		}
		if (ret && member->type == MEMBER_USAGE)
			get_usage((const struct usage *)((const char *)&event->record +
							 member->offset),
				  index, ret);
		else if (ret)
			get_member(&event->record, member, ret);
		return member->type == MEMBER_USAGE ? usage_names[index] : member->name;
	}
	if (index >= LIFE_MEMBERS)
		return NULL;
	if (ret) {
		*ret = (struct pscope_value){0};
		life_members[index].get(&event->life, life_members[index].at, ret);
	}
	return life_members[index].name;
}

int pscope_event_get(const struct pscope_event *event, const char *name,
		     struct pscope_value *ret_value)
{
	const char *found;

	if (!event)
		return -EINVAL;
	if (!name || !ret_value)
		return api_fail(event->owner, EINVAL,
				"a name and a place for its value are needed");
	for (unsigned i = 0; (found = walk(event, i, NULL)); i++) {
		if (strcmp(found, name) != 0)
			continue;
		walk(event, i, ret_value);
		return 0;
	}
	return api_fail(event->owner, ENOENT, "a %s event has no member '%s'",
			record_layouts[event->record.kind].name, name);
}

unsigned pscope_event_member_count(const struct pscope_event *event)
{
	unsigned count = 0;

	while (event && walk(event, count, NULL))
		count++;
	return count;
}

const char *pscope_event_member_name(const struct pscope_event *event, unsigned index)
{
	return event ? walk(event, index, NULL) : NULL;
}

int pscope_event_kind(const struct pscope_event *event)
{
	return event ? (int)event->record.kind : 0;
}

const char *pscope_event_kind_name(int kind)
{
	return kind > RECORD_NONE && kind < RECORD_KINDS ? record_layouts[kind].name : NULL;
}

int64_t pscope_event_time_ns(const struct pscope_event *event)
{
	return event ? event->record.time_ns : 0;
}

int32_t pscope_event_pid(const struct pscope_event *event)
{
	return event ? event->record.pid : 0;
}

unsigned pscope_event_flags(const struct pscope_event *event)
{
	return event ? event->flags : 0;
}
