/*
 * The event sources and the choice among them. Key decision: the table is in order of preference
 * and "auto" is a walk down it; why the better ones were not taken is kept for the recording.
 */
#include "source/pick.h"

#include "base/nearest.h"
#include "source/bpf/bpf.h"
#include "source/netlink/netlink.h"
#include "source/poll.h"
#include "source/ptrace/ptrace.h"

#include <errno.h>
#include <stdio.h>

const struct source_kind *const source_kinds[] = {&bpf_kind, &ptrace_kind, &netlink_kind,
						  &poll_kind};
const unsigned source_kind_count = sizeof source_kinds / sizeof *source_kinds;

static int unknown_name(const char *name, struct error *err)
{
	const char *names[sizeof source_kinds / sizeof *source_kinds + 1] = {"auto"};
	char list[128] = "auto";
	const char *nearest;

	for (unsigned i = 0; i < source_kind_count; i++) {
		size_t n = strlen(list);

		names[i + 1] = source_kinds[i]->name;
		snprintf(list + n, sizeof list - n, ", %s", source_kinds[i]->name);
	}
	nearest = nearest_name(name, names, source_kind_count + 1);
	return error_set(err, EINVAL, "unknown source '%s'%s%s%s; there are: %s", name,
			 nearest ? " (did you mean '" : "", nearest ? nearest : "",
			 nearest ? "'?)" : "", list);
}

bool source_is_known(const char *name, struct error *err)
{
	bool known = !name || strcmp(name, "auto") == 0;

	for (unsigned i = 0; !known && i < source_kind_count; i++)
		known = strcmp(name, source_kinds[i]->name) == 0;
	if (!known)
		unknown_name(name, err);
	return known;
}

/* What a command does is mostly done by who lives briefly: a source that misses those is asked for. */
static int may_be_taken(const struct source_kind *kind, const struct source_options *options,
			struct error *why)
{
	if (!options->launch || options->polls || kind->capabilities & SOURCE_SEES_SHORT_LIVED)
		return 0;
	return error_set(why, EOPNOTSUPP,
			 "of a command it misses what comes and goes between two looks; "
			 "--source %s takes it all the same",
			 kind->name);
}

static int open_one(const struct source_kind *kind, const struct source_options *options,
		    struct source **ret_source, struct error *err)
{
	struct source *source;
	int r = kind->probe(options, err);

	if (r < 0)
		return r;
	source = kind->create(options);
	r = source->ops->open(source, err);
	if (r < 0) {
		source->ops->close(source);
		return r;
	}
	*ret_source = source;
	return 0;
}

/* Notes that a source was considered; an empty reason means that it was taken. */
static void note_tried(struct run *run, const char *name, const char *reason)
{
	struct run_source_tried *tried;

	if (run->tried_count == RUN_SOURCES_MAX)
		return;
	tried = &run->tried[run->tried_count++];
	tried->name = name;
	snprintf(tried->reason, sizeof tried->reason, "%.255s", reason);
}

/* All the reasons in one sentence. */
static int none_opened(const struct run *run, int errnum, struct error *err)
{
	char text[512] = "";

	for (unsigned i = 0; i < run->tried_count; i++) {
		size_t n = strlen(text);

		snprintf(text + n, sizeof text - n, "%s%s: %s", i ? "; " : "", run->tried[i].name,
			 run->tried[i].reason);
	}
	return error_set(err, errnum, "no event source opens here: %s", text);
}

/* Opens one and notes that; 0 when it is taken. `named`: by its name, not for want of better ones. */
static int try_one(const struct source_kind *kind, bool named, const struct source_options *options,
		   struct run *run, struct source **ret_source, const struct source_kind **ret_kind,
		   struct error *why)
{
	int r;

	*why = (struct error){""};
	r = named ? 0 : may_be_taken(kind, options, why);
	r = r < 0 ? r : open_one(kind, options, ret_source, why);
	note_tried(run, kind->name, r < 0 ? why->text : "");
	if (options->debug)
		options->debug("source %s: %s", kind->name, r < 0 ? why->text : "taken");
	if (r < 0)
		return r;
	run->source = kind->name;
	*ret_kind = kind;
	return 0;
}

int source_pick(const char *name, const struct source_options *options, struct run *run,
		struct source **ret_source, const struct source_kind **ret_kind, struct error *err)
{
	bool any = !name || strcmp(name, "auto") == 0;
	struct error why;
	int r = 0;

	run->tried_count = 0;
	for (unsigned i = 0; i < source_kind_count; i++) {
		const struct source_kind *kind = source_kinds[i];

		if (!any && strcmp(name, kind->name) != 0)
			continue;
		r = try_one(kind, !any, options, run, ret_source, ret_kind, &why);
		if (r == 0)
			return 0;
		if (!any)
			return error_set(err, -r, "source %s: %s", name, why.text);
	}
	return any ? none_opened(run, -r, err) : unknown_name(name, err);
}
