/* The process table: every record has a defined result, whatever came before. */
#include "model/infer.h"
#include "model/record_text.h"
#include "model/table.h"
#include "model/target.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

struct fixture {
	struct table table;
	struct record_text text;
	struct change change;
};

static void apply(struct fixture *f, const char *line)
{
	struct record record;
	struct error err;

	if (record_text_parse(&f->text, str_of(line), &record, &err) != 1)
		fail_msg("%s: %s", line, err.text);
	table_apply(&f->table, &record, &f->change);
}

static struct proc *find(struct fixture *f, int pid)
{
	struct proc *proc = table_find_pid(&f->table, pid);

	assert_non_null(proc);
	return proc;
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	table_init(&f->table, (struct table_limits){SIZE_MAX, 4}, NULL);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	table_deinit(&f->table);
	record_text_deinit(&f->text);
	free(f);
	return 0;
}

static void test_life(void **state)
{
	struct fixture *f = *state;

	apply(f, "@0 fork 1 -> 100:100@5 pgid=100 sid=100 comm=sh");
	assert_int_equal(f->change.flags, CHANGE_NEW);
	assert_int_equal(find(f, 100)->birth_ppid, 1);
	apply(f, "+1ms exec 100:100@5 filename=/usr/bin/cc comm=cc -- cc -c a.c");
	assert_true(str_is(proc_name(find(f, 100)), "cc"));
	apply(f, "+1ms fork 100:100@5 -> 101:101@9");
	assert_ptr_equal(f->change.parent, find(f, 100));
	assert_true(str_is(proc_name(find(f, 101)), "cc"));
	assert_ptr_equal(proc_image(find(f, 101)), find(f, 100)->last_exec);
	apply(f, "+1ms exit 100:100@5 status=256");
	assert_int_equal(f->change.flags, CHANGE_ENDED);
	assert_null(find(f, 101)->parent);
	assert_ptr_equal(find(f, 101)->birth_parent, find(f, 100));
	apply(f, "+1ms settled 100:100@5 exact=1 cpu_user_ns=7");
	assert_int_equal(f->change.flags, CHANGE_FINISHED);
	assert_true(find(f, 100)->exact);
	assert_int_equal(f->table.counts.living, 1);
	assert_int_equal(f->table.counts.failures, 1);
	assert_int_equal(f->table.counts.execs, 1);
}

static void test_duplicates(void **state)
{
	struct fixture *f = *state;
	static const char *const lines[] = {
		"@0 fork 1 -> 100:100@5",       "@1ms exec 100:100@5 -- x",
		"@2ms comm 100:100@5 comm=y",   "@2ms sid 100:100@5 new_id=100",
		"@3ms exit 100:100@5 status=0", "@4ms settled 100:100@5 exact=1",
	};

	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		apply(f, lines[i]);
		assert_false(f->change.flags & CHANGE_DUPLICATE);
		apply(f, lines[i]);
		assert_true(f->change.flags & CHANGE_DUPLICATE);
	}
	assert_int_equal(f->table.counts.lives, 1);
	assert_int_equal(f->table.counts.finished, 1);
}

static void test_reused_pid(void **state)
{
	struct fixture *f = *state;

	apply(f, "@0 fork 1 -> 100:100@5");
	apply(f, "@1ms fork 1 -> 100:100@9");
	assert_int_equal(f->change.flags, CHANGE_NEW | CHANGE_REUSED);
	assert_int_equal(f->table.counts.lives, 2);
	assert_int_equal(f->table.counts.living, 1);
	/* a late record of the older life finds it */
	apply(f, "@2ms settled 100:100@5 exact=1 cpu_user_ns=3");
	assert_int_equal(f->change.proc->id, 1);
	apply(f, "@2ms exit 100:100@9 status=0");
	assert_int_equal(f->change.proc->id, 2);
	/* and provisional numbers mean the latest */
	apply(f, "@3ms fork 1 -> 100");
	assert_int_equal(f->change.proc->id, 3);
}

