/* The registry of columns: that its rows agree with themselves, and what the getters make of it. */
#include "model/field.h"

#include "base/mem.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* ---- the rows ---- */

static void check_name(struct str name, const struct field *owner)
{
	const struct field *found = field_find(name);

	if (found != owner)
		fail_msg("'%.*s' of %s finds %s", (int)name.n, name.p, owner->name,
			 found ? found->name : "nothing");
	for (size_t i = 0; i < name.n; i++)
		if (isupper((unsigned char)name.p[i]) || strchr(",=:+- \t", name.p[i]))
			fail_msg("'%.*s' could not be asked for", (int)name.n, name.p);
}

static void test_names(void **state)
{
	for (unsigned i = 0; i < field_count; i++) {
		struct str rest = str_of(fields[i].aliases);

		check_name(str_of(fields[i].name), &fields[i]);
		while (rest.p) {
			struct str alias = str_cut(&rest, ' ');

			assert_true(alias.n > 0);
			assert_false(str_is(alias, fields[i].name));
			check_name(alias, &fields[i]);
		}
	}
	for (unsigned i = 0; i < field_count; i++)
		assert_non_null(field_find(str_of(fields[i].heading)));
	assert_ptr_equal(field_find(STR("%now")), field_find(STR("cpu_percent")));
	assert_ptr_equal(field_find(STR("COMMAND")), field_find(STR("args")));
	assert_null(field_find(STR("")));
	assert_null(field_find(STR("rss rssize")));
	assert_ptr_equal(field_find(STR("%CPU")), field_find(STR("cpu_average_percent")));
	assert_ptr_equal(field_find(STR("RSS")), field_find(STR("rss_bytes")));
}

static void test_rows(void **state)
{
	for (unsigned i = 0; i < field_count; i++) {
		const struct field *field = &fields[i];

		if (!field->heading || !*field->heading || !field->get || !field->help ||
		    field->type >= FIELD_TYPES)
			fail_msg("%s is not complete", field->name);
		if (strlen(field->help) < 10 || field->help[strlen(field->help) - 1] == '.' ||
		    strchr(field->help, '\n') || strlen(field->help) > 100)
			fail_msg("%s: '%s' is no line of help", field->name, field->help);
		if ((field->flags & FIELD_WIDE) && !(field->flags & FIELD_LEFT))
			fail_msg("%s is cut at its end but stands right", field->name);
		if ((field->flags & FIELD_PS_KIB) && field->type != FIELD_BYTES)
			fail_msg("%s is no size to be shown in KiB", field->name);
		if (field->parts >> SNAPSHOT_PARTS)
			fail_msg("%s needs parts that there are not", field->name);
		for (unsigned k = 0; k < i; k++) {
			if (strcmp(fields[k].help, field->help) == 0)
				fail_msg("%s has the help of %s", field->name, fields[k].name);
			/* a slip of the pen in one of many rows that look the same */
			if (fields[k].get == field->get && fields[k].offset == field->offset &&
			    fields[k].flags == field->flags)
				fail_msg("%s has the value of %s", field->name, fields[k].name);
		}
	}
}

static void test_sections(void **state)
{
	unsigned sections = 0;

	assert_non_null(field_section(&fields[0]));
	for (unsigned i = 0; i < field_count; i++)
		sections += field_section(&fields[i]) != NULL;
	assert_int_equal(sections, 12);
}

static bool ends_with(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n > m && strcmp(name + n - m, end) == 0;
}

