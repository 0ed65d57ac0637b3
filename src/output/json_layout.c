/*
 * The shape of JSON Lines. Key decision: a const table of {key, getter} per kind, because the
 * order of the keys is a promise and a table is where one can see it.
 */
#include "output/json_layout.h"

#include "output/json_getters.h"

struct json_layout {
	const char *tag; /* NULL: no line */
	const struct json_member *members;
	size_t count;
};

#define REC(member)  offsetof(struct record, member)
#define PROC(member) offsetof(struct proc, member)

static const struct json_member seen_members[] = {
	{"timestamp",   json_put_time_at,     REC(time_ns)      },
	{"pid",         json_put_pid_at,      REC(pid)          },
	{"ppid",        json_put_ppid,        0                 },
	{"pgid",        json_put_pgid,        0                 },
	{"sid",         json_put_sid,         0                 },
	{"start",       json_put_start,       0                 },
	{"comm",        json_put_str_at,      REC(seen.comm)    },
	{"cmdline",     json_put_cmdline,     0                 },
	{"uid",         json_put_uid,         0                 },
	{"filename",    json_put_str_at,      REC(seen.filename)},
	{"cmdline_b64", json_put_cmdline_b64, 0                 },
};

static const struct json_member fork_members[] = {
	{"timestamp",   json_put_time_at,     REC(time_ns)        },
	{"parent_pid",  json_put_parent_pid,  0                   },
	{"child_pid",   json_put_pid_at,      REC(pid)            },
	{"parent_pgid", json_put_parent_pgid, 0                   },
	{"parent_tid",  json_put_pid_at,      REC(fork.forker_tid)},
	{"uid",         json_put_uid,         0                   },
	{"forker_pid",  json_put_forker_pid,  0                   },
	{"inferred",    json_put_true_at,     REC(inferred)       },
};

static const struct json_member clone_members[] = {
	{"timestamp",  json_put_time_at, REC(time_ns)},
	{"pid",        json_put_pid_at,  REC(pid)    },
	{"tid",        json_put_pid_at,  REC(tid)    },
	{"parent_tid", json_put_pid_at,  REC(new_id) },
};

static const struct json_member exec_members[] = {
	{"timestamp",      json_put_time_at,     REC(time_ns)            },
	{"pid",            json_put_pid_at,      REC(pid)                },
	{"ppid",           json_put_ppid,        0                       },
	{"pgid",           json_put_pgid,        0                       },
	{"cmdline",        json_put_cmdline,     0                       },
	{"filename",       json_put_str_at,      REC(exec.filename)      },
	{"cwd",            json_put_str_at,      REC(exec.cwd)           },
	{"uid",            json_put_uid,         0                       },
	{"gid",            json_put_gid,         0                       },
	{"cgroup_id",      json_put_cgroup_id,   0                       },
	{"args_truncated", json_put_bool_at,     REC(exec.args_truncated)},
	{"args_bytes",     json_put_args_bytes,  0                       },
	{"cmdline_b64",    json_put_cmdline_b64, 0                       },
	{"cwd_truncated",  json_put_true_at,     REC(exec.cwd_truncated) },
	{"comm",           json_put_exec_comm,   0                       },
	{"inferred",       json_put_true_at,     REC(inferred)           },
};

static const struct json_member exec_args_members[] = {
	{"timestamp", json_put_time_at, REC(time_ns)},
	{"pid",       json_put_pid_at,  REC(pid)    },
	{"args",      json_put_args,    0           },
};

static const struct json_member bad_exec_members[] = {
	{"timestamp", json_put_time_at, REC(time_ns)          },
	{"pid",       json_put_pid_at,  REC(pid)              },
	{"filename",  json_put_str_at,  REC(bad_exec.filename)},
	{"errno",     json_put_i32_at,  REC(bad_exec.error)   },
	{"error",     json_put_error,   0                     },
};

