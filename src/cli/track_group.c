/* What --group-by goes by: the name of the group that a process belongs to. */
#include "cli/track.h"

#include "model/cgroup_name.h"
#include "source/host.h"

#include <errno.h>

static void by_name(void *context, const struct track_row *row, struct buf *out)
{
	buf_add_str(out, row->name.p ? row->name : STR(""));
}

static void by_cgroup(void *context, const struct track_row *row, struct buf *out)
{
	buf_add_str(out, row->cgroup.p ? row->cgroup : STR(""));
}

/* The innermost: of the user's systemd, else of the machine's. */
static void by_unit(void *context, const struct track_row *row, struct buf *out)
{
	struct str unit = STR_NONE;

	if (row->cgroup.p)
		unit = cgroup_user_unit(row->cgroup);
	if (row->cgroup.p && !unit.p)
		unit = cgroup_unit(row->cgroup);
	buf_add_str(out, unit.p ? unit : STR(""));
}

static void by_user(void *context, const struct track_row *row, struct buf *out)
{
	const struct names *names = names_cache_names(context);
	struct str name = STR_NONE;

	if (row->uid == UID_UNKNOWN)
		return;
	name = names->user(names->context, row->uid);
	if (name.p)
		buf_add_str(out, name);
	else
		buf_add_u64(out, row->uid);
}

static const struct track_grouping groupings[] = {
	{"name",   "NAME",   by_name,   0                    },
	{"unit",   "UNIT",   by_unit,   PART_BIT(PART_CGROUP)},
	{"cgroup", "CGROUP", by_cgroup, PART_BIT(PART_CGROUP)},
	{"user",   "USER",   by_user,   0                    },
};

int track_find_grouping(const char *name, const struct track_grouping **ret, struct error *err)
{
	for (size_t i = 0; i < sizeof groupings / sizeof *groupings; i++) {
		if (strcmp(groupings[i].name, name) != 0)
			continue;
		*ret = &groupings[i];
		return 0;
	}
	return error_set(err, EINVAL, "--group-by %s: there are name, unit, cgroup and user", name);
}