/* Who reads JSON has the name only, so the name says the unit. */
static void test_units(void **state)
{
	static const struct {
		enum field_type type;
		const char *end, * or ;
	} units[] = {
		{FIELD_BYTES,    "_bytes",      "_chars"},
                {FIELD_DURATION, "_ns",         NULL    },
		{FIELD_TIME,     "_ns",         NULL    },
                {FIELD_PERCENT,  "_percent",    NULL    },
		{FIELD_RATE,     "_per_second", NULL    },
                {FIELD_ADDRESS,  "_address",    NULL    },
	};

	for (unsigned i = 0; i < field_count; i++) {
		const struct field *field = &fields[i];
		const char *name = field->name;

		for (size_t k = 0; k < sizeof units / sizeof *units; k++) {
			bool has = ends_with(name, units[k].end) ||
				   (units[k].or &&ends_with(name, units[k].or));

			if (field->type == units[k].type && !has)
				fail_msg("%s does not say its unit", name);
		}
		if (field->type == FIELD_NUMBER || field->type == FIELD_TEXT)
			for (size_t k = 0; k < sizeof units / sizeof *units; k++)
				if (ends_with(name, units[k].end))
					fail_msg("%s says a unit that its type is not", name);
	}
}

/* ---- values ---- */

struct fixture {
	struct arena arena;
	struct host host;
	struct names names;
	struct field_context context;
	struct snapshot s;
	struct snapshot_statm statm;
	struct snapshot_status status;
	struct usage io;
	struct snapshot_smaps smaps;
	uint64_t namespaces[SNAPSHOT_NAMESPACES];
	struct snapshot_interval interval;
};

static struct str user_name(void *context, uint32_t uid)
{
	return uid == 0 ? STR("root") : STR_NONE;
}

#define S(seconds) ((seconds)*UINT64_C(1000000000))

static const uint32_t some_groups[] = {0, 27, 1000};
static const int32_t some_pids[] = {4321, 7};

static int setup(void **state)
{
	struct fixture *f = mem_alloc(sizeof *f);
	struct snapshot *s = &f->s;

	f->host = (struct host){.boot_real_ns = S(1000000),
				.page_bytes = 4096,
				.memory_known = 1u << MEMORY_TOTAL,
				.memory_bytes = {[MEMORY_TOTAL] = 1 << 30}};
	f->names = (struct names){.user = user_name};
	f->context = (struct field_context){&f->host, &f->names, NULL, &f->arena};
	*s = (struct snapshot){
		.pid = 4321,
		.tgid = 4321,
		.known = ~0u,
		.time_ns = S(200),
		.rss_bytes = 1 << 28,
		.stat = {.ppid = 1,
			 .pgid = 4321,
			 .sid = 4321,
			 .comm = STR("we ird"),
			 .state = 'S',
			 .tty = 0x8803,
			 .tty_pgid = 4321,
			 .kernel_flags = 0x140,
			 .priority = 15,
			 .nice = -5,
			 .threads = 2,
			 .start_ns = S(100),
			 .user_ns = S(4),
			 .sys_ns = S(1),
			 .child_user_ns = S(2),
			 .child_sys_ns = S(3),
			 .vsz_bytes = 1 << 20,
			 .start_code = 0x400000,
			 .arg_start = 0x7ffe0000,
			 .rss_limit_bytes = UINT64_MAX},
		.cpu_clock_ns = S(5),
		.locked_bytes = 4096,
		.login_uid = UINT32_MAX,
		.session = 3,
		.cmdline = STR("/bin/we ird\0-x\0\0"),
		.exe = STR("/bin/we ird"),
		.exe_deleted = true,
		.cwd = STR("/tmp"),
		.root = STR("/"),
		.cgroup = STR("1:name=systemd:/old\n0::/system.slice/a b:c.service\n"),
		.wchan = STR("do_wait"),
		.syscall = STR("0 0x3 0x7f 0x10 0x7ffe 0x7f\n"),
		.statm = &f->statm,
		.status = &f->status,
		.io = &f->io,
		.smaps = &f->smaps,
		.namespaces = f->namespaces,
		.interval = &f->interval
        };
	f->statm = (struct snapshot_statm){.shared_bytes = 8192, .text_bytes = 4096};
	f->status = (struct snapshot_status){
		.uid = {1000, 0, 0, 0},
		.groups = some_groups,
		.group_count = 3,
		.ns_pids = some_pids,
		.ns_pgids = some_pids,
		.ns_sids = some_pids,
		.ns_count = 2,
		.sizes_known = 1u << STATUS_VM_SWAP,
		.masks_known = 1u << STATUS_CAP_EFFECTIVE,
		.numbers_known = 1u << STATUS_SECCOMP | 1u << STATUS_UMASK,
		.number = {[STATUS_SECCOMP] = 2,   [STATUS_UMASK] = 022   }
        };
	usage_set(&f->io, USAGE_READ_BYTES, 512);
	f->namespaces[NS_NET] = 4026531840;
	f->interval = (struct snapshot_interval){
		.elapsed_ns = S(2), .cpu_ns = S(3), .minor_faults = 5, .read_bytes = 1024};
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	arena_deinit(&f->arena);
	free(f);
	return 0;
}

