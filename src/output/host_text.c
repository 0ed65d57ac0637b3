/*
 * The machine as a whole. Key decision: the lines of top in its order and with its short names for
 * CPU times, each beginning with what it is; a fact that is unknown is left out or "unknown", and
 * null in JSON.
 */
#include "output/host_text.h"

#include "base/clock.h"
#include "base/text.h"
#include "base/units.h"

#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <time.h>

#define STYLE_LABEL "\x1b[1m"
#define STYLE_WARN  "\x1b[33m"
#define STYLE_BAD   "\x1b[31m"
#define STYLE_END   "\x1b[0m"

struct page {
	struct buf *out;
	bool colour;
	bool begun; /* a cell stands on the line */
};

/* ---- cells ---- */

static void begin_line(struct page *page, const char *label)
{
	buf_printf(page->out, "%s%s%s", page->colour ? STYLE_LABEL : "", label,
		   page->colour ? STYLE_END : "");
	buf_add_repeat(page->out, ' ', strlen(label) < 9 ? 9 - strlen(label) : 1);
	page->begun = false;
}

static void begin_cell(struct page *page, const char *style)
{
	buf_add_text(page->out, page->begun ? "  " : "");
	buf_add_text(page->out, page->colour && style ? style : "");
	page->begun = true;
}

static void end_cell(struct page *page, const char *style)
{
	buf_add_text(page->out, page->colour && style ? STYLE_END : "");
}

static void end_line(struct page *page)
{
	if (!page->begun)
		buf_add_text(page->out, "unknown");
	buf_add_char(page->out, '\n');
}

