/* Tables, words, CSV and JSON of made-up processes, most of them out to be mischief. */
#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "output/rows/rows.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define DAY_NS (86400 * NS_PER_SEC)
/* 2026-01-31T10:00:00Z */
#define NOW_NS (INT64_C(1769853600) * NS_PER_SEC)

struct made {
	struct host host;
	struct names names;
	struct snapshot_list list;
	struct field_context context;
	struct columns columns;
	struct rows_options options;
	struct rows_item items[16];
	struct outfile file;
};

static struct str user_name(void *context, uint32_t uid)
{
	return uid == 0 ? STR("root") : uid == 7 ? STR("some-long-user") : STR_NONE;
}

static struct str tty_name(void *context, int32_t device)
{
	return device ? STR("pts/0") : STR_NONE;
}

#define KNOWN                                                                                      \
	(PART_BIT(PART_STAT) | PART_BIT(PART_OWNER) | PART_BIT(PART_RSS) | PART_BIT(PART_LOCKED) | \
	 PART_BIT(PART_CMDLINE))

static struct snapshot *add(struct made *made, int32_t pid, int32_t ppid, struct str cmdline)
{
	struct snapshot *s = snapshot_list_add(&made->list);

	s->pid = s->tgid = s->stat.pid = pid;
	s->known = KNOWN;
	s->time_ns = 3 * DAY_NS;
	s->stat.ppid = ppid;
	s->stat.pgid = s->stat.sid = pid;
	s->stat.state = 'S';
	s->stat.threads = 1;
	s->stat.tty_pgid = -1;
	s->stat.comm = STR("made");
	s->stat.start_ns = (uint64_t)(3 * DAY_NS - 2 * 3600 * NS_PER_SEC);
	s->stat.start_grain_ns = IDENT_GRAIN_TICKS;
	s->stat.vsz_bytes = (uint64_t)pid << 20;
	s->rss_bytes = (uint64_t)pid << 18;
	s->cmdline = cmdline;
	return s;
}

static struct made *made_new(const char *columns, enum rows_format format)
{
	struct made *made = mem_alloc(sizeof *made);
	struct error err;

	setenv("TZ", "UTC", 1);
	made->host.real_ns = NOW_NS;
	made->host.time_ns = 3 * DAY_NS;
	made->host.uptime_ns = 3 * DAY_NS;
	made->host.boot_real_ns = NOW_NS - 3 * DAY_NS;
	made->host.memory_known = 1;
	made->host.memory_bytes[MEMORY_TOTAL] = UINT64_C(1) << 30;
	made->host.page_bytes = 4096;
	made->names = (struct names){.user = user_name, .tty = tty_name};
	snapshot_list_init(&made->list);
	snapshot_list_reserve(&made->list, 16);
	made->context =
		(struct field_context){&made->host, &made->names, &made->list, &made->list.arena};
	if (columns_parse(&made->columns, str_of(columns), &err) < 0)
		fail_msg("%s", err.text);
	made->options = (struct rows_options){
		.format = format, .columns = &made->columns, .context = &made->context};
	made->file.fd = -1;
	return made;
}

static const char *written(struct made *made)
{
	struct error err;

	if (made->options.tree) {
		const struct snapshot *rows[16];

		for (size_t i = 0; i < made->list.count; i++)
			rows[i] = &made->list.items[i];
		rows_forest(rows, made->list.count, made->items);
	} else {
		for (size_t i = 0; i < made->list.count; i++)
			made->items[i] = (struct rows_item){.snapshot = &made->list.items[i]};
	}
	buf_clear(&made->file.pending);
	assert_int_equal(
		rows_write(&made->options, made->items, made->list.count, &made->file, &err), 0);
	return buf_cstr(&made->file.pending);
}

static void made_free(struct made *made)
{
	buf_deinit(&made->file.pending);
	snapshot_list_deinit(&made->list);
	columns_deinit(&made->columns);
	free(made);
}

/* ---- tables ---- */

static void add_some(struct made *made)
{
	struct snapshot *s = add(made, 1, 0, STR("/sbin/init\0splash\0"));

	s->stat.start_ns = 0;
	s->stat.user_ns = 3723 * (uint64_t)NS_PER_SEC;
	s = add(made, 2, 0, STR(""));
	s->stat.comm = STR("kthreadd");
	s->stat.kernel_flags = SNAPSHOT_PF_KTHREAD;
	s->stat.vsz_bytes = s->rss_bytes = 0;
	s = add(made, 4711, 1, STR("vi\0a b\0\n\033[31m\0"));
	s->euid = 7;
	s->stat.tty = 34816;
	s = add(made, 4712, 4711, STR(""));
	s->stat.state = 'Z';
	s->known &= ~PART_BIT(PART_CMDLINE);
	s->euid = 1000;
	s->stat.start_ns = (uint64_t)DAY_NS;
}

