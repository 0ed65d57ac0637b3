/*
 * The machine as a whole, value by value. Key decision: what has a name is a row of a table, so a
 * further fact is one row, and programs that were compiled before keep working.
 */
#include "api/api.h"

#include "base/mem.h"
#include "model/snapshot.h"
#include "output/host_text.h"
#include "source/host.h"
#include "source/scan.h"

#include <errno.h>
#include <stdlib.h>

struct pscope_host {
	struct api_object object;
	bool tasks;       /* wanted */
	struct host now;  /* the last reading */
	struct host past; /* the one before; all zero: none */
	bool has_past;
	struct scan *scan; /* of tasks */
	struct snapshot_list list;
};

/* What the getters of one CPU, or of all together, look at. */
struct cpu_view {
	const struct host_cpu *now;
	struct host_cpu_share share;
};

/* ---- getters ---- */

#define GETTER(name)                                                                               \
	static void name(const void *object, const struct api_member *m, struct pscope_value *ret)

static const struct host *host_of(const void *object)
{
	return &((const struct pscope_host *)object)->now;
}

static struct str text_at(const void *object, size_t at)
{
	return str_of((const char *)host_of(object) + at);
}

GETTER(get_text)
{
	struct str text = text_at(object, m->at);

	if (text.n > 0)
		api_value_text(ret, text);
}

/* int64_t, 0: unknown */
GETTER(get_time)
{
	int64_t value = *(const int64_t *)((const char *)host_of(object) + m->at);

	if (value)
		api_value_signed(ret, ret->type, value);
}

static void set_counter(struct pscope_value *ret, uint64_t value)
{
	if (value != HOST_UNKNOWN)
		api_value_unsigned(ret, ret->type, value);
}

/* uint64_t, HOST_UNKNOWN */
GETTER(get_counter)
{
	set_counter(ret, *(const uint64_t *)((const char *)host_of(object) + m->at));
}

GETTER(get_load)
{
	if (host_of(object)->load_known)
		api_value_real(ret, ret->type, host_of(object)->load[m->at]);
}

GETTER(get_load_count)
{
	if (host_of(object)->load_known)
		get_counter(object, m, ret);
}

GETTER(get_task_count)
{
	if (host_of(object)->tasks.known)
		get_counter(object, m, ret);
}

GETTER(get_cpu_count)
{
	if (host_of(object)->cpu_count)
		api_value_unsigned(ret, ret->type, host_of(object)->cpu_count);
}

GETTER(get_pid_max)
{
	if (host_of(object)->pid_max)
		api_value_signed(ret, ret->type, host_of(object)->pid_max);
}

GETTER(get_memory)
{
	if (host_of(object)->memory_known >> m->at & 1)
		api_value_unsigned(ret, ret->type, host_of(object)->memory_bytes[m->at]);
}

GETTER(get_memory_sum)
{
	struct host_memory_sums sums = host_memory_sums(host_of(object));

	set_counter(ret, *(const uint64_t *)((const char *)&sums + m->at));
}

static struct cpu_view view_of(const struct pscope_host *host, const struct host_cpu *now,
			       const struct host_cpu *past)
{
	static const struct host_cpu none;

	return (struct cpu_view){now, host_cpu_share(host->has_past && past ? past : &none, now)};
}

GETTER(get_cpu_time)
{
	const struct cpu_view *view = object;

	api_value_unsigned(ret, ret->type, view->now->time_ns[m->at]);
}

GETTER(get_cpu_share)
{
	const struct cpu_view *view = object;

	if (view->share.known)
		api_value_real(ret, ret->type,
			       *(const double *)((const char *)&view->share + m->at));
}

GETTER(get_cpu_number)
{
	api_value_signed(ret, ret->type, ((const struct cpu_view *)object)->now->number);
}

static bool cpu_is_known(const struct pscope_host *host)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < CPU_TIMES; i++)
		sum += host->now.cpu.time_ns[i];
	return sum > 0;
}

GETTER(get_all_time)
{
	const struct pscope_host *host = object;
	struct cpu_view view = view_of(host, &host->now.cpu, &host->past.cpu);

	if (cpu_is_known(host))
		get_cpu_time(&view, m, ret);
}

