/*
 * Numbers of the registry: members of a snapshot, and what is worked out of them. Key decision:
 * field_get has seen to it that the row's parts are known; what may miss inside a part (a line of
 * status on an old kernel) each getter tells as unknown, never as 0.
 */
#include "base/clock.h"
#include "model/field_getters.h"
#include "model/status.h"

#define AT(type) (*(const type *)((const char *)s + field->offset))

static struct value of_unsigned(uint64_t u)
{
	return (struct value){.kind = VALUE_UNSIGNED, .u = u};
}

static struct value of_signed(int64_t i)
{
	return (struct value){.kind = VALUE_SIGNED, .i = i};
}

static struct value of_real(double real)
{
	return (struct value){.kind = VALUE_REAL, .real = real};
}

static struct value of_flag(bool flag)
{
	return (struct value){.kind = VALUE_FLAG, .flag = flag};
}

/* ---- members of struct snapshot ---- */

FIELD_GETTER(field_i32)
{
	return of_signed(AT(int32_t));
}

FIELD_GETTER(field_u32)
{
	return of_unsigned(AT(uint32_t));
}

FIELD_GETTER(field_u64)
{
	return of_unsigned(AT(uint64_t));
}

FIELD_GETTER(field_i64)
{
	return of_signed(AT(int64_t));
}

FIELD_GETTER(field_bool)
{
	return of_flag(AT(bool));
}

FIELD_GETTER(field_str)
{
	return value_of_text(AT(struct str));
}

FIELD_GETTER(field_id)
{
	return AT(uint32_t) == UINT32_MAX ? value_unknown() : of_unsigned(AT(uint32_t));
}

FIELD_GETTER(field_limit)
{
	return AT(uint64_t) == UINT64_MAX ? value_unknown() : of_unsigned(AT(uint64_t));
}

/*
 * Who may not trace the process sees 1 for the two ends of the code and 0 for the rest; without
 * memory all are 0 for everybody. No process can have anything at these addresses.
 */
FIELD_GETTER(field_address)
{
	if (s->stat.start_code == 1)
		return (struct value){.kind = VALUE_DENIED};
	return AT(uint64_t) == 0 ? value_unknown() : of_unsigned(AT(uint64_t));
}

/* ---- members of the larger parts ---- */

FIELD_GETTER(field_statm)
{
	return of_unsigned(*(const uint64_t *)((const char *)s->statm + field->offset));
}

FIELD_GETTER(field_smaps)
{
	return of_unsigned(*(const uint64_t *)((const char *)s->smaps + field->offset));
}

FIELD_GETTER(field_status_u32)
{
	return of_unsigned(*(const uint32_t *)((const char *)s->status + field->offset));
}

FIELD_GETTER(field_status_size)
{
	return s->status->sizes_known & 1u << field->offset
		       ? of_unsigned(s->status->size_bytes[field->offset])
		       : value_unknown();
}

FIELD_GETTER(field_status_mask)
{
	return s->status->masks_known & 1u << field->offset
		       ? of_unsigned(s->status->mask[field->offset])
		       : value_unknown();
}

FIELD_GETTER(field_status_number)
{
	return s->status->numbers_known & 1u << field->offset
		       ? of_unsigned(s->status->number[field->offset])
		       : value_unknown();
}

FIELD_GETTER(field_status_flag)
{
	return s->status->numbers_known & 1u << field->offset
		       ? of_flag(s->status->number[field->offset] != 0)
		       : value_unknown();
}

FIELD_GETTER(field_status_text)
{
	return value_of_text(s->status->text[field->offset]);
}

/* Pids are never negative: their bits read the same as unsigned. */
FIELD_GETTER(field_status_list)
{
	const uint32_t *p = *(const uint32_t *const *)((const char *)s->status + field->offset);

	if (!p || s->status->ns_count == 0)
		return value_unknown();
	return (struct value){
		.kind = VALUE_LIST, .list = {p, s->status->ns_count}
        };
}

FIELD_GETTER(field_groups)
{
	return (struct value){
		.kind = VALUE_LIST, .list = {s->status->groups, s->status->group_count}
        };
}

FIELD_GETTER(field_ns_pid)
{
	const struct snapshot_status *status = s->status;

	return status->ns_pids && status->ns_count > 0
		       ? of_signed(status->ns_pids[status->ns_count - 1])
		       : value_unknown();
}

FIELD_GETTER(field_namespace)
{
	uint64_t inode = s->namespaces[field->offset];

	return inode ? of_unsigned(inode) : value_unknown();
}

FIELD_GETTER(field_io)
{
	return usage_knows(s->io, (enum usage_field)field->offset)
		       ? of_unsigned(s->io->value[field->offset])
		       : value_unknown();
}

/* ---- over the interval ---- */

FIELD_GETTER(field_rate)
{
	uint64_t more = *(const uint64_t *)((const char *)s->interval + field->offset);
	int64_t elapsed_ns = s->interval->elapsed_ns;

	return elapsed_ns > 0 ? of_real((double)more * 1e9 / (double)elapsed_ns) : value_unknown();
}

