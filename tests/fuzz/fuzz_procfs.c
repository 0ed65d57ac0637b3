/* Any bytes through the parsers of kernel files; the first byte, from '3' on, chooses which. */
#include "procfs/io.h"
#include "procfs/mountinfo.h"
#include "procfs/ns.h"
#include "procfs/schedstat.h"
#include "procfs/smaps_rollup.h"
#include "procfs/stat.h"
#include "procfs/statm.h"
#include "procfs/status.h"
#include "source/cgroup_members.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void parse_stat(struct str text)
{
	struct snapshot_stat stat;

	/* the name is a part of the text */
	if (procfs_stat_parse(text, &stat) >= 0 &&
	    (stat.comm.p < text.p || stat.comm.p + stat.comm.n > text.p + text.n))
		abort();
}

static void parse_statm(struct str text)
{
	struct snapshot_statm statm;
	uint64_t bytes;

	/* what all of it says, a part of it says too */
	if (procfs_statm_parse(text, 4096, &statm) == 0 &&
	    (procfs_statm_parse_rss(text, 4096, &bytes) < 0 || bytes != statm.rss_bytes))
		abort();
}

static void parse_io(struct str text)
{
	struct procfs_io_calls calls = {0};
	struct usage usage = {0};

	if (procfs_io_parse(text, &usage) < 0 && usage.known)
		abort();
	if (procfs_io_parse_calls(text, &calls) < 0 && (calls.read || calls.written))
		abort();
}

static void parse_status(struct str text)
{
	struct arena arena = ARENA_INIT;
	struct snapshot_status status;
	uint64_t sum = 0;

	if (procfs_status_parse(text, &arena, &status) == 0) {
		for (uint32_t i = 0; i < status.group_count; i++)
			sum += status.groups[i];
		for (uint32_t i = 0; i < status.ns_count; i++)
			sum += (uint64_t)(status.ns_pids ? status.ns_pids[i] : 0) +
			       (uint64_t)(status.ns_pgids ? status.ns_pgids[i] : 0) +
			       (uint64_t)(status.ns_sids ? status.ns_sids[i] : 0);
		for (unsigned i = 0; i < STATUS_TEXTS; i++)
			if (status.text[i].p && status.text[i].p[status.text[i].n] != 0)
				abort();
		/* looked at, so that sanitizers see what is not there */
		if (sum == UINT64_MAX)
			abort();
	}
	arena_deinit(&arena);
}

static void parse_status_brief(struct str text)
{
	struct procfs_status_brief brief;

	if (procfs_status_parse_brief(text, &brief) == 0 && brief.tgid < 0)
		abort();
}

static void parse_schedstat(struct str text)
{
	uint64_t run_ns, wait_ns;

	procfs_schedstat_parse(text, &run_ns, &wait_ns);
}

static void parse_smaps_rollup(struct str text)
{
	struct snapshot_smaps smaps;

	procfs_smaps_rollup_parse(text, &smaps);
}

static void parse_ns(struct str text)
{
	uint64_t inode;

	procfs_ns_parse(text, &inode);
}

static void parse_mountinfo(struct str text)
{
	struct str value, rest = text;
	struct buf plain = BUF_INIT;
	struct procfs_mount mount;

	while (procfs_mountinfo_next(&rest, &mount) == 0) {
		buf_clear(&plain);
		procfs_mountinfo_unescape(mount.root, &plain);
		if (plain.n > mount.root.n)
			abort();
	}
	buf_deinit(&plain);
	if (procfs_mountinfo_find(text, 22, &mount) < 0)
		return;
	value = procfs_mount_option(mount.super_options, STR("hidepid"));
	if (value.n > text.n)
		abort();
}

/* Who is below a cgroup is below the one above it too. */
static void find_cgroup(struct str text)
{
	const struct cgroup_ref below[] = {
		{.path = "/a/b"    },
                { .hierarchy = 4, .path = "/a: b/c"}
        };
	const struct cgroup_ref above[] = {
		{.path = "/a"    },
                { .hierarchy = 4, .path = "/a: b"}
        };

	for (unsigned i = 0; i < 2; i++)
		if (cgroup_covers(&below[i], 1, text) && !cgroup_covers(&above[i], 1, text))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const parsers[])(struct str) = {
		parse_stat,      parse_statm,        parse_io, parse_status,    parse_status_brief,
		parse_schedstat, parse_smaps_rollup, parse_ns, parse_mountinfo, find_cgroup,
	};

	if (size > 0)
		parsers[(unsigned char)(data[0] - '3') % (sizeof parsers / sizeof *parsers)](
			(struct str){(const char *)data + 1, size - 1});
	return 0;
}
