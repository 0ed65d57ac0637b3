/*
 * Parses /proc/PID/smaps_rollup. Key decision: the unique set, which the kernel does not add up,
 * is what is private: clean, dirty and in huge pages.
 */
#include "procfs/smaps_rollup.h"

#include "procfs/words.h"

#include <errno.h>

#define AT(member) offsetof(struct snapshot_smaps, member)

/* In the kernel's order. Several lines may add to one member. */
static const struct row {
	const char *name;
	size_t offset;
	bool unique;
} rows[] = {
	{"Rss",             AT(rss_bytes),           false},
	{"Pss",             AT(pss_bytes),           false},
	{"Pss_Anon",        AT(pss_anon_bytes),      false},
	{"Pss_File",        AT(pss_file_bytes),      false},
	{"Pss_Shmem",       AT(pss_shmem_bytes),     false},
	{"Shared_Clean",    AT(shared_clean_bytes),  false},
	{"Shared_Dirty",    AT(shared_dirty_bytes),  false},
	{"Private_Clean",   AT(private_clean_bytes), true },
	{"Private_Dirty",   AT(private_dirty_bytes), true },
	{"Referenced",      AT(referenced_bytes),    false},
	{"Anonymous",       AT(anonymous_bytes),     false},
	{"Private_Hugetlb", SIZE_MAX,                true },
	{"Swap",            AT(swap_bytes),          false},
	{"SwapPss",         AT(swap_pss_bytes),      false},
	{"Locked",          AT(locked_bytes),        false},
};

static int take_line(struct str line, struct snapshot_smaps *smaps)
{
	struct str name = str_cut(&line, ':');
	uint64_t value;

	for (const struct row *row = rows; row < rows + sizeof rows / sizeof *rows; row++) {
		if (!line.p || !str_is(name, row->name))
			continue;
		if (procfs_take_u64(&line, 10, &value) < 0 ||
		    __builtin_mul_overflow(value, 1024, &value))
			return -EINVAL;
		if (row->offset != SIZE_MAX)
			*(uint64_t *)((char *)smaps + row->offset) = value;
		if (row->unique)
			smaps->uss_bytes += value;
	}
	return 0;
}

int procfs_smaps_rollup_parse(struct str text, struct snapshot_smaps *ret_smaps)
{
	struct snapshot_smaps smaps = {0};
	bool has_pss = false;

	while (text.p) {
		struct str line = str_cut(&text, '\n');

		if (take_line(line, &smaps) < 0)
			return -EINVAL;
		has_pss |= str_starts(line, STR("Pss:"));
	}
	if (!has_pss)
		return -EINVAL;
	*ret_smaps = smaps;
	return 0;
}
