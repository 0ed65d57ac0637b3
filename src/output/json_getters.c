/*
 * The getters behind the tables of json_layout.c. Key decision: what a record says as it stands
 * is fetched by offset; only what must choose between record and table has a function of its own.
 */
#include "output/json_getters.h"

#include "base/error.h"
#include "base/text.h"
#include "output/value.h"

#include <stdio.h>

typedef const struct json_member *member_ref;
typedef const struct json_line *line_ref;

/* -- values -- */

static void add_pid(struct json *j, const char *key, int32_t pid)
{
	json_key(j, key);
	if (pid > 0)
		json_i64(j, pid);
	else
		json_null(j);
}

static void add_uid(struct json *j, const char *key, uint32_t uid)
{
	json_key(j, key);
	if (uid != UID_UNKNOWN)
		json_u64(j, uid);
	else
		json_null(j);
}

static void add_u64_or_null(struct json *j, const char *key, uint64_t value)
{
	json_key(j, key);
	if (value)
		json_u64(j, value);
	else
		json_null(j);
}

/* Boot time relative to the recording's start: negative before it. */
static void add_time(struct json *j, const char *key, int64_t time_ns, line_ref line)
{
	json_key(j, key);
	json_i64(j, time_ns - line->run->start_ns);
}

static void add_signal(struct json *j, const char *key, int number)
{
	const char *name = signal_name(number);
	char text[16];

	snprintf(text, sizeof text, "%d", number);
	json_key(j, key);
	json_text(j, name ? name : text);
}

static void add_usage(struct json *j, const char *key, const struct usage *usage, unsigned field)
{
	json_key(j, key);
	if (usage_knows(usage, field))
		json_u64(j, usage->value[field]);
	else
		json_null(j);
}

static void add_words(struct json *j, const char *key, struct str words)
{
	struct str word;

	json_key(j, key);
	if (!words.p) {
		json_null(j);
		return;
	}
	json_open(j, '[');
	while (text_next_word(&words, &word))
		json_str(j, word);
	json_close(j, ']');
}

/* -- getters of one member of the record or the process, by its offset -- */

#define AT(base, type, m) ((const type *)((const char *)(base) + (m)->at))

void json_put_time_at(struct json *j, member_ref m, line_ref line)
{
	add_time(j, m->key, *AT(line->record, int64_t, m), line);
}

void json_put_pid_at(struct json *j, member_ref m, line_ref line)
{
	add_pid(j, m->key, *AT(line->record, int32_t, m));
}

void json_put_proc_pid_at(struct json *j, member_ref m, line_ref line)
{
	add_pid(j, m->key, *AT(line->proc, int32_t, m));
}

void json_put_uid_at(struct json *j, member_ref m, line_ref line)
{
	add_uid(j, m->key, *AT(line->record, uint32_t, m));
}

void json_put_i32_at(struct json *j, member_ref m, line_ref line)
{
	json_key(j, m->key);
	json_i64(j, *AT(line->record, int32_t, m));
}

void json_put_u64_at(struct json *j, member_ref m, line_ref line)
{
	json_key(j, m->key);
	json_u64(j, *AT(line->record, uint64_t, m));
}

void json_put_bool_at(struct json *j, member_ref m, line_ref line)
{
	json_key(j, m->key);
	json_bool(j, *AT(line->record, bool, m));
}

/* A flag that is rare enough to be left out when it is false. */
void json_put_true_at(struct json *j, member_ref m, line_ref line)
{
	if (*AT(line->record, bool, m))
		json_put_bool_at(j, m, line);
}

void json_put_str_at(struct json *j, member_ref m, line_ref line)
{
	json_key_str(j, m->key, *AT(line->record, struct str, m));
}

void json_put_signal_at(struct json *j, member_ref m, line_ref line)
{
	add_signal(j, m->key, *AT(line->record, int32_t, m));
}