static struct value get(struct fixture *f, const char *name)
{
	const struct field *field = field_find(str_of(name));

	if (!field)
		fail_msg("no field %s", name);
	return field_get(field, &f->s, &f->context);
}

#define assert_text(f, name, expected)                                                             \
	do {                                                                                       \
		struct value value_ = get(f, name);                                                \
		assert_int_equal(value_.kind, VALUE_TEXT);                                         \
		if (!str_is(value_.text, expected))                                                \
			fail_msg("%s is '%.*s'", name, (int)value_.text.n, value_.text.p);         \
	} while (0)

static void assert_number(struct fixture *f, const char *name, int64_t expected)
{
	struct value value = get(f, name);

	if ((value.kind != VALUE_SIGNED && value.kind != VALUE_UNSIGNED) || value.i != expected)
		fail_msg("%s is %lld of kind %d", name, (long long)value.i, value.kind);
}

static void assert_real(struct fixture *f, const char *name, double expected)
{
	struct value value = get(f, name);

	if (value.kind != VALUE_REAL || value.real < expected - 1e-6 ||
	    value.real > expected + 1e-6)
		fail_msg("%s is %f of kind %d", name, value.real, value.kind);
}

static void assert_kind(struct fixture *f, const char *name, enum value_kind kind)
{
	struct value value = get(f, name);

	if (value.kind != kind)
		fail_msg("%s is of kind %d", name, value.kind);
}

static void assert_flag(struct fixture *f, const char *name, bool flag)
{
	assert_kind(f, name, VALUE_FLAG);
	assert_int_equal(get(f, name).flag, flag);
}

/* Of who was not read, nothing is known but the number; nothing is 0 and nothing crashes. */
static void test_unknown(void **state)
{
	struct fixture *f = *state;
	struct field_context nothing = {0};

	f->s = (struct snapshot){.pid = 9, .tgid = 9};
	for (unsigned i = 0; i < field_count; i++) {
		struct value value = field_get(&fields[i], &f->s, &nothing);

		if (value.kind != VALUE_UNKNOWN && fields[i].parts)
			fail_msg("%s is known", fields[i].name);
		f->s.denied = fields[i].parts;
		value = field_get(&fields[i], &f->s, &nothing);
		if (value.kind != VALUE_DENIED && fields[i].parts)
			fail_msg("%s is not denied", fields[i].name);
		f->s.denied = 0;
	}
	assert_number(f, "pid", 9);
}

static bool kind_fits(enum field_type type, enum value_kind kind)
{
	switch (type) {
	case FIELD_TEXT:
	case FIELD_WORDS:
		return kind == VALUE_TEXT;
	case FIELD_PERCENT:
	case FIELD_RATE:
		return kind == VALUE_REAL;
	case FIELD_FLAG:
		return kind == VALUE_FLAG;
	case FIELD_LIST:
		return kind == VALUE_LIST;
	case FIELD_ADDRESS:
	case FIELD_MASK:
	case FIELD_OCTAL:
		return kind == VALUE_UNSIGNED;
	default:
		return kind == VALUE_SIGNED || kind == VALUE_UNSIGNED;
	}
}

