/*
 * Whom a live command is about. Key decision: one kind of target at a time, so that a sentence can
 * say whom it is; services are cgroups, so these go together.
 */
#include "cli/target_options.h"

#include "model/filter/filter_regex.h"
#include "source/cgroup.h"
#include "source/container.h"
#include "source/pid_check.h"
#include "source/unit.h"

#include <errno.h>
#include <pwd.h>
#include <unistd.h>

/* ---- one kind ---- */

struct kind {
	const char *option;
	unsigned kin; /* the same: they may stand together */
	bool given;
};

/* Returns how many kinds are given, at most 2; these two in ret_first and ret_second. */
static unsigned count_kinds(const struct target_options *options, const char **ret_first,
			    const char **ret_second)
{
	const struct kind kinds[] = {
		{"--pid",          0, options->pids.count > 0         },
		{"--service",      1, options->services.count > 0     },
		{"--user-service", 1, options->user_services.count > 0},
		{"--cgroup",       1, options->cgroups.count > 0      },
		{"--container",    1, options->containers.count > 0   },
		{"--name",         2, options->name                   },
		{"--user",         3, options->user                   },
		{"--all",          4, options->all                    },
	};
	const struct kind *first = NULL;

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		if (!kinds[i].given || (first && first->kin == kinds[i].kin))
			continue;
		if (first) {
			*ret_second = kinds[i].option;
			return 2;
		}
		first = &kinds[i];
		*ret_first = first->option;
	}
	return first != NULL;
}

static int check_kinds(const struct target_options *options, bool *ret_given, struct error *err)
{
	const char *first, *second;
	unsigned count = count_kinds(options, &first, &second);

	if (count > 1)
		return error_set(err, EINVAL, "%s and %s are two targets: give one of them", first,
				 second);
	if (options->all && options->alone)
		return error_set(err, EINVAL,
				 "--all and --no-children contradict each other: descendants are "
				 "processes too");
	*ret_given = count > 0;
	return 0;
}

/* ---- numbers ---- */

/* Cuts the next word off a list that commas or blanks separate; false when none is left. */
static bool next_word(struct str *rest, struct str *ret_word)
{
	static const char separators[] = ", \t\n";

	while (rest->n > 0 && strchr(separators, *rest->p))
		*rest = str_skip(*rest, 1);
	*ret_word = (struct str){rest->p, 0};
	while (ret_word->n < rest->n && !strchr(separators, rest->p[ret_word->n]))
		ret_word->n++;
	*rest = str_skip(*rest, ret_word->n);
	return ret_word->n > 0;
}

static bool has_pid(const struct target_choice *choice, long long pid)
{
	for (size_t i = 0; i < choice->target.pid_count; i++)
		if (choice->pids[i] == pid)
			return true;
	return false;
}

static int add_pids(struct target_choice *choice, const char *text, struct error *err)
{
	struct str rest = str_of(text), word;
	size_t words = 0;
	long long pid;

	for (; next_word(&rest, &word); words++) {
		if (str_to_i64(word, &pid) < 0 || pid <= 0 || pid > INT32_MAX)
			return error_set(err, EINVAL, "'%.*s' is no process number", (int)word.n,
					 word.p);
		if (has_pid(choice, pid))
			continue;
		if (choice->target.pid_count == TARGET_PIDS_MAX)
			return error_set(
				err, EINVAL,
				"more than %d processes cannot be given; --name, --user or "
				"--cgroup choose many",
				TARGET_PIDS_MAX);
		choice->pids[choice->target.pid_count++] = (int32_t)pid;
	}
	if (words == 0)
		return error_set(err, EINVAL, "'%s' names no process; write 12,34", text);
	return 0;
}

int target_take_pids(struct target_options *options, const char *word, struct error *err)
{
	if (*word == 0 || strspn(word, "0123456789,") != strlen(word))
		return error_set(err, EINVAL,
				 "'%s' is no process number: put -- before a command that is to "
				 "be run, or give --name for processes that are called so",
				 word);
	if (options->pids.count == OPTION_TEXTS_MAX)
		return error_set(err, EINVAL, "more than %d words of numbers; join them with ','",
				 OPTION_TEXTS_MAX);
	options->pids.items[options->pids.count++] = word;
	return 0;
}

