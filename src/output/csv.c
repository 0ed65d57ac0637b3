/*
 * CSV, a row a life, for spreadsheets and data frames. Key decision: a row is written when its life
 * is over, so that memory is that of the living and rows stand in the order of the ends; every
 * figure is exact and in the unit of its heading, and what is not known is empty.
 */
#include "output/csv_text.h"

#include "output/common.h"
#include "output/formats.h"
#include "output/value.h"

#define END "\r\n"

struct csv {
	struct output output;
	struct buf text; /* scratch */
};

/* What a cell is made of. */
struct life {
	const struct proc *proc;
	const struct proc_exec *image; /* the last one; NULL: it never ran one of its own */
	struct usage used;
	struct ending ending;
	int64_t start_ns; /* of the recording */
	struct buf *text; /* scratch */
};

struct column {
	const char *heading;
	void (*add)(struct buf *out, const struct life *life, size_t at);
	size_t at;
};

/* ---- cells ---- */

#define MEMBER(type, from, at) (*(const type *)((const char *)(from) + (at)))

static void add_pid(struct buf *out, const struct life *life, size_t at)
{
	int32_t pid = MEMBER(int32_t, life->proc, at);

	if (pid > 0)
		buf_add_i64(out, pid);
}

static void add_uid(struct buf *out, const struct life *life, size_t at)
{
	uint32_t uid = MEMBER(uint32_t, life->proc, at);

	if (uid != UID_UNKNOWN)
		buf_add_u64(out, uid);
}

static void add_count(struct buf *out, const struct life *life, size_t at)
{
	buf_add_u64(out, MEMBER(unsigned, life->proc, at));
}

static void add_flag(struct buf *out, const struct life *life, size_t at)
{
	buf_add_text(out, MEMBER(bool, life->proc, at) ? "true" : "false");
}

static void add_id(struct buf *out, const struct life *life, size_t at)
{
	uint64_t id = MEMBER(uint64_t, life->proc, at);

	if (id)
		buf_add_u64(out, id);
}

static void add_name(struct buf *out, const struct life *life, size_t at)
{
	if (life->image || life->proc->comm.n > 0)
		csv_add_text(out, proc_name(life->proc));
}

static void add_command(struct buf *out, const struct life *life, size_t at)
{
	if (!life->image || value_is_unseen(life->image))
		return;
	buf_clear(life->text);
	value_add_command(life->text, life->image, COMMAND_FULL, SIZE_MAX);
	csv_add_text(out, buf_str(life->text));
}

static void add_image_text(struct buf *out, const struct life *life, size_t at)
{
	if (life->image)
		csv_add_text(out, MEMBER(struct str, life->image, at));
}

static void add_start(struct buf *out, const struct life *life, size_t at)
{
	if (life->proc->start_known)
		buf_add_i64(out, life->proc->start_ns - life->start_ns);
}

static void add_end(struct buf *out, const struct life *life, size_t at)
{
	if (!value_living(life->proc))
		buf_add_i64(out, life->proc->end_ns - life->start_ns);
}

static void add_duration(struct buf *out, const struct life *life, size_t at)
{
	int64_t ns;

	if (!value_living(life->proc) && value_duration(life->proc, life->proc->end_ns, &ns))
		buf_add_i64(out, ns);
}

static void add_exit_code(struct buf *out, const struct life *life, size_t at)
{
	if (life->ending.known && !life->ending.signal)
		buf_add_i64(out, life->ending.exit_code);
}

static void add_signal(struct buf *out, const struct life *life, size_t at)
{
	const char *name = life->ending.signal ? signal_name(life->ending.signal) : NULL;

	if (name)
		buf_add_text(out, name);
	else if (life->ending.signal)
		buf_add_i64(out, life->ending.signal);
}

static void add_killer(struct buf *out, const struct life *life, size_t at)
{
	if (value_killed_by(life->proc))
		buf_add_i64(out, life->proc->killer_pid);
}

static void add_usage(struct buf *out, const struct life *life, size_t at)
{
	if (usage_knows(&life->used, (enum usage_field)at))
		buf_add_u64(out, life->used.value[at]);
}

static void add_peak_bound(struct buf *out, const struct life *life, size_t at)
{
	if (usage_knows(&life->used, USAGE_RSS_PEAK_BYTES))
		buf_add_text(out,
			     life->used.bound & USAGE_BIT(USAGE_RSS_PEAK_BYTES) ? "true" : "false");
}

#define PROC(member) offsetof(struct proc, member)
#define EXEC(member) offsetof(struct proc_exec, member)

