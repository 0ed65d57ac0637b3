/* Files of a process that are read by key: what kernels write, in their own order or another. */
#include "procfs/io.h"
#include "procfs/mountinfo.h"
#include "procfs/ns.h"
#include "procfs/schedstat.h"
#include "procfs/smaps_rollup.h"
#include "procfs/statm.h"
#include "procfs/status.h"
#include "procfs/words.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* Linux 6.18, a little changed so that no two values are alike. */
#define STATUS                                                                                     \
	"Name:\tca\\nt\nUmask:\t0027\nState:\tR (running)\nTgid:\t6874\nNgid:\t3\nPid:\t6875\n"    \
	"PPid:\t6861\nTracerPid:\t77\nUid:\t1\t2\t3\t4\nGid:\t5\t6\t7\t8\nFDSize:\t256\n"          \
	"Groups:\t4 24 1000 \nNStgid:\t6874\t9\nNSpid:\t6875\t10\nNSpgid:\t6861\t11\n"             \
	"NSsid:\t325\t0\nKthread:\t0\nVmPeak:\t    3061 kB\nVmSize:\t    3060 kB\n"                \
	"VmLck:\t      12 kB\nVmPin:\t       1 kB\nVmHWM:\t    1777 kB\nVmRSS:\t    1776 kB\n"     \
	"RssAnon:\t     112 kB\nRssFile:\t    1664 kB\nRssShmem:\t       0 kB\nVmData:\t360 kB\n"  \
	"VmStk:\t132 kB\nVmExe:\t20 kB\nVmLib:\t1528 kB\nVmPTE:\t44 kB\nVmSwap:\t5 kB\n"           \
	"HugetlbPages:\t2048 kB\nCoreDumping:\t0\nTHP_enabled:\t1\n"                               \
	"untag_mask:\t0xffffffffffffffff\nThreads:\t2\nSigQ:\t6/96365\n"                           \
	"SigPnd:\t0000000000000001\nShdPnd:\t0000000000000002\nSigBlk:\t0000000000010000\n"        \
	"SigIgn:\t0000000000000004\nSigCgt:\t000000004b817efb\nCapInh:\t0000000000000000\n"        \
	"CapPrm:\t000001fffeffffff\nCapEff:\t000001fffefffffe\nCapBnd:\t000001ffffffffff\n"        \
	"CapAmb:\t0000000000000008\nNoNewPrivs:\t1\nSeccomp:\t2\nSeccomp_filters:\t3\n"            \
	"Speculation_Store_Bypass:\tvulnerable\nSpeculationIndirectBranch:\talways enabled\n"      \
	"Cpus_allowed:\t3\nCpus_allowed_list:\t0-1\nMems_allowed:\t0,1\nMems_allowed_list:\t0\n"   \
	"voluntary_ctxt_switches:\t150\nnonvoluntary_ctxt_switches:\t545\n"

#define ALL(count) ((uint32_t)((UINT64_C(1) << (count)) - 1))

