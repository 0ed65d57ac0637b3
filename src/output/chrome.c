/*
 * Trace JSON, which Perfetto's viewer, chrome://tracing and speedscope open: a track for each life.
 * Key decision: tracks have numbers of our own, because the kernel's come back and two lives on one
 * track would overlap; times are whole nanoseconds with a point in them, so that slices nest exactly.
 */
#include "base/clock.h"
#include "base/json.h"
#include "output/common.h"
#include "output/formats.h"
#include "output/timeline.h"
#include "output/value.h"

#define TRACE_PID 1 /* all tracks are of one process, the recording */

struct chrome {
	struct output output;
	struct timeline timeline;
	struct buf text; /* scratch */
	bool any;        /* an event stands before the next one */
};

/* ---- events ---- */

static void add_us(struct json *j, const char *key, int64_t ns)
{
	json_key(j, key);
	buf_printf(j->out, "%lld.%03d", (long long)(ns / NS_PER_US), (int)(ns % NS_PER_US));
	j->comma = true;
}

/* An event is open behind it: its arguments may follow. `tid`: 0: of the whole recording. */
static struct json begin_event(struct chrome *chrome, const char *phase, struct str name,
			       uint64_t tid)
{
	struct json j = json_into(&chrome->output.file.pending);

	buf_add_text(j.out, chrome->any ? ",\n" : "");
	chrome->any = true;
	json_open(&j, '{');
	json_key(&j, "ph"), json_text(&j, phase);
	json_key(&j, "name"), json_str(&j, name);
	json_key(&j, "pid"), json_i64(&j, TRACE_PID);
	json_key(&j, "tid"), json_u64(&j, tid);
	return j;
}

static void add_time(const struct chrome *chrome, struct json *j, const char *key, int64_t time_ns)
{
	add_us(j, key, time_ns - chrome->output.run->start_ns);
}

static void add_metadata(struct chrome *chrome, const char *kind, const char *key, uint64_t tid,
			 struct str text)
{
	struct json j = begin_event(chrome, "M", str_of(kind), tid);

	json_key(&j, "args"), json_open(&j, '{');
	json_key(&j, key);
	if (text.p)
		json_str(&j, text);
	else
		json_u64(&j, tid);
	json_close(&j, '}');
	json_close(&j, '}');
}

/* ---- lives ---- */

/* "cc 4102" */
static struct str title(struct chrome *chrome, const struct proc *proc)
{
	buf_clear(&chrome->text);
	value_add_name(&chrome->text, proc);
	buf_printf(&chrome->text, " %d", proc->pid);
	return buf_str(&chrome->text);
}

static void add_command(struct chrome *chrome, struct json *j, const struct proc_exec *exec)
{
	buf_clear(&chrome->text);
	value_add_command(&chrome->text, exec, COMMAND_FULL, SIZE_MAX);
	json_key(j, "command"), json_str(j, buf_str(&chrome->text));
	if (exec->cwd.n > 0)
		json_key(j, "cwd"), json_str(j, exec->cwd);
}

static void add_figures(struct json *j, const struct usage *used)
{
	static const enum usage_field shown[] = {
		USAGE_CPU_USER_NS, USAGE_CPU_SYS_NS,  USAGE_CPU_WAIT_NS, USAGE_RSS_PEAK_BYTES,
		USAGE_READ_BYTES,  USAGE_WRITE_BYTES, USAGE_THREADS,
	};

	for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
		if (usage_knows(used, shown[i]))
			json_key(j, usage_names[shown[i]]), json_u64(j, used->value[shown[i]]);
}

static void add_life_arguments(struct chrome *chrome, struct json *j, const struct proc *proc)
{
	const struct usage used = proc_used(proc);

	json_key(j, "args"), json_open(j, '{');
	json_key(j, "pid"), json_i64(j, proc->pid);
	if (proc->birth_ppid > 0)
		json_key(j, "ppid"), json_i64(j, proc->birth_ppid);
	if (proc->last_exec)
		add_command(chrome, j, proc->last_exec);
	buf_clear(&chrome->text);
	if (value_living(proc))
		buf_add_text(&chrome->text, "running");
	else
		value_add_status(&chrome->text, proc->status, proc->core_dumped);
	if (chrome->text.n > 0)
		json_key(j, "status"), json_str(j, buf_str(&chrome->text));
	add_figures(j, &used);
	json_close(j, '}');
}

static struct json begin_slice(struct chrome *chrome, struct str name, const struct proc *proc,
			       const char *category, struct timeline_span span)
{
	struct json j = begin_event(chrome, "X", name, proc->id);

	json_key(&j, "cat"), json_text(&j, category);
	add_time(chrome, &j, "ts", span.begin_ns);
	add_us(&j, "dur", span.end_ns - span.begin_ns);
	return j;
}

