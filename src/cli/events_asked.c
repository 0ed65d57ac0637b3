/*
 * What the event log asks back: names, terminals, and whether --filter wants an event. Key
 * decision: the filter is asked at every event, of what is known of the process by then.
 */
#include "cli/events.h"

#include "base/clock.h"
#include "base/mem.h"

#include <errno.h>
#include <stdlib.h>

/* "there is no nice": which columns an event can tell is not to be guessed. */
static int refuse(const struct field *field, struct error *err)
{
	struct buf list = BUF_INIT;
	int r;

	life_list_fields(&list);
	r = error_set(err, EINVAL, "--filter: no event tells %s; it can ask for %.*s", field->name,
		      (int)list.n, list.p);
	buf_deinit(&list);
	return r;
}

int events_asked_init(struct events_asked *asked, const char *filter, struct error *err)
{
	const struct field *field;
	int r;

	*asked = (struct events_asked){.arena = ARENA_INIT};
	if (!filter)
		return 0;
	r = filter_new(&asked->filter, str_of(filter), err);
	if (r < 0)
		return r;
	field = filter_field(asked->filter, life_never_tells);
	return field ? refuse(field, err) : 0;
}

int events_asked_open(struct events_asked *asked, const struct root *root, struct error *err)
{
	asked->names = names_cache_new(root);
	asked->ttys = tty_cache_new(root);
	return host_read(root, HOST_LOAD, &asked->host, err);
}

void events_asked_deinit(struct events_asked *asked)
{
	names_cache_free(asked->names);
	tty_cache_free(asked->ttys);
	filter_free(asked->filter);
	host_deinit(&asked->host);
	arena_deinit(&asked->arena);
}

bool events_asked_cost(const struct events_asked *asked)
{
	return asked->filter && filter_field(asked->filter, life_tells_late);
}

/* ---- the hooks ---- */

static struct str user_name(void *context, uint32_t uid)
{
	const struct names *names = names_cache_names(((struct events_asked *)context)->names);

	return names->user(names->context, uid);
}

static struct str group_name(void *context, uint32_t gid)
{
	const struct names *names = names_cache_names(((struct events_asked *)context)->names);

	return names->group(names->context, gid);
}

static struct str tty_name(void *context, const struct proc *proc)
{
	struct events_asked *asked = context;
	const struct names *names = names_cache_names(asked->names);

	return names->tty(names->context, tty_cache_device(asked->ttys, proc, clock_boot_ns()));
}

static bool wanted(void *context, const struct proc *proc, int64_t time_ns)
{
	struct events_asked *asked = context;
	const struct field_context about = {
		.host = &asked->host,
		.names = names_cache_names(asked->names),
		.arena = &asked->arena,
		.knows = life_snapshot_knows,
	};

	/* "10m ago" is ago of the event */
	asked->host.time_ns = time_ns;
	asked->host.real_ns = asked->host.boot_real_ns + time_ns;
	arena_clear(&asked->arena);
	life_snapshot_fill(&asked->life, proc, time_ns);
	return filter_test(asked->filter, &asked->life.snapshot, &about) == FILTER_YES;
}

void events_asked_hook(struct events_asked *asked, struct event_options *options)
{
	options->user_name = user_name;
	options->group_name = group_name;
	options->tty_name = tty_name;
	options->name_context = options->wanted_context = asked;
	if (asked->filter)
		options->wanted = wanted;
	options->settled_ends = events_asked_cost(asked);
	for (int32_t rest = asked->host.pid_max; rest > 0; rest /= 10)
		options->pid_width++;
}

/* ---- counting ---- */

struct tally {
	struct sink sink;
	uint64_t *missed;
};

static int tally_record(struct sink *sink, const struct record *record, const struct change *change,
			struct error *err)
{
	*((struct tally *)sink)->missed += record->kind == RECORD_EXEC && !record->exec.argv.p &&
					   !(change->flags & CHANGE_DUPLICATE);
	return 0;
}

static void tally_free(struct sink *sink)
{
	free(sink);
}

static const struct sink_ops tally_ops = {
	.name = "tally",
	.record = tally_record,
	.free = tally_free,
};

struct sink *events_tally_new(uint64_t *ret_missed)
{
	struct tally *tally = mem_alloc(sizeof *tally);

	tally->sink.ops = &tally_ops;
	tally->missed = ret_missed;
	return &tally->sink;
}
