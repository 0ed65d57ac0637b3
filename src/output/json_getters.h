/* Getters of JSON members, for the tables of json_layout.c. Each writes its key and value. */
#ifndef OUTPUT_JSON_GETTERS_H
#define OUTPUT_JSON_GETTERS_H

#include "output/json_layout.h"

struct json_member {
	const char *key;
	void (*put)(struct json *j, const struct json_member *m, const struct json_line *line);
	size_t at; /* for getters that serve several keys: an offset, or a usage field */
};

#define JSON_GETTER(name)                                                                          \
	void name(struct json *j, const struct json_member *m, const struct json_line *line)

JSON_GETTER(json_put_time_at);
JSON_GETTER(json_put_pid_at);
JSON_GETTER(json_put_proc_pid_at);
JSON_GETTER(json_put_uid_at);
JSON_GETTER(json_put_i32_at);
JSON_GETTER(json_put_u64_at);
JSON_GETTER(json_put_bool_at);
JSON_GETTER(json_put_true_at);
JSON_GETTER(json_put_str_at);
JSON_GETTER(json_put_signal_at);
JSON_GETTER(json_put_usage);
JSON_GETTER(json_put_proc_usage);
JSON_GETTER(json_put_ppid);
JSON_GETTER(json_put_pgid);
JSON_GETTER(json_put_sid);
JSON_GETTER(json_put_uid);
JSON_GETTER(json_put_gid);
JSON_GETTER(json_put_start);
JSON_GETTER(json_put_parent_pid);
JSON_GETTER(json_put_parent_pgid);
JSON_GETTER(json_put_forker_pid);
JSON_GETTER(json_put_cmdline);
JSON_GETTER(json_put_cmdline_b64);
JSON_GETTER(json_put_args);
JSON_GETTER(json_put_cgroup_id);
JSON_GETTER(json_put_args_bytes);
JSON_GETTER(json_put_exec_comm);
JSON_GETTER(json_put_error);
JSON_GETTER(json_put_end);
JSON_GETTER(json_put_exit_code);
JSON_GETTER(json_put_exit_signal);
JSON_GETTER(json_put_core_dumped);
JSON_GETTER(json_put_duration);
JSON_GETTER(json_put_exact);
JSON_GETTER(json_put_peak_bound);
JSON_GETTER(json_put_exit_inferred);
JSON_GETTER(json_put_killer);
JSON_GETTER(json_put_old_comm);
JSON_GETTER(json_put_old_id);
JSON_GETTER(json_put_cpu);

#endif
