/* The filter language: grammar, logic of the unknown, each type's operators, and what is wrong. */
#include "base/buf.h"
#include "base/clock.h"
#include "model/filter/filter.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

/* 2026-11-21 12:30:00 UTC */
#define NOW_NS (INT64_C(1795264200) * NS_PER_SEC)

struct world {
	struct host host;
	struct names names;
	struct arena arena;
	struct field_context context;
	struct snapshot_status status;
	struct snapshot_interval interval;
	struct snapshot snapshot;
	uint32_t groups[2];
};

static struct str user_name(void *context, uint32_t uid)
{
	return uid == 0 ? STR("root") : uid == 1000 ? STR("ann") : STR_NONE;
}

static struct str group_name(void *context, uint32_t gid)
{
	return gid == 27 ? STR("sudo") : STR_NONE;
}

/* A process of ann's that is 2 h 30 min old: "gcc -c 'a b.c'". io may not be read, nor is cwd. */
static void make_world(struct world *w)
{
	memset(w, 0, sizeof *w);
	w->host = (struct host){.time_ns = 100000 * NS_PER_SEC,
				.real_ns = NOW_NS,
				.boot_real_ns = NOW_NS - 100000 * NS_PER_SEC,
				.uptime_ns = 100000 * NS_PER_SEC,
				.page_bytes = 4096,
				.memory_known = 1 << MEMORY_TOTAL,
				.memory_bytes = {[MEMORY_TOTAL] = UINT64_C(1000) << 20}};
	w->names = (struct names){.user = user_name, .group = group_name};
	w->context =
		(struct field_context){.host = &w->host, .names = &w->names, .arena = &w->arena};
	w->groups[0] = 4, w->groups[1] = 27;
	w->status = (struct snapshot_status){
		.uid = {1000, 1000, 1000, 1000},
		.groups = w->groups,
		.group_count = 2,
		.masks_known = 1 << STATUS_CAP_EFFECTIVE,
		.numbers_known = 1 << STATUS_UMASK | 1 << STATUS_NO_NEW_PRIVS
        };
	w->status.mask[STATUS_CAP_EFFECTIVE] = 0x1fb;
	w->status.number[STATUS_UMASK] = 022;
	w->status.number[STATUS_NO_NEW_PRIVS] = 1;
	w->interval = (struct snapshot_interval){.elapsed_ns = NS_PER_SEC, .minor_faults = 1500};
	w->snapshot = (struct snapshot){
		.pid = 42,
		.tgid = 42,
		.known = PART_BIT(PART_STAT) | PART_BIT(PART_OWNER) | PART_BIT(PART_RSS) |
			 PART_BIT(PART_STATUS) | PART_BIT(PART_CMDLINE) | PART_BIT(PART_INTERVAL),
		.denied = PART_BIT(PART_IO),
		.time_ns = w->host.time_ns,
		.stat = {.pid = 42,
			 .ppid = 1,
			 .comm = STR("gcc"),
			 .state = 'S',
			 .nice = -5,
			 .threads = 3,
			 .user_ns = 900 * NS_PER_SEC,
			 .start_ns = (uint64_t)(100000 - 9000) * NS_PER_SEC,
			 .vsz_bytes = 7},
		.euid = 1000,
		.rss_bytes = UINT64_C(100) << 20,
		.cmdline = STR("gcc\0-c\0a b.c\0"),
		.status = &w->status,
		.interval = &w->interval,
	};
}

static void drop_world(struct world *w)
{
	arena_deinit(&w->arena);
}

static enum filter_verdict verdict(struct world *w, const char *text)
{
	struct filter *filter = NULL;
	enum filter_verdict result;
	struct error err;

	if (filter_new(&filter, str_of(text), &err) < 0)
		fail_msg("%s", err.text);
	result = filter_test(filter, &w->snapshot, &w->context);
	filter_free(filter);
	return result;
}

struct expectation {
	const char *text;
	enum filter_verdict verdict;
};