/* All that a part can hold is there: then every column has a value, of the kind its type says. */
static void test_full(void **state)
{
	struct fixture *f = *state;

	f->status.sizes_known = f->status.masks_known = f->status.numbers_known = ~0u;
	for (int i = 0; i < STATUS_TEXTS; i++)
		f->status.text[i] = STR("0-3");
	for (int i = 0; i < SNAPSHOT_NAMESPACES; i++)
		f->namespaces[i] = 1 + (uint64_t)i;
	f->io.known = ~0u;
	f->interval.io_known = true;
	f->s.login_uid = 1000;
	f->s.stat.rt_priority = f->s.stat.waiting = 1;
	f->s.stat.rss_limit_bytes = 4096;
	f->s.stat.state = 'Z';
	f->s.cgroup = STR(
		"0::/user.slice/user-1.slice/user@1.service/a.slice/docker-0123456789ab.scope\n");
	/* addresses: all of them */
	memset(&f->s.stat.start_code, 0x7f,
	       (size_t)((char *)(&f->s.stat.env_end + 1) - (char *)&f->s.stat.start_code));
	for (unsigned i = 0; i < field_count; i++) {
		struct value value;

		/* nobody has both */
		f->s.stat.exit_code = strcmp(fields[i].name, "term_signal") == 0 ? 9 : 0;
		value = field_get(&fields[i], &f->s, &f->context);
		if (!kind_fits(fields[i].type, value.kind))
			fail_msg("%s: kind %d for type %s", fields[i].name, value.kind,
				 field_type_names[fields[i].type]);
	}
}

static void test_identity(void **state)
{
	struct fixture *f = *state;

	assert_number(f, "pid", 4321);
	assert_number(f, "ns_pid", 7);
	assert_text(f, "user", "root");
	assert_text(f, "ruser", "1000");
	assert_text(f, "group_names", "0,27,1000");
	assert_int_equal(get(f, "groups").list.n, 3);
	assert_text(f, "tty", "pts/3");
	assert_kind(f, "login_uid", VALUE_UNKNOWN);
	assert_kind(f, "login_user", VALUE_UNKNOWN);
	assert_number(f, "login_session", 3);
	assert_number(f, "netns", 4026531840);
	assert_kind(f, "mntns", VALUE_UNKNOWN);
	f->s.stat.tty = 0;
	assert_kind(f, "tty", VALUE_UNKNOWN);
	f->s.stat.tty = 4 << 8 | 65;
	assert_text(f, "tty", "ttyS1");
	f->s.stat.tty = 204 << 8 | 64;
	assert_text(f, "tty", "204:64");
	f->s.is_thread = true;
	f->s.pid = 4400;
	assert_number(f, "pid", 4321);
	assert_number(f, "tid", 4400);
	f->status.group_count = 0;
	assert_int_equal(get(f, "groups").kind, VALUE_LIST);
	assert_text(f, "group_names", "");
}

static void test_state(void **state)
{
	struct fixture *f = *state;

	assert_text(f, "state", "S");
	assert_text(f, "stat", "S<Lsl+");
	assert_number(f, "flags", 5);
	assert_number(f, "pri", 24);
	assert_number(f, "priority", 15);
	assert_kind(f, "rtprio", VALUE_UNKNOWN);
	assert_text(f, "cls", "TS");
	assert_text(f, "seccomp", "filter");
	assert_number(f, "umask", 022);
	assert_kind(f, "exit_code", VALUE_UNKNOWN);
	f->s.stat.nice = 19;
	f->s.locked_bytes = 0;
	f->s.stat.sid = 1;
	f->s.stat.threads = 1;
	f->s.stat.tty_pgid = -1;
	assert_text(f, "stat", "SN");
	assert_kind(f, "tpgid", VALUE_UNKNOWN);
	f->s.stat.policy = 99;
	assert_text(f, "cls", "#99");
	f->s.stat.state = 'Z';
	f->s.stat.exit_code = 256;
	assert_number(f, "exit_code", 1);
	assert_number(f, "wait_status", 256);
	assert_kind(f, "term_signal", VALUE_UNKNOWN);
	f->s.denied = PART_BIT(PART_IO);
	assert_kind(f, "exit_code", VALUE_DENIED);
}