static const struct json_member exit_members[] = {
	{"timestamp",            json_put_end,           0                         },
	{"pid",                  json_put_proc_pid_at,   PROC(pid)                 },
	{"ppid",                 json_put_proc_pid_at,   PROC(ppid)                },
	{"pgid",                 json_put_proc_pid_at,   PROC(pgid)                },
	{"exit_code",            json_put_exit_code,     0                         },
	{"signal",               json_put_exit_signal,   0                         },
	{"core_dumped",          json_put_core_dumped,   0                         },
	{"duration_ns",          json_put_duration,      0                         },
	{"cpu_user_ns",          json_put_proc_usage,    USAGE_CPU_USER_NS         },
	{"cpu_sys_ns",           json_put_proc_usage,    USAGE_CPU_SYS_NS          },
	{"rss_peak_bytes",       json_put_proc_usage,    USAGE_RSS_PEAK_BYTES      },
	{"read_bytes",           json_put_proc_usage,    USAGE_READ_BYTES          },
	{"write_bytes",          json_put_proc_usage,    USAGE_WRITE_BYTES         },
	{"read_chars",           json_put_proc_usage,    USAGE_READ_CHARS          },
	{"write_chars",          json_put_proc_usage,    USAGE_WRITE_CHARS         },
	{"minor_faults",         json_put_proc_usage,    USAGE_MINOR_FAULTS        },
	{"major_faults",         json_put_proc_usage,    USAGE_MAJOR_FAULTS        },
	{"voluntary_switches",   json_put_proc_usage,    USAGE_VOLUNTARY_SWITCHES  },
	{"involuntary_switches", json_put_proc_usage,    USAGE_INVOLUNTARY_SWITCHES},
	{"threads",              json_put_proc_usage,    USAGE_THREADS             },
	{"cpu_wait_ns",          json_put_proc_usage,    USAGE_CPU_WAIT_NS         },
	{"exact",                json_put_exact,         0                         },
	{"rss_peak_bound",       json_put_peak_bound,    0                         },
	{"inferred",             json_put_exit_inferred, 0                         },
	{"killer_pid",           json_put_killer,        0                         },
};

static const struct json_member thread_exit_members[] = {
	{"timestamp", json_put_time_at, REC(time_ns)},
	{"pid",       json_put_pid_at,  REC(pid)    },
	{"tid",       json_put_pid_at,  REC(tid)    },
};

static const struct json_member comm_members[] = {
	{"timestamp", json_put_time_at,  REC(time_ns)  },
	{"pid",       json_put_pid_at,   REC(pid)      },
	{"tid",       json_put_pid_at,   REC(tid)      },
	{"old",       json_put_old_comm, 0             },
	{"comm",      json_put_str_at,   REC(comm.comm)},
	{"inferred",  json_put_true_at,  REC(inferred) },
};

static const struct json_member ids_members[] = {
	{"timestamp",     json_put_time_at, REC(time_ns)      },
	{"pid",           json_put_pid_at,  REC(pid)          },
	{"real",          json_put_uid_at,  REC(ids.real)     },
	{"effective",     json_put_uid_at,  REC(ids.effective)},
	{"saved",         json_put_uid_at,  REC(ids.saved)    },
	{"old_effective", json_put_old_id,  0                 },
	{"inferred",      json_put_true_at, REC(inferred)     },
};

static const struct json_member sid_members[] = {
	{"timestamp", json_put_time_at, REC(time_ns) },
	{"pid",       json_put_pid_at,  REC(pid)     },
	{"ppid",      json_put_ppid,    0            },
	{"pgid",      json_put_pgid,    0            },
	{"sid",       json_put_sid,     0            },
	{"inferred",  json_put_bool_at, REC(inferred)},
};

static const struct json_member pgid_members[] = {
	{"timestamp", json_put_time_at, REC(time_ns) },
	{"pid",       json_put_pid_at,  REC(pid)     },
	{"ppid",      json_put_ppid,    0            },
	{"pgid",      json_put_pgid,    0            },
	{"inferred",  json_put_bool_at, REC(inferred)},
};

