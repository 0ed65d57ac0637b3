/* The pipeline with a scripted source and a sink that writes down what it is told. */
#include "base/clock.h"
#include "flow/pipeline.h"
#include "model/record_text.h"
#include "model/target.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

struct script {
	struct source source;
	const char *const *lines;
	struct record_text text;
	uint64_t lost;
	bool stays; /* has no end */
	int fail;   /* what next() returns after the last line; 0: SOURCE_END */
};

static int script_next(struct source *source, struct record *ret, struct error *err)
{
	struct script *script = (struct script *)source;

	if (!*script->lines && script->stays)
		return SOURCE_NONE;
	if (!*script->lines)
		return script->fail ? error_set(err, -script->fail, "the script broke")
				    : SOURCE_END;
	if (strcmp(*script->lines, "none for now") == 0) {
		script->lines++;
		return SOURCE_NONE;
	}
	return record_text_parse(&script->text, str_of(*script->lines++), ret, err);
}

static void script_counts(const struct source *source, struct source_counts *ret)
{
	ret->lost = ((const struct script *)source)->lost;
}

static const struct source_ops script_ops = {
	.name = "script",
	.capabilities = SOURCE_SETTLES,
	.poll_ns = NS_PER_MS,
	.next = script_next,
	.counts = script_counts,
};

struct notes {
	struct sink sink;
	struct buf text;
	int fail_at; /* the record that fails; 0: none */
	int records;
	bool says_new, closed;
};

static int notes_record(struct sink *sink, const struct record *record, const struct change *change,
			struct error *err)
{
	struct notes *notes = (struct notes *)sink;

	if (++notes->records == notes->fail_at)
		return error_set(err, ENOSPC, "no room");
	buf_printf(&notes->text, "%s %d%s%s%s%s\n", record_layouts[record->kind].name, record->pid,
		   record->inferred ? " inferred" : "",
		   change->flags & CHANGE_NEW && notes->says_new ? " new" : "",
		   change->flags & CHANGE_FINISHED ? " finished" : "",
		   change->flags & CHANGE_DUPLICATE ? " duplicate" : "");
	return 0;
}

static int notes_close(struct sink *sink, const struct table *table, const struct run *run,
		       struct error *err)
{
	((struct notes *)sink)->closed = true;
	return 0;
}

static const struct sink_ops notes_ops = {
	.name = "notes",
	.record = notes_record,
	.close = notes_close,
};

static const struct source_ops first_ops = {
	.name = "first",
	.capabilities = SOURCE_FOLLOWS | SOURCE_FIRST,
	.poll_ns = NS_PER_MS,
	.next = script_next,
};

struct fixture {
	struct script script, first;
	struct notes notes;
	struct table table;
	struct run run;
	struct pipeline pipeline;
};

static int run(struct fixture *f, const char *const *lines, struct error *err)
{
	f->script.source.ops = &script_ops;
	f->script.lines = lines;
	f->notes.sink.ops = &notes_ops;
	f->pipeline.sources[0] = &f->script.source;
	f->pipeline.source_count = 1;
	f->pipeline.sinks[0] = &f->notes.sink;
	f->pipeline.sink_count = 1;
	f->pipeline.table = &f->table;
	f->pipeline.run = &f->run;
	assert_int_equal(pipeline_init(&f->pipeline, err), 0);
	return pipeline_run(&f->pipeline, err);
}

/* The same with somebody who tells first who runs already. */
static int run_live(struct fixture *f, const char *const *first, const char *const *lines)
{
	int64_t start_ns = clock_boot_ns() - NS_PER_SEC;

	f->pipeline.live = true;
	f->script.text.start_ns = f->first.text.start_ns = start_ns;
	f->first.source.ops = &first_ops;
	f->first.lines = first;
	f->pipeline.sources[1] = &f->first.source;
	f->script.source.ops = &script_ops;
	f->script.lines = lines;
	f->notes.sink.ops = &notes_ops;
	f->pipeline.sources[0] = &f->script.source;
	f->pipeline.source_count = 2;
	f->pipeline.sinks[0] = &f->notes.sink;
	f->pipeline.sink_count = 1;
	f->pipeline.table = &f->table;
	f->pipeline.run = &f->run;
	assert_int_equal(pipeline_init(&f->pipeline, NULL), 0);
	return pipeline_run(&f->pipeline, NULL);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	table_init(&f->table, (struct table_limits){.tombstones = SIZE_MAX}, NULL);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	pipeline_deinit(&f->pipeline);
	table_deinit(&f->table);
	buf_deinit(&f->notes.text);
	record_text_deinit(&f->script.text);
	record_text_deinit(&f->first.text);
	free(f);
	return 0;
}