static void test_status(void **state)
{
	struct arena arena = ARENA_INIT;
	struct snapshot_status s;

	assert_int_equal(procfs_status_parse(STR(STATUS), &arena, &s), 0);
	assert_int_equal(s.sizes_known, ALL(STATUS_SIZES));
	assert_int_equal(s.masks_known, ALL(STATUS_MASKS));
	assert_int_equal(s.numbers_known, ALL(STATUS_NUMBERS));
	assert_int_equal(s.uid.real, 1);
	assert_int_equal(s.uid.fs, 4);
	assert_int_equal(s.gid.effective, 6);
	assert_int_equal(s.group_count, 3);
	assert_int_equal(s.groups[2], 1000);
	assert_int_equal(s.ns_count, 2);
	assert_int_equal(s.ns_pids[1], 10);
	assert_int_equal(s.ns_pgids[1], 11);
	assert_int_equal(s.ns_sids[0], 325);
	assert_int_equal(s.size_bytes[STATUS_VM_PEAK], 3061 * 1024);
	assert_int_equal(s.size_bytes[STATUS_VM_LOCKED], 12 * 1024);
	assert_int_equal(s.size_bytes[STATUS_HUGETLB], 2048 * 1024);
	assert_int_equal(s.mask[STATUS_SIG_CAUGHT], 0x4b817efb);
	assert_true(s.mask[STATUS_CAP_EFFECTIVE] == 0x1fffefffffe);
	assert_int_equal(s.mask[STATUS_CAP_AMBIENT], 8);
	assert_int_equal(s.number[STATUS_UMASK], 027);
	assert_int_equal(s.number[STATUS_TRACER_PID], 77);
	assert_int_equal(s.number[STATUS_SECCOMP], 2);
	assert_int_equal(s.number[STATUS_SECCOMP_FILTERS], 3);
	assert_int_equal(s.number[STATUS_SIGQ_QUEUED], 6);
	assert_int_equal(s.number[STATUS_SIGQ_LIMIT], 96365);
	assert_int_equal(s.number[STATUS_VOLUNTARY_SWITCHES], 150);
	assert_int_equal(s.number[STATUS_INVOLUNTARY_SWITCHES], 545);
	assert_true(str_is(s.text[STATUS_SPECULATION_INDIRECT_BRANCH], "always enabled"));
	assert_true(str_is(s.text[STATUS_CPUS_ALLOWED], "0-1"));
	arena_deinit(&arena);
}

static void test_status_strange(void **state)
{
	struct arena arena = ARENA_INIT;
	struct snapshot_status s;

	/* another order, unknown lines, lines without their value, no line end */
	assert_int_equal(procfs_status_parse(STR("VmRSS:\t 7 kB\nNew:\tthing\nUid:\t1 1 1 1\n\n:\n"
						 "VmSize:\t\nVmPeak:\tx kB\nSigQ:\t4\nGroups:\t\n"
						 "CapEff:\tzz\nVmSwap:\t99999999999999999999 kB\n"
						 "VmLck: 18446744073709551615 kB\nUmask:\t0022"),
					     &arena, &s),
			 0);
	assert_int_equal(s.sizes_known, 1u << STATUS_VM_RSS);
	assert_int_equal(s.numbers_known, 1u << STATUS_UMASK);
	assert_int_equal(s.masks_known, 0);
	assert_int_equal(s.number[STATUS_UMASK], 022);
	assert_int_equal(s.group_count, 0);
	assert_null(s.text[STATUS_CPUS_ALLOWED].p);
	/* lists that differ in length are as long as the shortest */
	assert_int_equal(
		procfs_status_parse(STR("Uid:\t1 1 1 1\nNSpid:\t1 2 3\nNSsid:\t4\n"), &arena, &s),
		0);
	assert_int_equal(s.ns_count, 1);
	assert_int_equal(procfs_status_parse(STR("Name:\tx\nPid:\t1\n"), &arena, &s), -EINVAL);
	assert_int_equal(procfs_status_parse(STR(""), &arena, &s), -EINVAL);
	assert_int_equal(procfs_status_parse(STR_NONE, &arena, &s), -EINVAL);
	arena_deinit(&arena);
}

static void test_status_brief(void **state)
{
	struct procfs_status_brief brief;

	assert_int_equal(procfs_status_parse_brief(STR(STATUS), &brief), 0);
	assert_int_equal(brief.tgid, 6874);
	assert_int_equal(brief.uid.effective, 2);
	assert_int_equal(brief.gid.saved, 7);
	assert_true(brief.has_memory);
	assert_int_equal(brief.rss_bytes, 1776 * 1024);
	assert_int_equal(brief.locked_bytes, 12 * 1024);
	/* a kernel thread */
	assert_int_equal(procfs_status_parse_brief(STR("Tgid:\t2\nUid:\t0\t0\t0\t0\nGid:\t0\t0\t0"
						       "\t0\nGroups:\t \nThreads:\t1\n"),
						   &brief),
			 0);
	assert_false(brief.has_memory);
	assert_int_equal(brief.rss_bytes, 0);
	assert_int_equal(procfs_status_parse_brief(STR("Uid:\t0\t0\t0\t0\n"), &brief), -EINVAL);
	assert_int_equal(procfs_status_parse_brief(STR("Uid:\t0\t0\nGid:\t0\t0\t0\t0\n"), &brief),
			 -EINVAL);
	assert_int_equal(procfs_status_parse_brief(STR(""), &brief), -EINVAL);
}