static const struct json_member ptrace_members[] = {
	{"timestamp",  json_put_time_at, REC(time_ns)},
	{"pid",        json_put_pid_at,  REC(pid)    },
	{"tracer_pid", json_put_pid_at,  REC(new_id) },
};

static const struct json_member core_members[] = {
	{"timestamp", json_put_time_at,   REC(time_ns)    },
	{"pid",       json_put_pid_at,    REC(pid)        },
	{"signal",    json_put_signal_at, REC(core_signal)},
};

static const struct json_member signal_members[] = {
	{"timestamp",   json_put_time_at,   REC(time_ns)           },
	{"pid",         json_put_pid_at,    REC(pid)               },
	{"signal",      json_put_signal_at, REC(signal.signal)     },
	{"code",        json_put_i32_at,    REC(signal.code)       },
	{"sender_pid",  json_put_pid_at,    REC(signal.sender_pid) },
	{"sender_comm", json_put_str_at,    REC(signal.sender_comm)},
	{"sender_uid",  json_put_uid_at,    REC(signal.sender_uid) },
	{"fatal",       json_put_bool_at,   REC(signal.fatal)      },
};

static const struct json_member oom_members[] = {
	{"timestamp", json_put_time_at, REC(time_ns)   },
	{"pid",       json_put_pid_at,  REC(pid)       },
	{"rss_bytes", json_put_usage,   USAGE_RSS_BYTES},
};

static const struct json_member sample_members[] = {
	{"timestamp",   json_put_time_at, REC(time_ns)     },
	{"pid",         json_put_pid_at,  REC(pid)         },
	{"cpu_ns",      json_put_cpu,     0                },
	{"rss_bytes",   json_put_usage,   USAGE_RSS_BYTES  },
	{"read_bytes",  json_put_usage,   USAGE_READ_BYTES },
	{"write_bytes", json_put_usage,   USAGE_WRITE_BYTES},
};

static const struct json_member gap_members[] = {
	{"timestamp", json_put_time_at, REC(time_ns)    },
	{"reason",    json_put_str_at,  REC(gap.reason) },
	{"lost",      json_put_u64_at,  REC(gap.lost)   },
	{"from",      json_put_time_at, REC(gap.from_ns)},
	{"to",        json_put_time_at, REC(gap.to_ns)  },
};

static const struct json_member mark_members[] = {
	{"timestamp", json_put_time_at, REC(time_ns)},
	{"text",      json_put_str_at,  REC(mark)   },
};

/* proctrace, third generation; its seq is put in front when the order is known. */
static const struct json_member trace_fork_members[] = {
	{"timestamp",   json_put_time_at,     REC(time_ns)},
	{"parent_pid",  json_put_parent_pid,  0           },
	{"child_pid",   json_put_pid_at,      REC(pid)    },
	{"parent_pgid", json_put_parent_pgid, 0           },
};

static const struct json_member trace_exec_members[] = {
	{"timestamp", json_put_time_at, REC(time_ns)      },
	{"pid",       json_put_pid_at,  REC(pid)          },
	{"ppid",      json_put_ppid,    0                 },
	{"pgid",      json_put_pgid,    0                 },
	{"filename",  json_put_str_at,  REC(exec.filename)},
	{"args",      json_put_args,    0                 },
};

static const struct json_member trace_common_members[] = {
	{"timestamp", json_put_time_at, REC(time_ns)},
	{"pid",       json_put_pid_at,  REC(pid)    },
	{"ppid",      json_put_ppid,    0           },
	{"pgid",      json_put_pgid,    0           },
};

static const struct json_member trace_sid_members[] = {
	{"timestamp", json_put_time_at, REC(time_ns)},
	{"pid",       json_put_pid_at,  REC(pid)    },
	{"ppid",      json_put_ppid,    0           },
	{"pgid",      json_put_pgid,    0           },
	{"sid",       json_put_sid,     0           },
};