static void check(const struct expectation *cases, size_t count)
{
	struct world w;

	make_world(&w);
	for (size_t i = 0; i < count; i++) {
		enum filter_verdict got = verdict(&w, cases[i].text);

		if (got != cases[i].verdict)
			fail_msg("%s: %d", cases[i].text, got);
	}
	drop_world(&w);
}
#define CHECK(...)                                                                                 \
	check((const struct expectation[]){__VA_ARGS__},                                           \
	      sizeof((const struct expectation[]){__VA_ARGS__}) / sizeof(struct expectation))

#define NO  FILTER_NO
#define YES FILTER_YES
#define HUH FILTER_UNKNOWN

static void grammar(void **state)
{
	CHECK({"pid = 42", YES}, {"pid=42", YES}, {"  pid\t==\n42 ", YES}, {"PID = 42", YES},
	      {"pid = 1 or pid = 42", YES}, {"pid = 1 || pid = 42", YES},
	      {"pid = 42 and ppid = 2", NO}, {"pid = 42 && ppid = 1", YES},
	      {"pid = 42 AND NOT ppid = 2", YES}, {"not pid = 42", NO}, {"!pid = 42", NO},
	      {"! ! pid = 42", YES}, {"not not not pid = 42", NO}, {"(((pid = 42)))", YES},
	      {"(pid=42)and(ppid=1)", YES}, {"pid in (1, 42)", YES}, {"pid in(1,2)", NO},
	      {"pid not in (1, 2)", YES}, {"pid not in (42)", NO}, {"pid ! in (42)", NO},
	      {"pid in (42)", YES}, {"not pid in (1)", YES}, {"pid", YES}, {"not pid", NO},
	      {"pid = '42'", YES}, {"pid = \"42\"", YES});
}

static void precedence(void **state)
{
	/* and binds closer than or, not closer than and */
	CHECK({"pid = 42 or pid = 1 and pid = 2", YES}, {"(pid = 42 or pid = 1) and pid = 2", NO},
	      {"pid = 1 and pid = 2 or pid = 42", YES}, {"pid = 1 and (pid = 2 or pid = 42)", NO},
	      {"not pid = 1 and pid = 42", YES}, {"not pid = 42 or pid = 42", YES},
	      {"not (pid = 42 or pid = 42)", NO}, {"not pid = 42 and pid = 1", NO},
	      {"not (pid = 42 and pid = 1)", YES}, {"pid=1 or pid=2 or pid=3 or pid=42", YES},
	      {"pid and ppid and threads and nice and pid = 1", NO});
}

static void unknown_logic(void **state)
{
	/* read_bytes may not be read, cwd was not asked for */
	CHECK({"read_bytes > 0", HUH}, {"not read_bytes > 0", HUH}, {"read_bytes != 0", HUH},
	      {"read_bytes = unknown", YES}, {"read_bytes != unknown", NO},
	      {"read_bytes = UNKNOWN", YES}, {"pid = unknown", NO}, {"pid != unknown", YES},
	      {"cwd = unknown", YES}, {"cwd =~ x", HUH}, {"cwd !~ x", HUH},
	      {"cwd = \"unknown\"", HUH}, {"cwd", HUH}, {"not cwd", HUH},
	      {"read_bytes > 0 or pid = 42", YES}, {"read_bytes > 0 or pid = 1", HUH},
	      {"pid = 42 or read_bytes > 0", YES}, {"read_bytes > 0 and pid = 42", HUH},
	      {"read_bytes > 0 and pid = 1", NO}, {"pid = 1 and read_bytes > 0", NO},
	      {"not (read_bytes > 0 and pid = 1)", YES}, {"not (read_bytes > 0 or pid = 1)", HUH},
	      {"read_bytes in (1, 2)", HUH}, {"read_bytes in (1, unknown)", YES},
	      {"read_bytes not in (1, unknown)", NO}, {"pid in (unknown, 42)", YES},
	      {"read_bytes > 0 and cwd = x or pid = 42", YES});
}