static void test_statm(void **state)
{
	struct snapshot_statm m;

	assert_int_equal(procfs_statm_parse(STR("700 123 45 6 0 78 1\n"), 4096, &m), 0);
	assert_int_equal(m.size_bytes, 700 * 4096);
	assert_int_equal(m.rss_bytes, 123 * 4096);
	assert_int_equal(m.shared_bytes, 45 * 4096);
	assert_int_equal(m.text_bytes, 6 * 4096);
	assert_int_equal(m.data_bytes, 78 * 4096);
	assert_int_equal(m.dirty_bytes, 4096);
	assert_int_equal(procfs_statm_parse(STR("700 123 45 6 0 78\n"), 4096, &m), -EINVAL);
	assert_int_equal(procfs_statm_parse(STR("700 -1 45 6 0 78 0\n"), 4096, &m), -EINVAL);
}

static void test_io(void **state)
{
	struct procfs_io_calls calls = {.read = 9};

	assert_int_equal(procfs_io_parse_calls(STR("rchar: 1\nsyscw: 3\ncancelled_write_bytes: "
						   "4096\nx\n"),
					       &calls),
			 0);
	assert_int_equal(calls.read, 9);
	assert_int_equal(calls.written, 3);
	assert_int_equal(calls.cancelled_bytes, 4096);
	assert_int_equal(procfs_io_parse_calls(STR("syscr: 5\nsyscw:\n"), &calls), -EINVAL);
	assert_int_equal(calls.read, 9);
}

static void test_small_files(void **state)
{
	uint64_t run = 1, wait = 2, inode = 3;

	assert_int_equal(procfs_schedstat_parse(STR("125 44 7\n"), &run, &wait), 0);
	assert_int_equal(run, 125);
	assert_int_equal(wait, 44);
	assert_int_equal(procfs_schedstat_parse(STR("5\n"), &run, &wait), -EINVAL);
	assert_int_equal(run, 125);

	assert_int_equal(procfs_ns_parse(STR("mnt:[4026531841]"), &inode), 0);
	assert_true(inode == 4026531841);
	assert_int_equal(procfs_ns_parse(STR("mnt:[4026531841"), &inode), -EINVAL);
	assert_int_equal(procfs_ns_parse(STR("mnt:4026531841]"), &inode), -EINVAL);
	assert_int_equal(procfs_ns_parse(STR("mnt:[]"), &inode), -EINVAL);
	assert_int_equal(procfs_ns_parse(STR("socket"), &inode), -EINVAL);
	assert_int_equal(procfs_ns_parse(STR(""), &inode), -EINVAL);
}

static void test_smaps(void **state)
{
	struct snapshot_smaps m;

	assert_int_equal(procfs_smaps_rollup_parse(
				 STR("562f13adb000-7fffd8afc000 ---p 00000000 00:00 0 [rollup]\n"
				     "Rss:                1676 kB\nPss:                 262 kB\n"
				     "Pss_Dirty:           116 kB\nShared_Clean:       1520 kB\n"
				     "Private_Clean:        40 kB\nPrivate_Dirty:       116 kB\n"
				     "Private_Hugetlb:    2048 kB\nSwap: 3 kB\nSwapPss: 2 kB\n"),
				 &m),
			 0);
	assert_int_equal(m.rss_bytes, 1676 * 1024);
	assert_int_equal(m.pss_bytes, 262 * 1024);
	assert_int_equal(m.uss_bytes, (40 + 116 + 2048) * 1024);
	assert_int_equal(m.private_clean_bytes, 40 * 1024);
	assert_int_equal(m.swap_bytes, 3 * 1024);
	assert_int_equal(m.swap_pss_bytes, 2 * 1024);
	assert_int_equal(procfs_smaps_rollup_parse(STR("Rss: 1 kB\n"), &m), -EINVAL);
	assert_int_equal(procfs_smaps_rollup_parse(STR("Pss: x kB\n"), &m), -EINVAL);
}