GETTER(get_all_share)
{
	const struct pscope_host *host = object;
	struct cpu_view view = view_of(host, &host->now.cpu, &host->past.cpu);

	if (cpu_is_known(host))
		get_cpu_share(&view, m, ret);
}

/* `at` of pressure: the kind, some or full, and which of the three averages (3: the total). */
#define PRESSURE_AT(kind, full, which) ((size_t)(kind)*8 + (full)*4 + (which))

GETTER(get_pressure)
{
	const struct host_pressure *p = &host_of(object)->pressure[m->at / 8];
	bool full = m->at & 4;
	unsigned which = m->at & 3;

	if (full ? !p->full_known : !p->some_known)
		return;
	if (which == 3)
		api_value_unsigned(ret, ret->type, full ? p->full_total_ns : p->some_total_ns);
	else
		api_value_real(ret, ret->type, (full ? p->full_percent : p->some_percent)[which]);
}

/* ---- the tables ---- */

#define ROW(name, type, get, at, help)                                                             \
	{                                                                                          \
		{name, NULL, name, type, 0, 0, 0, help, NULL, 0}, get, at                          \
	}
#define IN_HOST(field)           offsetof(struct host, field)
#define TEXT(name, field, help)  ROW(name, FIELD_TEXT, get_text, IN_HOST(field), help)
#define COUNT(name, field, help) ROW(name, FIELD_NUMBER, get_counter, IN_HOST(field), help)
#define TASKS(name, field, help) ROW(name, FIELD_NUMBER, get_task_count, IN_HOST(tasks.field), help)
#define SHARE(name, get, field, help)                                                              \
	ROW(name, FIELD_PERCENT, get, offsetof(struct host_cpu_share, field), help)
#define SPENT(name, get, kind, help) ROW(name, FIELD_DURATION, get, kind, help)
#define MEMORY(name, line, help)     ROW(name, FIELD_BYTES, get_memory, line, help)
#define SUM(name, field, help)                                                                     \
	ROW(name, FIELD_BYTES, get_memory_sum, offsetof(struct host_memory_sums, field), help)
#define PRESSURE(name, kind, full, which, help)                                                    \
	ROW(name, FIELD_PERCENT, get_pressure, PRESSURE_AT(kind, full, which), help)
#define STALLED(name, kind, full, help)                                                            \
	ROW(name, FIELD_DURATION, get_pressure, PRESSURE_AT(kind, full, 3), help)

/* The same kinds of CPU time for one CPU and for all of them. */
#define CPU_ROWS(get_share, get_time)                                                              \
	SHARE("cpu_user_percent", get_share, user, "CPU time in user mode: top's us"),             \
		SHARE("cpu_system_percent", get_share, system, "in the kernel: sy"),               \
		SHARE("cpu_nice_percent", get_share, nice, "in user mode, niced: ni"),             \
		SHARE("cpu_idle_percent", get_share, idle, "idle: id"),                            \
		SHARE("cpu_iowait_percent", get_share, iowait, "idle, waiting for storage: wa"),   \
		SHARE("cpu_irq_percent", get_share, irq, "in interrupts: hi"),                     \
		SHARE("cpu_softirq_percent", get_share, softirq, "in soft interrupts: si"),        \
		SHARE("cpu_steal_percent", get_share, steal, "taken by the hypervisor: st"),       \
		SPENT("cpu_user_ns", get_time, CPU_USER, "since boot: in user mode, with guests"), \
		SPENT("cpu_nice_ns", get_time, CPU_NICE, "since boot: in user mode, niced"),       \
		SPENT("cpu_system_ns", get_time, CPU_SYSTEM, "since boot: in the kernel"),         \
		SPENT("cpu_idle_ns", get_time, CPU_IDLE, "since boot: idle"),                      \
		SPENT("cpu_iowait_ns", get_time, CPU_IOWAIT, "since boot: waiting for storage"),   \
		SPENT("cpu_irq_ns", get_time, CPU_IRQ, "since boot: in interrupts"),               \
		SPENT("cpu_softirq_ns", get_time, CPU_SOFTIRQ, "since boot: soft interrupts"),     \
		SPENT("cpu_steal_ns", get_time, CPU_STEAL, "since boot: taken by the hypervisor"), \
		SPENT("cpu_guest_ns", get_time, CPU_GUEST, "since boot: running guests"),          \
		SPENT("cpu_guest_nice_ns", get_time, CPU_GUEST_NICE,                               \
		      "since boot: running niced guests")

