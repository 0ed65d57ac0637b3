/*
 * Telling of one process. Key decision: all is read through one directory that is held, and told
 * only if it is still the process that was scanned; else the scan's own few facts must do.
 */
#include "source/seen_tell.h"

#include "base/cleanup.h"
#include "procfs/status.h"
#include "source/cgroup_members.h"
#include "source/looks.h"
#include "source/scan.h"
#include "source/scan_parts.h"

#define STATUS_BYTES ((size_t)64 << 10)

void seen_teller_init(struct seen_teller *teller, const struct root *root,
		      const struct cgroup_ref *cgroups, unsigned cgroup_count)
{
	*teller = (struct seen_teller){
		.arena = ARENA_INIT, .cgroups = cgroups, .cgroup_count = cgroup_count};
	scan_reader_init(&teller->reader, root);
}

void seen_teller_deinit(struct seen_teller *teller)
{
	scan_reader_deinit(&teller->reader);
	arena_deinit(&teller->arena);
}

static struct ids ids_of(const struct snapshot_ids *ids)
{
	return (struct ids){ids->real, ids->effective, ids->saved};
}

static void put_ids(struct seen_teller *teller, int dirfd, struct standing *standing)
{
	struct procfs_status_brief brief;
	struct str text;

	if (scan_read_text(&teller->reader, dirfd, "status", STATUS_BYTES, &text) < 0 ||
	    procfs_status_parse_brief(text, &brief) < 0)
		return;
	standing->uid = ids_of(&brief.uid);
	standing->gid = ids_of(&brief.gid);
}

static void put_scanned(const struct snapshot *s, struct record *record)
{
	record->standing.ppid = s->stat.ppid;
	record->standing.pgid = s->stat.pgid;
	record->standing.sid = s->stat.sid;
	if (snapshot_knows(s, PART_BIT(PART_OWNER))) {
		record->standing.uid.effective = s->euid;
		record->standing.gid.effective = s->egid;
	}
	record->seen.comm = s->stat.comm;
}

static void put_read(const struct seen_teller *teller, const struct snapshot *s,
		     struct record *record)
{
	put_scanned(s, record);
	if (s->cmdline.n)
		record->seen.argv = s->cmdline;
	if (s->exe.n)
		record->seen.filename = s->exe;
	record->covered = snapshot_knows(s, PART_BIT(PART_CGROUP)) &&
			  cgroup_covers(teller->cgroups, teller->cgroup_count, s->cgroup);
}

int seen_tell(struct seen_teller *teller, const struct snapshot *scanned, int64_t time_ns,
	      struct record *ret)
{
	cleanup_close int dirfd = scan_open_directory(teller->reader.root->proc_fd, scanned->pid);
	const struct scan_place place = {
		.base_fd = teller->reader.root->proc_fd,
		.dirfd = dirfd,
		.pid = scanned->pid,
		.tgid = scanned->pid,
		.parts = PART_BIT(PART_STAT) | PART_BIT(PART_CMDLINE) | PART_BIT(PART_EXE) |
			 (teller->cgroup_count ? PART_BIT(PART_CGROUP) : 0),
	};
	struct snapshot now = {0};

	*ret = record_make(RECORD_SEEN, time_ns, snapshot_life(scanned), scanned->pid);
	put_scanned(scanned, ret);
	arena_clear(&teller->arena);
	if (dirfd < 0 || scan_read(&teller->reader, &place, &teller->arena, &now) != SCAN_READ_DONE)
		return SCAN_GONE;
	/* by number in proc and start; an ident may go by another number */
	if (!looks_is_living(&now) ||
	    !ident_match((struct ident){scanned->pid, scanned->stat.start_grain_ns,
					scanned->stat.start_ns},
			 (struct ident){now.pid, now.stat.start_grain_ns, now.stat.start_ns}))
		return SCAN_GONE;
	put_read(teller, &now, ret);
	put_ids(teller, dirfd, &ret->standing);
	return SCAN_DONE;
}

static struct record deduced(enum record_kind kind, const struct record *seen)
{
	struct record record = record_make(kind, seen->time_ns, seen->ident, seen->pid);

	record.inferred = true;
	record.covered = seen->covered;
	record.standing = seen->standing;
	return record;
}

struct record seen_as_exec(const struct record *seen)
{
	struct record record = deduced(RECORD_EXEC, seen);

	record.exec.comm = seen->seen.comm;
	record.exec.argv = seen->seen.argv;
	record.exec.args_bytes = seen->seen.argv.n;
	record.exec.filename = seen->seen.filename;
	return record;
}

struct record seen_as_comm(const struct record *seen)
{
	struct record record = deduced(RECORD_COMM, seen);

	record.comm.comm = seen->seen.comm;
	return record;
}
