/*
 * Parses /proc/PID/status. Key decision: lines are found by key, since each kernel has others; but
 * the search for a key begins where the one before was found, so the usual order costs one
 * comparison a line.
 */
#include "procfs/status.h"

#include "procfs/words.h"

#include <errno.h>

enum kind { UID, GID, GROUPS, NS_PIDS, NS_PGIDS, NS_SIDS, SIZE, MASK, NUMBER, OCTAL, SIGQ, TEXT };

struct row {
	struct str key;
	enum kind kind;
	unsigned index; /* of the enum that the kind stores by */
};

#define KEY(text)                                                                                  \
	{                                                                                          \
		(text ":"), sizeof(text)                                                           \
	}

/* In the kernel's order. */
static const struct row rows[] = {
	{KEY("Umask"),                      OCTAL,    STATUS_UMASK                      },
	{KEY("Ngid"),                       NUMBER,   STATUS_NGID                       },
	{KEY("TracerPid"),                  NUMBER,   STATUS_TRACER_PID                 },
	{KEY("Uid"),                        UID,      0                                 },
	{KEY("Gid"),                        GID,      0                                 },
	{KEY("FDSize"),                     NUMBER,   STATUS_FDSIZE                     },
	{KEY("Groups"),                     GROUPS,   0                                 },
	{KEY("NSpid"),                      NS_PIDS,  0                                 },
	{KEY("NSpgid"),                     NS_PGIDS, 0                                 },
	{KEY("NSsid"),                      NS_SIDS,  0                                 },
	{KEY("VmPeak"),                     SIZE,     STATUS_VM_PEAK                    },
	{KEY("VmSize"),                     SIZE,     STATUS_VM_SIZE                    },
	{KEY("VmLck"),                      SIZE,     STATUS_VM_LOCKED                  },
	{KEY("VmPin"),                      SIZE,     STATUS_VM_PINNED                  },
	{KEY("VmHWM"),                      SIZE,     STATUS_VM_HWM                     },
	{KEY("VmRSS"),                      SIZE,     STATUS_VM_RSS                     },
	{KEY("RssAnon"),                    SIZE,     STATUS_RSS_ANON                   },
	{KEY("RssFile"),                    SIZE,     STATUS_RSS_FILE                   },
	{KEY("RssShmem"),                   SIZE,     STATUS_RSS_SHMEM                  },
	{KEY("VmData"),                     SIZE,     STATUS_VM_DATA                    },
	{KEY("VmStk"),                      SIZE,     STATUS_VM_STACK                   },
	{KEY("VmExe"),                      SIZE,     STATUS_VM_EXE                     },
	{KEY("VmLib"),                      SIZE,     STATUS_VM_LIB                     },
	{KEY("VmPTE"),                      SIZE,     STATUS_VM_PTE                     },
	{KEY("VmSwap"),                     SIZE,     STATUS_VM_SWAP                    },
	{KEY("HugetlbPages"),               SIZE,     STATUS_HUGETLB                    },
	{KEY("CoreDumping"),                NUMBER,   STATUS_CORE_DUMPING               },
	{KEY("THP_enabled"),                NUMBER,   STATUS_THP_ENABLED                },
	{KEY("Threads"),                    NUMBER,   STATUS_THREADS                    },
	{KEY("SigQ"),                       SIGQ,     0                                 },
	{KEY("SigPnd"),                     MASK,     STATUS_SIG_PENDING                },
	{KEY("ShdPnd"),                     MASK,     STATUS_SIG_GROUP_PENDING          },
	{KEY("SigBlk"),                     MASK,     STATUS_SIG_BLOCKED                },
	{KEY("SigIgn"),                     MASK,     STATUS_SIG_IGNORED                },
	{KEY("SigCgt"),                     MASK,     STATUS_SIG_CAUGHT                 },
	{KEY("CapInh"),                     MASK,     STATUS_CAP_INHERITABLE            },
	{KEY("CapPrm"),                     MASK,     STATUS_CAP_PERMITTED              },
	{KEY("CapEff"),                     MASK,     STATUS_CAP_EFFECTIVE              },
	{KEY("CapBnd"),                     MASK,     STATUS_CAP_BOUNDING               },
	{KEY("CapAmb"),                     MASK,     STATUS_CAP_AMBIENT                },
	{KEY("NoNewPrivs"),                 NUMBER,   STATUS_NO_NEW_PRIVS               },
	{KEY("Seccomp"),                    NUMBER,   STATUS_SECCOMP                    },
	{KEY("Seccomp_filters"),            NUMBER,   STATUS_SECCOMP_FILTERS            },
	{KEY("Speculation_Store_Bypass"),   TEXT,     STATUS_SPECULATION_STORE_BYPASS   },
	{KEY("SpeculationIndirectBranch"),  TEXT,     STATUS_SPECULATION_INDIRECT_BRANCH},
	{KEY("Cpus_allowed_list"),          TEXT,     STATUS_CPUS_ALLOWED               },
	{KEY("Mems_allowed_list"),          TEXT,     STATUS_MEMS_ALLOWED               },
	{KEY("voluntary_ctxt_switches"),    NUMBER,   STATUS_VOLUNTARY_SWITCHES         },
	{KEY("nonvoluntary_ctxt_switches"), NUMBER,   STATUS_INVOLUNTARY_SWITCHES       },
};

#define ROWS (sizeof rows / sizeof *rows)

/* ---- values ---- */

static int take_ids(struct str value, struct snapshot_ids *ret_ids)
{
	uint64_t id[4];

	for (unsigned i = 0; i < 4; i++)
		if (procfs_take_u64(&value, 10, &id[i]) < 0 || id[i] > UINT32_MAX)
			return -EINVAL;
	*ret_ids = (struct snapshot_ids){(uint32_t)id[0], (uint32_t)id[1], (uint32_t)id[2],
					 (uint32_t)id[3]};
	return 0;
}