static void numbers(void **state)
{
	CHECK({"pid < 43", YES}, {"pid < 42", NO}, {"pid <= 42", YES}, {"pid > 41", YES},
	      {"pid > 42", NO}, {"pid >= 42", YES}, {"pid != 42", NO}, {"pid != 41", YES},
	      {"pid = 0x2a", YES}, {"pid = +42", YES}, {"nice = -5", YES}, {"nice < 0", YES},
	      {"nice > -6", YES}, {"nice < -18446744073709551615", NO},
	      {"pid < 18446744073709551615", YES}, {"nice < 18446744073709551615", YES},
	      {"threads", YES}, {"ppid in (0x1)", YES}, {"pid > SIGKILL", YES},
	      {"pid = SIGHUP", NO});
}

static void sizes_and_rates(void **state)
{
	CHECK({"rss = 100M", YES}, {"rss = 104857600", YES}, {"rss > 0.1G", NO},
	      {"rss < 0.1G", YES}, {"rss >= 100MiB", YES}, {"rss > 102399k", YES},
	      {"rss_bytes < 1T", YES}, {"vsz = 7", YES}, {"vsz = 7B", YES},
	      {"minor_faults_per_second = 1500", YES}, {"minor_faults_per_second > 1K", YES},
	      {"minor_faults_per_second > 1.4K/s", YES}, {"minor_faults_per_second < 0.5", NO},
	      {"minor_faults_per_second > 1499.5", YES});
}

static void durations_and_percents(void **state)
{
	CHECK({"elapsed = 9000", YES}, {"elapsed = 2.5h", YES}, {"elapsed = 2h30m", YES},
	      {"elapsed = 2:30:00", YES}, {"elapsed = 150:00", YES}, {"elapsed = 0-02:30:00", YES},
	      {"elapsed >= 2h", YES}, {"elapsed > 1d", NO}, {"elapsed < 1-00:00:00", YES},
	      {"elapsed > 9000000ms", NO}, {"elapsed > 8999999ms", YES}, {"cpu_ns = 15m", YES},
	      {"cpu_ns = 14m60s", YES}, {"%cpu = 10", YES}, {"%cpu >= 10%", YES},
	      {"%cpu > 9.99", YES}, {"%cpu > 10.01%", NO}, {"%mem = 10%", YES}, {"%mem < -1", NO});
}

static void texts(void **state)
{
	CHECK({"comm =~ '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$'", NO},
	      {"comm =~ '^[]{99}{99}[:alpha:]g]{1,900}c'", YES}, {"comm =~ '^[\\1g]'", YES},
	      {"comm = gcc", YES}, {"comm = \"gcc\"", YES}, {"comm = 'gcc'", YES},
	      {"comm = GCC", NO}, {"comm = gc", NO}, {"comm = gccc", NO}, {"comm != gcc", NO},
	      {"comm < gcd", YES}, {"comm > gc", YES}, {"comm >= gcc", YES}, {"comm <= gcb", NO},
	      {"comm =~ ^g", YES}, {"comm =~ c$", YES}, {"comm =~ ^c", NO}, {"comm !~ ^c", YES},
	      {"comm =~ \"g(c|d)+$\"", YES}, {"comm =~ '^[^c]*$'", NO}, {"comm =~ \"\"", YES},
	      {"comm = \"\"", NO}, {"comm in (cc, gcc)", YES}, {"state = S", YES},
	      {"state in (R, D)", NO}, {"state not in (R, D)", YES}, {"name = gcc", YES});
}

static void words(void **state)
{
	/* joined by blanks */
	CHECK({"cmdline = \"gcc -c a b.c\"", YES}, {"cmdline =~ \"-c a b\\.c$\"", YES},
	      {"cmdline =~ '^gcc -c'", YES}, {"cmdline = gcc", NO}, {"cmdline > gcc", YES},
	      {"cmdline < gcd", YES}, {"cmdline != 'gcc -c a b.d'", YES},
	      {"cmdline =~ 'gcc  '", NO}, {"cmdline", YES}, {"cmdline =~ ' $'", NO});
}

