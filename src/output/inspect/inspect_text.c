/*
 * The page of inspect: what is said in which order. Key decision: the rows are texts in tables;
 * only what no field holds (family, limits, capabilities, namespaces) has code of its own.
 */
#include "output/inspect/inspect_page.h"

#include "base/text.h"
#include "model/status.h"

#include <sched.h>

#define COMMAND_MAX 4096 /* bytes of a command line that a page shows */

/* clang-format off */
static const struct page_row identity[] = {
	{"program", "[{exe}][exe_deleted? (deleted or replaced since it started)]"},
	{"directory", "[{cwd}]"},
	{"root", "[{root}]"},
	{"user", "{user} ({uid})[ruid!=uid?, started by {ruser} ({ruid})]"
		 "[suid!=uid?, may become {suser} ({suid})]"},
	{"group", "{group} ({gid})[rgid!=gid?, started as {rgroup} ({rgid})]"
		  "[groups?, also {group_names}]"},
	{"login", "[{login_user} ({login_uid})][, session {login_session}]"},
	{"terminal", "[{tty}, ]session {sid}, process group {pgid}"},
	{"started", "[{start_date_ns}, {elapsed_ns} ago]"},
};

static const struct page_row state[] = {
	{"threads", "{threads}"},
	{"traced by", "[tracer_pid?process {tracer_pid}]"},
};

static const struct page_row memory[] = {
	{"resident", "{rss_bytes}[, at most {rss_peak_bytes}][, {mem_percent} % of the machine]"},
	{"", "[{rss_anon_bytes} anonymous, {rss_file_bytes} of files, "
		     "{rss_shmem_bytes} shared memory]"},
	{"PSS, USS", "[{pss_bytes} with what is shared divided, {uss_bytes} its alone]"},
	{"virtual", "{vsz_bytes}[, at most {vsz_peak_bytes}][: {vm_data_bytes} data, "
		    "{vm_stack_bytes} stack, {vm_exe_bytes} program, {vm_lib_bytes} libraries]"},
	{"in swap", "[{swap_bytes}]"},
	{"locked", "[{vm_locked_bytes}][vm_pinned_bytes?, {vm_pinned_bytes} pinned]"},
	{"tables", "[{vm_pte_bytes} page tables][hugetlb_bytes?, {hugetlb_bytes} huge pages]"},
	{"faults", "{minor_faults}, and {major_faults} that read from storage"},
	{"OOM score", "[{oom_score}][oom_score_adjust?, {oom_score_adjust} of it was set]"},
};

static const struct page_row cpu[] = {
	{"used", "{cpu_ns}[cpu_user_ns?, {cpu_user_ns} of it user][cpu_sys_ns?, {cpu_sys_ns} system]"
		 "[; {cpu_average_percent} % of a CPU since it started]"},
	{"children", "{child_cpu_ns} of those it waited for"},
	{"waited", "[{thread_wait_ns} for a CPU, the main thread]"},
	{"switches", "[{voluntary_switches} to wait, {involuntary_switches} taken off the CPU, "
		     "the main thread]"},
};

static const struct page_row cpu_place[] = {
	{"runs on", "CPU {last_cpu} last[, may run on {cpus_allowed}]"},
};

static const struct page_row io[] = {
	{"read", "{read_chars} in {read_calls} calls, {read_bytes} from storage"},
	{"written", "{write_chars} in {write_calls} calls, {write_bytes} to storage"
		    "[cancelled_write_bytes?, {cancelled_write_bytes} of it cancelled]"},
	{"open files", "{open_files}"},
};

static const struct page_row place[] = {
	{"cgroup", "{cgroup}"},
	{"unit", "[unit?{unit}][user_unit?, user unit {user_unit}][, in {slice}]"},
	{"container", "[container_id?{container_id}]"},
	{"pid there", "[ns_pid!=pid?{ns_pid} in its own pid namespace]"},
};
/* clang-format on */

static const struct {
	char letter;
	const char *words;
} states[] = {
	{'R', "running, or ready to"                                  },
	{'S', "sleeping"                                              },
	{'D', "waiting, and no signal can wake it"                    },
	{'T', "stopped by a signal"                                   },
	{'t', "stopped by its tracer"                                 },
	{'Z', "a zombie: it has ended, and its parent did not ask how"},
	{'X', "dead"                                                  },
	{'I', "idle"                                                  },
};