static int resolve_pids(const struct target_options *options, const struct env *env,
			struct target_choice *ret, struct error *err)
{
	for (unsigned i = 0; i < options->pids.count; i++)
		if (add_pids(ret, options->pids.items[i], err) < 0)
			return STATUS_USAGE;
	for (size_t i = 0; i < ret->target.pid_count; i++)
		if (pid_check(&env->root, ret->pids[i], err) < 0)
			return STATUS_FAILED;
	ret->target.kind = TARGET_TREE;
	ret->target.pids = ret->pids;
	ret->finite = true;
	buf_add_text(&ret->text, "pid");
	for (size_t i = 0; i < ret->target.pid_count; i++)
		buf_printf(&ret->text, "%s%d", i ? ", " : " ", ret->pids[i]);
	return STATUS_DONE;
}

/* ---- cgroups ---- */

static void say(struct target_choice *choice, const char *what, const char *name)
{
	buf_printf(&choice->text, "%s%s %s", choice->text.n > 0 ? ", " : "", what, name);
}

/* Room for one more; a list of them all is bounded because sources compare with each. */
static int check_room(const struct target_choice *choice, struct error *err)
{
	if (choice->cgroup_count < TARGET_CGROUPS_MAX)
		return STATUS_DONE;
	error_set(
		err, EINVAL,
		"more than %d services and cgroups cannot be given; --cgroup of a slice holds many",
		TARGET_CGROUPS_MAX);
	return STATUS_USAGE;
}

static int add_cgroup(const char *text, const struct env *env, struct target_choice *ret,
		      struct error *err)
{
	const unsigned at = ret->cgroup_count;
	int status = check_room(ret, err), r;

	if (status)
		return status;
	r = cgroup_resolve(&env->root, text, &ret->paths[at], &ret->cgroups[at], err);
	if (r < 0)
		return r == -EINVAL ? STATUS_USAGE : STATUS_FAILED;
	ret->cgroup_count++;
	say(ret, "cgroup", ret->cgroups[at].path);
	return STATUS_DONE;
}

static int add_container(const char *id, const struct env *env, struct target_choice *ret,
			 struct error *err)
{
	const unsigned at = ret->cgroup_count;
	int status = check_room(ret, err), r;

	if (status)
		return status;
	r = container_resolve(&env->root, id, &ret->paths[at], &ret->cgroups[at], err);
	if (r < 0)
		return r == -EINVAL ? STATUS_USAGE : STATUS_FAILED;
	ret->cgroup_count++;
	say(ret, "container", id);
	return STATUS_DONE;
}

/* A unit that does not run is waited for: the cgroup that it will have is known. */
static int take_unit(struct unit *unit, bool user, const struct env *env, struct target_choice *ret,
		     struct error *err)
{
	const unsigned at = ret->cgroup_count;
	struct cgroup_ref *cgroup = &ret->cgroups[at];

	if (cgroup_expect(&env->root, buf_cstr(&unit->cgroup), &ret->paths[at], cgroup, err) < 0)
		return STATUS_FAILED;
	ret->cgroup_count++;
	say(ret, user ? "user service" : "service", buf_cstr(&unit->name));
	if (!unit->runs || cgroup->id == 0)
		buf_printf(&ret->note, "%s%s does not run: waiting for it to start",
			   ret->note.n > 0 ? "; " : "", buf_cstr(&unit->name));
	return STATUS_DONE;
}

static int add_unit(const char *name, uint32_t manager, const struct env *env,
		    struct target_choice *ret, struct error *err)
{
	struct unit unit;
	int status = check_room(ret, err), r;

	if (status)
		return status;
	r = unit_find(name, manager, &unit, err);
	if (r < 0)
		return r == -EINVAL ? STATUS_USAGE : STATUS_FAILED;
	status = take_unit(&unit, manager != UNIT_OF_MACHINE, env, ret, err);
	unit_deinit(&unit);
	return status;
}