static void users_and_groups(void **state)
{
	CHECK({"user = ann", YES}, {"user = \"ann\"", YES}, {"user = 1000", YES},
	      {"user = root", NO}, {"user = 0", NO}, {"user != 0", YES}, {"user != 1000", NO},
	      {"user in (root, 1000)", YES}, {"uid = 1000", YES}, {"uid = ann", YES},
	      {"uid = root", NO}, {"uid != root", YES}, {"uid > 999", YES}, {"user =~ ^a", YES},
	      {"groups = 27", YES}, {"groups = 28", NO}, {"groups != 27", NO},
	      {"groups != 28", YES}, {"groups > 26", YES}, {"groups < 4", NO},
	      {"groups in (1, 4)", YES}, {"groups = sudo", YES}, {"groups = adm", NO},
	      {"groups != adm", YES}, {"groups", YES});
}

static void bits_and_flags(void **state)
{
	CHECK({"cap_effective = 1fb", YES}, {"cap_effective = 0x1FB", YES},
	      {"cap_effective = 00000000000001fb", YES}, {"cap_effective != 0", YES},
	      {"cap_effective", YES}, {"cap_effective = 507", NO}, {"umask = 0022", YES},
	      {"umask = 22", YES}, {"umask = 21", NO}, {"no_new_privs", YES},
	      {"no_new_privs = true", YES}, {"no_new_privs = yes", YES}, {"no_new_privs = 1", YES},
	      {"no_new_privs != false", YES}, {"no_new_privs = no", NO}, {"not no_new_privs", NO});
}

static void times(void **state)
{
	/* started at 10:00:00, read at 12:30:00 */
	CHECK({"start = 10:00", YES}, {"start = 10:00:00", YES}, {"start = 10:01", NO},
	      {"start > 9:59", YES}, {"start > 10:00", NO}, {"start >= 10:00", YES},
	      {"start < 10:00", NO}, {"start <= 10:00", YES}, {"start = today", YES},
	      {"start = yesterday", NO}, {"start > yesterday", YES}, {"start > today", NO},
	      {"start = 2026-11-21", YES}, {"start = 2026-11-21 10:00", YES},
	      {"start = \"2026-11-21 10:00\" and pid = 42", YES},
	      {"start = 2026-11-21T10:00:00Z", YES}, {"start = 2026-11-21T11:00:00+01:00", YES},
	      {"start = 2026-11-21T08:30:00-0130", YES}, {"start = 2026-11-21T10:00:00.0", YES},
	      {"start = 2026-11-21T10:00:00.000000001Z", NO}, {"start > 2026-11-20", YES},
	      {"start > 2027-01-01", NO}, {"start > 3h", YES}, {"start > 2h", NO},
	      {"start > '3h ago'", YES}, {"start < 2h ago or pid = 1", YES}, {"start < now", YES},
	      {"start = @1795255200", YES}, {"start > @0", YES},
	      {"start in (9:00, 2026-11-21 10:00, 11:00)", YES});
}

static void times_without_a_clock(void **state)
{
	struct world w;

	make_world(&w);
	w.host.real_ns = 0;
	assert_int_equal(verdict(&w, "start > today"), HUH);
	assert_int_equal(verdict(&w, "start > 10m"), HUH);
	assert_int_equal(verdict(&w, "start > 2026-11-20"), YES);
	drop_world(&w);
}

static void parts(void **state)
{
	struct filter *filter;

	assert_int_equal(filter_new(&filter, STR("rss > 1 and (cwd = / or not cmdline)"), NULL), 0);
	assert_int_equal(filter_parts(filter) & ~PART_BIT(PART_STAT),
			 PART_BIT(PART_RSS) | PART_BIT(PART_CWD) | PART_BIT(PART_CMDLINE));
	filter_free(filter);
	filter_free(NULL);
}

