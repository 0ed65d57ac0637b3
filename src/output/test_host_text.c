/* The machine on paper: what the golden outputs of captured machines cannot show. */
#include "base/clock.h"
#include "output/host_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

static struct host_cpu cpus_before[] = {
	{0, {100, 0, 0, 100}},
	{1, {0, 0, 0, 100}  }
};
static struct host_cpu cpus_now[] = {
	{0, {200, 0, 0, 100}}, /* all of it user */
	{2, {30, 0, 0, 70}  }, /* was not there: since boot */
};

static const struct host before = {
	.time_ns = 50 * NS_PER_SEC,
	.cpu = {-1, {100, 0, 0, 200}},
	.cpus = cpus_before,
	.cpu_count = 2,
};

/* clang-format off */
static const struct host now = {
	.name = "box",
	.time_ns = 51 * NS_PER_SEC,
	.real_ns = INT64_C(1795264200) * NS_PER_SEC,
	.boot_real_ns = INT64_C(1795264149) * NS_PER_SEC,
	.uptime_ns = 51 * NS_PER_SEC,
	.users = 1,
	.load_known = true,
	.load = {1, 2.5, 12},
	.tasks = {.known = true, .total = 5, .running = 1, .sleeping = 3, .zombie = 1,
		  .threads = 9},
	.cpu = {-1, {150, 0, 0, 250}},
	.cpus = cpus_now,
	.cpu_count = 2,
	.memory_known = 1 << MEMORY_TOTAL | 1 << MEMORY_AVAILABLE,
	.memory_bytes = {[MEMORY_TOTAL] = 1 << 20, [MEMORY_AVAILABLE] = 50 << 10},
	.pressure = {[PRESSURE_IO] = {.some_known = true, .some_percent = {60.25, 1, 1}},
		     [PRESSURE_IRQ] = {.full_known = true, .full_percent = {12, 1, 1}}},
};
/* clang-format on */

static void plain(void **state)
{
	struct buf out = BUF_INIT;

	host_add_text(&out, &now, &before, true, false);
	assert_string_equal(
		buf_cstr(&out),
		"Host     box  12:30:00  up 51.0s  1 user  load 1.00 2.50 12.00\n"
		"Kernel   2 CPUs  booted 2026-11-21 12:29\n"
		"Tasks    5 total  1 running  3 sleeping  0 stopped  1 zombie  9 threads\n"
		"CPU %     50.0 us   0.0 sy   0.0 ni  50.0 id   0.0 wa   0.0 hi   0.0 si   0.0 st\n"
		"CPU 0    100.0 us   0.0 sy   0.0 ni   0.0 id   0.0 wa   0.0 hi   0.0 si   0.0 st\n"
		"CPU 2     30.0 us   0.0 sy   0.0 ni  70.0 id   0.0 wa   0.0 hi   0.0 si   0.0 st\n"
		"Memory   1.00M total   974K used  50.0K available\n"
		"Swap     unknown\n"
		"Pressure io 60.2%  irq (all 12.0%)\n");
	buf_deinit(&out);
}

static void coloured(void **state)
{
	struct buf out = BUF_INIT;
	const char *text;

	host_add_text(&out, &now, &before, false, true);
	text = buf_cstr(&out);
	assert_non_null(strstr(text, "\x1b[1mTasks\x1b[0m    5 total  1 running"));
	assert_non_null(strstr(text, "0 stopped  \x1b[33m1 zombie\x1b[0m  9"));
	assert_non_null(strstr(text, "used  \x1b[31m50.0K available\x1b[0m"));
	assert_non_null(strstr(text, "\x1b[31mio 60.2%\x1b[0m  \x1b[33mirq (all 12.0%)\x1b[0m"));
	buf_deinit(&out);
}

static void as_json(void **state)
{
	struct buf out = BUF_INIT;
	struct json j = json_into(&out);
	const char *text;

	host_json(&j, &now, &before, true);
	text = buf_cstr(&out);
	assert_non_null(
		strstr(text, "\"cpu_interval_ns\":1000000000,\"cpu\":{\"user_percent\":50,"));
	assert_non_null(strstr(text, "\"cpus\":[{\"number\":0,\"user_percent\":100,"));
	assert_non_null(strstr(text, "\"load_1\":1,\"load_5\":2.5,\"load_15\":12,"));
	assert_non_null(
		strstr(text, "\"irq\":{\"some\":null,\"full\":{\"average_10s_percent\":12,"));
	buf_deinit(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain),
		cmocka_unit_test(coloured),
		cmocka_unit_test(as_json),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