static void test_mountinfo(void **state)
{
	const struct str text =
		STR("21 1 8:1 / / rw,noatime shared:1 master:2 - ext4 /dev/sda1 rw\nx\n\n"
		    "22 27 0:21 / /pr\\040oc rw,relatime - proc proc rw,gid=5,hidepid=invisible\n"
		    "23 27 0:21 / /cut rw,relatime\n"
		    "24 27 0:22 / /dev rw - devtmpfs none rw,size=1,hidepids");
	struct procfs_mount mount;
	struct str rest = text;
	struct buf plain = BUF_INIT;

	assert_int_equal(procfs_mountinfo_find(text, 22, &mount), 0);
	assert_true(str_is(mount.point, "/pr\\040oc"));
	assert_true(str_is(mount.root, "/"));
	procfs_mountinfo_unescape(mount.point, &plain);
	procfs_mountinfo_unescape(STR("\\134\\9\\01"), &plain);
	assert_true(str_is(buf_str(&plain), "/pr oc\\\\9\\01"));
	buf_deinit(&plain);
	assert_true(str_is(mount.type, "proc"));
	assert_true(str_is(procfs_mount_option(mount.super_options, STR("hidepid")), "invisible"));
	assert_true(str_is(procfs_mount_option(mount.super_options, STR("rw")), ""));
	assert_int_equal(procfs_mountinfo_find(text, 21, &mount), 0);
	assert_true(str_is(mount.type, "ext4"));
	assert_int_equal(procfs_mountinfo_find(text, 24, &mount), 0);
	assert_null(procfs_mount_option(mount.super_options, STR("hidepid")).p);
	assert_int_equal(procfs_mountinfo_find(text, 23, &mount), -ENOENT);
	assert_int_equal(procfs_mountinfo_find(STR(""), 22, &mount), -ENOENT);
	for (uint64_t id = 21; id <= 24; id += 1 + (id == 22)) {
		assert_int_equal(procfs_mountinfo_next(&rest, &mount), 0);
		assert_int_equal(mount.id, id);
	}
	assert_int_equal(procfs_mountinfo_next(&rest, &mount), -ENOENT);
}

static void test_words(void **state)
{
	struct str rest = STR(" \t12/x");
	uint64_t value = 5;

	assert_int_equal(procfs_take_u64(&rest, 10, &value), 0);
	assert_int_equal(value, 12);
	assert_true(str_is(rest, "/x"));
	assert_int_equal(procfs_take_u64(&rest, 10, &value), -1);
	assert_true(str_is(rest, "/x"));
	rest = STR("18446744073709551616");
	assert_int_equal(procfs_take_u64(&rest, 10, &value), -1);
	rest = STR("18446744073709551615");
	assert_int_equal(procfs_take_u64(&rest, 10, &value), 0);
	assert_true(value == UINT64_MAX);
	rest = STR("8");
	assert_int_equal(procfs_take_u64(&rest, 8, &value), -1);
	rest = STR_NONE;
	assert_int_equal(procfs_take_u64(&rest, 16, &value), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_status),       cmocka_unit_test(test_status_strange),
		cmocka_unit_test(test_status_brief), cmocka_unit_test(test_statm),
		cmocka_unit_test(test_io),           cmocka_unit_test(test_small_files),
		cmocka_unit_test(test_smaps),        cmocka_unit_test(test_mountinfo),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
