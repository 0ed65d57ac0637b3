/*
 * Lives as snapshots. Key decision: a part of a snapshot is what one kernel file gives, and of most
 * of them an event tells a few facts only; so each column that a life can tell is named here with
 * the facts that it needs, and no other is ever asked. Unknown is never 0.
 */
#include "model/life_snapshot.h"

enum life_fact {
	FACT_PPID,
	FACT_PGID,
	FACT_SID,
	FACT_UID,
	FACT_UID_REAL,
	FACT_UID_SAVED,
	FACT_GID,
	FACT_GID_REAL,
	FACT_GID_SAVED,
	FACT_COMM,
	FACT_START,
	FACT_ENDED,
	FACT_STATUS,
	FACT_EXE,
	FACT_CWD,
	FACT_ARGV,
	FACT_USAGE, /* the first of USAGE_FIELDS bits */
};

_Static_assert(FACT_USAGE + USAGE_FIELDS <= 32, "facts fit a mask");

#define FACT(name)  (1u << FACT_##name)
#define COST(field) (1u << (FACT_USAGE + USAGE_##field))
#define COSTS       (~0u << FACT_USAGE)
#define CPU         (COST(CPU_USER_NS) | COST(CPU_SYS_NS))

static const struct {
	const char *name;
	uint32_t facts; /* all of them */
} rows[] = {
	{"pid",                  0                         },
	{"tid",                  0                         },
	{"ppid",                 FACT(PPID)                },
	{"pgid",                 FACT(PGID)                },
	{"sid",                  FACT(SID)                 },
	{"comm",                 FACT(COMM)                },
	{"cmdline",              FACT(ARGV)                },
	{"cmdline_bytes",        FACT(ARGV)                },
	{"command",              FACT(ARGV)                },
	{"exe",                  FACT(EXE)                 },
	{"cwd",                  FACT(CWD)                 },
	{"user",                 FACT(UID)                 },
	{"uid",                  FACT(UID)                 },
	{"ruser",                FACT(UID_REAL)            },
	{"ruid",                 FACT(UID_REAL)            },
	{"suser",                FACT(UID_SAVED)           },
	{"suid",                 FACT(UID_SAVED)           },
	{"group",                FACT(GID)                 },
	{"gid",                  FACT(GID)                 },
	{"rgroup",               FACT(GID_REAL)            },
	{"rgid",                 FACT(GID_REAL)            },
	{"sgroup",               FACT(GID_SAVED)           },
	{"sgid",                 FACT(GID_SAVED)           },
	{"state",                FACT(ENDED)               },
	{"exit_code",            FACT(STATUS)              },
	{"term_signal",          FACT(STATUS)              },
	{"wait_status",          FACT(STATUS)              },
	{"start_time_ns",        FACT(START)               },
	{"start_date_ns",        FACT(START)               },
	{"start_boot_ns",        FACT(START)               },
	{"elapsed_ns",           FACT(START)               },
	{"elapsed_seconds",      FACT(START)               },
	{"cpu_ns",               CPU                       },
	{"cpu_seconds",          CPU                       },
	{"cpu_user_ns",          COST(CPU_USER_NS)         },
	{"cpu_sys_ns",           COST(CPU_SYS_NS)          },
	{"cpu_average_percent",  CPU | FACT(START)         },
	{"threads",              COST(THREADS)             },
	{"rss_peak_bytes",       COST(RSS_PEAK_BYTES)      },
	{"minor_faults",         COST(MINOR_FAULTS)        },
	{"major_faults",         COST(MAJOR_FAULTS)        },
	{"read_bytes",           COST(READ_BYTES)          },
	{"write_bytes",          COST(WRITE_BYTES)         },
	{"read_chars",           COST(READ_CHARS)          },
	{"write_chars",          COST(WRITE_CHARS)         },
	{"voluntary_switches",   COST(VOLUNTARY_SWITCHES)  },
	{"involuntary_switches", COST(INVOLUNTARY_SWITCHES)},
};
#define ROWS (sizeof rows / sizeof *rows)

/* The facts that a column needs; false when no life can tell it. */
static bool needs(const struct field *field, uint32_t *ret_facts)
{
	for (size_t i = 0; i < ROWS; i++) {
		if (strcmp(rows[i].name, field->name) != 0)
			continue;
		*ret_facts = rows[i].facts;
		return true;
	}
	return false;
}

bool life_never_tells(const struct field *field)
{
	uint32_t facts;

	return !needs(field, &facts);
}

bool life_tells_late(const struct field *field)
{
	uint32_t facts;

	return needs(field, &facts) && facts & COSTS;
}

void life_list_fields(struct buf *out)
{
	for (size_t i = 0; i < ROWS; i++) {
		if (i)
			buf_add_text(out, ", ");
		buf_add_text(out, rows[i].name);
	}
}

bool life_snapshot_knows(const struct field *field, const struct snapshot *s)
{
	const struct life_snapshot *life = (const struct life_snapshot *)s;
	uint32_t facts;

	return needs(field, &facts) && (life->facts & facts) == facts;
}