/* The pressure of one resource. */
#define PRESSURE_ROWS(name, kind, full, who)                                                       \
	PRESSURE(name "_10s_percent", kind, full, 0, "time in which " who ", over 10 s"),          \
		PRESSURE(name "_60s_percent", kind, full, 1, "the same over 60 s"),                \
		PRESSURE(name "_300s_percent", kind, full, 2, "the same over 300 s"),              \
		STALLED(name "_total_ns", kind, full, "the same since boot")

/* clang-format off */
static const struct api_member host_rows[] = {
	TEXT("hostname", name, "name of the machine"),
	TEXT("kernel", kernel, "release of the kernel"),
	TEXT("kernel_version", kernel_version, "version of the kernel: its build"),
	TEXT("machine", machine, "architecture"),
	TEXT("boot_id", boot_id, "a name for this boot that never comes back"),
	ROW("boot_time_ns", (enum field_type)PSCOPE_TYPE_BOOT_TIME, get_time, IN_HOST(time_ns),
	    "when this was read, on the clock of the events"),
	ROW("time_ns", FIELD_TIME, get_time, IN_HOST(real_ns), "when this was read"),
	ROW("booted_ns", FIELD_TIME, get_time, IN_HOST(boot_real_ns), "when the machine booted"),
	ROW("uptime_ns", FIELD_DURATION, get_time, IN_HOST(uptime_ns), "how long it has been up"),
	COUNT("users", users, "sessions of users who are logged in"),
	ROW("load_1", FIELD_NUMBER, get_load, 0, "load average over a minute"),
	ROW("load_5", FIELD_NUMBER, get_load, 1, "load average over 5 minutes"),
	ROW("load_15", FIELD_NUMBER, get_load, 2, "load average over 15 minutes"),
	ROW("threads_runnable", FIELD_NUMBER, get_load_count, IN_HOST(load_running),
	    "threads that run or could"),
	ROW("threads_total", FIELD_NUMBER, get_load_count, IN_HOST(load_entities),
	    "threads there are"),
	TASKS("tasks_total", total, "processes; with PSCOPE_HOST_TASKS"),
	TASKS("tasks_running", running, "of them running"),
	TASKS("tasks_sleeping", sleeping, "of them sleeping, idle kernel threads too"),
	TASKS("tasks_stopped", stopped, "of them stopped or traced"),
	TASKS("tasks_zombie", zombie, "of them ended, not waited for"),
	ROW("cpus", FIELD_NUMBER, get_cpu_count, 0, "CPUs online"),
	CPU_ROWS(get_all_share, get_all_time),
	COUNT("context_switches", context_switches, "since boot"),
	COUNT("forks", forks, "processes and threads made since boot"),
	COUNT("interrupts", interrupts, "since boot"),
	ROW("pid_max", FIELD_NUMBER, get_pid_max, 0, "pids are below it"),
	SUM("memory_used_bytes", used_bytes, "total less available, as free has it"),
	SUM("memory_cache_bytes", cache_bytes, "buffers and cache, as top and free have it"),
	SUM("swap_used_bytes", swap_used_bytes, "swap in use"),
	MEMORY("memory_total_bytes", MEMORY_TOTAL, "what the kernel manages"),
	MEMORY("memory_free_bytes", MEMORY_FREE, "unused"),
	MEMORY("memory_available_bytes", MEMORY_AVAILABLE, "could be had without swapping"),
	MEMORY("memory_buffers_bytes", MEMORY_BUFFERS, "raw blocks of storage"),
	MEMORY("memory_cached_bytes", MEMORY_CACHED, "page cache, with shared memory"),
	MEMORY("memory_reclaimable_bytes", MEMORY_RECLAIMABLE, "slabs that can be given up"),
	MEMORY("memory_shared_bytes", MEMORY_SHARED, "tmpfs and shared memory"),
	MEMORY("swap_total_bytes", MEMORY_SWAP_TOTAL, "all swap"),
	MEMORY("swap_free_bytes", MEMORY_SWAP_FREE, "unused swap"),
	MEMORY("swap_cached_bytes", MEMORY_SWAP_CACHED, "in memory and in swap"),
	MEMORY("memory_active_bytes", MEMORY_ACTIVE, "used recently"),
	MEMORY("memory_inactive_bytes", MEMORY_INACTIVE, "not used recently"),
	MEMORY("memory_dirty_bytes", MEMORY_DIRTY, "to be written to storage"),
	MEMORY("memory_writeback_bytes", MEMORY_WRITEBACK, "being written"),
	MEMORY("memory_anonymous_bytes", MEMORY_ANON, "of processes, backed by no file"),
	MEMORY("memory_mapped_bytes", MEMORY_MAPPED, "mapped files"),
	MEMORY("memory_slab_bytes", MEMORY_SLAB, "the kernel's own objects"),
	MEMORY("memory_page_tables_bytes", MEMORY_PAGE_TABLES, "page tables"),
	MEMORY("memory_kernel_stack_bytes", MEMORY_KERNEL_STACK, "stacks of threads in the kernel"),
	MEMORY("memory_locked_bytes", MEMORY_LOCKED, "locked by mlock and its kin"),
	MEMORY("memory_commit_limit_bytes", MEMORY_COMMIT_LIMIT, "most that may be promised"),
	MEMORY("memory_committed_bytes", MEMORY_COMMITTED, "promised to processes"),
	MEMORY("memory_huge_total_bytes", MEMORY_HUGE_TOTAL, "huge pages set aside"),
	MEMORY("memory_huge_free_bytes", MEMORY_HUGE_FREE, "of them unused"),
	ROW("page_bytes", FIELD_BYTES, get_counter, IN_HOST(page_bytes), "size of a page"),
	PRESSURE_ROWS("pressure_cpu_some", PRESSURE_CPU, 0, "some waited for a CPU"),
	PRESSURE_ROWS("pressure_cpu_full", PRESSURE_CPU, 1, "all waited for a CPU"),
	PRESSURE_ROWS("pressure_io_some", PRESSURE_IO, 0, "some waited for I/O"),
	PRESSURE_ROWS("pressure_io_full", PRESSURE_IO, 1, "all waited for I/O"),
	PRESSURE_ROWS("pressure_memory_some", PRESSURE_MEMORY, 0, "some waited for memory"),
	PRESSURE_ROWS("pressure_memory_full", PRESSURE_MEMORY, 1, "all waited for memory"),
	PRESSURE_ROWS("pressure_irq_full", PRESSURE_IRQ, 1, "interrupts held all up"),
};