/* ---- what is wrong ---- */

static void expect_bad(const char *text, unsigned column, const char *part)
{
	struct filter *filter = NULL;
	struct error err = {""};
	const char *line, *caret;

	if (filter_new(&filter, str_of(text), &err) == 0)
		fail_msg("%s: is taken", text);
	assert_null(filter);
	line = strchr(err.text, '\n');
	caret = line ? strchr(line + 1, '\n') : NULL;
	if (!caret || !strchr(caret, '^') || strchr(caret + 1, '\n') || !strstr(err.text, part))
		fail_msg("%s: %s", text, err.text);
	if ((unsigned)(strchr(caret, '^') - caret - 3) != column)
		fail_msg("column %u: %s", column, err.text);
}

/* There is nothing to point at. */
static void nothing(void **state)
{
	static const char *const texts[] = {"", "   ", "\n\t"};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct filter *filter = NULL;
		struct error err;

		assert_int_equal(filter_new(&filter, str_of(texts[i]), &err), -EINVAL);
		assert_string_equal(err.text, "the filter is empty; write for instance 'uid = 0'");
	}
}

static void bad_grammar(void **state)
{
	static const struct {
		const char *text;
		unsigned column;
		const char *part;
	} cases[] = {
		{"rsss > 5",           0,  "there is no field 'rsss'; did you mean 'rss'?"},
		{"pid = 1 and qqqqqq", 12, "there is no field 'qqqqqq'"                   },
		{"pid =",              5,  "ends where a value"                           },
		{"pid = and",          6,  "'and' stands where a value"                   },
		{"pid = )",            6,  "')' stands where a value"                     },
		{"pid 42",             4,  "'and', 'or' or the end"                       },
		{"pid = 42 43",        9,  "'43' stands where 'and'"                      },
		{"pid = 42)",          8,  "none is open"                                 },
		{"(pid = 42",          0,  "is not closed"                                },
		{"(pid = 42 43)",      10, "'and', 'or' or ')'"                           },
		{"((pid = 42)",        0,  "is not closed"                                },
		{"()",                 1,  "a condition"                                  },
		{"and pid = 1",        0,  "a condition"                                  },
		{"pid = 1 and",        11, "ends where a condition"                       },
		{"pid = 1 or or",      11, "'or' stands where a condition"                },
		{"not",                3,  "ends where a condition"                       },
		{"= 5",                0,  "'=' stands where a condition"                 },
		{"'pid' = 5",          0,  "'pid' stands where a condition"               },
		{"pid => 5",           4,  "did you mean '>='?"                           },
		{"pid =< 5",           4,  "did you mean '<='?"                           },
		{"pid <> 5",           4,  "did you mean '!='?"                           },
		{"comm ~ x",           5,  "did you mean '=~'?"                           },
		{"pid = 1 & pid = 2",  8,  "did you mean 'and'?"                          },
		{"pid = 1 | pid = 2",  8,  "did you mean 'or'"                            },
		{"comm =~ a|b",        9,  "quote an expression"                          },
		{"comm = \"x",         7,  "has no end"                                   },
		{"comm = 'x",          7,  "has no end"                                   },
		{"comm = \"x\\\"",     7,  "has no end"                                   },
		{"pid in 5",           7,  "'(' with a list"                              },
		{"pid in ()",          8,  "')' stands where a value"                     },
		{"pid in (1,)",        10, "')' stands where a value"                     },
		{"pid in (1 2)",       10, "',' or ')'"                                   },
		{"pid in (1",          9,  "',' or ')'"                                   },
		{"pid in",             6,  "'(' with a list"                              },
		{"pid not",            7,  "'in'"                                         },
		{"pid not = 5",        8,  "'in'"                                         },
		{"pid = = 5",          6,  "'=' stands where a value"                     },
		{"pid = 1 = 2",        8,  "'=' stands where 'and'"                       },
		{"pid \x01 5",         4,  "byte \\x01"                                   },
		{"pid = 1 ,",          8,  "',' stands where 'and'"                       },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		expect_bad(cases[i].text, cases[i].column, cases[i].part);
}

/* clang-format off */
static const struct {
	const char *field, *noun;
	const char *values[12];
} misfits[] = {
	{"pid", "a number",
		{"x", "1.5", "0x", "1e3", "--1", "''", "5M", "99999999999999999999", "HUP", "SIGX"}},
	{"rss", "a size in bytes",
		{"x", "-1", "5X", "1.M", "5Mb", "''", "1..2G", "99999999999T"}},
	{"elapsed", "a duration",
		{"x", "1y", "1:2", "1:60", "1:00:00:00", "1-1:00", "5m3", "''", ":", "1h-2m"}},
	{"start", "a time",
		{"x", "5", "24:00", "10:60", "2026-13-01", "2026-02-29", "2026-1-1", "2026-11-21T",
		 "2026-11-21x10:00", "2026-11-21T10:00+1", "1969-12-31", "@"}},
	{"%cpu", "a percentage", {"x", "5%%", "nan", "inf", "1e2", ".5", "5.", "''", "%"}},
	{"minor_faults_per_second", "a rate", {"x", "5/m", "-1K", "''"}},
	{"cap_effective", "a mask", {"xyz", "-1", "0x", "''", "11112222333344445"}},
	{"umask", "an octal", {"8", "-1", "0x1", "''", "rwx"}},
	{"no_new_privs", "a flag", {"x", "2", "''", "maybe"}},
	{"ns_pids", "a list", {"x", "1.5", "''"}},
	{"start_code", "an address", {"x", "''", "0xg"}},
};
/* clang-format on */

static void bad_values(void **state)
{
	char text[128];

	for (size_t i = 0; i < sizeof misfits / sizeof *misfits; i++) {
		for (size_t k = 0; k < 12 && misfits[i].values[k]; k++) {
			snprintf(text, sizeof text, "%s = %s", misfits[i].field,
				 misfits[i].values[k]);
			expect_bad(text, (unsigned)strlen(misfits[i].field) + 3, misfits[i].noun);
		}
	}
	expect_bad("rss =~ 5", 7, "looks into text, and rss_bytes is a size");
	expect_bad("no_new_privs > 0", 15, "only = and !=");
	expect_bad("pid > unknown", 6, "only = and !=");
	expect_bad("user > 5 and uid > root", 19, "a number");
	expect_bad("groups > sudo", 9, "a list");
}

static void bad_expressions(void **state)
{
	static const char *const bad[] = {"'('",  "'['",     "'*('",     "'a{2,1}'",
					  "'\\'", "'[z-a]'", "'(a)\\1'", "'a{99999}'"};
	char text[2048];

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		snprintf(text, sizeof text, "comm =~ %s", bad[i]);
		expect_bad(text, 8, "");
	}
	expect_bad("comm =~ '((x{0,200}){0,200}){0,200}'", 8, "too large");
	expect_bad("comm =~ '(a*b*c*){0,300}'", 8, "too large");
	expect_bad("comm =~ '[]{1000}]{1000}x'", 8, "too large");
	expect_bad("comm =~ 'x{4294967296}{4294967296}'", 8, "too large");
	memset(text, 'x', sizeof text);
	memcpy(text, "comm =~ ", 8);
	text[sizeof text - 1] = 0;
	expect_bad(text, 8, "longer than 1024");
}