static void test_replay(void **state)
{
	static const char *const lines[] = {
		"@0 fork 1 -> 2 pgid=1 sid=1", "@1ms exec 2 pgid=2 sid=1 -- a",
		"@2ms exit 2 status=0",        "@100ms fork 1 -> 3",
		"@600ms fork 1 -> 4",          "@601ms exit 4 status=0",
		"@601ms settled 4 exact=1",    NULL,
	};
	struct fixture *f = *state;
	struct error err = {""};

	assert_int_equal(run(f, lines, &err), 0);
	assert_string_equal(buf_cstr(&f->notes.text),
			    "fork 2\n"
			    "pgid 2 inferred\n"
			    "exec 2\n"
			    "exit 2\n"
			    "fork 3\n"
			    "settled 2 finished\n" /* given up on after 500 ms of the recording */
			    "fork 4\n"
			    "exit 4\n"
			    "settled 4 finished\n");
	assert_true(f->notes.closed);
	assert_int_equal(f->run.records, 9);
}

static void test_target(void **state)
{
	static const char *const lines[] = {"@0 fork 1 -> 2", "@0 fork 1 -> 3", "@0 fork 2 -> 4",
					    NULL};
	const int32_t root = 2;
	const struct target target = {.kind = TARGET_TREE, .pids = &root, .pid_count = 1};
	struct fixture *f = *state;

	f->table.target = &target;
	assert_int_equal(run(f, lines, NULL), 0);
	assert_string_equal(buf_cstr(&f->notes.text), "fork 2\nfork 4\n");
}

static void test_live_reorders_and_settles(void **state)
{
	static const char *const lines[] = {
		"@2ms exit 2 status=0",
		"@1ms exec 2 -- a",
		"@0 fork 1 -> 2",
		"@3ms settled 2 exact=1",
		NULL,
	};
	struct fixture *f = *state;

	f->pipeline.live = true;
	f->script.text.start_ns = clock_boot_ns() - NS_PER_SEC;
	assert_int_equal(run(f, lines, NULL), 0);
	assert_string_equal(buf_cstr(&f->notes.text),
			    "fork 2\nexec 2\nexit 2\nsettled 2 finished\n");
	assert_true(f->run.ended);
}

/* Notices after the source was read that 2 has gone: its end is under way. */
static int notice_end(struct pipeline *pipeline, void *context, struct error *err)
{
	struct fixture *f = context;
	struct record record;

	assert_int_equal(record_text_parse(&f->script.text, STR("@9ms exit 2"), &record, err),
			 SOURCE_RECORD);
	record.inferred = true;
	pipeline_queue(pipeline, &record);
	pipeline->control.round = NULL;
	return 0;
}

static void test_queued_comes_in_its_turn(void **state)
{
	static const char *const lines[] = {"@0 fork 1 -> 2", "@8ms exit 2 status=3", NULL};
	struct fixture *f = *state;

	f->pipeline.live = true;
	f->pipeline.control.round = notice_end;
	f->pipeline.control.context = f;
	f->script.text.start_ns = clock_boot_ns();
	assert_int_equal(run(f, lines, NULL), 0);
	assert_string_equal(buf_cstr(&f->notes.text), "fork 2\nexit 2\nsettled 2 finished\n");
}

static int stop_at_once(struct pipeline *pipeline, void *context, struct error *err)
{
	pipeline_stop(pipeline);
	return 0;
}

/* What was made before the run was stopped comes, though it was not there to be read then. */
static void test_stopped_behind(void **state)
{
	static const char *const lines[] = {"@0 fork 1 -> 2",   "none for now",
					    "@1ms exec 2 -- a", "none for now",
					    "@2ms exec 2 -- b", NULL};
	struct fixture *f = *state;

	f->pipeline.live = true;
	f->pipeline.control.round = stop_at_once;
	f->script.text.start_ns = clock_boot_ns();
	assert_int_equal(run(f, lines, NULL), 0);
	assert_string_equal(buf_cstr(&f->notes.text), "fork 2\nexec 2\nexec 2\n");
}