static void table_reads_like_ps(void **state)
{
	static const char init[] = "root         1  1.4  0.0   1024   256 -        Ss   Jan28  "
				   "62:03 /sbin/init splash";
	struct made *made = made_new("aux", ROWS_TABLE);
	struct buf line = BUF_INIT;

	add_some(made);
	assert_string_equal(
		written(made),
		"USER             PID %CPU %MEM     VSZ     RSS TTY      STAT START   TIME "
		"COMMAND\n"
		"root               1  1.4  0.0    1024     256 -        Ss   Jan28  62:03 "
		"/sbin/init "
		"splash\n"
		"root               2  0.0  0.0       0       0 -        Ss   08:00   0:00 "
		"[kthreadd]\n"
		"some-long-user  4711  0.0  115 4824064 1206016 pts/0    Ss   08:00   0:00 vi a b "
		"\\n\\x1b[31m\n"
		"1000            4712  0.0  115 4825088 1206272 -        Zs   Jan29   0:00 [made] "
		"<defunct>\n");
	rows_add_aux(&line, &made->list.items[0], &made->context);
	assert_string_equal(buf_cstr(&line), init);
	buf_deinit(&line);
	made_free(made);
}

static void units(void **state)
{
	struct made *made = made_new("rss,elapsed,cpu_wait_ns,comm", ROWS_TABLE);
	struct snapshot *s = add(made, 4711, 1, STR(""));

	s->known |= PART_BIT(PART_SCHEDSTAT);
	s->run_wait_ns = 12300000;
	s = add(made, 4712, 1, STR(""));
	s->stat.start_ns = 0;
	s->denied = PART_BIT(PART_SCHEDSTAT);
	s = add(made, 4713, 1, STR(""));
	s->known &= ~PART_BIT(PART_RSS);
	assert_string_equal(written(made), "    RSS     ELAPSED   WAIT COMMAND\n"
					   "1206016    02:00:00 12.3ms made\n"
					   "1206272 03-00:00:00      ? made\n"
					   "      -    02:00:00      - made\n");
	made->options.units = ROWS_UNITS_HUMAN;
	assert_string_equal(written(made), "  RSS     ELAPSED   WAIT COMMAND\n"
					   "1.15G       2h00m 12.3ms made\n"
					   "1.15G       3d00h      ? made\n"
					   "    -       2h00m      - made\n");
	made->options.units = ROWS_UNITS_BYTES;
	made->options.no_headings = true;
	assert_string_equal(written(made), "1234960384    02:00:00 12.3ms made\n"
					   "1235222528 03-00:00:00      ? made\n"
					   "         -    02:00:00      - made\n");
	made_free(made);
}

static void headings_and_widths(void **state)
{
	struct made *made = made_new("pid=NUMBER,user:4,ppid", ROWS_TABLE);

	add(made, 1, 0, STR(""));
	add(made, 4711, 1, STR(""))->euid = 7;
	assert_string_equal(written(made), "NUMBER USER  PPID\n"
					   "     1 root     0\n"
					   "  4711 som…     1\n");
	made_free(made);
	made = made_new("pid=,comm=", ROWS_TABLE);
	add(made, 1, 0, STR(""));
	assert_string_equal(written(made), "    1 made\n");
	made_free(made);
}

static void terminal_cuts(void **state)
{
	struct made *made = made_new("command,pid,command", ROWS_TABLE);
	char *many = mem_alloc(2000);

	memset(many, 'x', 1999);
	add(made, 1, 0, (struct str){many, 2000});
	add(made, 2, 0, STR("中文中文中文中文中文\0"));
	made->options.width = 50;
	assert_string_equal(written(made), "COMMAND               PID COMMAND\n"
					   "xxxxxxxxxxxxxxxxxx…     1 xxxxxxxxxxxxxxxxxxxxxxx…\n"
					   "中文中文中文中文中…     2 中文中文中文中文中文\n");
	made->options.width = 20;
	made->options.ascii = true;
	/* what has no room is left out, but never the last column */
	assert_string_equal(written(made), "COMMAND\n"
					   "xxxxxxxxxxxxxxxxxxx+\n"
					   "中文中文中文中文中文\n");
	made->options.width = 0;
	written(made);
	/* nothing is cut, and one long value does not widen the other lines to its length */
	assert_true(made->file.pending.n > 4000 && made->file.pending.n < 4400);
	free(many);
	made_free(made);
}