/* In the order in which they are written; docs/formats.md says what each means. */
static const struct column columns[] = {
	{"id",                   add_id,         PROC(id)                  },
	{"parent_id",            add_id,         PROC(birth_parent_id)     },
	{"pid",                  add_pid,        PROC(pid)                 },
	{"ppid",                 add_pid,        PROC(birth_ppid)          },
	{"pgid",                 add_pid,        PROC(pgid)                },
	{"sid",                  add_pid,        PROC(sid)                 },
	{"uid",                  add_uid,        PROC(uid.real)            },
	{"gid",                  add_uid,        PROC(gid.real)            },
	{"name",                 add_name,       0                         },
	{"command",              add_command,    0                         },
	{"filename",             add_image_text, EXEC(filename)            },
	{"cwd",                  add_image_text, EXEC(cwd)                 },
	{"execs",                add_count,      PROC(exec_count)          },
	{"forks",                add_count,      PROC(forks)               },
	{"start_ns",             add_start,      0                         },
	{"end_ns",               add_end,        0                         },
	{"duration_ns",          add_duration,   0                         },
	{"exit_code",            add_exit_code,  0                         },
	{"signal",               add_signal,     0                         },
	{"core_dumped",          add_flag,       PROC(core_dumped)         },
	{"killer_pid",           add_killer,     0                         },
	{"ran_before",           add_flag,       PROC(ran_before)          },
	{"exact",                add_flag,       PROC(exact)               },
	{"cpu_user_ns",          add_usage,      USAGE_CPU_USER_NS         },
	{"cpu_sys_ns",           add_usage,      USAGE_CPU_SYS_NS          },
	{"cpu_wait_ns",          add_usage,      USAGE_CPU_WAIT_NS         },
	{"rss_peak_bytes",       add_usage,      USAGE_RSS_PEAK_BYTES      },
	{"rss_peak_bound",       add_peak_bound, 0                         },
	{"read_bytes",           add_usage,      USAGE_READ_BYTES          },
	{"write_bytes",          add_usage,      USAGE_WRITE_BYTES         },
	{"read_chars",           add_usage,      USAGE_READ_CHARS          },
	{"write_chars",          add_usage,      USAGE_WRITE_CHARS         },
	{"minor_faults",         add_usage,      USAGE_MINOR_FAULTS        },
	{"major_faults",         add_usage,      USAGE_MAJOR_FAULTS        },
	{"voluntary_switches",   add_usage,      USAGE_VOLUNTARY_SWITCHES  },
	{"involuntary_switches", add_usage,      USAGE_INVOLUNTARY_SWITCHES},
	{"threads",              add_usage,      USAGE_THREADS             },
};
#define COLUMNS (sizeof columns / sizeof *columns)

/* ---- rows ---- */

static void add_headings(struct buf *out)
{
	for (size_t i = 0; i < COLUMNS; i++) {
		buf_add_text(out, i ? "," : "");
		buf_add_text(out, columns[i].heading);
	}
	buf_add_text(out, END);
}

static int add_row(struct csv *csv, const struct proc *proc, struct error *err)
{
	struct buf *out = &csv->output.file.pending;
	const struct life life = {
		.proc = proc,
		.image = proc->last_exec,
		.used = proc_used(proc),
		.ending = status_decode(proc->status),
		.start_ns = csv->output.run->start_ns,
		.text = &csv->text,
	};

	for (size_t i = 0; i < COLUMNS; i++) {
		if (i > 0)
			buf_add_char(out, ',');
		columns[i].add(out, &life, columns[i].at);
	}
	buf_add_text(out, END);
	return output_flush_some(&csv->output, err);
}

static int on_open(struct sink *sink, const struct run *run, struct error *err)
{
	struct csv *csv = (struct csv *)sink;
	int r = output_open(sink, run, err);

	if (r == 0)
		add_headings(&csv->output.file.pending);
	return r;
}

static int on_record(struct sink *sink, const struct record *record, const struct change *change,
		     struct error *err)
{
	return change->flags & CHANGE_FINISHED ? add_row((struct csv *)sink, change->proc, err) : 0;
}

/* Who still lives comes last. */
static int on_close(struct sink *sink, const struct table *table, const struct run *run,
		    struct error *err)
{
	struct csv *csv = (struct csv *)sink;
	int r = 0;

	for (const struct proc *proc = table->first; proc && r == 0; proc = proc->next)
		if (proc->member && proc->state != PROC_FINISHED)
			r = add_row(csv, proc, err);
	return r < 0 ? r : output_commit(&csv->output, err);
}

static void on_free(struct sink *sink)
{
	buf_deinit(&((struct csv *)sink)->text);
	output_free(sink);
}

static const struct sink_ops csv_ops = {
	.name = "csv",
	.open = on_open,
	.record = on_record,
	.close = on_close,
	.free = on_free,
};

static struct sink *csv_create(const struct output_options *options)
{
	return output_new(sizeof(struct csv), &csv_ops, options);
}

const struct output_format output_csv = {
	.name = "csv",
	.summary = "a row for each process, figures exact, in ns and bytes",
	.streams = true,
	.create = csv_create,
};