FIELD_GETTER(field_io_rate)
{
	return s->interval->io_known ? field_rate(field, s, context) : value_unknown();
}

FIELD_GETTER(field_cpu_now)
{
	int64_t elapsed_ns = s->interval->elapsed_ns;

	return elapsed_ns > 0 ? of_real((double)s->interval->cpu_ns * 100 / (double)elapsed_ns)
			      : value_unknown();
}

/* ---- identity ---- */

FIELD_GETTER(field_pid)
{
	return of_signed(s->is_thread ? s->tgid : s->pid);
}

FIELD_GETTER(field_is_thread)
{
	return of_flag(s->is_thread);
}

FIELD_GETTER(field_kernel_thread)
{
	return of_flag(snapshot_is_kernel_thread(s));
}

FIELD_GETTER(field_tpgid)
{
	return s->stat.tty_pgid < 0 ? value_unknown() : of_signed(s->stat.tty_pgid);
}

/* ---- times ---- */

/* Never negative: the start is rounded, and a process can be younger than the pass. */
static int64_t elapsed_ns(const struct snapshot *s)
{
	int64_t elapsed = s->time_ns - (int64_t)s->stat.start_ns;

	return elapsed > 0 ? elapsed : 0;
}

FIELD_GETTER(field_elapsed)
{
	return of_signed(elapsed_ns(s));
}

FIELD_GETTER(field_elapsed_seconds)
{
	return of_signed(elapsed_ns(s) / NS_PER_SEC);
}

FIELD_GETTER(field_start_time)
{
	if (!context->host || context->host->boot_real_ns == 0)
		return value_unknown();
	return of_signed(context->host->boot_real_ns + (int64_t)s->stat.start_ns);
}

FIELD_GETTER(field_cpu)
{
	return of_unsigned(snapshot_cpu_ns(s));
}

FIELD_GETTER(field_cpu_seconds)
{
	return of_unsigned(snapshot_cpu_ns(s) / NS_PER_SEC);
}

FIELD_GETTER(field_child_cpu)
{
	return of_unsigned(s->stat.child_user_ns + s->stat.child_sys_ns);
}

/* A process that was just born has had no time to have a share of; ps says 0.0 as well. */
FIELD_GETTER(field_cpu_average)
{
	int64_t elapsed = elapsed_ns(s);

	return of_real(elapsed > 0 ? (double)snapshot_cpu_ns(s) * 100 / (double)elapsed : 0);
}

/* ---- memory ---- */

FIELD_GETTER(field_mem_percent)
{
	const struct host *host = context->host;

	if (!host || !(host->memory_known & UINT64_C(1) << MEMORY_TOTAL) ||
	    host->memory_bytes[MEMORY_TOTAL] == 0)
		return value_unknown();
	return of_real((double)s->rss_bytes * 100 / (double)host->memory_bytes[MEMORY_TOTAL]);
}

FIELD_GETTER(field_vsz_pages)
{
	const struct host *host = context->host;

	return host && host->page_bytes ? of_unsigned(s->stat.vsz_bytes / host->page_bytes)
					: value_unknown();
}

FIELD_GETTER(field_non_text)
{
	uint64_t text = s->statm->text_bytes;

	return of_unsigned(s->stat.vsz_bytes > text ? s->stat.vsz_bytes - text : 0);
}

/* ---- scheduling, state ---- */

FIELD_GETTER(field_priority_ps)
{
	return of_signed(39 - (int64_t)s->stat.priority);
}

FIELD_GETTER(field_priority_old)
{
	return of_signed(60 + (int64_t)s->stat.priority);
}

/* It is at least 1 in the real-time classes, and means nothing in the others. */
FIELD_GETTER(field_rt_priority)
{
	return s->stat.rt_priority ? of_unsigned(s->stat.rt_priority) : value_unknown();
}

/* PF_FORKNOEXEC and PF_SUPERPRIV, moved to where ps has had them since the eighties. */
FIELD_GETTER(field_ps_flags)
{
	return of_unsigned(s->stat.kernel_flags >> 6 & 0x7);
}

/*
 * To whom may not trace the process the kernel says 0, which would mean success. Who may can be
 * told by io, which has the same condition: so these rows need that part too.
 */
static struct ending ending_of(const struct snapshot *s)
{
	bool ended = s->stat.state == 'Z' || s->stat.state == 'X';

	return status_decode(ended ? s->stat.exit_code : STATUS_UNKNOWN);
}

FIELD_GETTER(field_exit_code)
{
	struct ending ending = ending_of(s);

	return ending.known && !ending.signal ? of_signed(ending.exit_code) : value_unknown();
}

FIELD_GETTER(field_term_signal)
{
	struct ending ending = ending_of(s);

	return ending.signal ? of_signed(ending.signal) : value_unknown();
}

FIELD_GETTER(field_wait_status)
{
	return ending_of(s).known ? of_signed(s->stat.exit_code) : value_unknown();
}