static void colours(void **state)
{
	struct made *made = made_new("pid,stat,command", ROWS_TABLE);

	add_some(made);
	made->options.colour = true;
	assert_string_equal(written(made),
			    "  \x1b[1mPID\x1b[0m \x1b[1mSTAT\x1b[0m \x1b[1mCOMMAND\x1b[0m\n"
			    "    1 Ss   /sbin/init splash\n"
			    "    2 Ss   \x1b[2m[kthreadd]\x1b[0m\n"
			    " 4711 Ss   vi a b \\n\\x1b[31m\n"
			    " 4712 \x1b[31mZs\x1b[0m   [made] <defunct>\n");
	made_free(made);
}

/* ---- trees ---- */

static void tree_of_rows(void **state)
{
	struct made *made = made_new("pid,comm", ROWS_TABLE);

	add(made, 1, 0, STR(""));
	add(made, 2, 0, STR(""));
	add(made, 10, 1, STR(""));
	add(made, 11, 12, STR(""));
	add(made, 12, 1, STR(""));
	add(made, 13, 2, STR(""));
	made->options.tree = true;
	assert_string_equal(written(made), "  PID COMMAND\n"
					   "    1 made\n"
					   "   10 ├─ made\n"
					   "   12 └─ made\n"
					   "   11    └─ made\n"
					   "    2 made\n"
					   "   13 └─ made\n");
	made->options.format = ROWS_JSON;
	made->context.host = NULL;
	assert_string_equal(written(made), "{\"version\":1,\"host\":null,\"processes\":[\n"
					   "{\"pid\":1,\"comm\":\"made\",\"children\":[\n"
					   "{\"pid\":10,\"comm\":\"made\",\"children\":[]},\n"
					   "{\"pid\":12,\"comm\":\"made\",\"children\":[\n"
					   "{\"pid\":11,\"comm\":\"made\",\"children\":[]}]}]},\n"
					   "{\"pid\":2,\"comm\":\"made\",\"children\":[\n"
					   "{\"pid\":13,\"comm\":\"made\",\"children\":[]}]}\n"
					   "]}\n");
	made_free(made);
}

static void threads_stand_below(void **state)
{
	struct made *made = made_new("tid,comm", ROWS_TABLE);

	add(made, 1, 0, STR(""));
	for (int i = 0; i < 2; i++) {
		struct snapshot *s = add(made, 1 + i, 0, STR(""));

		s->tgid = 1;
		s->is_thread = true;
	}
	add(made, 3, 2, STR("")); /* 2 is no process */
	made->options.tree = made->options.ascii = true;
	assert_string_equal(written(made), "  TID COMMAND\n"
					   "    1 made\n"
					   "    1 |- made\n"
					   "    2 `- made\n"
					   "    3 made\n");
	made_free(made);
}

static void check_forest(const struct snapshot *all, size_t count)
{
	const struct snapshot **rows = mem_alloc(count * sizeof *rows);
	struct rows_item *items = mem_alloc(count * sizeof *items);
	unsigned char *seen = mem_alloc(count);

	for (size_t i = 0; i < count; i++)
		rows[i] = &all[i];
	rows_forest(rows, count, items);
	for (size_t i = 0; i < count; i++) {
		size_t row = (size_t)(items[i].snapshot - all);

		assert_true(row < count && !seen[row]);
		seen[row] = 1;
		assert_true(items[i].depth <= (i ? items[i - 1].depth + 1 : 0));
		/* last: the next row that is no deeper is none of its siblings */
		for (size_t k = i + 1; k <= count; k++) {
			if (k < count && items[k].depth > items[i].depth)
				continue;
			assert_int_equal(items[i].last,
					 k == count || items[k].depth < items[i].depth);
			break;
		}
	}
	free(seen);
	free(items);
	free(rows);
}

static void rings_are_opened(void **state)
{
	enum { COUNT = 12 };
	struct snapshot all[COUNT];
	unsigned random = 1;

	for (unsigned round = 0; round < 20000; round++) {
		memset(all, 0, sizeof all);
		for (size_t i = 0; i < COUNT; i++) {
			random = random * 1103515245 + 12345;
			all[i].pid = all[i].tgid = (int32_t)(random >> 16) % COUNT;
			random = random * 1103515245 + 12345;
			all[i].stat.ppid = (int32_t)(random >> 16) % COUNT;
			all[i].is_thread = (random >> 28) == 0;
		}
		check_forest(all, 1 + round % COUNT);
	}
}

