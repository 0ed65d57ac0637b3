/*
 * Parses /proc/meminfo. Key decision: lines are found by name; one that is missing stays unknown,
 * since kernels and containers show different ones.
 */
#include "procfs/meminfo.h"

#include <errno.h>

static const struct {
	struct str name;
	enum host_memory line;
} names[] = {
	{STR("MemTotal"),        MEMORY_TOTAL       },
	{STR("MemFree"),         MEMORY_FREE        },
	{STR("MemAvailable"),    MEMORY_AVAILABLE   },
	{STR("Buffers"),         MEMORY_BUFFERS     },
	{STR("Cached"),          MEMORY_CACHED      },
	{STR("SwapCached"),      MEMORY_SWAP_CACHED },
	{STR("Active"),          MEMORY_ACTIVE      },
	{STR("Inactive"),        MEMORY_INACTIVE    },
	{STR("Mlocked"),         MEMORY_LOCKED      },
	{STR("SwapTotal"),       MEMORY_SWAP_TOTAL  },
	{STR("SwapFree"),        MEMORY_SWAP_FREE   },
	{STR("Dirty"),           MEMORY_DIRTY       },
	{STR("Writeback"),       MEMORY_WRITEBACK   },
	{STR("AnonPages"),       MEMORY_ANON        },
	{STR("Mapped"),          MEMORY_MAPPED      },
	{STR("Shmem"),           MEMORY_SHARED      },
	{STR("Slab"),            MEMORY_SLAB        },
	{STR("SReclaimable"),    MEMORY_RECLAIMABLE },
	{STR("KernelStack"),     MEMORY_KERNEL_STACK},
	{STR("PageTables"),      MEMORY_PAGE_TABLES },
	{STR("CommitLimit"),     MEMORY_COMMIT_LIMIT},
	{STR("Committed_AS"),    MEMORY_COMMITTED   },
	{STR("HugePages_Total"), MEMORY_HUGE_TOTAL  },
	{STR("HugePages_Free"),  MEMORY_HUGE_FREE   },
};
#define NAMES (sizeof names / sizeof *names)

/* "  12345 kB", or pages without a unit. */
static int parse_amount(struct str text, uint64_t *ret_value)
{
	unsigned long long value;
	struct str word;

	while (text.n > 0 && (text.p[0] == ' ' || text.p[0] == '\t'))
		text = str_skip(text, 1);
	word = str_cut(&text, ' ');
	if (str_to_u64(word, &value) < 0)
		return -EINVAL;
	*ret_value = value;
	if (text.p && str_is(text, "kB") &&
	    __builtin_mul_overflow(*ret_value, (uint64_t)1024, ret_value))
		return -EINVAL;
	return 0;
}

static uint64_t pages_to_bytes(struct host *host, enum host_memory line, uint64_t page_bytes)
{
	uint64_t bytes;

	if (page_bytes == 0 || __builtin_mul_overflow(host->memory_bytes[line], page_bytes, &bytes))
		host->memory_known &= ~(UINT64_C(1) << line);
	return page_bytes ? host->memory_bytes[line] * page_bytes : 0;
}

int procfs_meminfo_parse(struct str text, struct host *host)
{
	struct host found = {0};
	uint64_t huge_page_bytes = 0;
	size_t next = 0;

	while (text.p) {
		struct str line = str_cut(&text, '\n'), name = str_cut(&line, ':');

		if (str_is(name, "Hugepagesize") && parse_amount(line, &huge_page_bytes) < 0)
			return -EINVAL;
		/* Lines mostly come in the table's order: look on from the last one. */
		for (size_t tried = 0; tried < NAMES; tried++) {
			size_t i = (next + tried) % NAMES;

			if (!str_eq(name, names[i].name))
				continue;
			if (!line.p || parse_amount(line, &found.memory_bytes[names[i].line]) < 0)
				return -EINVAL;
			found.memory_known |= UINT64_C(1) << names[i].line;
			next = i + 1;
			break;
		}
	}
	for (enum host_memory i = MEMORY_HUGE_TOTAL; i <= MEMORY_HUGE_FREE; i++)
		found.memory_bytes[i] = pages_to_bytes(&found, i, huge_page_bytes);
	host->memory_known = found.memory_known;
	memcpy(host->memory_bytes, found.memory_bytes, sizeof host->memory_bytes);
	return 0;
}
