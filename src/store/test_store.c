/* The recording: what goes in comes out, as records, as a table and as rows for people. */
#include "store/store.h"

#include "../../tests/helpers/table_compare.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "flow/pipeline.h"
#include "model/record_text.h"
#include "model/target.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define EPOCH INT64_C(5000000000000)

struct fixture {
	char directory[64];
	char path[96];
	struct table live, replayed;
	struct target target;
	int32_t root_pid;
	struct run run;
	struct sink *sink;
	struct pipeline pipeline;
	struct record_text text;
};

static const char command[] = "make\0-j2";

static int setup(void **state)
{
	struct fixture *f = mem_alloc(sizeof *f);

	strcpy(f->directory, "/tmp/pscope-test-XXXXXX");
	assert_non_null(mkdtemp(f->directory));
	snprintf(f->path, sizeof f->path, "%s/r.pscope", f->directory);
	f->target = (struct target){.kind = TARGET_ALL};
	table_init(&f->live, (struct table_limits){SIZE_MAX, 0}, &f->target);
	table_init(&f->replayed, (struct table_limits){SIZE_MAX, 0}, NULL);
	f->run = (struct run){
		.command = {command,     sizeof command         },
		.source = "bpf",
		.host = STR("h"),
		.version = STR("0.1"),
		.started_real_ns = 1700000000000000000,
		.start_ns = EPOCH,
		.cpus = 2,
		.tried = {{"bpf", ""}, {"ptrace", "not asked"}},
		.tried_count = 2,
		.status = STATUS_UNKNOWN,
	};
	f->text.start_ns = f->text.last_ns = EPOCH;
	f->pipeline.loop = (struct loop){.epoll_fd = -1, .timer_fd = -1, .signal_fd = -1};
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char line[128];

	if (f->sink)
		f->sink->ops->free(f->sink);
	pipeline_deinit(&f->pipeline);
	table_deinit(&f->live);
	table_deinit(&f->replayed);
	record_text_deinit(&f->text);
	snprintf(line, sizeof line, "rm -rf %s", f->directory);
	assert_int_equal(system(line), 0);
	free(f);
	return 0;
}

static int try_record(struct fixture *f, struct error *err)
{
	struct recorder_options options = {f->path, (unsigned)-1, (unsigned)-1, NULL};

	f->sink = recorder_new(&options);
	return f->sink->ops->open(f->sink, &f->run, err);
}

static void start(struct fixture *f)
{
	struct error err;

	if (try_record(f, &err) < 0)
		fail_msg("%s", err.text);
}

/* What is inferred and who joins comes first, and only members get to the sink: the pipeline's. */
static void give(struct fixture *f, const struct record *record)
{
	struct error err;

	f->pipeline.table = &f->live;
	f->pipeline.sinks[0] = f->sink;
	f->pipeline.sink_count = 1;
	if (pipeline_inject(&f->pipeline, record, &err) < 0)
		fail_msg("%s", err.text);
	f->run.records = f->pipeline.delivered;
}

static void give_text(struct fixture *f, const char *line)
{
	struct record record;
	struct error err;

	if (record_text_parse(&f->text, str_of(line), &record, &err) != 1)
		fail_msg("%s: %s", line, err.text);
	give(f, &record);
}

static void finish(struct fixture *f)
{
	struct error err;

	f->run.ended = true;
	f->run.end_ns = EPOCH + NS_PER_SEC;
	f->run.lost = 3;
	f->run.status = 256;
	if (f->sink->ops->close(f->sink, &f->live, &f->run, &err) < 0)
		fail_msg("%s", err.text);
	f->sink->ops->free(f->sink);
	f->sink = NULL;
}

/* ---- reading back ---- */

static struct source *open_again(struct fixture *f)
{
	struct source *source = recording_source_new(f->path);
	struct error err;

	if (source->ops->open(source, &err) < 0)
		fail_msg("%s", err.text);
	return source;
}

