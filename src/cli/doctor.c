/*
 * `pscope doctor`: what works on this machine, what does not, why, and what would help. Key
 * decision: gather into values first, then print them as text or JSON: nothing is asked twice.
 */
#include "cli/commands.h"
#include "cli/env.h"

#include "base/json.h"
#include "base/mem.h"
#include "base/outfile.h"
#include "base/text.h"
#include "source/pick.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <unistd.h>

struct doctor_options {
	bool json;
};

/* Rows of two lines are more than clang-format can align. */
/* clang-format off */
static const struct option_row doctor_rows[] = {
	{0, "json", NULL, OPTION_FLAG, offsetof(struct doctor_options, json), "write JSON"},
	{0},
};
/* clang-format on */

#define FEATURES_MAX 48
#define MOUNTS_MAX   16

struct feature {
	char name[48], note[160];
	bool available;
};

struct source_state {
	const struct source_kind *kind;
	struct error why;
	bool available;
	struct feature features[FEATURES_MAX];
	unsigned feature_count;
};

struct mount {
	char path[160];
	unsigned version;
};

struct diagnosis {
	struct utsname system;
	struct source_state *sources;
	struct mount mounts[MOUNTS_MAX];
	unsigned mount_count;
	uint64_t capabilities;
	bool btf;
};

/* linux/capability.h: the ones that decide about event sources. */
static const struct {
	const char *name;
	unsigned bit;
} capability_names[] = {
	{"CAP_NET_ADMIN",  12},
	{"CAP_SYS_PTRACE", 19},
	{"CAP_SYS_ADMIN",  21},
	{"CAP_SYS_NICE",   23},
	{"CAP_PERFMON",    38},
	{"CAP_BPF",        39},
};
#define CAPABILITIES (sizeof capability_names / sizeof *capability_names)

/* ---- gathering ---- */

static void take_feature(void *context, const char *name, bool available, const char *note)
{
	struct source_state *state = context;
	struct feature *feature = &state->features[state->feature_count];

	if (state->feature_count == FEATURES_MAX)
		return;
	state->feature_count++;
	snprintf(feature->name, sizeof feature->name, "%s", name);
	snprintf(feature->note, sizeof feature->note, "%s", note ? note : "");
	feature->available = available;
}

static void gather_sources(struct diagnosis *diagnosis, const struct source_options *options)
{
	diagnosis->sources = mem_alloc(source_kind_count * sizeof *diagnosis->sources);
	for (unsigned i = 0; i < source_kind_count; i++) {
		struct source_state *state = &diagnosis->sources[i];

		state->kind = source_kinds[i];
		state->available = state->kind->probe(options, &state->why) >= 0;
		if (state->kind->details)
			state->kind->details(options, take_feature, state);
	}
}

static void gather_capabilities(struct diagnosis *diagnosis, const struct root *root)
{
	struct buf text = BUF_INIT;
	const char *at;

	if (root_read(root->proc_fd, "self/status", &text, 1 << 16) == 0) {
		at = strstr(buf_cstr(&text), "CapEff:");
		if (at)
			diagnosis->capabilities = strtoull(at + 7, NULL, 16);
	}
	buf_deinit(&text);
}

/* mountinfo(5): ... mount-point options [fields] - type source super-options */
static void take_mount(struct diagnosis *diagnosis, struct str line)
{
	struct str field[16] = {{0}}, type = STR_NONE;
	struct mount *mount = &diagnosis->mounts[diagnosis->mount_count];
	unsigned count = 0;

	while (line.p && count < 16) {
		field[count] = str_cut(&line, ' ');
		if (count > 5 && str_is(field[count], "-"))
			type = str_cut(&line, ' ');
		count++;
	}
	if (diagnosis->mount_count == MOUNTS_MAX || !type.p || !str_starts(type, STR("cgroup")))
		return;
	mount->version = str_is(type, "cgroup2") ? 2 : 1;
	snprintf(mount->path, sizeof mount->path, "%.*s", (int)field[4].n, field[4].p);
	diagnosis->mount_count++;
}

static void gather_mounts(struct diagnosis *diagnosis, const struct root *root)
{
	struct buf text = BUF_INIT;
	struct str rest;

	if (root_read(root->proc_fd, "self/mountinfo", &text, 1 << 20) == 0)
		for (rest = buf_str(&text); rest.p;)
			take_mount(diagnosis, str_cut(&rest, '\n'));
	buf_deinit(&text);
}

static void gather(struct diagnosis *diagnosis, struct env *env)
{
	const struct source_options options = {.root = &env->root, .ring_bytes = 1 << 20};

	uname(&diagnosis->system);
	gather_sources(diagnosis, &options);
	gather_capabilities(diagnosis, &env->root);
	gather_mounts(diagnosis, &env->root);
	diagnosis->btf = env->root.sys_fd >= 0 &&
			 faccessat(env->root.sys_fd, "kernel/btf/vmlinux", R_OK, 0) == 0;
}

static bool has_capability(const struct diagnosis *diagnosis, unsigned i)
{
	return diagnosis->capabilities >> capability_names[i].bit & 1;
}

/* ---- printing ---- */

static const struct {
	unsigned capability;
	const char *words, *key;
} abilities[] = {
	{SOURCE_SEES_SHORT_LIVED, "every process",       "sees_short_lived"},
	{SOURCE_HAS_ARGV,         "all arguments",       "has_argv"        },
	{SOURCE_EXACT_USAGE,      "exact cost",          "exact_usage"     },
	{SOURCE_NEEDS_PRIVILEGE,  "needs privilege",     "needs_privilege" },
	{SOURCE_INTRUSIVE,        "the traced can tell", "intrusive"       },
};
#define ABILITIES (sizeof abilities / sizeof *abilities)