/* "   12 kB" */
static int take_size(struct str value, uint64_t *ret_bytes)
{
	uint64_t kib, bytes;

	if (procfs_take_u64(&value, 10, &kib) < 0 || __builtin_mul_overflow(kib, 1024, &bytes))
		return -EINVAL;
	*ret_bytes = bytes;
	return 0;
}

/* Up to `UINT32_MAX` numbers of 32 bits each, to the end of the line. NULL: there is none. */
static const uint32_t *take_list(struct str value, struct arena *arena, uint32_t *ret_count)
{
	uint32_t count = 0, *list;
	struct str rest = value;
	uint64_t number;

	while (procfs_take_u64(&rest, 10, &number) == 0)
		count++;
	*ret_count = 0;
	if (count == 0)
		return NULL;
	list = arena_alloc(arena, count * sizeof *list);
	for (uint32_t i = 0; i < count; i++) {
		procfs_take_u64(&value, 10, &number);
		if (number > UINT32_MAX)
			return NULL;
		list[i] = (uint32_t)number;
	}
	*ret_count = count;
	return list;
}

/* The three lists of numbers are one as long as the other. */
static void take_namespaces(struct str value, struct arena *arena, const int32_t **list,
			    struct snapshot_status *status)
{
	uint32_t count;
	const void *numbers = take_list(value, arena, &count);

	*list = numbers;
	if (count && (status->ns_count == 0 || count < status->ns_count))
		status->ns_count = count;
}

static void set_number(struct snapshot_status *status, unsigned index, uint64_t number)
{
	status->number[index] = number;
	status->numbers_known |= 1u << index;
}

/* "queued/limit" */
static void take_sigq(struct str value, struct snapshot_status *status)
{
	uint64_t queued, limit;

	if (procfs_take_u64(&value, 10, &queued) < 0 || !str_starts(value, STR("/")))
		return;
	value = str_skip(value, 1);
	if (procfs_take_u64(&value, 10, &limit) < 0)
		return;
	set_number(status, STATUS_SIGQ_QUEUED, queued);
	set_number(status, STATUS_SIGQ_LIMIT, limit);
}

static void take_line(const struct row *row, struct str value, struct arena *arena,
		      struct snapshot_status *status)
{
	uint64_t number;

	switch (row->kind) {
	case UID:
		take_ids(value, &status->uid);
		break;
	case GID:
		take_ids(value, &status->gid);
		break;
	case GROUPS:
		status->groups = take_list(value, arena, &status->group_count);
		break;
	case NS_PIDS:
		take_namespaces(value, arena, &status->ns_pids, status);
		break;
	case NS_PGIDS:
		take_namespaces(value, arena, &status->ns_pgids, status);
		break;
	case NS_SIDS:
		take_namespaces(value, arena, &status->ns_sids, status);
		break;
	case SIZE:
		if (take_size(value, &status->size_bytes[row->index]) == 0)
			status->sizes_known |= 1u << row->index;
		break;
	case MASK:
		if (procfs_take_u64(&value, 16, &status->mask[row->index]) == 0)
			status->masks_known |= 1u << row->index;
		break;
	case NUMBER:
	case OCTAL:
		if (procfs_take_u64(&value, row->kind == OCTAL ? 8 : 10, &number) == 0)
			set_number(status, row->index, number);
		break;
	case SIGQ:
		take_sigq(value, status);
		break;
	case TEXT:
		status->text[row->index] = arena_str(arena, procfs_skip_blanks(value));
		break;
	}
}

/* ---- the file ---- */

int procfs_status_parse(struct str text, struct arena *arena, struct snapshot_status *ret_status)
{
	struct snapshot_status status = {0};
	bool has_uid = false;
	size_t next = 0;

	while (text.p) {
		struct str line = str_cut(&text, '\n');

		for (size_t i = 0; i < ROWS; i++) {
			const struct row *row = &rows[(next + i) % ROWS];

			if (!str_starts(line, row->key))
				continue;
			take_line(row, str_skip(line, row->key.n), arena, &status);
			has_uid |= row->kind == UID;
			next = (size_t)(row - rows) + 1;
			break;
		}
	}
	if (!has_uid)
		return -EINVAL;
	*ret_status = status;
	return 0;
}

int procfs_status_parse_brief(struct str text, struct procfs_status_brief *ret_brief)
{
	struct procfs_status_brief brief = {0};
	bool has_uid = false, has_gid = false;
	uint64_t tgid;

	while (text.p && !brief.has_memory) {
		struct str line = str_cut(&text, '\n');
		/* most lines are passed over by their first byte */
		char first = line.n > 6 ? line.p[0] : 0;
		struct str value = str_skip(line, 4);

		if (first == 'V' && str_starts(line, STR("VmLck:")))
			take_size(str_skip(line, 6), &brief.locked_bytes);
		else if (first == 'V' && str_starts(line, STR("VmRSS:")))
			brief.has_memory = take_size(str_skip(line, 6), &brief.rss_bytes) == 0;
		else if (first == 'U' && str_starts(line, STR("Uid:")))
			has_uid = take_ids(value, &brief.uid) == 0;
		else if (first == 'G' && str_starts(line, STR("Gid:")))
			has_gid = take_ids(value, &brief.gid) == 0;
		else if (first == 'T' && str_starts(line, STR("Tgid:"))) {
			value = str_skip(line, 5);
			if (procfs_take_u64(&value, 10, &tgid) == 0 && tgid <= INT32_MAX)
				brief.tgid = (int32_t)tgid;
		}
	}
	if (!has_uid || !has_gid)
		return -EINVAL;
	*ret_brief = brief;
	return 0;
}