/* A field of a sample's usage; `at` is the field. */
void json_put_usage(struct json *j, member_ref m, line_ref line)
{
	add_usage(j, m->key, &line->record->usage, (unsigned)m->at);
}

void json_put_proc_usage(struct json *j, member_ref m, line_ref line)
{
	add_usage(j, m->key, &line->proc->usage, (unsigned)m->at);
}

/* -- getters that choose -- */

/* What the record itself saw goes before what the table deduced. */
void json_put_ppid(struct json *j, member_ref m, line_ref line)
{
	int32_t seen = line->record->standing.ppid;

	add_pid(j, m->key, seen > 0 || !line->proc ? seen : line->proc->ppid);
}

void json_put_pgid(struct json *j, member_ref m, line_ref line)
{
	int32_t seen = line->record->standing.pgid;

	if (line->record->kind == RECORD_PGID)
		seen = line->record->new_id;
	add_pid(j, m->key, seen > 0 || !line->proc ? seen : line->proc->pgid);
}

void json_put_sid(struct json *j, member_ref m, line_ref line)
{
	int32_t seen = line->record->standing.sid;

	if (line->record->kind == RECORD_SID)
		seen = line->record->new_id;
	add_pid(j, m->key, seen > 0 || !line->proc ? seen : line->proc->sid);
}

void json_put_uid(struct json *j, member_ref m, line_ref line)
{
	uint32_t seen = line->record->standing.uid.real;

	add_uid(j, m->key, seen != UID_UNKNOWN || !line->proc ? seen : line->proc->uid.real);
}

void json_put_gid(struct json *j, member_ref m, line_ref line)
{
	uint32_t seen = line->record->standing.gid.real;

	add_uid(j, m->key, seen != UID_UNKNOWN || !line->proc ? seen : line->proc->gid.real);
}

/* -- Seen, Fork, Exec -- */

/* From the kernel; a start that nobody knows is not the time of the record. */
void json_put_start(struct json *j, member_ref m, line_ref line)
{
	int64_t start_ns;

	if (record_seen_start(line->record, &start_ns)) {
		add_time(j, m->key, start_ns, line);
		return;
	}
	json_key(j, m->key);
	json_null(j);
}

void json_put_parent_pid(struct json *j, member_ref m, line_ref line)
{
	int32_t seen = line->record->standing.ppid;

	add_pid(j, m->key, seen > 0 || !line->proc ? seen : line->proc->birth_ppid);
}

/* The parent's process group, which the child is born into. */
void json_put_parent_pgid(struct json *j, member_ref m, line_ref line)
{
	int32_t seen = line->record->standing.pgid;

	if (seen <= 0 && line->change && line->change->parent)
		seen = line->change->parent->pgid;
	add_pid(j, m->key, seen);
}

/* Only where the forker is not the parent (CLONE_PARENT). */
void json_put_forker_pid(struct json *j, member_ref m, line_ref line)
{
	if (line->record->fork.forker.tgid != 0)
		add_pid(j, m->key, line->record->fork.forker_pid);
}

static struct str argv_of(const struct record *record)
{
	return record->kind == RECORD_SEEN ? record->seen.argv : record->exec.argv;
}

void json_put_cmdline(struct json *j, member_ref m, line_ref line)
{
	add_words(j, m->key, argv_of(line->record));
}

/* All words as the kernel has them, each ended by NUL: base64 of the whole loses nothing. */
void json_put_cmdline_b64(struct json *j, member_ref m, line_ref line)
{
	struct str argv = argv_of(line->record);

	if (utf8_valid(argv))
		return;
	json_key(j, m->key);
	json_base64(j, argv);
}

void json_put_args(struct json *j, member_ref m, line_ref line)
{
	struct buf joined = BUF_INIT;

	text_add_cmdline(&joined, line->record->exec.argv, false);
	json_key_str(j, m->key, buf_str(&joined));
	buf_deinit(&joined);
}

