/*
 * Perfetto's own format: a track for each life in the order of the starts, slices, arrows from
 * parents to children, counters. Key decision: times are those of CLOCK_BOOTTIME, as a trace of the
 * system has them, so that both can be looked at together; tracks are by lives' ids, because the
 * kernel's numbers come back.
 */
#include "base/text.h"
#include "output/common.h"
#include "output/formats.h"
#include "output/proto.h"
#include "output/timeline.h"
#include "output/value.h"

/* The numbers of the fields, by message, as perfetto's protos/perfetto/trace has them. */
enum trace_field { TRACE_PACKET = 1 };

enum packet_field {
	PACKET_TIMESTAMP = 8,
	PACKET_SEQUENCE_ID = 10,
	PACKET_TRACK_EVENT = 11,
	PACKET_SEQUENCE_FLAGS = 13,
	PACKET_TRACK_DESCRIPTOR = 60,
};

enum track_field {
	TRACK_UUID = 1,
	TRACK_NAME = 2,
	TRACK_PARENT_UUID = 5,
	TRACK_COUNTER = 8,
	TRACK_CHILD_ORDERING = 11,
	TRACK_SIBLING_RANK = 12,
};

enum counter_field { COUNTER_UNIT = 3 };
enum counter_unit { UNIT_NONE = 0, UNIT_COUNT = 2, UNIT_BYTES = 3 };

enum event_field {
	EVENT_ANNOTATIONS = 4,
	EVENT_TYPE = 9,
	EVENT_TRACK_UUID = 11,
	EVENT_CATEGORIES = 22,
	EVENT_NAME = 23,
	EVENT_DOUBLE_COUNTER = 44,
	EVENT_FLOW_IDS = 47,
	EVENT_TERMINATING_FLOW_IDS = 48,
};

enum event_type { SLICE_BEGIN = 1, SLICE_END = 2, INSTANT = 3, COUNTER = 4 };

enum annotation_field { ANNOTATION_UINT = 3, ANNOTATION_STRING = 6, ANNOTATION_NAME = 10 };

#define ORDER_EXPLICIT      3 /* by rank */
#define SEQUENCE_ID         1
#define INCREMENTAL_CLEARED 1

#define TRACK_ROOT     1
#define TRACK_COUNTERS 2  /* and the next ones */
#define TRACK_LIVES    16 /* + the life's id */

struct perfetto {
	struct output output;
	struct timeline timeline;
	struct buf text; /* scratch */
};

/* ---- messages ---- */

static struct buf *out_of(struct perfetto *perfetto)
{
	return &perfetto->output.file.pending;
}

/* Appended as text for people: always UTF-8. */
static void add_safe(struct perfetto *perfetto, unsigned field, struct str text)
{
	struct buf safe = BUF_INIT;

	text_add_safe(&safe, text);
	proto_add_str(out_of(perfetto), field, buf_str(&safe));
	buf_deinit(&safe);
}

static size_t open_packet(struct perfetto *perfetto)
{
	size_t packet = proto_open(out_of(perfetto), TRACE_PACKET);

	proto_add_u64(out_of(perfetto), PACKET_SEQUENCE_ID, SEQUENCE_ID);
	return packet;
}

static void add_track(struct perfetto *perfetto, uint64_t uuid, struct str name,
		      enum counter_unit unit)
{
	struct buf *out = out_of(perfetto);
	size_t packet = open_packet(perfetto), track, counter;

	if (uuid == TRACK_ROOT)
		proto_add_u64(out, PACKET_SEQUENCE_FLAGS, INCREMENTAL_CLEARED);
	track = proto_open(out, PACKET_TRACK_DESCRIPTOR);
	proto_add_u64(out, TRACK_UUID, uuid);
	add_safe(perfetto, TRACK_NAME, name);
	if (uuid == TRACK_ROOT) {
		proto_add_u64(out, TRACK_CHILD_ORDERING, ORDER_EXPLICIT);
	} else {
		proto_add_u64(out, TRACK_PARENT_UUID, TRACK_ROOT);
		proto_add_u64(out, TRACK_SIBLING_RANK, uuid < INT32_MAX ? uuid : INT32_MAX);
	}
	if (unit) {
		counter = proto_open(out, TRACK_COUNTER);
		proto_add_u64(out, COUNTER_UNIT, unit);
		proto_close(out, counter);
	}
	proto_close(out, track);
	proto_close(out, packet);
}