static const struct api_member cpu_rows[] = {
	ROW("cpu", FIELD_NUMBER, get_cpu_number, 0, "number of the CPU"),
	CPU_ROWS(get_cpu_share, get_cpu_time),
};
/* clang-format on */

const struct api_members api_host_members = {host_rows, sizeof host_rows / sizeof *host_rows};
const struct api_members api_cpu_members = {cpu_rows, sizeof cpu_rows / sizeof *cpu_rows};

/* ---- making, reading, freeing ---- */

struct new_call {
	struct pscope *pscope;
	unsigned flags;
	struct pscope_host **ret_host;
};

static int new_body(void *argument)
{
	struct new_call *call = argument;
	struct pscope_host *host;

	if (call->flags & ~(unsigned)PSCOPE_HOST_TASKS)
		return error_set(&call->pscope->error, EINVAL, "unknown flags for a host: %#x",
				 call->flags);
	host = mem_alloc(sizeof *host);
	host->tasks = call->flags & PSCOPE_HOST_TASKS;
	host->now.users = host->now.context_switches = host->now.forks = host->now.interrupts =
		HOST_UNKNOWN;
	host->now.page_bytes = HOST_UNKNOWN;
	snapshot_list_init(&host->list);
	api_object_init(&host->object, call->pscope);
	*call->ret_host = host;
	return 0;
}

