/* Columns of lives: what is known has its value, what is not is unknown and never 0. */
#include "base/clock.h"
#include "model/filter/filter.h"
#include "model/life_snapshot.h"
#include "model/record_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

struct world {
	struct table table;
	struct record_text text;
	struct change change;
	struct host host;
	struct arena arena;
	struct field_context context;
	struct life_snapshot life;
};

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof *w);

	table_init(&w->table, (struct table_limits){SIZE_MAX, 4}, NULL);
	w->host = (struct host){.boot_real_ns = NS_PER_SEC,
				.memory_known = 1 << MEMORY_TOTAL,
				.memory_bytes = {[MEMORY_TOTAL] = UINT64_C(1) << 30}};
	w->context = (struct field_context){
		.host = &w->host, .arena = &w->arena, .knows = life_snapshot_knows};
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	table_deinit(&w->table);
	record_text_deinit(&w->text);
	arena_deinit(&w->arena);
	free(w);
	return 0;
}

static void apply(struct world *w, const char *line)
{
	struct record record;
	struct error err;

	if (record_text_parse(&w->text, str_of(line), &record, &err) != 1)
		fail_msg("%s: %s", line, err.text);
	table_apply(&w->table, &record, &w->change);
	life_snapshot_fill(&w->life, w->change.proc, record.time_ns);
}

static struct value get(struct world *w, const char *name)
{
	return field_get(field_find(str_of(name)), &w->life.snapshot, &w->context);
}

static enum filter_verdict verdict(struct world *w, const char *text)
{
	struct filter *filter = NULL;
	enum filter_verdict result;
	struct error err;

	if (filter_new(&filter, str_of(text), &err) < 0)
		fail_msg("%s", err.text);
	assert_null(filter_field(filter, life_never_tells));
	result = filter_test(filter, &w->life.snapshot, &w->context);
	filter_free(filter);
	return result;
}

/* Calls `check` for each column that lives tell; returns how many there are. */
static unsigned each_column(struct world *w, void (*check)(struct world *, const struct field *))
{
	struct buf list = BUF_INIT;
	struct str rest;
	unsigned count = 0;

	life_list_fields(&list);
	for (rest = buf_str(&list); rest.p; count++) {
		struct str name = str_cut(&rest, ',');

		name = str_skip(name, count ? 1 : 0);
		assert_non_null(field_find(name));
		assert_true(str_is(name, field_find(name)->name));
		check(w, field_find(name));
	}
	buf_deinit(&list);
	return count;
}

static void check_known(struct world *w, const struct field *field)
{
	bool by_signal = strcmp(field->name, "term_signal") == 0;
	struct value value = field_get(field, &w->life.snapshot, &w->context);

	assert_false(life_never_tells(field));
	if (by_signal) /* it exited: see test_ends */
		assert_int_equal(value.kind, VALUE_UNKNOWN);
	else if (value.kind == VALUE_UNKNOWN || value.kind == VALUE_DENIED)
		fail_msg("%s is not known", field->name);
}

static void check_unknown(struct world *w, const struct field *field)
{
	bool is_number = strcmp(field->name, "pid") == 0 || strcmp(field->name, "tid") == 0;
	struct value value = field_get(field, &w->life.snapshot, &w->context);

	if (!is_number && value.kind != VALUE_UNKNOWN)
		fail_msg("%s has a value", field->name);
}

static void test_all_and_nothing(void **state)
{
	struct world *w = *state;
	unsigned told = 0;

	apply(w, "@0 fork 7 -> 100:100@5 pgid=1 sid=1 uid=0 euid=0 suid=0 gid=0 egid=0 sgid=0 "
		 "comm=x");
	apply(w, "@1s exec 100:100@5 filename=/x cwd=/ comm=x -- x");
	apply(w, "@2s exit 100:100@5 status=0");
	apply(w, "@3s settled 100:100@5 exact=1 cpu_user_ns=1 cpu_sys_ns=2 rss_peak_bytes=3 "
		 "read_bytes=4 write_bytes=5 read_chars=6 write_chars=7 minor_faults=8 "
		 "major_faults=9 voluntary_switches=10 involuntary_switches=11 threads=12");
	for (unsigned i = 0; i < field_count; i++)
		told += !life_never_tells(&fields[i]);
	assert_int_equal(each_column(w, check_known), told);
	assert_true(told > 40);
	assert_true(life_never_tells(field_find(STR("nice"))));
}

static void test_nothing_known(void **state)
{
	struct world *w = *state;

	apply(w, "@1s thread_exit 200 tid=201");
	each_column(w, check_unknown);
	assert_int_equal(get(w, "pid").i, 200);
}