static void test_unknown_and_out_of_order(void **state)
{
	struct fixture *f = *state;

	apply(f, "@0 exit 7 status=9");
	assert_int_equal(f->change.flags, CHANGE_NEW | CHANGE_ENDED);
	apply(f, "@1ms exec 8 -- x");
	assert_int_equal(f->change.flags, CHANGE_NEW);
	apply(f, "@1ms fork 8 -> 9");
	apply(f, "@1ms fork 6 -> 8");
	assert_int_equal(f->change.flags, CHANGE_LINKED);
	assert_null(find(f, 8)->birth_parent);
	/* who forks after the end of 7 is a later holder of the number */
	apply(f, "@1ms fork 7 -> 10");
	assert_null(find(f, 10)->birth_parent);
	/* settled before its exit */
	apply(f, "@2ms settled 8 exact=1");
	apply(f, "@3ms exit 8 status=0");
	assert_int_equal(f->change.flags, CHANGE_ENDED | CHANGE_FINISHED);
	/* given up on, then known after all */
	apply(f, "@3ms settled 7");
	assert_int_equal(f->change.flags, CHANGE_FINISHED);
	apply(f, "@4ms settled 7 exact=1 cpu_user_ns=1");
	assert_int_equal(f->change.flags, CHANGE_CORRECTED);
	assert_true(find(f, 7)->exact);
}

static void test_no_circles(void **state)
{
	struct fixture *f = *state;

	apply(f, "@0 exec 1 -- a");
	apply(f, "@0 fork 1 -> 2");
	apply(f, "@0 fork 2 -> 1");
	assert_null(find(f, 1)->birth_parent);
	apply(f, "@0 fork 3 -> 3");
	assert_null(find(f, 3)->birth_parent);
}

static void test_target(void **state)
{
	struct fixture *f = *state;
	const int32_t root = 10;
	const struct target target = {.kind = TARGET_TREE, .pids = &root, .pid_count = 1};

	f->table.target = &target;
	apply(f, "@0 fork 1 -> 10");
	apply(f, "@0 fork 10 -> 11");
	apply(f, "@0 fork 1 -> 12");
	apply(f, "@0 exit 10 status=0");
	apply(f, "@0 fork 11 -> 13");
	/* CLONE_PARENT: the parent is outside, the forker is not */
	apply(f, "@0 fork 1 -> 14 forker=11 forker_pid=11");
	assert_true(find(f, 11)->member && find(f, 13)->member && find(f, 14)->member);
	assert_false(find(f, 12)->member);
	assert_int_equal(f->table.counts.lives, 4);
	assert_int_equal(f->table.counts.living, 3);
}

static void test_reaping(void **state)
{
	struct fixture *f = *state;
	char line[64];

	f->table.limits.tombstones = 2;
	apply(f, "@0 fork 1 -> 2");
	for (int i = 3; i < 1000; i++) {
		snprintf(line, sizeof line, "@%dms fork %d -> %d", i, i - 1, i);
		apply(f, line);
		snprintf(line, sizeof line, "@%dms exit %d status=0", i, i - 1);
		apply(f, line);
		snprintf(line, sizeof line, "@%dms settled %d exact=1", i, i - 1);
		apply(f, line);
		table_reap(&f->table);
		assert_true(f->table.dead_count <= 2);
	}
	assert_null(table_find(&f->table, ident_provisional(5)));
	assert_non_null(table_find(&f->table, ident_provisional(998)));
	assert_int_equal(f->table.by_tgid.count, 3);
}

static void test_exec_limit(void **state)
{
	struct fixture *f = *state;
	char line[64];

	apply(f, "@0 fork 1 -> 2");
	for (int i = 1; i <= 50; i++) {
		snprintf(line, sizeof line, "@%dms exec 2 -- n%d", i, i);
		apply(f, line);
	}
	unsigned kept = 0;

	for (struct proc_exec *exec = find(f, 2)->first_exec; exec; exec = exec->next)
		kept++;
	assert_int_equal(kept, 4);
	assert_int_equal(find(f, 2)->exec_count, 50);
	assert_memory_equal(find(f, 2)->first_exec->argv.p, "n1", 3);
	assert_memory_equal(find(f, 2)->last_exec->argv.p, "n50", 4);
}