/* Whatever the text: the sentence fits, the caret stands under the place, no byte is raw. */
static void pictures(void **state)
{
	struct buf text = BUF_INIT;
	struct filter *filter;
	struct error err;
	const char *caret;

	expect_bad("comm = \"a\tb\" zz", 14, "comm = \"a\\tb\" zz");
	expect_bad("comm = \"\x1b[2J\" zz", 17, "\\x1b[2J");
	expect_bad("comm = \"日本\" zz", 14, "日本");
	expect_bad("comm = \"\xff\" zz", 14, "\\xff");
	for (int i = 0; i < 200; i++)
		buf_add_text(&text, "pid = 1 or ");
	buf_add_text(&text, "zzzzzz and pid = 1 or pid = 2 or pid = 3 or pid = 4");
	assert_int_equal(filter_new(&filter, buf_str(&text), &err), -22);
	caret = strrchr(err.text, '\n');
	assert_non_null(strstr(err.text, "\n  …"));
	/* two blanks, an ellipsis, forty columns at most */
	assert_in_range(strlen(caret), 30, 45);
	assert_true(strlen(err.text) < 400);
	buf_clear(&text);
	for (int i = 0; i < 30000; i++)
		buf_add_char(&text, '\x01');
	assert_int_equal(filter_new(&filter, buf_str(&text), &err), -22);
	assert_true(strchr(err.text, '^') && strlen(err.text) < 400);
	buf_add_repeat(&text, 'x', 40000);
	assert_int_equal(filter_new(&filter, buf_str(&text), &err), -22);
	assert_int_equal(filter_new(&filter, (struct str){"comm = 'a\0b'", 12}, &err), -22);
	buf_deinit(&text);
}