static void deep_chains(void **state)
{
	enum { COUNT = 20000 };
	struct made *made = made_new("pid,comm", ROWS_TABLE);
	const struct snapshot **rows = mem_alloc(COUNT * sizeof *rows);
	struct rows_item *items = mem_alloc(COUNT * sizeof *items);
	struct error err;

	snapshot_list_reserve(&made->list, COUNT);
	for (int i = 0; i < COUNT; i++)
		add(made, i + 1, i, STR(""));
	for (size_t i = 0; i < COUNT; i++)
		rows[i] = &made->list.items[COUNT - 1 - i];
	rows_forest(rows, COUNT, items);
	assert_int_equal(items[COUNT - 1].depth, COUNT - 1);
	made->options.tree = true;
	for (enum rows_format format = ROWS_TABLE; format <= ROWS_JSONL; format++) {
		made->options.format = format;
		buf_clear(&made->file.pending);
		made->file.failed = 0;
		made->file.fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
		assert_int_equal(rows_write(&made->options, items, COUNT, &made->file, &err), 0);
		close(made->file.fd);
	}
	free(items);
	free(rows);
	made_free(made);
}

/* ---- words, CSV, JSON ---- */

static void raw_words(void **state)
{
	struct made *made = made_new("pid,comm,rss,command,tty", ROWS_RAW);
	struct snapshot *s = add(made, 1, 0, STR("a b\0\\x20\0é\xff\xe2\x80\xae\0"));

	s->stat.comm = STR("-");
	s = add(made, 2, 0, STR("x\0"));
	s->stat.comm = STR("");
	s->known &= ~PART_BIT(PART_RSS);
	s->denied = PART_BIT(PART_RSS);
	assert_string_equal(written(made),
			    "pid comm rss_bytes command tty\n"
			    "1 \\x2d 262144 a\\x20b\\x20\\x5cx20\\x20é\\xff\\xe2\\x80\\xae -\n"
			    "2 \\x00 ? x -\n");
	made_free(made);
}

static void csv(void **state)
{
	struct made *made = made_new("pid,comm,rss,command", ROWS_CSV);
	struct snapshot *s = add(made, 1, 0, STR("a,b\0\"q\"\0\n\0"));

	s->stat.comm = STR("a b");
	s = add(made, 2, 0, STR("\xff\0"));
	s->known &= ~PART_BIT(PART_RSS);
	assert_string_equal(written(made), "pid,comm,rss_bytes,command\r\n"
					   "1,a b,262144,\"a,b \"\"q\"\" \\n\"\r\n"
					   "2,made,,\\xff\r\n");
	made->options.time = "2026";
	made->list.count = 0;
	assert_string_equal(written(made), "time,pid,comm,rss_bytes,command\r\n");
	made_free(made);
}

static void json(void **state)
{
	struct made *made =
		made_new("pid,pid,comm,cmdline,rss,nice,%cpu,umask,cap_effective", ROWS_JSONL);
	struct snapshot *s = add(made, 1, 0, STR("a\xff\0\0b \"\0"));

	s->stat.comm = STR("c\x1b");
	s->stat.nice = -5;
	s->known |= PART_BIT(PART_STATUS);
	s->known &= ~PART_BIT(PART_RSS);
	s->status = arena_alloc(&made->list.arena, sizeof *s->status);
	s->status->numbers_known = 1u << STATUS_UMASK;
	s->status->number[STATUS_UMASK] = 022;
	s->status->masks_known = 1u << STATUS_CAP_EFFECTIVE;
	s->status->mask[STATUS_CAP_EFFECTIVE] = 0x1ffffffffff;
	assert_string_equal(written(made),
			    "{\"pid\":1,\"comm\":\"c\\u001b\",\"cmdline\":[\"a\xef\xbf\xbd\",\"\","
			    "\"b \\\"\"],\"cmdline_b64\":\"Yf8AAGIgIgA=\",\"rss_bytes\":null,"
			    "\"nice\":-5,\"cpu_average_percent\":0,\"umask\":\"0022\","
			    "\"cap_effective\":\"000001ffffffffff\"}\n");
	made->options.time = "now";
	made->list.count = 0;
	made->options.format = ROWS_JSON;
	made->context.host = NULL;
	assert_string_equal(written(made),
			    "{\"version\":1,\"time\":\"now\",\"host\":null,\"processes\":[]}\n");
	made_free(made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_reads_like_ps),
		cmocka_unit_test(units),
		cmocka_unit_test(headings_and_widths),
		cmocka_unit_test(terminal_cuts),
		cmocka_unit_test(colours),
		cmocka_unit_test(tree_of_rows),
		cmocka_unit_test(threads_stand_below),
		cmocka_unit_test(rings_are_opened),
		cmocka_unit_test(deep_chains),
		cmocka_unit_test(raw_words),
		cmocka_unit_test(csv),
		cmocka_unit_test(json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