/* An exit code or a signal, never both, and neither of who lives. */
static void test_ends(void **state)
{
	struct world *w = *state;

	apply(w, "@1s fork 1 -> 100:100@5 comm=sh");
	assert_int_equal(verdict(w, "exit_code >= 0 or term_signal > 0"), FILTER_UNKNOWN);
	apply(w, "+1s exit 100:100@5 status=139");
	assert_int_equal(verdict(w, "term_signal = SIGSEGV and term_signal = 11"), FILTER_YES);
	assert_int_equal(verdict(w, "wait_status = 139"), FILTER_YES);
	assert_int_equal(verdict(w, "exit_code = 0 or exit_code > 0"), FILTER_UNKNOWN);
	apply(w, "+1s fork 1 -> 101:101@6 comm=sh");
	apply(w, "+1s exit 101:101@6 status=768");
	assert_int_equal(verdict(w, "exit_code = 3 and wait_status = 768"), FILTER_YES);
	assert_int_equal(verdict(w, "term_signal > 0"), FILTER_UNKNOWN);
}

static void test_values(void **state)
{
	struct world *w = *state;

	apply(w, "@1s fork 1 -> 100:100@1000000000 pgid=99 sid=98 uid=1000 euid=0 comm=sh");
	assert_int_equal(verdict(w, "comm = sh and pgid = 99 and sid = 98 and ppid = 1"),
			 FILTER_YES);
	assert_int_equal(verdict(w, "uid = 0 and ruid = 1000"), FILTER_YES);
	assert_int_equal(verdict(w, "suid = 0"), FILTER_UNKNOWN);
	assert_int_equal(verdict(w, "state = X or exit_code = 0"), FILTER_UNKNOWN);
	assert_int_equal(verdict(w, "command = sh"), FILTER_UNKNOWN);
	assert_int_equal(verdict(w, "time > 0"), FILTER_UNKNOWN);
	apply(w, "+2s exec 100:100@1000000000 filename=/bin/cc cwd=/tmp comm=cc -- cc -c \"a b\"");
	assert_int_equal(verdict(w, "comm = cc and exe = /bin/cc and cwd = /tmp"), FILTER_YES);
	assert_int_equal(verdict(w, "command = \"cc -c a b\" and cmdline =~ \"a b\""), FILTER_YES);
	assert_int_equal(verdict(w, "elapsed = 2s and start = @2"), FILTER_YES);
	/* a child that has not called exec runs what its parent ran */
	apply(w, "+1s fork 100:100@1000000000 -> 101:101@4000000000 comm=cc");
	assert_int_equal(verdict(w, "exe = /bin/cc and elapsed = 0"), FILTER_YES);
	apply(w, "+1s exit 100:100@1000000000 status=256");
	assert_int_equal(verdict(w, "state = X and exit_code = 1 and elapsed = 4s"), FILTER_YES);
	assert_int_equal(verdict(w, "command = \"cc -c a b\""), FILTER_YES);
	assert_int_equal(verdict(w, "time < 1s"), FILTER_UNKNOWN);
	apply(w, "+1s settled 100:100@1000000000 exact=1 bound=4 cpu_user_ns=1000000000 "
		 "cpu_sys_ns=1000000000 rss_peak_bytes=9 read_bytes=4096 minor_faults=3");
	assert_int_equal(verdict(w, "time = 2s and %cpu = 50 and elapsed = 4s"), FILTER_YES);
	assert_int_equal(verdict(w, "read_bytes = 4K and minor_faults = 3"), FILTER_YES);
	assert_int_equal(verdict(w, "peak < 1G"), FILTER_UNKNOWN); /* a bound is no value */
	assert_int_equal(verdict(w, "write_bytes = 0"), FILTER_UNKNOWN);
}

static void test_late(void **state)
{
	assert_true(life_tells_late(field_find(STR("cpu_ns"))));
	assert_true(life_tells_late(field_find(STR("rss_peak_bytes"))));
	assert_false(life_tells_late(field_find(STR("elapsed_ns"))));
	assert_false(life_tells_late(field_find(STR("nice"))));
}

static void test_fields_of_a_filter(void **state)
{
	static const char *const texts[] = {"nice = 1", "pid = 1 and (comm = a or not nice)",
					    "nice in (1, 2)", "pid = 1 and nice = unknown"};
	struct filter *filter;
	struct error err;

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		assert_int_equal(filter_new(&filter, str_of(texts[i]), &err), 0);
		assert_ptr_equal(filter_field(filter, life_never_tells), field_find(STR("nice")));
		assert_null(filter_field(filter, life_tells_late));
		filter_free(filter);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_all_and_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nothing_known, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ends, setup, teardown),
		cmocka_unit_test_setup_teardown(test_values, setup, teardown),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_fields_of_a_filter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