/* ---- filling ---- */

static void know(struct life_snapshot *life, bool known, uint32_t fact)
{
	if (known)
		life->facts |= fact;
}

static void fill_ids(struct life_snapshot *life, const struct proc *proc)
{
	struct snapshot *s = &life->snapshot;

	s->euid = proc->uid.effective;
	s->egid = proc->gid.effective;
	life->status.uid = (struct snapshot_ids){.real = proc->uid.real, .saved = proc->uid.saved};
	life->status.gid = (struct snapshot_ids){.real = proc->gid.real, .saved = proc->gid.saved};
	know(life, proc->uid.effective != UID_UNKNOWN, FACT(UID));
	know(life, proc->uid.real != UID_UNKNOWN, FACT(UID_REAL));
	know(life, proc->uid.saved != UID_UNKNOWN, FACT(UID_SAVED));
	know(life, proc->gid.effective != UID_UNKNOWN, FACT(GID));
	know(life, proc->gid.real != UID_UNKNOWN, FACT(GID_REAL));
	know(life, proc->gid.saved != UID_UNKNOWN, FACT(GID_SAVED));
}

/* What it runs: its own last exec, or what its forker ran. */
static void fill_image(struct life_snapshot *life, const struct proc *proc)
{
	const struct proc_exec *image = proc_image(proc);
	struct snapshot *s = &life->snapshot;

	if (!image)
		return;
	s->exe = image->filename;
	s->cwd = image->cwd;
	s->cmdline = image->argv;
	s->cmdline_bytes = image->args_bytes > image->argv.n ? image->args_bytes : image->argv.n;
	know(life, image->filename.p, FACT(EXE));
	know(life, image->cwd.p && !image->cwd_truncated, FACT(CWD));
	know(life, image->argv.p, FACT(ARGV));
}

/* Bounds are no values: what may be anything below is not known. */
static void fill_usage(struct life_snapshot *life, const struct usage *usage)
{
	struct snapshot *s = &life->snapshot;
	const uint64_t *value = usage->value;

	life->facts |= (usage->known & ~usage->bound) << FACT_USAGE;
	s->stat.user_ns = value[USAGE_CPU_USER_NS];
	s->stat.sys_ns = value[USAGE_CPU_SYS_NS];
	s->stat.minor_faults = value[USAGE_MINOR_FAULTS];
	s->stat.major_faults = value[USAGE_MAJOR_FAULTS];
	s->stat.threads = (uint32_t)value[USAGE_THREADS];
	life->io = *usage;
	life->status.sizes_known = 1u << STATUS_VM_HWM;
	life->status.size_bytes[STATUS_VM_HWM] = value[USAGE_RSS_PEAK_BYTES];
	life->status.numbers_known =
		1u << STATUS_VOLUNTARY_SWITCHES | 1u << STATUS_INVOLUNTARY_SWITCHES;
	life->status.number[STATUS_VOLUNTARY_SWITCHES] = value[USAGE_VOLUNTARY_SWITCHES];
	life->status.number[STATUS_INVOLUNTARY_SWITCHES] = value[USAGE_INVOLUNTARY_SWITCHES];
}

void life_snapshot_fill(struct life_snapshot *ret, const struct proc *proc, int64_t time_ns)
{
	bool ended = proc->state != PROC_LIVING;
	struct snapshot *s = &ret->snapshot;

	*ret = (struct life_snapshot){0};
	s->pid = s->tgid = proc->pid;
	/* what it has of its parts, `facts` says */
	s->known = PART_BIT(PART_STAT) | PART_BIT(PART_STAT_REST) | PART_BIT(PART_OWNER) |
		   PART_BIT(PART_STATUS) | PART_BIT(PART_IO) | PART_BIT(PART_CMDLINE) |
		   PART_BIT(PART_EXE) | PART_BIT(PART_CWD);
	s->status = &ret->status;
	s->io = &ret->io;
	s->time_ns = ended ? proc->end_ns : time_ns;
	s->stat.pid = proc->pid;
	s->stat.ppid = proc->ppid;
	s->stat.pgid = proc->pgid;
	s->stat.sid = proc->sid;
	s->stat.comm = proc->comm;
	s->stat.start_ns = (uint64_t)proc->start_ns;
	s->stat.state = ended ? 'X' : '?';
	s->stat.exit_code = proc->status;
	know(ret, proc->ppid, FACT(PPID));
	know(ret, proc->pgid, FACT(PGID));
	know(ret, proc->sid, FACT(SID));
	know(ret, proc->comm.p, FACT(COMM));
	know(ret, proc->start_known, FACT(START));
	know(ret, ended, FACT(ENDED));
	know(ret, ended && proc->status != STATUS_UNKNOWN, FACT(STATUS));
	fill_ids(ret, proc);
	fill_image(ret, proc);
	fill_usage(ret, &proc->usage);
}
