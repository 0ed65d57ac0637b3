/*
 * Parses /proc/PID/stat. Key decision: the name is what stands between the first '(' and the last
 * ')', since a process may call itself ") R 1 1"; numbers are found by their place behind it, in
 * one walk over the bytes, because a pass over the system parses thousands of these lines.
 */
#include "procfs/stat.h"

#include <errno.h>

/* Fields are numbered as in proc(5). Linux 2.6 ended at FIELD_NEEDED or later. */
enum { FIELD_STATE = 3, FIELD_NEEDED = 24, FIELD_LAST = 52 };

enum type { UNUSED, INT32, UINT32, INT64, UINT64, TICKS };

#define AT(member) offsetof(struct snapshot_stat, member)

static const struct place {
	unsigned short offset;
	unsigned char type;
} places[FIELD_LAST + 1] = {
	[1] = {AT(pid),                 INT32 },
	[4] = {AT(ppid),                INT32 },
	[5] = {AT(pgid),                INT32 },
	[6] = {AT(sid),                 INT32 },
	[7] = {AT(tty),                 INT32 },
	[8] = {AT(tty_pgid),            INT32 },
	[9] = {AT(kernel_flags),        UINT32},
	[10] = {AT(minor_faults),        UINT64},
	[11] = {AT(child_minor_faults),  UINT64},
	[12] = {AT(major_faults),        UINT64},
	[13] = {AT(child_major_faults),  UINT64},
	[14] = {AT(user_ns),             TICKS },
	[15] = {AT(sys_ns),              TICKS },
	[16] = {AT(child_user_ns),       TICKS },
	[17] = {AT(child_sys_ns),        TICKS },
	[18] = {AT(priority),            INT32 },
	[19] = {AT(nice),                INT32 },
	[20] = {AT(threads),             UINT32},
	[21] = {AT(itrealvalue),         INT64 },
	[22] = {AT(start_ns),            TICKS },
	[23] = {AT(vsz_bytes),           UINT64},
	[24] = {AT(rss_pages),           UINT64},
	[25] = {AT(rss_limit_bytes),     UINT64},
	[26] = {AT(start_code),          UINT64},
	[27] = {AT(end_code),            UINT64},
	[28] = {AT(start_stack),         UINT64},
	[29] = {AT(esp),                 UINT64},
	[30] = {AT(eip),                 UINT64},
	[31] = {AT(signals_pending),     UINT64},
	[32] = {AT(signals_blocked),     UINT64},
	[33] = {AT(signals_ignored),     UINT64},
	[34] = {AT(signals_caught),      UINT64},
	[35] = {AT(waiting),             UINT64},
	[36] = {AT(swapped_pages),       UINT64},
	[37] = {AT(child_swapped_pages), UINT64},
	[38] = {AT(exit_signal),         INT32 },
	[39] = {AT(last_cpu),            INT32 },
	[40] = {AT(rt_priority),         UINT32},
	[41] = {AT(policy),              UINT32},
	[42] = {AT(block_delay_ns),      TICKS },
	[43] = {AT(guest_ns),            TICKS },
	[44] = {AT(child_guest_ns),      TICKS },
	[45] = {AT(start_data),          UINT64},
	[46] = {AT(end_data),            UINT64},
	[47] = {AT(start_brk),           UINT64},
	[48] = {AT(arg_start),           UINT64},
	[49] = {AT(arg_end),             UINT64},
	[50] = {AT(env_start),           UINT64},
	[51] = {AT(env_end),             UINT64},
	[52] = {AT(exit_code),           INT32 },
};

/* A decimal number at `p`, perhaps negative. Returns where it ends; NULL when there is none. */
static const char *take_number(const char *p, const char *end, bool *ret_negative, uint64_t *ret)
{
	uint64_t value = 0;
	const char *first;

	*ret_negative = p < end && *p == '-';
	first = p += *ret_negative;
	for (; p < end; p++) {
		unsigned digit = (unsigned char)*p - (unsigned)'0';

		if (digit > 9)
			break;
		/* 19 digits always fit; the check would slow all others down */
		if (p - first < 19)
			value = value * 10 + digit;
		else if (__builtin_mul_overflow(value, 10, &value) ||
			 __builtin_add_overflow(value, digit, &value))
			return NULL;
	}
	*ret = value;
	return p == first ? NULL : p;
}

static int store(const struct place *place, bool negative, uint64_t value,
		 struct snapshot_stat *stat)
{
	void *field = (char *)stat + place->offset;

	switch ((enum type)place->type) {
	case UNUSED:
		return 0;
	case INT32:
		if (value > INT32_MAX)
			return -EINVAL;
		*(int32_t *)field = negative ? -(int32_t)value : (int32_t)value;
		return 0;
	case INT64:
		if (value > INT64_MAX)
			return -EINVAL;
		*(int64_t *)field = negative ? -(int64_t)value : (int64_t)value;
		return 0;
	case UINT32:
		if (negative || value > UINT32_MAX)
			return -EINVAL;
		*(uint32_t *)field = (uint32_t)value;
		return 0;
	case UINT64:
		*(uint64_t *)field = value;
		return negative ? -EINVAL : 0;
	case TICKS:
		if (__builtin_mul_overflow(value, IDENT_GRAIN_TICKS, (uint64_t *)field))
			return -EINVAL;
		return negative ? -EINVAL : 0;
	}
	return -EINVAL;
}

/* Everything behind the state. Returns 0, PROCFS_STAT_SHORT or -EINVAL. */
static int parse_numbers(const char *p, const char *end, struct snapshot_stat *stat)
{
	for (unsigned field = FIELD_STATE + 1; field <= FIELD_LAST; field++) {
		bool negative;
		uint64_t value;

		if (p == end || *p == '\n')
			return field > FIELD_NEEDED ? PROCFS_STAT_SHORT : -EINVAL;
		if (*p != ' ')
			return -EINVAL;
		p = take_number(p + 1, end, &negative, &value);
		if (!p || store(&places[field], negative, value, stat) < 0)
			return -EINVAL;
	}
	return p == end || *p == ' ' || *p == '\n' ? 0 : -EINVAL;
}

int procfs_stat_parse(struct str text, struct snapshot_stat *ret_stat)
{
	const char *open = text.n ? memchr(text.p, '(', text.n) : NULL;
	const char *close = text.n ? memrchr(text.p, ')', text.n) : NULL;
	const char *end = text.p + text.n, *p;
	struct snapshot_stat stat = {.rss_limit_bytes = UINT64_MAX,
				     .start_grain_ns = IDENT_GRAIN_TICKS};
	bool negative;
	uint64_t pid;
	int r;

	if (!open || !close || close < open || end - close < 3)
		return -EINVAL;
	p = take_number(text.p, open, &negative, &pid);
	if (!p || open - p != 1 || *p != ' ' || store(&places[1], negative, pid, &stat) < 0)
		return -EINVAL;
	stat.comm = (struct str){open + 1, (size_t)(close - open) - 1};
	stat.state = close[2];
	if (close[1] != ' ')
		return -EINVAL;
	r = parse_numbers(close + 3, end, &stat);
	if (r >= 0)
		*ret_stat = stat;
	return r;
}