static void write_images(struct chrome *chrome, const struct proc *proc, struct timeline_span life)
{
	const struct proc_exec *exec = NULL;
	struct timeline_span span;

	while (timeline_next_image(proc, life, &exec, &span)) {
		struct json j;

		buf_clear(&chrome->text);
		value_add_command(&chrome->text, exec, COMMAND_SHORT, 60);
		j = begin_slice(chrome, buf_str(&chrome->text), proc, "exec", span);
		json_key(&j, "args"), json_open(&j, '{');
		add_command(chrome, &j, exec);
		json_close(&j, '}');
		json_close(&j, '}');
	}
}

static void write_life(void *context, const struct proc *proc, struct timeline_span span)
{
	struct chrome *chrome = context;
	struct json j;

	add_metadata(chrome, "thread_name", "name", proc->id, title(chrome, proc));
	add_metadata(chrome, "thread_sort_index", "sort_index", proc->id, STR_NONE);
	j = begin_slice(chrome, title(chrome, proc), proc,
			status_failed(proc->status) ? "failed" : "process", span);
	add_life_arguments(chrome, &j, proc);
	json_close(&j, '}');
	write_images(chrome, proc, span);
}

/* An arrow from the parent's slice to the child's; the child's number is that of the arrow. */
static void write_start(void *context, const struct proc *proc, const struct proc *parent)
{
	static const struct {
		const char *phase;
		bool child;
	} ends[] = {
		{"s", false},
		{"f", true },
	};
	struct chrome *chrome = context;
	int64_t run_ns = chrome->output.run->start_ns;

	for (size_t i = 0; i < 2; i++) {
		struct json j = begin_event(chrome, ends[i].phase, STR("start"),
					    ends[i].child ? proc->id : parent->id);

		json_key(&j, "cat"), json_text(&j, "start");
		json_key(&j, "id"), json_u64(&j, proc->id);
		if (ends[i].child)
			json_key(&j, "bp"), json_text(&j, "e");
		add_time(chrome, &j, "ts", proc->start_ns > run_ns ? proc->start_ns : run_ns);
		json_close(&j, '}');
	}
}

static void write_count(void *context, enum timeline_counter counter, int64_t time_ns, double value)
{
	struct chrome *chrome = context;
	struct json j = begin_event(chrome, "C", str_of(timeline_counter_names[counter]), 0);

	add_time(chrome, &j, "ts", time_ns);
	json_key(&j, "args"), json_open(&j, '{');
	json_key(&j, "value"), json_double(&j, value);
	json_close(&j, '}');
	json_close(&j, '}');
}

/* ---- the sink ---- */

static int on_open(struct sink *sink, const struct run *run, struct error *err)
{
	struct chrome *chrome = (struct chrome *)sink;
	const struct timeline_writer writer = {write_start, write_life, write_count, chrome};
	int r = output_open(sink, run, err);

	if (r < 0)
		return r;
	timeline_init(&chrome->timeline, &writer, run);
	buf_add_text(&chrome->output.file.pending,
		     "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n");
	return 0;
}

static int on_record(struct sink *sink, const struct record *record, const struct change *change,
		     struct error *err)
{
	struct chrome *chrome = (struct chrome *)sink;

	timeline_record(&chrome->timeline, record, change);
	return output_flush_some(&chrome->output, err);
}

static int on_close(struct sink *sink, const struct table *table, const struct run *run,
		    struct error *err)
{
	struct chrome *chrome = (struct chrome *)sink;

	timeline_finish(&chrome->timeline, table);
	buf_clear(&chrome->text);
	value_add_run(&chrome->text, run);
	add_metadata(chrome, "process_name", "name", 0, buf_str(&chrome->text));
	buf_add_text(&chrome->output.file.pending, "\n]}\n");
	return output_commit(&chrome->output, err);
}

static void on_free(struct sink *sink)
{
	struct chrome *chrome = (struct chrome *)sink;

	timeline_deinit(&chrome->timeline);
	buf_deinit(&chrome->text);
	output_free(sink);
}

static const struct sink_ops chrome_ops = {
	.name = "chrome",
	.open = on_open,
	.record = on_record,
	.close = on_close,
	.free = on_free,
};

static struct sink *chrome_create(const struct output_options *options)
{
	return output_new(sizeof(struct chrome), &chrome_ops, options);
}

const struct output_format output_chrome = {
	.name = "chrome",
	.summary = "trace JSON for Perfetto's viewer and speedscope",
	.streams = true,
	.create = chrome_create,
};
