/* The timeline under the trace formats: its counters, and the spans of images. */
#include "base/clock.h"
#include "output/test_render.h"
#include "output/timeline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

struct seen {
	double last[TIMELINE_COUNTERS], most[TIMELINE_COUNTERS], sum[TIMELINE_COUNTERS];
	unsigned steps, lives, starts;
};

static void note_start(void *context, const struct proc *proc, const struct proc *parent)
{
	((struct seen *)context)->starts++;
}

static void note_life(void *context, const struct proc *proc, struct timeline_span span)
{
	assert_true(span.begin_ns >= RENDER_START_NS && span.end_ns >= span.begin_ns);
	((struct seen *)context)->lives++;
}

static void note_count(void *context, enum timeline_counter counter, int64_t time_ns, double value)
{
	struct seen *seen = context;

	assert_true(time_ns >= RENDER_START_NS);
	seen->last[counter] = value;
	seen->sum[counter] += value;
	if (value > seen->most[counter])
		seen->most[counter] = value;
	seen->steps += counter == TIMELINE_CPU;
}

/* `lives` of `life_ns` with a core each, one after the other, and then what the timeline saw. */
static struct seen run_of(int lives, int64_t life_ns, int64_t *ret_step_ns)
{
	struct seen seen = {0};
	const struct timeline_writer writer = {note_start, note_life, note_count, &seen};
	struct timeline *timeline = mem_alloc(sizeof *timeline);
	struct run run = render_run();
	struct table table;
	struct change change;

	table_init(&table, (struct table_limits){.tombstones = SIZE_MAX}, NULL);
	timeline_init(timeline, &writer, &run);
	for (int i = 0; i < lives; i++) {
		int64_t at_ns = RENDER_START_NS + i * life_ns;
		struct ident ident = ident_exact(100 + i, (uint64_t)at_ns);
		struct record records[] = {
			record_make(RECORD_FORK, at_ns, ident, 100 + i),
			record_make(RECORD_SAMPLE, at_ns, ident, 100 + i),
			record_make(RECORD_EXIT, at_ns + life_ns, ident, 100 + i),
			record_make(RECORD_SETTLED, at_ns + life_ns, ident, 100 + i),
		};

		usage_set(&records[1].usage, USAGE_RSS_BYTES, 5000);
		usage_set(&records[3].settled.usage, USAGE_CPU_USER_NS, (uint64_t)life_ns);
		usage_set(&records[3].settled.usage, USAGE_RSS_PEAK_BYTES, 8000);
		for (size_t k = 0; k < 4; k++) {
			table_apply(&table, &records[k], &change);
			timeline_record(timeline, &records[k], &change);
		}
	}
	timeline_finish(timeline, &table);
	*ret_step_ns = timeline->step_ns;
	timeline_deinit(timeline);
	table_deinit(&table);
	free(timeline);
	return seen;
}

static void expect_about(double value, double wanted, double apart)
{
	assert_true(value > wanted - apart && value < wanted + apart);
}

static void counters_tell_what_went_on(void **state)
{
	int64_t step_ns;
	struct seen seen = run_of(3, 4 * NS_PER_MS, &step_ns);

	assert_int_equal(seen.lives, 3);
	assert_int_equal(step_ns, NS_PER_MS);
	assert_int_equal(seen.steps, 13); /* the last at the very end */
	expect_about(seen.most[TIMELINE_CPU], 1, 1e-9);
	expect_about(seen.sum[TIMELINE_CPU], 12, 1e-9);
	expect_about(seen.most[TIMELINE_PEAK], 8000, 1e-6);
	expect_about(seen.most[TIMELINE_MEMORY], 5000, 1e-9);
	expect_about(seen.last[TIMELINE_MEMORY], 0, 1e-9);
	expect_about(seen.most[TIMELINE_RUNNING], 1, 1e-9);
	expect_about(seen.last[TIMELINE_RUNNING], 0, 1e-9);
}

/* However long it runs, the steps are so many and nothing is lost. */
static void curves_widen(void **state)
{
	int64_t step_ns;
	struct seen seen = run_of(700, 100 * NS_PER_MS, &step_ns);

	assert_int_equal(step_ns, 128 * NS_PER_MS); /* 70 s in 1,024 steps at most */
	expect_about(seen.most[TIMELINE_CPU], 1, 1e-6);
	expect_about(seen.sum[TIMELINE_CPU] * (double)step_ns, 70e9, 1e3);
}

static const struct proc *apply_lines(struct render *render, const char *const *lines)
{
	render_begin(render, "csv");
	render_lines(render, lines);
	return render->table.first;
}

/* They follow one another without a gap, within the life, whatever their times say. */
static void images_fill_the_life(void **state)
{
	static const char *const lines[] = {
		"@0 fork 9 -> 100",   "+1ms exec 100 -- a", "+1ms exec 100 -- b",
		"+5ms exec 100 -- c", "@2ms exec 100 -- d", NULL,
	};
	struct render render = {0};
	const struct proc *proc = apply_lines(&render, lines);
	const struct timeline_span life = {RENDER_START_NS, RENDER_START_NS + 4 * NS_PER_MS};
	const struct proc_exec *exec = NULL;
	struct timeline_span span = {0};
	int64_t at_ns = life.begin_ns;
	unsigned count = 0;

	for (; timeline_next_image(proc, life, &exec, &span); count++) {
		assert_int_equal(span.begin_ns, at_ns);
		assert_true(span.end_ns >= at_ns && span.end_ns <= life.end_ns);
		at_ns = span.end_ns;
	}
	assert_int_equal(count, 4);
	assert_int_equal(at_ns, life.end_ns);
	render_end(&render);
}

static void one_image_needs_no_span(void **state)
{
	static const char *const lines[] = {"@0 fork 9 -> 100", "+1ms exec 100 -- a", NULL};
	struct render render = {0};
	const struct proc *proc = apply_lines(&render, lines);
	const struct proc_exec *exec = NULL;
	struct timeline_span span;

	assert_false(timeline_next_image(proc, (struct timeline_span){0, 9}, &exec, &span));
	render_end(&render);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counters_tell_what_went_on),
		cmocka_unit_test(curves_widen),
		cmocka_unit_test(images_fill_the_life),
		cmocka_unit_test(one_image_needs_no_span),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