int pscope_host_new(struct pscope *pscope, unsigned flags, struct pscope_host **ret_host)
{
	if (!ret_host)
		return -EINVAL;
	*ret_host = NULL;
	return api_create(pscope, new_body, &(struct new_call){pscope, flags, ret_host});
}

static int count_tasks(struct pscope_host *host, struct host *now)
{
	struct pscope *pscope = host->object.pscope;
	int r = 0;

	if (!host->scan)
		r = scan_new(
			&host->scan,
			&(struct scan_options){.root = &pscope->root, .parts = PART_BIT(PART_STAT)},
			&pscope->error);
	r = r < 0 ? r : scan_pass(host->scan, &host->list, &pscope->error);
	if (r == 0)
		now->tasks = host_count_tasks(&host->list);
	return r;
}

static int refresh_body(void *argument)
{
	struct pscope_host *host = argument;
	struct pscope *pscope = host->object.pscope;
	struct host now = {0};
	int r = host_read(&pscope->root, HOST_ALL, &now, &pscope->error);

	if (r == 0 && host->tasks)
		r = count_tasks(host, &now);
	if (r < 0) {
		host_deinit(&now);
		return r;
	}
	host_deinit(&host->past);
	host->past = host->now;
	host->has_past = cpu_is_known(host);
	host->now = now;
	return 0;
}

int pscope_host_refresh(struct pscope_host *host)
{
	return api_call(host ? &host->object : NULL, refresh_body, host);
}

static int free_body(void *argument)
{
	struct pscope_host *host = argument;

	scan_free(host->scan);
	snapshot_list_deinit(&host->list);
	host_deinit(&host->now);
	host_deinit(&host->past);
	return 0;
}

struct pscope_host *pscope_host_free(struct pscope_host *host)
{
	if (!host)
		return NULL;
	api_destroy(free_body, host);
	api_object_done(&host->object);
	free(host);
	return NULL;
}

/* ---- values ---- */

int pscope_host_get(const struct pscope_host *host, const char *name,
		    struct pscope_value *ret_value)
{
	if (!host)
		return -EINVAL;
	return api_member_get(&host->object, &api_host_members, host, name, ret_value);
}

unsigned pscope_host_cpu_count(const struct pscope_host *host)
{
	return host ? host->now.cpu_count : 0;
}

/* CPUs come and go: the same one before, not the same place. */
static const struct host_cpu *past_of(const struct pscope_host *host, int32_t number)
{
	for (unsigned i = 0; i < host->past.cpu_count; i++)
		if (host->past.cpus[i].number == number)
			return &host->past.cpus[i];
	return NULL;
}

int pscope_host_cpu_get(const struct pscope_host *host, unsigned index, const char *name,
			struct pscope_value *ret_value)
{
	const struct host_cpu *now;
	struct cpu_view view;

	if (!host)
		return -EINVAL;
	if (index >= host->now.cpu_count)
		return api_fail(&host->object, ENOENT, "there is no CPU at place %u", index);
	now = &host->now.cpus[index];
	view = view_of(host, now, past_of(host, now->number));
	return api_member_get(&host->object, &api_cpu_members, &view, name, ret_value);
}

/* ---- for people ---- */

struct print_call {
	const struct pscope_host *host;
	char *buffer;
	size_t size;
};

static int print_body(void *argument)
{
	struct print_call *call = argument;
	const struct pscope_host *host = call->host;
	struct buf text = BUF_INIT;
	int n;

	host_add_text(&text, &host->now, host->has_past ? &host->past : NULL, false, false);
	n = api_copy_out(buf_str(&text), call->buffer, call->size);
	buf_deinit(&text);
	return n;
}

int pscope_host_print(const struct pscope_host *host, char *buffer, size_t size)
{
	struct api_object object;

	if (!host || (!buffer && size > 0))
		return -EINVAL;
	/* what is half done is a buffer of ours: the reading is as good as before */
	object = (struct api_object){.pscope = host->object.pscope, .spoilt = host->object.spoilt};
	return api_call(&object, print_body, &(struct print_call){host, buffer, size});
}
