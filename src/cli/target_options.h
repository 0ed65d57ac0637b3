/*
 * Whom a live command is about: the options that record, events, track and top share, and what they
 * mean. One way to say it at a time; none: the command's own default.
 */
#ifndef CLI_TARGET_OPTIONS_H
#define CLI_TARGET_OPTIONS_H

#include "cli/command.h"
#include "model/target.h"
#include "source/pick.h"

#define TARGET_PIDS_MAX    64
#define TARGET_CGROUPS_MAX 8

struct target_options {
	struct option_texts pids; /* each a list: 12,34 */
	struct option_texts services, user_services, cgroups, containers;
	const char *name, *user;
	bool all, alone;
};

/* Rows for an option table; `member` is its struct target_options, `pid_letter` 'p' or 0. */
/* clang-format off */
#define TARGET_ROWS(type, member, pid_letter)                                                      \
	{pid_letter, "pid", "PID", OPTION_TEXTS, offsetof(type, member.pids),                      \
	 "the processes of these numbers (12,34) and their descendants"},                          \
	{0, "service", "UNIT", OPTION_TEXTS, offsetof(type, member.services),                      \
	 "the processes of a systemd unit; may be given again"},                                   \
	{0, "user-service", "UNIT", OPTION_TEXTS, offsetof(type, member.user_services),            \
	 "the processes of a unit of your own systemd (systemctl --user)"},                        \
	{0, "cgroup", "PATH", OPTION_TEXTS, offsetof(type, member.cgroups),                        \
	 "the processes of a cgroup and of those below it"},                                       \
	{0, "container", "ID", OPTION_TEXTS, offsetof(type, member.containers),                    \
	 "the processes of a container: its id, 6 digits or more of it, or a name of lxc, nspawn"}, \
	{0, "name", "REGEX", OPTION_TEXT, offsetof(type, member.name),                             \
	 "the processes with a name that matches, and their descendants"},                         \
	{0, "user", "USER", OPTION_TEXT, offsetof(type, member.user),                              \
	 "the processes of a user, and their descendants"},                                        \
	{0, "all", NULL, OPTION_FLAG, offsetof(type, member.all),                                  \
	 "every process of the machine"},                                                          \
	{0, "no-children", NULL, OPTION_FLAG, offsetof(type, member.alone),                        \
	 "without descendants"}
/* clang-format on */

/* A paragraph for the help of each such command. */
#define TARGET_DETAILS                                                                             \
	"A target is whom --pid, --name, --user, --service, --cgroup or --container choose, when " \
	"it begins or later, and all their descendants, wherever these are moved or re-parented. " \
	"Units, cgroups and containers may stand together, up to 8. A unit that does not run is "  \
	"waited for; one that "                                                                    \
	"starts again is followed. A cgroup is a path as 'pscope ps -o cgroup' shows it, a "       \
	"directory of the cgroup file system, or cpu:/a in version 1.\n\n"

/* What they come to; lives in the command's frame, zeroed before. */
struct target_choice {
	struct target target;
	bool given;  /* anything was said */
	bool finite; /* the run is over when all its members have ended: pids */
	int32_t pids[TARGET_PIDS_MAX];
	struct cgroup_ref cgroups[TARGET_CGROUPS_MAX];
	unsigned cgroup_count;
	struct buf paths[TARGET_CGROUPS_MAX];
	struct filter_regex *regex;
	struct buf text; /* for people: "pid 12, 34", "service ssh.service", "all processes" */
	struct buf note; /* what they should know before; empty: nothing */
};

/* For struct command's `operand`: takes a word of numbers (12,34) as --pid would. A name might be meant
 * as a process's or as a command: neither is taken by mistake. Returns 0, or -EINVAL. */
int target_take_pids(struct target_options *options, const char *word, struct error *err);

/*
 * Resolves them on this machine. Returns 0, or an exit status with a sentence: STATUS_USAGE for a
 * contradiction or bad text, STATUS_FAILED for what does not exist. A unit that does not run is
 * waited for; the note says so.
 */
int target_resolve(const struct target_options *options, const struct env *env,
		   struct target_choice *ret, struct error *err);
void target_choice_deinit(struct target_choice *choice);

#endif