static void test_times(void **state)
{
	struct fixture *f = *state;

	assert_number(f, "start", (int64_t)S(1000100));
	assert_number(f, "elapsed", (int64_t)S(100));
	assert_number(f, "etimes", 100);
	assert_number(f, "cpu_ns", (int64_t)S(5));
	assert_number(f, "times", 5);
	assert_number(f, "child_cpu_ns", (int64_t)S(5));
	assert_real(f, "%cpu", 5);
	assert_real(f, "cpu", 150);
	assert_real(f, "minor_faults_per_second", 2.5);
	assert_kind(f, "read_bytes_per_second", VALUE_UNKNOWN);
	f->interval.io_known = true;
	assert_real(f, "read_bytes_per_second", 512);
	f->s.time_ns = S(99);
	assert_number(f, "elapsed", 0);
	assert_real(f, "%cpu", 0);
	f->context.host = NULL;
	assert_kind(f, "start", VALUE_UNKNOWN);
}

static void test_memory(void **state)
{
	struct fixture *f = *state;

	assert_real(f, "%mem", 25);
	assert_number(f, "sz", 256);
	assert_number(f, "drs", (1 << 20) - 4096);
	assert_number(f, "swap", 0);
	assert_kind(f, "rss_peak", VALUE_UNKNOWN);
	assert_kind(f, "lim", VALUE_UNKNOWN);
	assert_number(f, "read_bytes", 512);
	assert_kind(f, "write_bytes", VALUE_UNKNOWN);
	assert_number(f, "start_code", 0x400000);
	assert_kind(f, "eip", VALUE_UNKNOWN);
	f->s.stat.start_code = 1;
	assert_kind(f, "start_code", VALUE_DENIED);
	assert_kind(f, "arg_start", VALUE_DENIED);
	f->host.memory_known = 0;
	assert_kind(f, "%mem", VALUE_UNKNOWN);
}

static void test_programs(void **state)
{
	struct fixture *f = *state;

	assert_text(f, "command", "/bin/we ird -x");
	assert_flag(f, "exe_deleted", true);
	assert_text(f, "wchan", "do_wait");
	f->s.stat.state = 'Z';
	f->s.cmdline = STR("");
	assert_text(f, "command", "[we ird] <defunct>");
	f->s.stat.state = 'S';
	f->s.cmdline = STR("\0");
	assert_text(f, "command", "[we ird]");
	assert_text(f, "comm", "we ird");
	f->s.cmdline = STR("nginx: worker process\0\0\0\0");
	assert_text(f, "command", "nginx: worker process");
	f->s.cmdline = STR("no end");
	assert_text(f, "command", "no end");
	f->s.wchan = STR("0");
	assert_kind(f, "wchan", VALUE_UNKNOWN);
	assert_text(f, "cgroup", "/system.slice/a b:c.service");
	assert_text(f, "cgroups", "1:name=systemd:/old;0::/system.slice/a b:c.service");
	assert_text(f, "slice", "system.slice");
}

