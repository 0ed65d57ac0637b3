/* Getters that serve many rows of the registry in field.c, each told apart by `field->offset`. */
#ifndef MODEL_FIELD_GETTERS_H
#define MODEL_FIELD_GETTERS_H

#include "model/field.h"

#define FIELD_GETTER(name)                                                                         \
	struct value name(const struct field *field, const struct snapshot *s,                     \
			  const struct field_context *context)

/* ---- values ---- */

static inline struct value value_unknown(void)
{
	return (struct value){.kind = VALUE_UNKNOWN};
}

static inline struct value value_of_text(struct str text)
{
	return text.p ? (struct value){.kind = VALUE_TEXT, .text = text} : value_unknown();
}

/* ---- a member of struct snapshot; offset: where ---- */
FIELD_GETTER(field_i32);
FIELD_GETTER(field_u32);
FIELD_GETTER(field_u64);
FIELD_GETTER(field_i64);
FIELD_GETTER(field_bool);
FIELD_GETTER(field_str);
FIELD_GETTER(field_id);         /* uint32_t; UINT32_MAX: not set */
FIELD_GETTER(field_limit);      /* uint64_t; UINT64_MAX: none, told as unknown */
FIELD_GETTER(field_address);    /* of stat; denied where the kernel hides them all */
FIELD_GETTER(field_user);       /* uint32_t, by name */
FIELD_GETTER(field_login_user); /* the same; UINT32_MAX: not set */
FIELD_GETTER(field_group);

/* ---- a member of a larger part; offset: where in its struct, or its index ---- */
FIELD_GETTER(field_statm);
FIELD_GETTER(field_smaps);
FIELD_GETTER(field_status_u32);
FIELD_GETTER(field_status_user);
FIELD_GETTER(field_status_group);
FIELD_GETTER(field_status_size);   /* enum status_size */
FIELD_GETTER(field_status_mask);   /* enum status_mask */
FIELD_GETTER(field_status_number); /* enum status_number */
FIELD_GETTER(field_status_flag);   /* enum status_number, not 0 */
FIELD_GETTER(field_status_text);   /* enum status_text */
FIELD_GETTER(field_status_list);   /* ns_pids, ns_pgids, ns_sids */
FIELD_GETTER(field_namespace);     /* enum snapshot_namespace */
FIELD_GETTER(field_io);            /* enum usage_field */
FIELD_GETTER(field_rate);          /* in struct snapshot_interval */
FIELD_GETTER(field_io_rate);       /* the same, when its I/O is known */

/* ---- worked out ---- */
FIELD_GETTER(field_pid);
FIELD_GETTER(field_ns_pid);
FIELD_GETTER(field_tpgid); /* -1: none, told as unknown */
FIELD_GETTER(field_groups);
FIELD_GETTER(field_elapsed);
FIELD_GETTER(field_start_time);
FIELD_GETTER(field_cpu);
FIELD_GETTER(field_cpu_average);
FIELD_GETTER(field_cpu_now);
FIELD_GETTER(field_child_cpu);
FIELD_GETTER(field_elapsed_seconds);
FIELD_GETTER(field_cpu_seconds);
FIELD_GETTER(field_mem_percent);
FIELD_GETTER(field_priority_ps);  /* 39 - priority */
FIELD_GETTER(field_priority_old); /* 60 + priority */
FIELD_GETTER(field_rt_priority);
FIELD_GETTER(field_ps_flags);
FIELD_GETTER(field_vsz_pages);
FIELD_GETTER(field_non_text);
FIELD_GETTER(field_exit_code);
FIELD_GETTER(field_term_signal);
FIELD_GETTER(field_wait_status);
FIELD_GETTER(field_kernel_thread);
FIELD_GETTER(field_is_thread);

/* ---- texts ---- */
FIELD_GETTER(field_state);
FIELD_GETTER(field_stat_flags);
FIELD_GETTER(field_tty);
FIELD_GETTER(field_class);
FIELD_GETTER(field_command);
FIELD_GETTER(field_wchan);
FIELD_GETTER(field_syscall);
FIELD_GETTER(field_seccomp);
FIELD_GETTER(field_group_names);
FIELD_GETTER(field_cgroup); /* offset: enum field_cgroup_piece */
FIELD_GETTER(field_cgroup_lines);

enum field_cgroup_piece {
	CGROUP_PATH,
	CGROUP_UNIT,
	CGROUP_USER_UNIT,
	CGROUP_SLICE,
	CGROUP_CONTAINER
};

#endif