#define LAYOUT(tag, members)                                                                       \
	{                                                                                          \
		tag, members, sizeof members / sizeof *members                                     \
	}

static const struct json_layout layouts[RECORD_KINDS] = {
	[RECORD_SEEN] = LAYOUT("Seen", seen_members),
	[RECORD_FORK] = LAYOUT("Fork", fork_members),
	[RECORD_CLONE] = LAYOUT("Clone", clone_members),
	[RECORD_EXEC] = LAYOUT("Exec", exec_members),
	[RECORD_BAD_EXEC] = LAYOUT("BadExec", bad_exec_members),
	[RECORD_THREAD_EXIT] = LAYOUT("ThreadExit", thread_exit_members),
	[RECORD_COMM] = LAYOUT("Comm", comm_members),
	[RECORD_UID] = LAYOUT("Uid", ids_members),
	[RECORD_GID] = LAYOUT("Gid", ids_members),
	[RECORD_SID] = LAYOUT("SetSID", sid_members),
	[RECORD_PGID] = LAYOUT("SetPGID", pgid_members),
	[RECORD_PTRACE] = LAYOUT("Ptrace", ptrace_members),
	[RECORD_CORE] = LAYOUT("Core", core_members),
	[RECORD_SIGNAL] = LAYOUT("Signal", signal_members),
	[RECORD_OOM] = LAYOUT("Oom", oom_members),
	[RECORD_SAMPLE] = LAYOUT("Sample", sample_members),
	[RECORD_GAP] = LAYOUT("Gap", gap_members),
	[RECORD_MARK] = LAYOUT("Mark", mark_members),
};
static const struct json_layout exec_args_layout = LAYOUT("ExecArgs", exec_args_members);
static const struct json_layout exit_layout = LAYOUT("Exit", exit_members);

static const struct json_layout trace_layouts[RECORD_KINDS] = {
	[RECORD_FORK] = LAYOUT("Fork", trace_fork_members),
	[RECORD_EXEC] = LAYOUT("ExecFull", trace_exec_members),
	[RECORD_EXIT] = LAYOUT("Exit", trace_common_members),
	[RECORD_SID] = LAYOUT("SetSID", trace_sid_members),
	[RECORD_PGID] = LAYOUT("SetPGID", trace_common_members),
};

static void add_name(struct json *j, const struct json_name *name)
{
	json_key_str(j, "name", name->text);
	if (!name->inherited)
		return;
	json_key(j, "name_inherited");
	json_bool(j, true);
}

static void add_line(struct buf *out, const struct json_layout *layout,
		     const struct json_line *line)
{
	struct json j = json_into(out);

	json_open(&j, '{');
	json_key(&j, layout->tag);
	json_open(&j, '{');
	for (size_t i = 0; i < layout->count; i++)
		layout->members[i].put(&j, &layout->members[i], line);
	if (line->name)
		add_name(&j, line->name);
	json_close(&j, '}');
	json_close(&j, '}');
	buf_add_char(out, '\n');
}

void json_add_record(struct buf *out, const struct json_line *line)
{
	enum record_kind kind = line->record->kind;

	if (kind >= RECORD_KINDS || !layouts[kind].tag)
		return;
	add_line(out, &layouts[kind], line);
	if (kind == RECORD_EXEC && line->record->exec.argv.p)
		add_line(out, &exec_args_layout, line);
}

void json_add_exit(struct buf *out, const struct json_line *line)
{
	add_line(out, &exit_layout, line);
}

bool json_add_proctrace(struct buf *out, const struct json_line *line)
{
	enum record_kind kind = line->record->kind;

	if (kind >= RECORD_KINDS || !trace_layouts[kind].tag)
		return false;
	add_line(out, &trace_layouts[kind], line);
	return true;
}

size_t json_proctrace_seq_at(struct str line)
{
	const char *brace = memchr(line.p + 1, '{', line.n - 1);

	return (size_t)(brace + 1 - line.p);
}