/* ps's letters behind the state. */
static const struct {
	char letter;
	const char *words;
} flags[] = {
	{'<', "high priority"               },
	{'N', "low priority"                },
	{'L', "has locked memory"           },
	{'s', "leads its session"           },
	{'l', "several threads"             },
	{'+', "in the terminal's foreground"},
};

static const struct {
	uint32_t policy;
	const char *words;
	bool real_time;
} policies[] = {
	{SCHED_OTHER, "normal",                false},
	{SCHED_FIFO,  "real time, first come", true },
	{SCHED_RR,    "real time, in turns",   true },
	{SCHED_BATCH, "batch",                 false},
	{SCHED_IDLE,  "only when others idle", false},
	{6,           "by deadline",           false},
	{7,           "by a BPF scheduler",    false},
};

/* ---- who it is ---- */

static void add_title(struct page *page)
{
	const struct snapshot *self = &page->of->self;
	bool colour = page->style->colour;

	buf_printf(page->out, "%s%d ", colour ? "\x1b[1m" : "", page->of->pid);
	text_add_safe(page->out, self->stat.comm);
	buf_add_text(page->out, colour ? "\x1b[0m" : "");
	if (page->of->ended)
		buf_add_text(page->out, " (ended while it was read)");
	buf_add_char(page->out, '\n');
}

/* A title that a process set over its arguments ends in the NULs of what stood there. */
static struct str without_padding(struct str words)
{
	size_t end = words.n;

	while (end > 0 && words.p[end - 1] == 0)
		end--;
	return words.n - end > 3 ? (struct str){words.p, end + 1} : words;
}

static void add_command(struct page *page)
{
	const struct snapshot *self = &page->of->self;
	struct str rest = without_padding(self->cmdline), word;
	bool known = snapshot_knows(self, PART_BIT(PART_CMDLINE));

	buf_clear(&page->value);
	while (known && text_next_word(&rest, &word)) {
		if (page->value.n > 0)
			buf_add_char(&page->value, ' ');
		if (!page->style->whole && page->value.n + word.n > COMMAND_MAX) {
			buf_printf(&page->value, "%s (%llu bytes in all: --all)",
				   page_ellipsis(page), (unsigned long long)self->cmdline_bytes);
			break;
		}
		text_add_shell_safe(&page->value, word);
	}
	if (self->denied & PART_BIT(PART_CMDLINE))
		buf_add_text(&page->value, "not permitted");
	else if (self->stat.state == 'Z')
		buf_add_text(&page->value, "none left: they go when it ends");
	else if (!known)
		buf_add_text(&page->value, "unknown");
	else if (page->value.n == 0 && snapshot_is_kernel_thread(self))
		buf_add_text(&page->value, "none: a thread of the kernel");
	else if (page->value.n == 0)
		buf_add_text(&page->value, "none: it has cleared its arguments");
	page_add(page, "command", buf_str(&page->value));
}

/* ---- how it stands ---- */

/* The thread that the process began with has ended, but others live: little is told of it then. */
static bool lost_leader(const struct snapshot *self)
{
	return self->stat.state == 'Z' && self->stat.threads > 1;
}

static bool is_text(const struct value *value, const char *text)
{
	return value->kind == VALUE_TEXT && str_is(value->text, text);
}

/* Where in the kernel, and in which call: both may not be told, and a zombie is in none. */
static void add_waits(struct page *page)
{
	const struct snapshot *self = &page->of->self;
	struct value wchan = page_value(page, self, "wchan"),
		     syscall = page_value(page, self, "syscall");
	bool called = syscall.kind == VALUE_TEXT && !is_text(&syscall, "none") &&
		      !is_text(&syscall, "running");

	buf_clear(&page->value);
	if (wchan.kind == VALUE_TEXT)
		text_add_safe(&page->value, wchan.text);
	if (called)
		buf_printf(&page->value, "%ssystem call ", page->value.n ? ", " : "");
	if (called)
		text_add_safe(&page->value, syscall.text);
	if (wchan.kind == VALUE_DENIED && syscall.kind == VALUE_DENIED)
		buf_add_text(&page->value, "not permitted");
	page_add(page, "waits in", buf_str(&page->value));
}