static void print_source(const struct source_state *state, struct buf *out)
{
	const char *separator = "";

	buf_printf(out, "%-8s %-4s ", state->kind->name, state->available ? "yes" : "no");
	for (size_t i = 0; i < ABILITIES; i++) {
		if (!(state->kind->capabilities & abilities[i].capability))
			continue;
		buf_printf(out, "%s%s", separator, abilities[i].words);
		separator = ", ";
	}
	buf_add_char(out, '\n');
	if (!state->available)
		buf_printf(out, "              %s\n", state->why.text);
	for (unsigned i = 0; i < state->feature_count; i++) {
		const struct feature *feature = &state->features[i];

		buf_printf(out, "    %-4s %-26s %s", feature->available ? "yes" : "no",
			   feature->name, feature->note);
		while (out->p[out->n - 1] == ' ')
			out->n--;
		buf_add_char(out, '\n');
	}
}

static void print_text(const struct diagnosis *diagnosis, struct buf *out)
{
	buf_printf(out, "pscope %s on %s %s (%s)\n\n", PSCOPE_VERSION, diagnosis->system.sysname,
		   diagnosis->system.release, diagnosis->system.machine);
	for (unsigned i = 0; i < source_kind_count; i++)
		print_source(&diagnosis->sources[i], out);
	buf_printf(out, "\nkernel types (BTF)  %s\n", diagnosis->btf ? "yes" : "no");
	buf_add_text(out, "capabilities       ");
	for (size_t i = 0; i < CAPABILITIES; i++)
		buf_printf(out, " %s%s", has_capability(diagnosis, (unsigned)i) ? "" : "no-",
			   capability_names[i].name);
	buf_add_char(out, '\n');
	for (unsigned i = 0; i < diagnosis->mount_count; i++) {
		buf_printf(out, "cgroup v%u           ", diagnosis->mounts[i].version);
		text_add_safe(out, str_of(diagnosis->mounts[i].path));
		buf_add_char(out, '\n');
	}
}

static void source_json(const struct source_state *state, struct json *j)
{
	json_open(j, '{');
	json_key(j, "name"), json_text(j, state->kind->name);
	json_key(j, "available"), json_bool(j, state->available);
	json_key(j, "reason"), json_str(j, state->available ? STR_NONE : str_of(state->why.text));
	for (size_t i = 0; i < ABILITIES; i++) {
		json_key(j, abilities[i].key);
		json_bool(j, state->kind->capabilities & abilities[i].capability);
	}
	json_key(j, "features"), json_open(j, '[');
	for (unsigned i = 0; i < state->feature_count; i++) {
		json_open(j, '{');
		json_key(j, "name"), json_text(j, state->features[i].name);
		json_key(j, "available"), json_bool(j, state->features[i].available);
		json_key(j, "note"), json_text(j, state->features[i].note);
		json_close(j, '}');
	}
	json_close(j, ']');
	json_close(j, '}');
}

static void print_json(const struct diagnosis *diagnosis, struct buf *out)
{
	struct json j = json_into(out);

	json_open(&j, '{');
	json_key(&j, "pscope"), json_text(&j, PSCOPE_VERSION);
	json_key(&j, "kernel"), json_text(&j, diagnosis->system.release);
	json_key(&j, "machine"), json_text(&j, diagnosis->system.machine);
	json_key(&j, "sources"), json_open(&j, '[');
	for (unsigned i = 0; i < source_kind_count; i++)
		source_json(&diagnosis->sources[i], &j);
	json_close(&j, ']');
	json_key(&j, "btf"), json_bool(&j, diagnosis->btf);
	json_key(&j, "capabilities"), json_open(&j, '{');
	for (size_t i = 0; i < CAPABILITIES; i++) {
		json_key(&j, capability_names[i].name);
		json_bool(&j, has_capability(diagnosis, (unsigned)i));
	}
	json_close(&j, '}');
	json_key(&j, "cgroup_mounts"), json_open(&j, '[');
	for (unsigned i = 0; i < diagnosis->mount_count; i++) {
		json_open(&j, '{');
		json_key(&j, "path"), json_text(&j, diagnosis->mounts[i].path);
		json_key(&j, "version"), json_u64(&j, diagnosis->mounts[i].version);
		json_close(&j, '}');
	}
	json_close(&j, ']');
	json_close(&j, '}');
	buf_add_char(out, '\n');
}

static int run_doctor(struct env *env, const char *name, void *values, int count, char **operands)
{
	const struct doctor_options *options = values;
	struct diagnosis diagnosis = {0};
	struct outfile out;
	struct error err;
	int r;

	if (count > 0)
		return cli_fail(env, STATUS_USAGE, "doctor takes no operand such as '%s'",
				operands[0]);
	if (env_use_root(env, NULL, &err) < 0)
		return cli_fail(env, STATUS_FAILED, "%s", err.text);
	gather(&diagnosis, env);
	outfile_open(&out, NULL, OUTFILE_IN_PLACE, env->out_fd, -1, -1, &err);
	if (options->json)
		print_json(&diagnosis, &out.pending);
	else
		print_text(&diagnosis, &out.pending);
	free(diagnosis.sources);
	r = outfile_commit(&out, &err);
	return r < 0 ? cli_fail(env, STATUS_FAILED, "%s", err.text) : STATUS_DONE;
}

const struct command command_doctor = {
	.name = "doctor",
	.summary = "say which event sources work on this machine, and what would help",
	.details = "For exact recordings without root, give the program two capabilities once:\n\n"
		   "  sudo setcap cap_bpf,cap_perfmon+ep $(command -v pscope)\n\n"
		   "It also leaves the environment alone that sudo changes.\n",
	.options = doctor_rows,
	.options_size = sizeof(struct doctor_options),
	.run = run_doctor,
};