static unsigned infer(struct fixture *f, const char *line, struct record out[INFER_MAX])
{
	struct record record;

	assert_int_equal(record_text_parse(&f->text, str_of(line), &record, NULL), 1);
	return infer_changes(&f->table, &record, out);
}

static void test_inference(void **state)
{
	struct fixture *f = *state;
	struct record out[INFER_MAX];

	apply(f, "@0 fork 1 -> 100:100@5 ppid=1 pgid=50 sid=40 uid=0 euid=0 suid=0");
	assert_int_equal(
		infer(f, "@1ms exec 100:100@5 ppid=1 pgid=50 sid=40 uid=0 euid=0 suid=0", out), 0);
	assert_int_equal(infer(f, "@1ms exec 100:100@5 pgid=100 sid=40", out), 1);
	assert_int_equal(out[0].kind, RECORD_PGID);
	assert_int_equal(out[0].new_id, 100);
	assert_true(out[0].inferred);
	/* setsid: the group goes without saying */
	assert_int_equal(infer(f, "@1ms fork 100:100@5 -> 101:101@7 pgid=100 sid=100", out), 1);
	assert_int_equal(out[0].kind, RECORD_SID);
	assert_int_equal(out[0].pid, 100);
	assert_int_equal(infer(f, "@1ms exit 100:100@5 uid=1000 euid=1000 suid=1000", out), 1);
	assert_int_equal(out[0].kind, RECORD_UID);
	/* the number came back: the holder has ended */
	assert_int_equal(infer(f, "@1ms fork 1 -> 100:100@99", out), 2);
	assert_int_equal(out[0].kind, RECORD_EXIT);
	assert_int_equal(out[1].kind, RECORD_SETTLED);
	assert_int_equal(infer(f, "@0 fork 1 -> 100:100@5", out), 0);
}

/* The name of a program that nobody saw may come later. */
static void test_unseen_image(void **state)
{
	struct fixture *f = *state;

	apply(f, "@0 fork 1 -> 100 comm=sh");
	apply(f, "+1ms exec 100");
	apply(f, "+1ms comm 100 comm=true");
	assert_true(str_is(find(f, 100)->last_exec->comm, "true"));
	apply(f, "+1ms comm 100 comm=later");
	assert_true(str_is(find(f, 100)->last_exec->comm, "true"));
	apply(f, "+1ms exec 100 comm=named");
	apply(f, "+1ms comm 100 comm=other");
	assert_true(str_is(find(f, 100)->last_exec->comm, "named"));
}

/* Who did it, as far as it can be told. */
static uint64_t cpu_used(struct fixture *f, int pid)
{
	struct usage used = proc_used(find(f, pid));

	return usage_cpu_ns(&used);
}