/* An event of a track that is still open: its other fields follow. */
struct event {
	size_t packet, event;
};

static struct event open_event(struct perfetto *perfetto, enum event_type type, uint64_t track,
			       int64_t time_ns)
{
	struct buf *out = out_of(perfetto);
	struct event event = {.packet = open_packet(perfetto)};

	proto_add_u64(out, PACKET_TIMESTAMP, (uint64_t)time_ns);
	event.event = proto_open(out, PACKET_TRACK_EVENT);
	proto_add_u64(out, EVENT_TYPE, type);
	proto_add_u64(out, EVENT_TRACK_UUID, track);
	return event;
}

static void close_event(struct perfetto *perfetto, struct event event)
{
	proto_close(out_of(perfetto), event.event);
	proto_close(out_of(perfetto), event.packet);
}

static void annotate_text(struct perfetto *perfetto, const char *name, struct str text)
{
	size_t annotation = proto_open(out_of(perfetto), EVENT_ANNOTATIONS);

	proto_add_str(out_of(perfetto), ANNOTATION_NAME, str_of(name));
	add_safe(perfetto, ANNOTATION_STRING, text);
	proto_close(out_of(perfetto), annotation);
}

static void annotate_u64(struct perfetto *perfetto, const char *name, uint64_t value)
{
	size_t annotation = proto_open(out_of(perfetto), EVENT_ANNOTATIONS);

	proto_add_str(out_of(perfetto), ANNOTATION_NAME, str_of(name));
	proto_add_u64(out_of(perfetto), ANNOTATION_UINT, value);
	proto_close(out_of(perfetto), annotation);
}

/* ---- lives ---- */

static void annotate_image(struct perfetto *perfetto, const struct proc_exec *exec)
{
	buf_clear(&perfetto->text);
	value_add_command(&perfetto->text, exec, COMMAND_FULL, SIZE_MAX);
	annotate_text(perfetto, "command", buf_str(&perfetto->text));
	if (exec->cwd.n > 0)
		annotate_text(perfetto, "cwd", exec->cwd);
}

static void annotate_life(struct perfetto *perfetto, const struct proc *proc)
{
	static const enum usage_field shown[] = {
		USAGE_CPU_USER_NS, USAGE_CPU_SYS_NS,  USAGE_CPU_WAIT_NS, USAGE_RSS_PEAK_BYTES,
		USAGE_READ_BYTES,  USAGE_WRITE_BYTES, USAGE_THREADS,
	};
	const struct usage used = proc_used(proc);

	annotate_u64(perfetto, "pid", (uint64_t)proc->pid);
	if (proc->birth_ppid > 0)
		annotate_u64(perfetto, "ppid", (uint64_t)proc->birth_ppid);
	if (proc->last_exec)
		annotate_image(perfetto, proc->last_exec);
	buf_clear(&perfetto->text);
	if (value_living(proc))
		buf_add_text(&perfetto->text, "running");
	else
		value_add_status(&perfetto->text, proc->status, proc->core_dumped);
	if (perfetto->text.n > 0)
		annotate_text(perfetto, "status", buf_str(&perfetto->text));
	for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
		if (usage_knows(&used, shown[i]))
			annotate_u64(perfetto, usage_names[shown[i]], used.value[shown[i]]);
}

static void write_images(struct perfetto *perfetto, const struct proc *proc,
			 struct timeline_span life)
{
	const uint64_t track = TRACK_LIVES + proc->id;
	const struct proc_exec *exec = NULL;
	struct timeline_span span;
	struct event event;

	while (timeline_next_image(proc, life, &exec, &span)) {
		event = open_event(perfetto, SLICE_BEGIN, track, span.begin_ns);
		buf_clear(&perfetto->text);
		value_add_command(&perfetto->text, exec, COMMAND_SHORT, 60);
		proto_add_str(out_of(perfetto), EVENT_NAME, buf_str(&perfetto->text));
		proto_add_str(out_of(perfetto), EVENT_CATEGORIES, STR("exec"));
		annotate_image(perfetto, exec);
		close_event(perfetto, event);
		close_event(perfetto, open_event(perfetto, SLICE_END, track, span.end_ns));
	}
}