static uint64_t replay(struct fixture *f, int64_t *ret_last_ns)
{
	struct source *source = open_again(f);
	struct record record;
	struct change change;
	struct error err;
	uint64_t count = 0;
	int r;

	while ((r = source->ops->next(source, &record, &err)) == SOURCE_RECORD) {
		table_apply(&f->replayed, &record, &change);
		*ret_last_ns = record.time_ns;
		count++;
	}
	if (r < 0)
		fail_msg("%s", err.text);
	source->ops->close(source);
	return count;
}

static void assert_same_tables(struct fixture *f)
{
	struct buf out = BUF_INIT;
	int64_t last_ns;

	replay(f, &last_ns);
	if (!table_compare(&f->live, &f->replayed, &out))
		fail_msg("%s", buf_cstr(&out));
	buf_deinit(&out);
}

/* ---- every member of every kind ---- */

static const struct str odd_texts[] = {
	{"",                  0},
	{"plain",             5},
	{"\xc3\xa9t\xc3\xa9", 5},
	{"\xff\x80",          2},
	{"a\0b",              3},
	{"tab\tnl\n",         7},
	{"\x1b[31m",          5},
};
static const struct str odd_words[] = {
	{"",              0 },
	{"\0",            1 },
	{"a\0",           2 },
	{"sh\0-c\0a b\0", 10},
	{"a\0\0b\0",      5 },
	{"cut",           3 },
	{"a\0\xff\0",     4 },
	{"\x1f\0x\0",     4 },
	{"\0\0\0",        3 },
	{"\xc3\xa9\0",    3 },
};

static void fill(struct record *record, const struct member *member, unsigned n)
{
	static const uint64_t u64[] = {0, 1, INT64_MAX, UINT64_MAX};
	static const int32_t i32[] = {0, 1, INT32_MAX, INT32_MIN};
	static const uint32_t u32[] = {0, 1, UINT32_MAX - 1, UID_UNKNOWN};
	void *field = (char *)record + member->offset;
	struct usage *usage = field;

	switch (member->type) {
	case MEMBER_PID:
	case MEMBER_I32:
	case MEMBER_STATUS:
		*(int32_t *)field = i32[n % 4];
		break;
	case MEMBER_UID:
		*(uint32_t *)field = u32[n % 4];
		break;
	case MEMBER_MASK:
		*(uint32_t *)field = n;
		break;
	case MEMBER_U64:
		*(uint64_t *)field = u64[n % 4];
		break;
	case MEMBER_TIME:
		*(int64_t *)field = EPOCH + (int64_t)n - 3;
		break;
	case MEMBER_BOOL:
		*(bool *)field = n % 2;
		break;
	case MEMBER_STR:
		*(struct str *)field = odd_texts[n % (sizeof odd_texts / sizeof *odd_texts)];
		break;
	case MEMBER_WORDS:
		*(struct str *)field = odd_words[n % (sizeof odd_words / sizeof *odd_words)];
		break;
	case MEMBER_IDENT:
		*(struct ident *)field = (struct ident){INT32_MAX - (int32_t)n,
							n % 3 * 10000000u + n % 2, UINT64_MAX - n};
		break;
	case MEMBER_USAGE:
		for (unsigned i = 0; i < USAGE_FIELDS; i++)
			if ((i + n) % 3)
				usage_set(usage, (enum usage_field)i, u64[(i + n) % 4]);
		break;
	}
}

static void fill_all(struct record *record, unsigned n)
{
	const struct record_layout *layout = &record_layouts[record->kind];

	for (size_t i = 0; i < record_common_member_count; i++)
		fill(record, &record_common_members[i], n + (unsigned)i);
	for (size_t i = 0; i < layout->member_count; i++)
		fill(record, &layout->members[i], n + (unsigned)i);
}

