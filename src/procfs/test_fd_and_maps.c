/* The parsers of what a process holds: fdinfo, the links of fd, maps and smaps, limits. */
#include "procfs/fdinfo.h"
#include "procfs/fdlink.h"
#include "procfs/limits.h"
#include "procfs/maps.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static void test_fdinfo(void **state)
{
	struct procfs_fdinfo info;

	assert_int_equal(
		procfs_fdinfo_parse(STR("pos:\t4096\nflags:\t02100002\nmnt_id:\t27\nino:\t99\n"),
				    &info),
		0);
	assert_int_equal(info.position, 4096);
	assert_int_equal(info.flags, 02100002);
	assert_int_equal(info.mount_id, 27);
	assert_int_equal(info.rest.n, 0);
	/* before 5.14 there was no ino, before 3.15 no mnt_id */
	assert_int_equal(procfs_fdinfo_parse(STR("pos:\t0\nflags:\t02\n"), &info), 0);
	assert_int_equal(info.mount_id, -1);
}

static void test_fdinfo_rest(void **state)
{
	struct str text = STR("pos:\t0\nflags:\t04002\nmnt_id:\t15\nino:\t1057\n"
			      "eventfd-count:               3a\neventfd-id: 1\n");
	struct procfs_fdinfo info;

	assert_int_equal(procfs_fdinfo_parse(text, &info), 0);
	assert_true(str_is(info.rest, "eventfd-count:               3a\neventfd-id: 1\n"));
	/* the position of some directories is a signed cookie */
	assert_int_equal(procfs_fdinfo_parse(STR("pos:\t-1\nflags:\t0200000\n"), &info), 0);
	assert_true(info.position == UINT64_MAX);
}

static void test_fdinfo_bad(void **state)
{
	static const char *const bad[] = {
		"",
		"pos:\t0\n",
		"flags:\t0\n",
		"pos:\tx\nflags:\t0\n",
		"pos:\t0\nflags:\t9\n",
		"pos:\t0\nflags:\t0777777777777777\n",
		"pos:\t99999999999999999999\nflags:\t0\n",
		"pos:\t0\nflags:\t\n",
		"pos:\t-\nflags:\t0\n",
		"pos:\t0\nflags:\t0\nmnt_id:\t9999999999\n",
		"eventfd-count: 1\npos:\t0\nflags:\t0\n",
	};
	struct procfs_fdinfo info = {.mount_id = 7};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(procfs_fdinfo_parse(str_of(bad[i]), &info), -EINVAL);
	assert_int_equal(info.mount_id, 7);
}

static void test_links(void **state)
{
	static const struct {
		const char *link, *path;
		enum file_type type;
		bool marked;
	} rows[] = {
		{"pipe:[123]",                 "pipe:[123]",             FILE_PIPE,      false},
		{"socket:[9]",                 "socket:[9]",             FILE_SOCKET,    false},
		{"anon_inode:[eventpoll]",     "anon_inode:[eventpoll]", FILE_EVENTPOLL, false},
		{"anon_inode:inotify",         "anon_inode:inotify",     FILE_INOTIFY,   false},
		{"anon_inode:bpf-map",         "anon_inode:bpf-map",     FILE_BPF,       false},
		{"anon_inode:[pidfd]",         "anon_inode:[pidfd]",     FILE_PIDFD,     false},
		{"anon_inode:kvm-vcpu:0",      "anon_inode:kvm-vcpu:0",  FILE_ANON,      false},
		{"anon_inode:",                "anon_inode:",            FILE_ANON,      false},
		{"mnt:[4026531841]",           "mnt:[4026531841]",       FILE_NAMESPACE, false},
		{"/memfd:a b (deleted)",       "/memfd:a b",             FILE_MEMFD,     true },
		{"/memfd:a",                   "/memfd:a",               FILE_UNKNOWN,   false},
		{"/tmp/x (deleted)",           "/tmp/x",                 FILE_UNKNOWN,   true },
		{"/tmp/x (deleted) (deleted)", "/tmp/x (deleted)",       FILE_UNKNOWN,   true },
		{" (deleted)",                 " (deleted)",             FILE_UNKNOWN,   false},
		{"(unreachable)/pipe:[1]",     "(unreachable)/pipe:[1]", FILE_UNKNOWN,   false},
		{"",                           "",                       FILE_UNKNOWN,   false},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct str path;
		bool marked;

		assert_int_equal(procfs_fdlink_parse(str_of(rows[i].link), &path, &marked),
				 rows[i].type);
		assert_true(str_is(path, rows[i].path));
		assert_int_equal(marked, rows[i].marked);
	}
}