static void write_life(void *context, const struct proc *proc, struct timeline_span span)
{
	struct perfetto *perfetto = context;
	const uint64_t track = TRACK_LIVES + proc->id;
	struct event event;

	buf_clear(&perfetto->text);
	value_add_name(&perfetto->text, proc);
	buf_printf(&perfetto->text, " %d", proc->pid);
	add_track(perfetto, track, buf_str(&perfetto->text), UNIT_NONE);
	event = open_event(perfetto, SLICE_BEGIN, track, span.begin_ns);
	add_safe(perfetto, EVENT_NAME, buf_str(&perfetto->text));
	proto_add_str(out_of(perfetto), EVENT_CATEGORIES,
		      status_failed(proc->status) ? STR("failed") : STR("process"));
	if (proc->forked && proc->birth_parent_id)
		proto_add_fixed64(out_of(perfetto), EVENT_TERMINATING_FLOW_IDS, proc->id);
	annotate_life(perfetto, proc);
	close_event(perfetto, event);
	write_images(perfetto, proc, span);
	close_event(perfetto, open_event(perfetto, SLICE_END, track, span.end_ns));
}

/* An arrow begins at an event of the parent's; the child's id is that of the arrow. */
static void write_start(void *context, const struct proc *proc, const struct proc *parent)
{
	struct perfetto *perfetto = context;
	int64_t run_ns = perfetto->output.run->start_ns;
	struct event event = open_event(perfetto, INSTANT, TRACK_LIVES + parent->id,
					proc->start_ns > run_ns ? proc->start_ns : run_ns);

	proto_add_str(out_of(perfetto), EVENT_NAME, STR("start"));
	proto_add_str(out_of(perfetto), EVENT_CATEGORIES, STR("start"));
	proto_add_fixed64(out_of(perfetto), EVENT_FLOW_IDS, proc->id);
	close_event(perfetto, event);
}

static void write_count(void *context, enum timeline_counter counter, int64_t time_ns, double value)
{
	struct perfetto *perfetto = context;
	struct event event = open_event(perfetto, COUNTER, TRACK_COUNTERS + counter, time_ns);

	proto_add_double(out_of(perfetto), EVENT_DOUBLE_COUNTER, value);
	close_event(perfetto, event);
}

/* ---- the sink ---- */

static int on_open(struct sink *sink, const struct run *run, struct error *err)
{
	static const enum counter_unit units[TIMELINE_COUNTERS] = {
		[TIMELINE_RUNNING] = UNIT_COUNT,
		[TIMELINE_CPU] = UNIT_COUNT,
		[TIMELINE_PEAK] = UNIT_BYTES,
		[TIMELINE_MEMORY] = UNIT_BYTES,
	};
	struct perfetto *perfetto = (struct perfetto *)sink;
	const struct timeline_writer writer = {write_start, write_life, write_count, perfetto};
	int r = output_open(sink, run, err);

	if (r < 0)
		return r;
	timeline_init(&perfetto->timeline, &writer, run);
	value_add_run(&perfetto->text, run);
	add_track(perfetto, TRACK_ROOT, buf_str(&perfetto->text), UNIT_NONE);
	for (unsigned i = 0; i < TIMELINE_COUNTERS; i++)
		add_track(perfetto, TRACK_COUNTERS + i, str_of(timeline_counter_names[i]),
			  units[i]);
	return 0;
}

static int on_record(struct sink *sink, const struct record *record, const struct change *change,
		     struct error *err)
{
	struct perfetto *perfetto = (struct perfetto *)sink;

	timeline_record(&perfetto->timeline, record, change);
	return output_flush_some(&perfetto->output, err);
}

static int on_close(struct sink *sink, const struct table *table, const struct run *run,
		    struct error *err)
{
	struct perfetto *perfetto = (struct perfetto *)sink;

	timeline_finish(&perfetto->timeline, table);
	return output_commit(&perfetto->output, err);
}

static void on_free(struct sink *sink)
{
	struct perfetto *perfetto = (struct perfetto *)sink;

	timeline_deinit(&perfetto->timeline);
	buf_deinit(&perfetto->text);
	output_free(sink);
}

static const struct sink_ops perfetto_ops = {
	.name = "perfetto",
	.open = on_open,
	.record = on_record,
	.close = on_close,
	.free = on_free,
};

static struct sink *perfetto_create(const struct output_options *options)
{
	return output_new(sizeof(struct perfetto), &perfetto_ops, options);
}

const struct output_format output_perfetto = {
	.name = "perfetto",
	.summary = "a native trace for Perfetto, with the times of the system",
	.streams = true,
	.create = perfetto_create,
};