static bool same_member(const struct record *a, const struct record *b, const struct member *member)
{
	const void *x = (const char *)a + member->offset, *y = (const char *)b + member->offset;
	const struct str *s = x, *t = y;
	const struct ident *i = x, *j = y;
	const struct usage *u = x, *v = y;

	switch (member->type) {
	case MEMBER_STR:
	case MEMBER_WORDS:
		return !s->p == !t->p && str_eq(*s, *t);
	case MEMBER_IDENT:
		return i->tgid == j->tgid && i->grain_ns == j->grain_ns &&
		       i->start_ns == j->start_ns;
	case MEMBER_USAGE:
		for (unsigned n = 0; n < USAGE_FIELDS; n++)
			if (usage_knows(u, n) && u->value[n] != v->value[n])
				return false;
		return u->known == v->known;
	case MEMBER_BOOL:
		return *(const bool *)x == *(const bool *)y;
	case MEMBER_U64:
	case MEMBER_TIME:
		return memcmp(x, y, 8) == 0;
	default:
		return memcmp(x, y, 4) == 0;
	}
}

static void assert_same_record(const struct record *a, const struct record *b)
{
	const struct record_layout *layout = &record_layouts[a->kind];

	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->time_ns, b->time_ns);
	assert_int_equal(a->pid, b->pid);
	assert_int_equal(a->ident.tgid, b->ident.tgid);
	assert_int_equal(a->ident.start_ns, b->ident.start_ns);
	assert_int_equal(a->ident.grain_ns, b->ident.grain_ns);
	for (size_t i = 0; i < record_common_member_count; i++)
		if (!same_member(a, b, &record_common_members[i]))
			fail_msg("%s: %s", layout->name, record_common_members[i].name);
	for (size_t i = 0; i < layout->member_count; i++)
		if (!same_member(a, b, &layout->members[i]))
			fail_msg("%s: %s", layout->name, layout->members[i].name);
}

/* n 0: nothing known. Without a change that knows more, a record comes back as it was. */
static struct record odd_record(enum record_kind kind, unsigned n)
{
	static const struct ident idents[] = {
		{100,       1,                 EPOCH + 5 },
                {100,       0,                 0         },
                {200,       IDENT_GRAIN_TICKS, EPOCH - 70},
		{7,         1,                 0         },
                {INT32_MAX, 1,                 1         },
                {0,         0,                 0         },
	};
	struct record record = record_make(kind, EPOCH + n - 2, idents[n % 6], n % 2 ? 100 : 50);

	if (n)
		fill_all(&record, n);
	return record;
}

static void test_every_member(void **state)
{
	struct fixture *f = *state;
	struct change change = {0};
	struct source *source;
	struct record record;
	struct error err;

	start(f);
	for (unsigned n = 0; n < 40; n++)
		for (enum record_kind kind = RECORD_SEEN; kind < RECORD_KINDS; kind++) {
			record = odd_record(kind, n);
			if (f->sink->ops->record(f->sink, &record, &change, &err) < 0)
				fail_msg("%s", err.text);
		}
	finish(f);
	source = open_again(f);
	for (unsigned n = 0; n < 40; n++)
		for (enum record_kind kind = RECORD_SEEN; kind < RECORD_KINDS; kind++) {
			struct record expected = odd_record(kind, n);

			if (source->ops->next(source, &record, &err) != SOURCE_RECORD)
				fail_msg("%s", err.text);
			assert_same_record(&expected, &record);
		}
	assert_int_equal(source->ops->next(source, &record, &err), SOURCE_END);
	source->ops->close(source);
}

/* ---- the same table ---- */