static void depth(void **state)
{
	struct buf text = BUF_INIT;
	struct filter *filter;
	struct error err;

	for (unsigned deep = 64; deep <= 65; deep++) {
		buf_clear(&text);
		for (unsigned i = 0; i < deep; i++)
			buf_add_text(&text, i % 2 ? "(" : "not ");
		buf_add_text(&text, "pid");
		buf_add_repeat(&text, ')', deep / 2);
		assert_int_equal(filter_new(&filter, buf_str(&text), &err), deep == 64 ? 0 : -22);
		if (deep == 64)
			filter_free(filter);
	}
	assert_non_null(strstr(err.text, "inside each other"));
	/* a long chain is not deep */
	buf_clear(&text);
	for (unsigned i = 0; i < 5000; i++)
		buf_add_text(&text, "pid=1 or ");
	buf_add_text(&text, "pid=42");
	assert_int_equal(filter_new(&filter, buf_str(&text), &err), 0);
	filter_free(filter);
	buf_deinit(&text);
}

/* Every beginning of a filter and every byte of it gone: taken or refused, never worse. */
static void pieces(void **state)
{
	static const char whole[] =
		"rss > 100M and (user = \"root\" or comm =~ '^g(c|d)+$') and not elapsed "
		">= 1h30m and pid not in (1, 0x2a) && start > 2026-11-21 10:00 || !cwd";
	char text[sizeof whole];
	unsigned bad = 0;

	for (size_t i = 0; i < sizeof whole - 1; i++) {
		for (int drop = 0; drop < 2; drop++) {
			struct filter *filter;
			struct error err;

			memcpy(text, whole, i);
			strcpy(text + i, drop ? whole + i + 1 : "");
			if (filter_new(&filter, str_of(text), &err) == 0)
				filter_free(filter);
			else
				bad++;
		}
	}
	assert_in_range(bad, 120, 260);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grammar),
		cmocka_unit_test(precedence),
		cmocka_unit_test(unknown_logic),
		cmocka_unit_test(numbers),
		cmocka_unit_test(sizes_and_rates),
		cmocka_unit_test(durations_and_percents),
		cmocka_unit_test(texts),
		cmocka_unit_test(words),
		cmocka_unit_test(users_and_groups),
		cmocka_unit_test(bits_and_flags),
		cmocka_unit_test(times),
		cmocka_unit_test(times_without_a_clock),
		cmocka_unit_test(parts),
		cmocka_unit_test(nothing),
		cmocka_unit_test(bad_grammar),
		cmocka_unit_test(bad_values),
		cmocka_unit_test(bad_expressions),
		cmocka_unit_test(pictures),
		cmocka_unit_test(depth),
		cmocka_unit_test(pieces),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