/* What was used before the run is not of it; where that is not known nothing is. */
static void test_used(void **state)
{
	struct fixture *f = *state;
	struct usage used;

	apply(f, "@1s seen 10 comm=old");
	apply(f, "@1s sample 10 cpu_user_ns=700 cpu_sys_ns=300 read_bytes=50 rss_bytes=9");
	assert_int_equal(cpu_used(f, 10), 0);
	apply(f, "@2s sample 10 cpu_user_ns=800 cpu_sys_ns=250 read_bytes=60 rss_bytes=8");
	used = proc_used(find(f, 10));
	assert_int_equal(used.value[USAGE_CPU_USER_NS], 50); /* one of the two went back */
	assert_int_equal(used.value[USAGE_CPU_SYS_NS], 0);
	assert_int_equal(used.value[USAGE_READ_BYTES], 10);
	assert_int_equal(used.value[USAGE_RSS_BYTES], 8);
	apply(f, "@3s exit 10 status=0");
	apply(f, "@3s settled 10 exact=1 cpu_user_ns=900 cpu_sys_ns=400 rss_peak_bytes=77");
	assert_int_equal(cpu_used(f, 10), 300);
	used = proc_used(find(f, 10));
	assert_int_equal(used.value[USAGE_RSS_PEAK_BYTES], 77);
	assert_false(usage_knows(&used, USAGE_MINOR_FAULTS));

	apply(f, "@4s seen 11 comm=old");
	apply(f, "@4s exit 11 status=0");
	apply(f, "@4s settled 11 exact=1 cpu_user_ns=900 cpu_sys_ns=400");
	used = proc_used(find(f, 11));
	assert_false(usage_knows(&used, USAGE_CPU_USER_NS));

	/* born in the run, told of twice: all that it used is of the run */
	apply(f, "@5s seen 12 comm=new");
	apply(f, "@5s fork 1 -> 12");
	apply(f, "@5s sample 12 cpu_user_ns=100 cpu_sys_ns=0");
	assert_int_equal(cpu_used(f, 12), 100);
	apply(f, "@6s seen 13 inferred=1 comm=found");
	apply(f, "@6s sample 13 cpu_user_ns=100 cpu_sys_ns=0");
	assert_int_equal(cpu_used(f, 13), 100);
}

/* An exec that somebody told of, but not of what, is one more; one deduced from what runs is none. */
static void test_unseen_execs(void **state)
{
	struct fixture *f = *state;

	apply(f, "@0 fork 1 -> 20");
	apply(f, "@1ms exec 20 inferred=1 comm=sh");
	apply(f, "@2ms exec 20 inferred=1 comm=sh");
	assert_int_equal(find(f, 20)->exec_count, 2);
	apply(f, "@3ms exec 20 comm=env -- env true");
	apply(f, "@4ms exec 20 inferred=1 comm=env -- env true");
	assert_true(f->change.flags & CHANGE_DUPLICATE);
	assert_int_equal(find(f, 20)->exec_count, 3);
}

static void test_others(void **state)
{
	struct fixture *f = *state;

	apply(f, "@0 fork 1 -> 100");
	apply(f, "@0 fork 1 -> 200:300");
	apply(f, "@1ms ptrace 101 tracer=100");
	assert_ptr_equal(f->change.tracer, find(f, 100));
	apply(f, "@1ms ptrace 101");
	assert_null(f->change.tracer);
	/* a number of this namespace that is another process's in the initial one */
	apply(f, "@1ms ptrace 101 tracer=300");
	assert_null(f->change.tracer);

	apply(f, "@2ms signal 100 signal=15 sender_pid=7 sender_comm=first fatal=1");
	apply(f, "@2ms signal 100 signal=10 sender_pid=8 sender_comm=harmless");
	assert_int_equal(find(f, 100)->killer_pid, 7);
	assert_string_equal(find(f, 100)->killer_comm, "first");
	apply(f,
	      "@2ms signal 100 signal=9 sender_pid=9 sender_comm=\"longer than a comm\" fatal=1");
	assert_string_equal(find(f, 100)->killer_comm, "longer than a c");
	apply(f, "@2ms signal 100 signal=11 fatal=1");
	assert_int_equal(find(f, 100)->killer_pid, 0);
	assert_string_equal(find(f, 100)->killer_comm, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_life, setup, teardown),
		cmocka_unit_test_setup_teardown(test_duplicates, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reused_pid, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unknown_and_out_of_order, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_circles, setup, teardown),
		cmocka_unit_test_setup_teardown(test_target, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reaping, setup, teardown),
		cmocka_unit_test_setup_teardown(test_exec_limit, setup, teardown),
		cmocka_unit_test_setup_teardown(test_inference, setup, teardown),
		cmocka_unit_test_setup_teardown(test_used, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unseen_execs, setup, teardown),
		cmocka_unit_test_setup_teardown(test_others, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unseen_image, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