/* How a zombie ended. Who may not know it is told 0. */
static void add_end(struct page *page)
{
	const struct snapshot *self = &page->of->self;
	struct value status = page_value(page, self, "wait_status");
	struct ending ending;

	if (self->stat.state != 'Z' || lost_leader(self) || status.kind != VALUE_SIGNED ||
	    (status.i == 0 && self->denied))
		return;
	ending = status_decode((int32_t)status.i);
	buf_clear(&page->value);
	if (ending.signal && signal_name(ending.signal))
		buf_add_text(&page->value, signal_name(ending.signal));
	else if (ending.signal)
		buf_printf(&page->value, "signal %d", ending.signal);
	else
		buf_printf(&page->value, "exit status %d", ending.exit_code);
	buf_add_text(&page->value, ending.core_dumped ? ", and dumped its core" : "");
	page_add(page, "ended with", buf_str(&page->value));
}

static void add_state(struct page *page)
{
	const struct snapshot *self = &page->of->self;
	struct value letters = page_value(page, self, "stat");

	buf_clear(&page->value);
	for (size_t i = 0; i < sizeof states / sizeof *states; i++)
		if (states[i].letter == self->stat.state && !lost_leader(self))
			buf_add_text(&page->value, states[i].words);
	if (lost_leader(self))
		buf_add_text(&page->value, "its first thread has ended, others live");
	if (page->value.n == 0)
		buf_printf(&page->value, "%c", self->stat.state);
	for (size_t i = 0; i < sizeof flags / sizeof *flags && letters.kind == VALUE_TEXT; i++)
		if (letters.text.n > 0 && memchr(letters.text.p, flags[i].letter, letters.text.n))
			buf_printf(&page->value, ", %s", flags[i].words);
	page_add(page, "state", buf_str(&page->value));
}

static void add_memory(struct page *page)
{
	page_heading(page, "Memory");
	if (snapshot_is_kernel_thread(&page->of->self))
		page_add(page, "none", STR("the kernel's own is all that it uses"));
	else if (page->of->self.stat.state == 'Z')
		page_add(page, lost_leader(&page->of->self) ? "not told" : "none",
			 lost_leader(&page->of->self) ? STR("the kernel tells it of the first "
							    "thread only, which has ended")
						      : STR("a zombie has given back all it had"));
	else
		PAGE_ROWS(page, memory);
}

static void add_cpu(struct page *page)
{
	const struct snapshot_stat *stat = &page->of->self.stat;
	size_t i = 0, count = sizeof policies / sizeof *policies;

	page_heading(page, "CPU");
	PAGE_ROWS(page, cpu);
	while (i < count && policies[i].policy != stat->policy)
		i++;
	buf_clear(&page->value);
	if (i < count)
		buf_add_text(&page->value, policies[i].words);
	else
		buf_printf(&page->value, "policy %u", stat->policy);
	if (i < count && policies[i].real_time)
		buf_printf(&page->value, ", priority %u", stat->rt_priority);
	else
		buf_printf(&page->value, ", nice %d", stat->nice);
	page_add(page, "scheduled", buf_str(&page->value));
	PAGE_ROWS(page, cpu_place);
}

static void add_environment_count(struct page *page)
{
	const struct inspection *of = page->of;

	buf_clear(&page->value);
	if (of->environment_access == INSPECTION_READ)
		buf_printf(&page->value, "%zu variables%s", of->environment_count,
			   of->parts & INSPECT_ENVIRONMENT || of->environment_count == 0
				   ? ""
				   : " (--env shows them)");
	else if (of->environment_access == INSPECTION_DENIED)
		buf_add_text(&page->value, "not permitted");
	page_add(page, "environment", buf_str(&page->value));
}

void inspect_add_page(struct buf *out, const struct inspection *inspection,
		      const struct inspect_style *style)
{
	struct page page = {.out = out, .of = inspection, .style = style};

	add_title(&page);
	add_command(&page);
	PAGE_ROWS(&page, identity);
	add_environment_count(&page);
	page_family(&page);
	page_heading(&page, "State");
	add_state(&page);
	add_waits(&page);
	PAGE_ROWS(&page, state);
	add_end(&page);
	add_memory(&page);
	add_cpu(&page);
	page_heading(&page, "Files");
	PAGE_ROWS(&page, io);
	page_limits(&page);
	page_heading(&page, "Place");
	PAGE_ROWS(&page, place);
	page_namespaces(&page);
	page_privileges(&page);
	page_files(&page);
	page_sockets(&page);
	page_maps(&page);
	page_threads(&page);
	page_environment(&page);
	buf_deinit(&page.value);
}