static void add_cell(struct page *page, const char *style, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void add_cell(struct page *page, const char *style, const char *format, ...)
{
	char text[128];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	begin_cell(page, style);
	text_add_safe(page->out, str_of(text));
	end_cell(page, style);
}

static void add_size(struct page *page, const char *style, uint64_t bytes, const char *label)
{
	char text[32];
	struct buf size = BUF_INIT;

	if (bytes == HOST_UNKNOWN)
		return;
	units_add_bytes(&size, bytes);
	snprintf(text, sizeof text, "%5s", buf_cstr(&size));
	buf_deinit(&size);
	add_cell(page, style, "%s %s", text, label);
}

/* ---- lines ---- */

static void add_host_line(struct page *page, const struct host *host)
{
	struct buf uptime = BUF_INIT;
	time_t seconds = (time_t)(host->real_ns / NS_PER_SEC);
	char text[16];
	struct tm tm;

	begin_line(page, "Host");
	if (host->name[0])
		add_cell(page, NULL, "%s", host->name);
	if (host->real_ns && localtime_r(&seconds, &tm) && strftime(text, sizeof text, "%T", &tm))
		add_cell(page, NULL, "%s", text);
	if (host->uptime_ns) {
		units_add_duration(&uptime, host->uptime_ns);
		add_cell(page, NULL, "up %s", buf_cstr(&uptime));
		buf_deinit(&uptime);
	}
	if (host->users != HOST_UNKNOWN)
		add_cell(page, NULL, "%llu %s", (unsigned long long)host->users,
			 host->users == 1 ? "user" : "users");
	if (host->load_known)
		add_cell(page, NULL, "load %.2f %.2f %.2f", host->load[0], host->load[1],
			 host->load[2]);
	end_line(page);
}

static void add_kernel_line(struct page *page, const struct host *host)
{
	time_t seconds = (time_t)(host->boot_real_ns / NS_PER_SEC);
	char text[32];
	struct tm tm;

	begin_line(page, "Kernel");
	if (host->kernel[0])
		add_cell(page, NULL, "Linux %s", host->kernel);
	if (host->machine[0])
		add_cell(page, NULL, "%s", host->machine);
	if (host->cpu_count)
		add_cell(page, NULL, "%u %s", host->cpu_count,
			 host->cpu_count == 1 ? "CPU" : "CPUs");
	if (host->boot_real_ns && localtime_r(&seconds, &tm) &&
	    strftime(text, sizeof text, "%F %R", &tm))
		add_cell(page, NULL, "booted %s", text);
	end_line(page);
}

static void add_tasks_line(struct page *page, const struct host_tasks *tasks)
{
	const struct {
		uint64_t count;
		const char *label, *style;
	} cells[] = {
		{tasks->total,    "total",    NULL      },
                {tasks->running,  "running",  NULL      },
		{tasks->sleeping, "sleeping", NULL      },
                {tasks->stopped,  "stopped",  STYLE_WARN},
		{tasks->zombie,   "zombie",   STYLE_WARN},
	};

	begin_line(page, "Tasks");
	for (size_t i = 0; tasks->known && i < sizeof cells / sizeof *cells; i++)
		add_cell(page, cells[i].count ? cells[i].style : NULL, "%llu %s",
			 (unsigned long long)cells[i].count, cells[i].label);
	if (tasks->known && tasks->threads)
		add_cell(page, NULL, "%llu %s", (unsigned long long)tasks->threads,
			 tasks->threads == 1 ? "thread" : "threads");
	end_line(page);
}

static const struct share_name {
	const char *label, *key;
	size_t offset;
} share_names[] = {
	{"us", "user_percent",    offsetof(struct host_cpu_share, user)   },
	{"sy", "system_percent",  offsetof(struct host_cpu_share, system) },
	{"ni", "nice_percent",    offsetof(struct host_cpu_share, nice)   },
	{"id", "idle_percent",    offsetof(struct host_cpu_share, idle)   },
	{"wa", "iowait_percent",  offsetof(struct host_cpu_share, iowait) },
	{"hi", "irq_percent",     offsetof(struct host_cpu_share, irq)    },
	{"si", "softirq_percent", offsetof(struct host_cpu_share, softirq)},
	{"st", "steal_percent",   offsetof(struct host_cpu_share, steal)  },
};
#define SHARES (sizeof share_names / sizeof *share_names)

static double share_of(const struct host_cpu_share *share, size_t i)
{
	return *(const double *)((const char *)share + share_names[i].offset);
}

/* What the CPU did between the readings; a CPU that was not there before: since boot. */
static struct host_cpu_share cpu_share(const struct host_cpu *cpu, const struct host *before)
{
	static const struct host_cpu none = {0};

	for (unsigned i = 0; before && cpu->number >= 0 && i < before->cpu_count; i++)
		if (before->cpus[i].number == cpu->number)
			return host_cpu_share(&before->cpus[i], cpu);
	return host_cpu_share(before && cpu->number < 0 ? &before->cpu : &none, cpu);
}

static void add_cpu_line(struct page *page, const struct host_cpu *cpu, const struct host *before)
{
	struct host_cpu_share share = cpu_share(cpu, before);
	char label[16] = "CPU %";

	if (cpu->number >= 0)
		snprintf(label, sizeof label, "CPU %d", cpu->number);
	begin_line(page, label);
	for (size_t i = 0; share.known && i < SHARES; i++)
		buf_printf(page->out, "%s%5.1f %s", i ? " " : "", share_of(&share, i),
			   share_names[i].label);
	page->begun = share.known;
	end_line(page);
}

static void add_memory_lines(struct page *page, const struct host *host)
{
	struct host_memory_sums sums = host_memory_sums(host);
	/* below a tenth and a twentieth the machine begins to thrash */
	const char *style = sums.available_bytes >= sums.total_bytes / 10   ? NULL
			    : sums.available_bytes >= sums.total_bytes / 20 ? STYLE_WARN
									    : STYLE_BAD;

	begin_line(page, "Memory");
	add_size(page, NULL, sums.total_bytes, "total");
	add_size(page, NULL, sums.free_bytes, "free");
	add_size(page, NULL, sums.used_bytes, "used");
	add_size(page, NULL, sums.cache_bytes, "buff/cache");
	add_size(page, style, sums.available_bytes, "available");
	end_line(page);
	begin_line(page, "Swap");
	if (sums.swap_total_bytes == 0) {
		add_cell(page, NULL, " none");
	} else {
		add_size(page, NULL, sums.swap_total_bytes, "total");
		add_size(page, NULL, sums.swap_free_bytes, "free");
		add_size(page, NULL, sums.swap_used_bytes, "used");
	}
	end_line(page);
}

static const char *pressure_style(double percent)
{
	return percent >= 50 ? STYLE_BAD : percent >= 10 ? STYLE_WARN : NULL;
}

/* Of the last 10 s: some waited, or all did. That all wait for the CPU cannot be. */
static void add_pressure_line(struct page *page, const struct host *host)
{
	begin_line(page, "Pressure");
	for (unsigned i = 0; i < PRESSURES; i++) {
		const struct host_pressure *pressure = &host->pressure[i];
		double some = pressure->some_percent[0], all = pressure->full_percent[0];
		bool all_known = pressure->full_known && i != PRESSURE_CPU;
		const char *style = pressure_style(pressure->some_known ? some : all);

		if (pressure->some_known && all_known)
			add_cell(page, style, "%s %.1f%% (all %.1f%%)", host_pressure_names[i],
				 some, all);
		else if (pressure->some_known)
			add_cell(page, style, "%s %.1f%%", host_pressure_names[i], some);
		else if (all_known)
			add_cell(page, style, "%s (all %.1f%%)", host_pressure_names[i], all);
	}
	end_line(page);
}

void host_add_text(struct buf *out, const struct host *host, const struct host *before, bool cpus,
		   bool colour)
{
	struct page page = {.out = out, .colour = colour};

	add_host_line(&page, host);
	add_kernel_line(&page, host);
	add_tasks_line(&page, &host->tasks);
	add_cpu_line(&page, &host->cpu, before);
	for (unsigned i = 0; cpus && i < host->cpu_count; i++)
		add_cpu_line(&page, &host->cpus[i], before);
	add_memory_lines(&page, host);
	add_pressure_line(&page, host);
}

/* ---- JSON ---- */

static void key_u64(struct json *j, const char *key, uint64_t value)
{
	json_key(j, key);
	if (value == HOST_UNKNOWN)
		json_null(j);
	else
		json_u64(j, value);
}

/* A time of 0 is unknown. */
static void key_time(struct json *j, const char *key, int64_t ns)
{
	json_key(j, key);
	if (ns)
		json_i64(j, ns);
	else
		json_null(j);
}

static void key_name(struct json *j, const char *key, const char *name)
{
	json_key_str(j, key, name[0] ? str_of(name) : STR_NONE);
}

static void key_real(struct json *j, const char *key, bool known, double value)
{
	json_key(j, key);
	json_double(j, known ? value : (double)NAN);
}

static void tasks_json(struct json *j, const struct host_tasks *tasks)
{
	json_key(j, "tasks");
	if (!tasks->known) {
		json_null(j);
		return;
	}
	json_open(j, '{');
	key_u64(j, "total", tasks->total);
	key_u64(j, "running", tasks->running);
	key_u64(j, "sleeping", tasks->sleeping);
	key_u64(j, "stopped", tasks->stopped);
	key_u64(j, "zombie", tasks->zombie);
	key_u64(j, "threads", tasks->threads ? tasks->threads : HOST_UNKNOWN);
	json_close(j, '}');
}

static void cpu_json(struct json *j, const struct host_cpu *cpu, const struct host *before)
{
	static const char *const keys[CPU_TIMES] = {
		[CPU_USER] = "user_ns",       [CPU_NICE] = "nice_ns",
		[CPU_SYSTEM] = "system_ns",   [CPU_IDLE] = "idle_ns",
		[CPU_IOWAIT] = "iowait_ns",   [CPU_IRQ] = "irq_ns",
		[CPU_SOFTIRQ] = "softirq_ns", [CPU_STEAL] = "steal_ns",
		[CPU_GUEST] = "guest_ns",     [CPU_GUEST_NICE] = "guest_nice_ns",
	};
	struct host_cpu_share share = cpu_share(cpu, before);

	json_open(j, '{');
	if (cpu->number >= 0)
		json_key(j, "number"), json_i64(j, cpu->number);
	for (size_t i = 0; i < SHARES; i++)
		key_real(j, share_names[i].key, share.known, share_of(&share, i));
	for (unsigned i = 0; i < CPU_TIMES; i++)
		key_u64(j, keys[i], cpu->time_ns[i]);
	json_close(j, '}');
}

static void cpus_json(struct json *j, const struct host *host, const struct host *before, bool cpus)
{
	key_u64(j, "cpu_count", host->cpu_count ? host->cpu_count : HOST_UNKNOWN);
	key_time(j, "cpu_interval_ns", before ? host->time_ns - before->time_ns : 0);
	json_key(j, "cpu");
	if (host->cpu_count)
		cpu_json(j, &host->cpu, before);
	else
		json_null(j);
	if (!cpus)
		return;
	json_key(j, "cpus"), json_open(j, '[');
	for (unsigned i = 0; i < host->cpu_count; i++)
		cpu_json(j, &host->cpus[i], before);
	json_close(j, ']');
}

static void memory_json(struct json *j, const struct host *host)
{
	static const struct {
		const char *key;
		enum host_memory line;
	} lines[] = {
		{"buffers_bytes",      MEMORY_BUFFERS     },
		{"cached_bytes",       MEMORY_CACHED      },
		{"reclaimable_bytes",  MEMORY_RECLAIMABLE },
		{"shared_bytes",       MEMORY_SHARED      },
		{"active_bytes",       MEMORY_ACTIVE      },
		{"inactive_bytes",     MEMORY_INACTIVE    },
		{"dirty_bytes",        MEMORY_DIRTY       },
		{"writeback_bytes",    MEMORY_WRITEBACK   },
		{"anonymous_bytes",    MEMORY_ANON        },
		{"mapped_bytes",       MEMORY_MAPPED      },
		{"slab_bytes",         MEMORY_SLAB        },
		{"page_tables_bytes",  MEMORY_PAGE_TABLES },
		{"kernel_stack_bytes", MEMORY_KERNEL_STACK},
		{"locked_bytes",       MEMORY_LOCKED      },
		{"commit_limit_bytes", MEMORY_COMMIT_LIMIT},
		{"committed_bytes",    MEMORY_COMMITTED   },
		{"huge_total_bytes",   MEMORY_HUGE_TOTAL  },
		{"huge_free_bytes",    MEMORY_HUGE_FREE   },
	};
	struct host_memory_sums sums = host_memory_sums(host);
	bool cached = host->memory_known >> MEMORY_SWAP_CACHED & 1;

	json_key(j, "memory"), json_open(j, '{');
	key_u64(j, "total_bytes", sums.total_bytes);
	key_u64(j, "free_bytes", sums.free_bytes);
	key_u64(j, "used_bytes", sums.used_bytes);
	key_u64(j, "cache_bytes", sums.cache_bytes);
	key_u64(j, "available_bytes", sums.available_bytes);
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		key_u64(j, lines[i].key,
			host->memory_known >> lines[i].line & 1 ? host->memory_bytes[lines[i].line]
								: HOST_UNKNOWN);
	json_close(j, '}');
	json_key(j, "swap"), json_open(j, '{');
	key_u64(j, "total_bytes", sums.swap_total_bytes);
	key_u64(j, "free_bytes", sums.swap_free_bytes);
	key_u64(j, "used_bytes", sums.swap_used_bytes);
	key_u64(j, "cached_bytes", cached ? host->memory_bytes[MEMORY_SWAP_CACHED] : HOST_UNKNOWN);
	json_close(j, '}');
}

static void stall_json(struct json *j, const char *key, bool known, const double percent[3],
		       uint64_t total_ns)
{
	json_key(j, key);
	if (!known) {
		json_null(j);
		return;
	}
	json_open(j, '{');
	key_real(j, "average_10s_percent", true, percent[0]);
	key_real(j, "average_60s_percent", true, percent[1]);
	key_real(j, "average_300s_percent", true, percent[2]);
	key_u64(j, "total_ns", total_ns);
	json_close(j, '}');
}

static void pressure_json(struct json *j, const struct host *host)
{
	json_key(j, "pressure"), json_open(j, '{');
	for (unsigned i = 0; i < PRESSURES; i++) {
		const struct host_pressure *p = &host->pressure[i];

		json_key(j, host_pressure_names[i]), json_open(j, '{');
		stall_json(j, "some", p->some_known, p->some_percent, p->some_total_ns);
		stall_json(j, "full", p->full_known, p->full_percent, p->full_total_ns);
		json_close(j, '}');
	}
	json_close(j, '}');
}

void host_json(struct json *j, const struct host *host, const struct host *before, bool cpus)
{
	static const char *const load_keys[] = {"load_1", "load_5", "load_15"};

	json_open(j, '{');
	key_name(j, "name", host->name);
	key_name(j, "kernel", host->kernel);
	key_name(j, "kernel_version", host->kernel_version);
	key_name(j, "machine", host->machine);
	key_name(j, "boot_id", host->boot_id);
	key_time(j, "time_ns", host->real_ns);
	key_time(j, "boot_time_ns", host->boot_real_ns);
	key_time(j, "uptime_ns", host->uptime_ns);
	key_u64(j, "users", host->users);
	for (unsigned i = 0; i < 3; i++)
		key_real(j, load_keys[i], host->load_known, host->load[i]);
	key_u64(j, "load_running", host->load_known ? host->load_running : HOST_UNKNOWN);
	key_u64(j, "load_entities", host->load_known ? host->load_entities : HOST_UNKNOWN);
	tasks_json(j, &host->tasks);
	cpus_json(j, host, before, cpus);
	key_u64(j, "context_switches", host->context_switches);
	key_u64(j, "forks", host->forks);
	key_u64(j, "interrupts", host->interrupts);
	memory_json(j, host);
	pressure_json(j, host);
	key_u64(j, "page_bytes", host->page_bytes ? host->page_bytes : HOST_UNKNOWN);
	key_u64(j, "pid_max", host->pid_max ? (uint64_t)host->pid_max : HOST_UNKNOWN);
	json_close(j, '}');
}