static void test_losses_are_gaps(void **state)
{
	static const char *const lines[] = {"@0 fork 1 -> 2", NULL};
	struct fixture *f = *state;

	f->pipeline.live = true;
	f->script.lost = 7;
	assert_int_equal(run(f, lines, NULL), 0);
	assert_non_null(strstr(buf_cstr(&f->notes.text), "gap 0\n"));
	assert_int_equal(f->run.lost, 7);
}

static void test_failing_sink(void **state)
{
	static const char *const lines[] = {"@0 fork 1 -> 2", "@0 fork 1 -> 3", "@0 fork 1 -> 4",
					    NULL};
	struct fixture *f = *state;
	struct error err;

	/* a replay ends with it */
	f->notes.fail_at = 2;
	assert_int_equal(run(f, lines, &err), -ENOSPC);
	assert_string_equal(err.text, "no room");
	pipeline_deinit(&f->pipeline);
	/* a live run goes on without it */
	f->notes.sink.failed = f->notes.records = 0;
	f->pipeline = (struct pipeline){.live = true};
	assert_int_equal(run(f, lines, &err), 0);
	assert_int_equal(f->notes.sink.failed, -ENOSPC);
	assert_int_equal(f->notes.records, 2);
	assert_false(f->notes.closed);
}

static void test_failing_source(void **state)
{
	static const char *const lines[] = {"@0 fork 1 -> 2", NULL};
	struct fixture *f = *state;
	struct error err;

	f->script.fail = -EBADMSG;
	f->pipeline.live = true;
	assert_int_equal(run(f, lines, &err), -EBADMSG);
	assert_string_equal(err.text, "the script broke");
	/* what came before it is complete */
	assert_string_equal(buf_cstr(&f->notes.text), "fork 2\n");
	assert_true(f->notes.closed);
}

static bool is_cc(const void *context, struct str name)
{
	return str_is(name, "cc");
}

/* Who joins late is told of before the record that made him a member, with all below him. */
static void test_joiners(void **state)
{
	static const char *const lines[] = {
		"@0 fork 1 -> 2 comm=sh",    "@1ms fork 2 -> 3 comm=sh",
		"@1ms fork 3 -> 4 comm=sh",  "@1ms fork 1 -> 5 comm=sh",
		"@2ms exec 2 comm=cc -- cc", "@3ms exit 4 status=0",
		"@3ms exit 5 status=0",      NULL,
	};
	const struct target target = {.kind = TARGET_NAME, .name_matches = is_cc};
	struct fixture *f = *state;

	f->notes.says_new = true;
	f->table.target = &target;
	assert_int_equal(run(f, lines, NULL), 0);
	assert_string_equal(buf_cstr(&f->notes.text), "seen 2 inferred new\n"
						      "seen 3 inferred new\n"
						      "seen 4 inferred new\n"
						      "exec 2\n"
						      "exit 4\n"
						      "settled 4 finished\n");
	assert_int_equal(f->table.others, 0);
}

/* However many there are to tell of first, nothing else comes before them. */
static void test_first_things_first(void **state)
{
	static const char *const lines[] = {
		"@1ms exec 7 -- a",
		"@2ms exit 7 status=0",
		"@3ms settled 7 exact=1",
		NULL,
	};
	const char **first = calloc(1002, sizeof *first);
	char(*texts)[40] = calloc(1001, sizeof *texts);
	struct fixture *f = *state;
	const char *at;

	f->notes.says_new = true;
	for (int i = 0; i < 1001; i++) {
		snprintf(texts[i], sizeof *texts, "@0 seen %d", i < 1000 ? i + 100 : 7);
		first[i] = texts[i];
	}
	assert_int_equal(run_live(f, first, lines), 0);
	assert_int_equal(f->table.counts.lives, 1001);
	at = strstr(buf_cstr(&f->notes.text), "seen 7 new\n");
	assert_non_null(at);
	assert_string_equal(at, "seen 7 new\nexec 7\nexit 7\nsettled 7 finished\n");
	free(first);
	free(texts);
}