static const char *const story[] = {
	"@-2s seen 50@3000000000~10000000 comm=bash ppid=1 pgid=50 sid=50 uid=0 -- bash",
	"@0 fork 50 -> 100@5000000000000~1 pgid=100 sid=50 uid=1000 euid=0 suid=0",
	"+1ms exec 100@5000000000000~1 filename=/usr/bin/make cwd=/src -- make -j2",
	"+1ms fork 100@5000000000000~1 -> 101@5000002000000~1",
	"+1ms exec 101@5000002000000~1 filename=/bin/sh -- sh -c \"a b\\xff\"",
	"+1ms comm 101 comm=\"x\\n)\"",
	"+1ms fork 100 -> 102",
	"+1ms sid 102 new_id=102",
	"+1ms uid 102 real_id=5 effective_id=5 saved_id=5",
	"+1ms sample 102 cpu_user_ns=5 rss_bytes=4096",
	"+1ms exec 102@5000006000001~1 filename=/bin/true args_truncated=1 -- true",
	"+1ms exec 102 filename=/bin/false -- false",
	"+1ms signal 102 signal=9 sender_pid=101 fatal=1",
	"+1ms exit 102 status=9",
	"+1ms settled 102 exact=1 cpu_user_ns=7 cpu_sys_ns=0 read_bytes=18446744073709551615",
	"+1ms fork 101 -> 102 comm=again",
	"+1ms exit 101@5000002000000~1 status=139",
	"+1ms core 101@5000002000000~1 signal=11",
	"+1ms gap 0 reason=\"ring full\" lost=3 from=1000 to=2000",
	"+1ms mark 0 text=hello",
	"+1ms exit 999 status=0",
	"+1ms exit 100@5000000000000~1 status=256 ppid=1",
	"+1ms settled 100@5000000000000~1 cpu_user_ns=1",
};

static void tell_story(struct fixture *f)
{
	for (size_t i = 0; i < sizeof story / sizeof *story; i++)
		give_text(f, story[i]);
}

static void test_same_table(void **state)
{
	struct fixture *f = *state;

	start(f);
	tell_story(f);
	finish(f);
	assert_same_tables(f);
}

/* Who is no member stands in the live table only; what members took from it does not get lost. */
static void test_same_members(void **state)
{
	struct fixture *f = *state;

	f->target = (struct target){.kind = TARGET_TREE, .pids = &f->root_pid, .pid_count = 1};
	f->root_pid = 100;
	start(f);
	tell_story(f);
	finish(f);
	assert_same_tables(f);
}

static bool begins_with_cc(const void *context, struct str name)
{
	return name.n >= 2 && memcmp(name.p, "cc", 2) == 0;
}

/* Who joins late is told of as he stands, with his children; so the replay knows the same. */
static void test_same_joiners(void **state)
{
	static const char *const lines[] = {
		"@-1s seen 50@3000000000~10000000 comm=bash ppid=1 pgid=50 sid=50 uid=0 -- bash -l",
		"@0 fork 50 -> 60@5000000000000~1 pgid=60 sid=50 uid=0 euid=0 suid=0 comm=bash",
		"+1ms exec 60@5000000000000~1 filename=/bin/sh comm=sh cwd=/x -- sh -c a",
		"+1ms fork 60@5000000000000~1 -> 61@5000002000000~1 pgid=60 sid=50 comm=sh",
		"+1ms fork 61@5000002000000~1 -> 62@5000003000000~1 pgid=60 sid=50 comm=sh",
		"+1ms fork 60@5000000000000~1 -> 63@5000004000000~1 pgid=60 sid=50 comm=sh",
		"+1ms exit 63@5000004000000~1 status=0",
		"+1ms fork 50 -> 70 pgid=70 sid=50",
		"+1ms exec 60@5000000000000~1 filename=/bin/cc comm=cc cwd=/y -- cc x.c",
		"+1ms exec 62@5000003000000~1 filename=/bin/as comm=as -- as",
		"+1ms comm 70 comm=cc1",
		"+1ms exit 61@5000002000000~1 status=0 ppid=60",
		"+0 settled 61@5000002000000~1 exact=1 cpu_user_ns=1",
		"+1ms exit 62@5000003000000~1 status=0 ppid=1",
		"+1ms exit 60@5000000000000~1 status=256",
	};
	struct fixture *f = *state;

	f->target = (struct target){.kind = TARGET_NAME, .name_matches = begins_with_cc};
	start(f);
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		give_text(f, lines[i]);
	finish(f);
	assert_int_equal(f->live.counts.lives, 4);
	assert_same_tables(f);
}