static int resolve_cgroups(const struct target_options *options, const struct env *env,
			   struct target_choice *ret, struct error *err)
{
	/* under sudo one's own is that of who called it */
	const uint32_t own = env->owner_uid != (unsigned)-1 ? env->owner_uid : getuid();
	int status = STATUS_DONE;

	for (unsigned i = 0; i < options->services.count && !status; i++)
		status = add_unit(options->services.items[i], UNIT_OF_MACHINE, env, ret, err);
	for (unsigned i = 0; i < options->user_services.count && !status; i++)
		status = add_unit(options->user_services.items[i], own, env, ret, err);
	for (unsigned i = 0; i < options->cgroups.count && !status; i++)
		status = add_cgroup(options->cgroups.items[i], env, ret, err);
	for (unsigned i = 0; i < options->containers.count && !status; i++)
		status = add_container(options->containers.items[i], env, ret, err);
	ret->target.kind = TARGET_CGROUP;
	return status;
}

/* ---- names and users ---- */

static bool name_matches(const void *context, struct str name)
{
	return name.p && filter_regex_matches(context, name, false);
}

static int resolve_name(const char *pattern, struct target_choice *ret, struct error *err)
{
	if (!*pattern) {
		error_set(err, EINVAL, "--name '' matches everybody: say --all");
		return STATUS_USAGE;
	}
	if (filter_regex_new(&ret->regex, str_of(pattern), err) < 0) {
		error_prefix(err, "--name %s", pattern);
		return STATUS_USAGE;
	}
	ret->target.kind = TARGET_NAME;
	ret->target.name_matches = name_matches;
	ret->target.name_context = ret->regex;
	buf_printf(&ret->text, "name '%s'", pattern);
	return STATUS_DONE;
}

/* A number is a uid, as in ps. */
static int resolve_user(const char *text, struct target_choice *ret, struct error *err)
{
	const struct passwd *entry;
	unsigned long long number;

	if (str_to_u64(str_of(text), &number) < 0 || number >= UID_UNKNOWN) {
		entry = getpwnam(text);
		if (!entry) {
			error_set(err, ENOENT, "there is no user '%s'%s", text,
				  strchr(text, ',') ? "; give one user" : "");
			return STATUS_FAILED;
		}
		number = entry->pw_uid;
	}
	ret->target.kind = TARGET_USER;
	ret->target.uid = (uint32_t)number;
	buf_printf(&ret->text, "user %s", text);
	return STATUS_DONE;
}

/* ---- the public part ---- */

static int resolve(const struct target_options *options, const struct env *env,
		   struct target_choice *ret, struct error *err)
{
	if (options->pids.count > 0)
		return resolve_pids(options, env, ret, err);
	if (options->services.count > 0 || options->user_services.count > 0 ||
	    options->cgroups.count > 0 || options->containers.count > 0)
		return resolve_cgroups(options, env, ret, err);
	if (options->name)
		return resolve_name(options->name, ret, err);
	if (options->user)
		return resolve_user(options->user, ret, err);
	buf_add_text(&ret->text, "all processes");
	return STATUS_DONE;
}

int target_resolve(const struct target_options *options, const struct env *env,
		   struct target_choice *ret, struct error *err)
{
	int status;

	if (check_kinds(options, &ret->given, err) < 0)
		return STATUS_USAGE;
	ret->target.alone = options->alone;
	status = resolve(options, env, ret, err);
	if (status == STATUS_DONE && ret->given && options->alone)
		buf_add_text(&ret->text, ", without descendants");
	return status;
}

void target_choice_deinit(struct target_choice *choice)
{
	for (unsigned i = 0; i < TARGET_CGROUPS_MAX; i++)
		buf_deinit(&choice->paths[i]);
	filter_regex_free(choice->regex);
	choice->regex = NULL;
	buf_deinit(&choice->text);
	buf_deinit(&choice->note);
}