static void test_maps(void **state)
{
	struct mapping map;

	assert_int_equal(
		procfs_maps_parse(STR("7f12a0000000-7f12a0021000 rw-p 00001000 fe:0a 1234567"
				      "                    /usr/lib/a b.so (deleted)"),
				  &map),
		0);
	assert_true(map.start == 0x7f12a0000000 && map.end == 0x7f12a0021000);
	assert_string_equal(map.permissions, "rw-p");
	assert_int_equal(map.offset, 0x1000);
	assert_int_equal(map.device_major, 0xfe);
	assert_int_equal(map.device_minor, 0x0a);
	assert_int_equal(map.inode, 1234567);
	assert_true(str_is(map.path, "/usr/lib/a b.so (deleted)"));
	assert_int_equal(procfs_maps_parse(STR("1000-2000 ---s 00000000 00:00 0 "), &map), 0);
	assert_true(map.path.p && map.path.n == 0);
	assert_int_equal(procfs_maps_parse(STR("ffffffffff600000-ffffffffff601000 --xp 00000000 "
					       "00:00 0                  [vsyscall]"),
					   &map),
			 0);
	assert_true(map.end == 0xffffffffff601000);
}

static void test_maps_bad(void **state)
{
	static const char *const bad[] = {
		"",
		"1000",
		"1000-2000",
		"1000-2000 rwxp",
		"2000-1000 rwxp 0 00:00 0",
		"1000-2000 rwx 0 00:00 0",
		"1000-2000 rwxps 0 00:00 0",
		"1000-2000 rwxp 0 0000 0",
		"1000-2000 rwxp 0 00:00 x",
		"1000-2000 rwxp 0 00:00 ",
		"1000-2000 rwxp 0 fffffffff:00 0",
		"10000000000000000-2 rwxp 0 00:00 0",
		"Rss: 4 kB",
	};
	struct mapping map;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(procfs_maps_parse(str_of(bad[i]), &map), -EINVAL);
}

static void test_smaps(void **state)
{
	struct mapping map = {0};

	assert_true(procfs_smaps_parse(STR("Rss:                  12 kB"), &map));
	assert_true(procfs_smaps_parse(STR("Pss:                   6 kB"), &map));
	assert_true(procfs_smaps_parse(STR("Pss_Dirty:             5 kB"), &map));
	assert_true(procfs_smaps_parse(STR("Private_Dirty:         4 kB"), &map));
	assert_true(procfs_smaps_parse(STR("Swap:                  1 kB"), &map));
	assert_true(procfs_smaps_parse(STR("SwapPss:               9 kB"), &map));
	assert_true(procfs_smaps_parse(STR("VmFlags: rd mr mw me ac"), &map));
	assert_int_equal(map.rss_bytes, 12288);
	assert_int_equal(map.pss_bytes, 6144);
	assert_int_equal(map.private_dirty_bytes, 4096);
	assert_int_equal(map.swap_bytes, 1024);
	assert_false(procfs_smaps_parse(STR("1000-2000 rwxp 0 00:00 0 /a: b"), &map));
	assert_false(procfs_smaps_parse(STR("Rss"), &map));
	assert_false(procfs_smaps_parse(STR(""), &map));
	assert_true(procfs_smaps_parse(STR("Rss: 99999999999999999 kB"), &map));
	assert_int_equal(map.rss_bytes, 12288);
}

static void test_limits(void **state)
{
	struct limits limits;

	procfs_limits_parse(
		STR("Limit                     Soft Limit           Hard Limit           Units     "
		    "\n"
		    "Max cpu time              unlimited            unlimited            seconds   "
		    "\n"
		    "Max stack size            8388608              unlimited            bytes     "
		    "\n"
		    "Max open files            1024                 524288               files     "
		    "\n"
		    "Max realtime timeout      95000                95000                us        "
		    "\n"
		    "Max realtime priority     0                    x                    \n"
		    "Max file size\n"
		    "Max locked memory         8388608\n"
		    "Max moons                 1                    1                    \n"
		    "Max nice priority         0                    40"),
		&limits);
	assert_int_equal(limits.known, 1u << LIMIT_CPU | 1u << LIMIT_STACK |
					       1u << LIMIT_OPEN_FILES | 1u << LIMIT_REAL_TIME_RUN |
					       1u << LIMIT_NICE);
	assert_true(limits.soft[LIMIT_CPU] == LIMIT_NONE && limits.hard[LIMIT_CPU] == LIMIT_NONE);
	assert_int_equal(limits.soft[LIMIT_STACK], 8388608);
	assert_true(limits.hard[LIMIT_STACK] == LIMIT_NONE);
	assert_int_equal(limits.soft[LIMIT_OPEN_FILES], 1024);
	assert_int_equal(limits.hard[LIMIT_OPEN_FILES], 524288);
	assert_int_equal(limits.hard[LIMIT_NICE], 40);
	procfs_limits_parse(STR(""), &limits);
	assert_int_equal(limits.known, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fdinfo),     cmocka_unit_test(test_fdinfo_rest),
		cmocka_unit_test(test_fdinfo_bad), cmocka_unit_test(test_links),
		cmocka_unit_test(test_maps),       cmocka_unit_test(test_maps_bad),
		cmocka_unit_test(test_smaps),      cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
