/* Names and the machine's state, of the machine itself and of a captured tree. */
#include "base/clock.h"
#include "base/mem.h"
#include "source/host.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cmocka.h>

static void put(const char *top, const char *path, const char *text)
{
	char full[256];
	FILE *file;

	snprintf(full, sizeof full, "%s/%s", top, path);
	for (char *at = strchr(full + strlen(top) + 1, '/'); at; at = strchr(at + 1, '/')) {
		*at = 0;
		mkdir(full, 0700);
		*at = '/';
	}
	file = fopen(full, "we");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static char *make_tree(void)
{
	char *top = strdup("/tmp/pscope-host-XXXXXX");

	assert_non_null(mkdtemp(top));
	put(top, "etc/passwd", "root:x:0:0:root:/root:/bin/sh\n#\n::7:\nann:x:1000:1000::/:\n");
	put(top, "etc/group", "root:x:0:\nstaff:x:50:ann,bob");
	put(top, "proc/uptime", "100.25 50.00\n");
	return top;
}

static void drop_tree(char *top)
{
	char command[128];

	snprintf(command, sizeof command, "rm -r %s", top);
	assert_int_equal(system(command), 0);
	free(top);
}

static void names_of_a_captured_tree(void **state)
{
	char *top = make_tree();
	struct names_cache *cache;
	const struct names *names;
	struct root root;

	assert_int_equal(root_open(&root, top, NULL), 0);
	cache = names_cache_new(&root);
	names = names_cache_names(cache);
	assert_true(str_is(names->user(names->context, 1000), "ann"));
	assert_true(str_is(names->user(names->context, 0), "root"));
	assert_null(names->user(names->context, 7).p);
	assert_null(names->user(names->context, UINT32_MAX).p);
	assert_true(str_is(names->group(names->context, 50), "staff"));
	assert_null(names->group(names->context, 1000).p);
	assert_true(str_is(names->tty(names->context, (int32_t)makedev(136, 3)), "pts/3"));
	assert_null(names->tty(names->context, 0).p);
	/* Kept: the file is not asked again. */
	put(top, "etc/passwd", "other:x:1000:1000::/:\n");
	assert_true(str_is(names->user(names->context, 1000), "ann"));
	names_cache_free(cache);
	root_close(&root);
	drop_tree(top);
}

static void names_of_the_machine(void **state)
{
	struct names_cache *cache;
	const struct names *names;
	struct root root;

	assert_int_equal(root_open(&root, NULL, NULL), 0);
	cache = names_cache_new(&root);
	names = names_cache_names(cache);
	assert_true(str_is(names->user(names->context, 0), "root"));
	assert_true(str_is(names->group(names->context, 0), "root"));
	assert_null(names->user(names->context, 3999999999u).p);
	assert_null(names->user(names->context, 3999999999u).p);
	names_cache_free(cache);
	names_cache_free(NULL);
	root_close(&root);
}

static void host_of_a_captured_tree(void **state)
{
	char *top = make_tree();
	struct root root;
	struct host host;

	assert_int_equal(root_open(&root, top, NULL), 0);
	assert_int_equal(host_read(&root, HOST_ALL, &host, NULL), 0);
	assert_int_equal(host.time_ns, INT64_C(100250000000));
	assert_int_equal(host.uptime_ns, host.time_ns);
	/* Nothing else is there: unknown, not 0. */
	assert_int_equal(host.boot_real_ns, 0);
	assert_int_equal(host.real_ns, 0);
	assert_true(host.users == HOST_UNKNOWN && host.forks == HOST_UNKNOWN);
	assert_true(!host.load_known && host.cpu_count == 0 && host.memory_known == 0);
	assert_int_equal(host.name[0], 0);
	host_deinit(&host);
	put(top, "proc/stat", "cpu 1 2 3 4\ncpu0 1 2 3 4\nbtime 1000\n");
	put(top, "proc/meminfo", "MemTotal: 4 kB\nMemFree: 3 kB\n");
	put(top, "proc/sys/kernel/hostname", "box\n");
	put(top, "proc/sys/kernel/pid_max", "32768\n");
	put(top, "proc/pressure/io", "some avg10=1.00 avg60=2.00 avg300=3.00 total=4\n");
	put(top, "run/systemd/sessions/1", "# private\nUID=0\nCLASS=user\n");
	put(top, "run/systemd/sessions/1.ref", "CLASS=user\n");
	put(top, "run/systemd/sessions/c2", "CLASS=greeter\n");
	put(top, "run/systemd/sessions/c3", "CLASS=user-early\n");
	assert_int_equal(host_read(&root, HOST_ALL, &host, NULL), 0);
	assert_int_equal(host.boot_real_ns, 1000 * NS_PER_SEC);
	assert_int_equal(host.real_ns, INT64_C(1100250000000));
	assert_int_equal(host.users, 2);
	assert_string_equal(host.name, "box");
	assert_int_equal(host.pid_max, 32768);
	assert_true(host.pressure[PRESSURE_IO].some_known);
	assert_false(host.pressure[PRESSURE_CPU].some_known);
	host_deinit(&host);
	assert_int_equal(host_read(&root, HOST_BASIS, &host, NULL), 0);
	assert_int_equal(host.memory_known, 1 << MEMORY_TOTAL);
	assert_int_equal(host.memory_bytes[MEMORY_TOTAL], 4096);
	host_deinit(&host);
	root_close(&root);
	drop_tree(top);
}

static void host_of_the_machine(void **state)
{
	int64_t before = clock_boot_ns();
	struct root root;
	struct host host;

	assert_int_equal(root_open(&root, NULL, NULL), 0);
	assert_int_equal(host_read(&root, HOST_ALL, &host, NULL), 0);
	assert_in_range(host.time_ns, before, clock_boot_ns());
	assert_int_equal(host.real_ns - host.time_ns, host.boot_real_ns);
	assert_true(host.load_known && host.cpu_count > 0 && host.name[0] && host.kernel[0]);
	assert_true(host.memory_bytes[MEMORY_TOTAL] > 0 && host.page_bytes >= 4096);
	host_deinit(&host);
	root_close(&root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_of_a_captured_tree),
		cmocka_unit_test(names_of_the_machine),
		cmocka_unit_test(host_of_a_captured_tree),
		cmocka_unit_test(host_of_the_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