static void test_run(void **state)
{
	struct fixture *f = *state;
	struct source *source;
	struct run run;

	start(f);
	tell_story(f);
	finish(f);
	source = open_again(f);
	source->ops->describe(source, &run);
	assert_true(str_eq(run.command, f->run.command));
	assert_string_equal(run.source, "bpf");
	assert_true(str_is(run.host, "h"));
	assert_null(run.kernel.p);
	assert_int_equal(run.started_real_ns, f->run.started_real_ns);
	assert_int_equal(run.start_ns, EPOCH);
	assert_int_equal(run.cpus, 2);
	assert_int_equal(run.tried_count, 2);
	assert_string_equal(run.tried[1].name, "ptrace");
	assert_string_equal(run.tried[1].reason, "not asked");
	assert_true(run.ended);
	assert_int_equal(run.end_ns, f->run.end_ns);
	assert_int_equal(run.records, f->run.records);
	assert_int_equal(run.lost, 3);
	assert_int_equal(run.status, 256);
	source->ops->close(source);
}

/* ---- for people ---- */

static void assert_query(struct fixture *f, const char *sql, const char *expected)
{
	struct buf out = BUF_INIT;
	sqlite3_stmt *rows;
	sqlite3 *db;

	assert_int_equal(sqlite3_open_v2(f->path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	if (sqlite3_prepare_v2(db, sql, -1, &rows, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	while (sqlite3_step(rows) == SQLITE_ROW) {
		for (int i = 0; i < sqlite3_column_count(rows); i++) {
			const unsigned char *text = sqlite3_column_text(rows, i);

			buf_printf(&out, "%s%s", i ? "|" : "", text ? (const char *)text : "-");
		}
		buf_add_char(&out, '\n');
	}
	assert_string_equal(buf_cstr(&out), expected);
	sqlite3_finalize(rows);
	sqlite3_close(db);
	buf_deinit(&out);
}

static void test_views(void **state)
{
	struct fixture *f = *state;
	struct stat st;

	start(f);
	tell_story(f);
	finish(f);
	assert_query(
		f,
		"select pid, birth_ppid, comm, exe, args, cwd, start_ns, duration_ns, exit_code,"
		" signal, core_dumped, cpu_user_ns, exact, state from processes where pid > 50",
		"100|50|bash|/usr/bin/make|make -j2|/src|0|20000000|1|-|0|1|0|finished\n"
		"101|100|x\n)|/bin/sh|sh -c a b\\xff|-|2000000|13000000|-|SIGSEGV|1|-|0|ended\n"
		"102|100|bash|/bin/false|false|-|5000000|7000000|-|SIGKILL|0|7|1|finished\n"
		"102|101|again|/bin/sh|sh -c a b\\xff|-|14000000|-|-|-|-|-|0|living\n"
		"999|-|-|-|-|-|19000000|0|0|-|0|-|0|ended\n");
	assert_query(f, "select count(*), count(distinct seq), max(seq) from events", "25|25|25\n");
	assert_query(f,
		     "select kind, pid, timestamp, filename, argv from events where kind = 'exec' "
		     "limit 1",
		     "exec|100|1000000|/usr/bin/make|make\x1f-j2\n");
	assert_query(f, "select \"from\", \"to\", lost from events where kind = 'gap'",
		     "1000|2000|3\n");
	assert_query(f, "select value from meta where key = 'started'",
		     "2023-11-14T22:13:20.000000000Z\n");
	assert_query(f, "pragma integrity_check", "ok\n");
	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_every_member, setup, teardown),
		cmocka_unit_test_setup_teardown(test_same_table, setup, teardown),
		cmocka_unit_test_setup_teardown(test_same_members, setup, teardown),
		cmocka_unit_test_setup_teardown(test_same_joiners, setup, teardown),
		cmocka_unit_test_setup_teardown(test_run, setup, teardown),
		cmocka_unit_test_setup_teardown(test_views, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