void json_put_cgroup_id(struct json *j, member_ref m, line_ref line)
{
	add_u64_or_null(j, m->key, line->record->exec.cgroup_id);
}

void json_put_args_bytes(struct json *j, member_ref m, line_ref line)
{
	const struct record_exec *exec = &line->record->exec;

	add_u64_or_null(j, m->key, exec->args_bytes ? exec->args_bytes : exec->argv.n);
}

/* What is known of an image without its arguments. */
void json_put_exec_comm(struct json *j, member_ref m, line_ref line)
{
	const struct record_exec *exec = &line->record->exec;

	if (!exec->argv.p && exec->comm.p)
		json_key_str(j, m->key, exec->comm);
}

void json_put_error(struct json *j, member_ref m, line_ref line)
{
	json_key(j, m->key);
	json_text(j, error_name(line->record->bad_exec.error));
}

/* -- Exit: from the table, because its cost came later than the record -- */

void json_put_end(struct json *j, member_ref m, line_ref line)
{
	add_time(j, m->key, line->proc->end_ns, line);
}

void json_put_exit_code(struct json *j, member_ref m, line_ref line)
{
	struct ending ending = status_decode(line->proc->status);

	json_key(j, m->key);
	if (ending.known && !ending.signal)
		json_i64(j, ending.exit_code);
	else
		json_null(j);
}

void json_put_exit_signal(struct json *j, member_ref m, line_ref line)
{
	struct ending ending = status_decode(line->proc->status);

	if (ending.known && ending.signal) {
		add_signal(j, m->key, ending.signal);
		return;
	}
	json_key(j, m->key);
	json_null(j);
}

void json_put_core_dumped(struct json *j, member_ref m, line_ref line)
{
	struct ending ending = status_decode(line->proc->status);

	json_key(j, m->key);
	if (ending.known)
		json_bool(j, ending.core_dumped || line->proc->core_dumped);
	else
		json_null(j);
}

void json_put_duration(struct json *j, member_ref m, line_ref line)
{
	int64_t duration_ns;

	json_key(j, m->key);
	if (value_duration(line->proc, line->proc->end_ns, &duration_ns))
		json_i64(j, duration_ns);
	else
		json_null(j);
}

void json_put_exact(struct json *j, member_ref m, line_ref line)
{
	json_key(j, m->key);
	json_bool(j, line->proc->exact);
}

void json_put_peak_bound(struct json *j, member_ref m, line_ref line)
{
	if (!(line->proc->usage.bound & USAGE_BIT(USAGE_RSS_PEAK_BYTES)))
		return;
	json_key(j, m->key);
	json_bool(j, true);
}

void json_put_exit_inferred(struct json *j, member_ref m, line_ref line)
{
	if (!line->proc->inferred_end)
		return;
	json_key(j, m->key);
	json_bool(j, true);
}

void json_put_killer(struct json *j, member_ref m, line_ref line)
{
	if (!value_killed_by(line->proc))
		return;
	add_pid(j, m->key, line->proc->killer_pid);
	if (line->proc->killer_comm[0])
		json_key_str(j, "killer_comm", str_of(line->proc->killer_comm));
}

/* -- the other kinds -- */

void json_put_old_comm(struct json *j, member_ref m, line_ref line)
{
	struct str old = line->record->comm.old;

	json_key_str(j, m->key, old.p || !line->change ? old : line->change->old_comm);
}

void json_put_old_id(struct json *j, member_ref m, line_ref line)
{
	add_uid(j, m->key, line->change ? line->change->old_ids.effective : UID_UNKNOWN);
}

void json_put_cpu(struct json *j, member_ref m, line_ref line)
{
	const struct usage *usage = &line->record->usage;

	json_key(j, m->key);
	if (usage_knows(usage, USAGE_CPU_USER_NS) || usage_knows(usage, USAGE_CPU_SYS_NS))
		json_u64(j, usage_cpu_ns(usage));
	else
		json_null(j);
}
