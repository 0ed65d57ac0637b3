/*
 * The shape of the old trackers' snapshots. Key decision: status is passed on line by line, so that
 * a kernel's new lines are there too; memory is those of its lines that are sizes, in kB as there.
 */
#include "output/track/track_snapshot.h"

#include "base/clock.h"
#include "base/text.h"

#include <stdio.h>

static bool knows(const struct snapshot *s, enum snapshot_part part)
{
	return snapshot_knows(s, PART_BIT(part));
}

static void text_or_null(struct json *j, const char *key, const struct snapshot *s,
			 enum snapshot_part part, struct str text)
{
	json_key_str(j, key, knows(s, part) ? text : STR_NONE);
}

static void add_cmdline(struct json *j, const struct snapshot *s)
{
	struct str rest, word;

	json_key(j, "cmdline");
	if (!knows(s, PART_CMDLINE)) {
		json_null(j);
		return;
	}
	rest = s->cmdline;
	json_open(j, '[');
	while (text_next_word(&rest, &word))
		json_str(j, word);
	json_close(j, ']');
}

/* "Key:\tvalue" */
static bool next_line(struct str *rest, struct str *ret_key, struct str *ret_value)
{
	while (rest->p) {
		struct str line = str_cut(rest, '\n');

		*ret_key = str_cut(&line, ':');
		if (!line.p)
			continue;
		while (line.n > 0 && (*line.p == '\t' || *line.p == ' '))
			line = str_skip(line, 1);
		*ret_value = line;
		return true;
	}
	return false;
}

/* "12 kB" */
static bool is_size(struct str value, long long *ret_kb)
{
	struct str number = value;

	if (value.n < 4 || !str_eq(str_skip(value, value.n - 3), STR(" kB")))
		return false;
	number.n -= 3;
	return str_to_i64(number, ret_kb) == 0;
}

static void add_key(struct json *j, struct str key)
{
	char name[64];

	snprintf(name, sizeof name, "%.*s", (int)key.n, key.p);
	json_key(j, name);
}

static void add_memory(struct json *j, const struct snapshot *s)
{
	struct str rest = knows(s, PART_STATUS_TEXT) ? s->status_text : STR_NONE, key, value;
	long long kb;

	json_key(j, "memory");
	if (!rest.p) {
		json_null(j);
		return;
	}
	json_open(j, '{');
	while (next_line(&rest, &key, &value))
		/* a process may call itself "12 kB" */
		if (!str_is(key, "Name") && is_size(value, &kb))
			add_key(j, key), json_i64(j, kb);
	json_close(j, '}');
}

/* Lines that count something; all others are text, as they stand. */
static bool is_number(struct str key)
{
	static const char *const names[] = {
		"Tgid",
		"Ngid",
		"Pid",
		"PPid",
		"TracerPid",
		"FDSize",
		"Kthread",
		"Threads",
		"CoreDumping",
		"THP_enabled",
		"Seccomp",
		"NoNewPrivs",
		"Seccomp_filters",
		"voluntary_ctxt_switches",
		"nonvoluntary_ctxt_switches",
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (str_is(key, names[i]))
			return true;
	return false;
}

static void add_status(struct json *j, const struct snapshot *s)
{
	struct str rest = knows(s, PART_STATUS_TEXT) ? s->status_text : STR_NONE, key, value;
	long long number;

	json_key(j, "status");
	if (!rest.p) {
		json_null(j);
		return;
	}
	json_open(j, '{');
	while (next_line(&rest, &key, &value)) {
		add_key(j, key);
		if (is_number(key) && str_to_i64(value, &number) == 0)
			json_i64(j, number);
		else
			json_str(j, value);
	}
	json_close(j, '}');
}

static void add_io(struct json *j, const struct snapshot *s)
{
	const struct usage *io = knows(s, PART_IO) ? s->io : NULL;

	json_key(j, "io");
	if (!io) {
		json_null(j);
		return;
	}
	json_open(j, '{');
	json_key(j, "rchar"), json_u64(j, io->value[USAGE_READ_CHARS]);
	json_key(j, "wchar"), json_u64(j, io->value[USAGE_WRITE_CHARS]);
	json_key(j, "syscr"), json_u64(j, s->io_calls_read);
	json_key(j, "syscw"), json_u64(j, s->io_calls_written);
	json_key(j, "read_bytes"), json_u64(j, io->value[USAGE_READ_BYTES]);
	json_key(j, "write_bytes"), json_u64(j, io->value[USAGE_WRITE_BYTES]);
	json_key(j, "cancelled_write_bytes"), json_u64(j, s->io_cancelled_bytes);
	json_close(j, '}');
}

static void add_fds(struct json *j, const struct snapshot *s)
{
	json_key(j, "fds");
	if (!knows(s, PART_FD_LINKS)) {
		json_null(j);
		return;
	}
	json_open(j, '[');
	for (size_t i = 0; i < s->fd_link_count; i++)
		json_i64(j, s->fds[i].fd);
	json_close(j, ']');
}

void track_snapshot_json(struct json *j, const struct run *run, const struct record *record,
			 const struct snapshot *s)
{
	char time[40];

	clock_rfc3339(track_real_ns(run, record->time_ns), time);
	json_key(j, "timestamp"), json_text(j, time);
	json_key(j, "pid"), json_i64(j, record->pid);
	add_cmdline(j, s);
	text_or_null(j, "cwd", s, PART_CWD, s->cwd);
	text_or_null(j, "exe", s, PART_EXE, s->exe);
	add_memory(j, s);
	add_io(j, s);
	add_fds(j, s);
	add_status(j, s);
	text_or_null(j, "syscall", s, PART_SYSCALL, s->syscall);
}

void track_snapshot_denied(struct json *j, const struct snapshot *s)
{
	if (!s->denied)
		return;
	json_key(j, "denied"), json_open(j, '[');
	for (unsigned i = 0; i < SNAPSHOT_PARTS; i++)
		if (s->denied & PART_BIT(i))
			json_text(j, snapshot_part_names[i]);
	json_close(j, ']');
}