static void test_syscalls(void **state)
{
	struct fixture *f = *state;
	char line[64];

	for (long i = 0; i < 600; i++) {
		struct value value;

		snprintf(line, sizeof line, "%ld 0x0\n", i);
		f->s.syscall = str_of(line);
		value = get(f, "syscall");
		assert_int_equal(value.kind, VALUE_TEXT);
	}
	assert_text(f, "syscall", "599");
	f->s.syscall = STR("466 0x0\n");
	assert_text(f, "syscall", "removexattrat");
	f->s.syscall = STR("running\n");
	assert_text(f, "syscall", "running");
	f->s.syscall = STR("-1 0x7ffe 0x7f\n");
	assert_text(f, "syscall", "none");
	f->s.syscall = STR("\n");
	assert_kind(f, "syscall", VALUE_UNKNOWN);
	f->s.syscall = STR("");
	assert_kind(f, "syscall", VALUE_UNKNOWN);
}

static void test_nearest(void **state)
{
	assert_true(str_is(field_nearest(STR("rsss")), "rss"));
	assert_null(field_nearest(STR("foo")).p);
	assert_true(str_is(field_nearest(STR("COMAND")), "command"));
	assert_true(str_is(field_nearest(STR("elapsd_ns")), "elapsed_ns"));
	assert_null(field_nearest(STR("zzzzzzzz")).p);
	assert_null(field_nearest(STR("")).p);
	assert_null(field_nearest(STR("a_name_that_is_longer_than_all_that_there_are")).p);
}

static void test_compare(void **state)
{
	const struct field *field = field_find(STR("pid"));
	const struct value ascending[] = {
		{.kind = VALUE_SIGNED,   .i = INT64_MIN},
		{.kind = VALUE_SIGNED,                      .i = -2},
		{.kind = VALUE_REAL,.real = -1.5},
		{.kind = VALUE_SIGNED,     .i = -1},
		{.kind = VALUE_UNSIGNED,                      .u = 0},
		{.kind = VALUE_SIGNED,           .i = 1},
		{.kind = VALUE_REAL, .real = 1.5},
		{.kind = VALUE_UNSIGNED,                      .u = (UINT64_C(1) << 53) + 1},
		{.kind = VALUE_SIGNED,      .i = (INT64_C(1) << 53) + 2},
		{.kind = VALUE_UNSIGNED,     .u = UINT64_MAX},
		{.kind = VALUE_UNKNOWN                     },
	};
	const struct value texts[] = {
		{.kind = VALUE_TEXT,  .text = STR("")},
		{.kind = VALUE_TEXT,                   .text = STR("B")},
		{.kind = VALUE_TEXT,.text = STR("a")},
		{.kind = VALUE_TEXT,  .text = STR("a\0")},
		{.kind = VALUE_TEXT,                   .text = STR("ab")},
		{.kind = VALUE_TEXT,.text = STR("\xff")},
		{.kind = VALUE_DENIED },
	};
	const size_t n = sizeof ascending / sizeof *ascending, m = sizeof texts / sizeof *texts;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n; k++) {
			int order = value_compare(field, &ascending[i], &ascending[k]);

			if ((order > 0) - (order < 0) != (i > k) - (i < k))
				fail_msg("values %zu and %zu: %d", i, k, order);
		}
	for (size_t i = 0; i < m; i++)
		for (size_t k = 0; k < m; k++) {
			int order = value_compare(field, &texts[i], &texts[k]);

			if ((order > 0) - (order < 0) != (i > k) - (i < k))
				fail_msg("texts %zu and %zu: %d", i, k, order);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_sections),
		cmocka_unit_test(test_units),
		cmocka_unit_test_setup_teardown(test_unknown, setup, teardown),
		cmocka_unit_test_setup_teardown(test_full, setup, teardown),
		cmocka_unit_test_setup_teardown(test_identity, setup, teardown),
		cmocka_unit_test_setup_teardown(test_state, setup, teardown),
		cmocka_unit_test_setup_teardown(test_times, setup, teardown),
		cmocka_unit_test_setup_teardown(test_memory, setup, teardown),
		cmocka_unit_test_setup_teardown(test_programs, setup, teardown),
		cmocka_unit_test_setup_teardown(test_syscalls, setup, teardown),
		cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_compare),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