/* A run until nobody is left waits for those who are told of first; and for nobody if none is. */
static void test_until_empty(void **state)
{
	static const char *const first[] = {"@0 seen 7", "@0 seen 8", NULL};
	static const char *const nobody[] = {"@0 seen 8", NULL};
	static const char *const lines[] = {"@1ms exit 7 status=0", NULL};
	const int32_t root = 7;
	const struct target target = {.kind = TARGET_TREE, .pids = &root, .pid_count = 1};
	struct fixture *f = *state;

	f->notes.says_new = true;
	f->table.target = &target;
	f->pipeline.until_empty = true;
	f->script.stays = true;
	assert_int_equal(run_live(f, first, lines), 0);
	assert_string_equal(buf_cstr(&f->notes.text), "seen 7 new\n"
						      "exit 7\n"
						      "settled 7 finished\n");
	pipeline_deinit(&f->pipeline);
	f->pipeline = (struct pipeline){.until_empty = true};
	table_deinit(&f->table);
	table_init(&f->table, (struct table_limits){.tombstones = SIZE_MAX}, &target);
	buf_clear(&f->notes.text);
	assert_int_equal(run_live(f, nobody, lines + 1), 0);
	assert_string_equal(buf_cstr(&f->notes.text), "");
	assert_int_equal(f->table.others, 1);
}

/* Whose cost is told has ended: if that is not told as well, it is inferred. */
static void test_settled_without_end(void **state)
{
	static const char *const lines[] = {
		"@0 fork 1 -> 2",         "@1ms settled 2 exact=1",  "@1ms fork 1 -> 3",
		"@100ms exit 3 status=0", "@499ms fork 1 -> 4",      "@502ms fork 1 -> 5",
		"@2s settled 5 exact=1",  "@2001ms exit 5 status=0", NULL,
	};
	struct fixture *f = *state;

	f->notes.says_new = true;
	assert_int_equal(run(f, lines, NULL), 0);
	assert_string_equal(buf_cstr(&f->notes.text), "fork 2 new\n"
						      "settled 2\n"
						      "fork 3 new\n"
						      "exit 3\n"
						      "fork 4 new\n"
						      "exit 2 inferred finished\n"
						      "fork 5 new\n"
						      "settled 3 finished\n"
						      "settled 5\n"
						      "exit 5 finished\n");
}

/* Whoever waits for his cost is found by what he is, not by a number that is another's by then. */
static void test_settling_of_reused(void **state)
{
	static const char *const lines[] = {
		"@0 fork 1 -> 2",
		"@1ms exit 2 status=0",
		"@2ms fork 1 -> 2",
		"@1s fork 1 -> 3",
		NULL,
	};
	struct fixture *f = *state;

	assert_int_equal(run(f, lines, NULL), 0);
	assert_int_equal(f->table.counts.finished, 1);
	assert_int_equal(f->table.counts.living, 2);
	assert_false(f->table.first->next->settled);
}

/* What was inferred and told at the same time is told once. */
static void test_inferred_twice(void **state)
{
	static const char *const lines[] = {
		"@0 fork 1 -> 2@5",
		"@1ms exit 2@5 status=0",
		"@2ms exit 2@5 inferred=1",
		"@2ms settled 2@5 exact=1",
		NULL,
	};
	struct fixture *f = *state;

	f->notes.says_new = true;
	assert_int_equal(run(f, lines, NULL), 0);
	assert_string_equal(buf_cstr(&f->notes.text), "fork 2 new\nexit 2\nsettled 2 finished\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_replay, setup, teardown),
		cmocka_unit_test_setup_teardown(test_target, setup, teardown),
		cmocka_unit_test_setup_teardown(test_live_reorders_and_settles, setup, teardown),
		cmocka_unit_test_setup_teardown(test_queued_comes_in_its_turn, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stopped_behind, setup, teardown),
		cmocka_unit_test_setup_teardown(test_losses_are_gaps, setup, teardown),
		cmocka_unit_test_setup_teardown(test_failing_sink, setup, teardown),
		cmocka_unit_test_setup_teardown(test_failing_source, setup, teardown),
		cmocka_unit_test_setup_teardown(test_joiners, setup, teardown),
		cmocka_unit_test_setup_teardown(test_first_things_first, setup, teardown),
		cmocka_unit_test_setup_teardown(test_until_empty, setup, teardown),
		cmocka_unit_test_setup_teardown(test_settled_without_end, setup, teardown),
		cmocka_unit_test_setup_teardown(test_settling_of_reused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_inferred_twice, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
