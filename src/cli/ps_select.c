/*
 * Which processes `pscope ps` shows. Key decision: the kinds of choice narrow each other (a process
 * must be of one of the numbers, of one of the users, ...), descendants are added after that, and
 * the filter has the last word. Threads go where their process goes, but are filtered one by one.
 */
#include "cli/ps.h"

#include "base/mem.h"
#include "base/text.h"
#include "model/cgroup_name.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>

static int compare_pids(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return x < y ? -1 : x > y;
}

/* Cuts the next word off a list that commas or blanks separate; false when none is left. */
static bool next_item(struct str *rest, struct str *ret_item)
{
	while (rest->n > 0 && strchr(", \t\n", *rest->p))
		*rest = str_skip(*rest, 1);
	if (!rest->p || rest->n == 0)
		return false;
	*ret_item = (struct str){rest->p, 0};
	while (ret_item->n < rest->n && !strchr(", \t\n", rest->p[ret_item->n]))
		ret_item->n++;
	*rest = str_skip(*rest, ret_item->n);
	return true;
}

static int add_pids(struct ps_select *select, struct str list, struct error *err)
{
	struct str item, rest = list;
	long long number;

	while (next_item(&rest, &item)) {
		if (str_to_i64(item, &number) < 0 || number <= 0 || number > INT32_MAX)
			return error_set(err, EINVAL, "--pid %.*s: not a process number",
					 (int)item.n, item.p);
		select->pids =
			mem_realloc(select->pids, select->pid_count + 1, sizeof *select->pids);
		select->pids[select->pid_count++] = (int32_t)number;
	}
	if (!select->pids)
		return error_set(err, EINVAL, "--pid '%.*s': names no process; write -p 1,2,3",
				 (int)list.n, list.p);
	return 0;
}

static void sort_pids(struct ps_select *select)
{
	size_t count = 0;

	if (select->pid_count > 0)
		qsort(select->pids, select->pid_count, sizeof *select->pids, compare_pids);
	for (size_t i = 0; i < select->pid_count; i++)
		if (count == 0 || select->pids[i] != select->pids[count - 1])
			select->pids[count++] = select->pids[i];
	select->pid_count = count;
}

static int add_user(struct ps_select *select, struct str item, bool live, struct error *err)
{
	unsigned long long number;
	const struct passwd *entry = NULL;
	char *name = mem_strdup(item);

	if (str_to_u64(item, &number) == 0 && number < UINT32_MAX) {
		free(name);
	} else if (live) {
		entry = getpwnam(name);
		free(name);
		if (!entry)
			return error_set(err, ENOENT, "there is no user '%.*s'", (int)item.n,
					 item.p);
		number = entry->pw_uid;
	} else {
		select->users =
			mem_realloc(select->users, select->user_count + 1, sizeof *select->users);
		select->users[select->user_count++] = (struct str){name, item.n};
		return 0;
	}
	select->uids = mem_realloc(select->uids, select->uid_count + 1, sizeof *select->uids);
	select->uids[select->uid_count++] = (uint32_t)number;
	return 0;
}

static int add_users(struct ps_select *select, struct str list, bool live, struct error *err)
{
	struct str item, rest = list;
	int r = 0;

	while (r == 0 && next_item(&rest, &item))
		r = add_user(select, item, live, err);
	if (r == 0 && !select->uids && !select->users)
		return error_set(err, EINVAL, "--user '%.*s': names no user", (int)list.n, list.p);
	return r;
}

static int set_name(struct ps_select *select, const char *pattern, struct error *err)
{
	char text[256];
	int r = regcomp(&select->name, pattern, REG_EXTENDED | REG_NOSUB);

	if (r == 0) {
		select->has_name = true;
		return 0;
	}
	regerror(r, &select->name, text, sizeof text);
	return error_set(err, EINVAL, "--name %s: not a regular expression: %s", pattern, text);
}

static int init(struct ps_select *select, const struct ps_options *options, bool live,
		struct error *err)
{
	int r = 0;

	for (unsigned i = 0; i < options->pids.count && r == 0; i++)
		r = add_pids(select, str_of(options->pids.items[i]), err);
	for (unsigned i = 0; i < options->users.count && r == 0; i++)
		r = add_users(select, str_of(options->users.items[i]), live, err);
	if (r == 0 && options->name)
		r = set_name(select, options->name, err);
	if (r == 0 && options->filter)
		r = filter_new(&select->filter, str_of(options->filter), err);
	sort_pids(select);
	select->service = str_of(options->service);
	select->cgroup = str_of(options->cgroup);
	select->children = options->children;
	return r;
}

int ps_select_init(struct ps_select *select, const struct ps_options *options, bool live,
		   struct error *err)
{
	int r;

	*select = (struct ps_select){0};
	r = init(select, options, live, err);
	if (r < 0) {
		ps_select_deinit(select);
		return r;
	}
	if (select->uids || select->users)
		select->parts |= PART_BIT(PART_OWNER);
	if (select->has_name)
		select->parts |= PART_BIT(PART_STAT) | PART_BIT(PART_CMDLINE);
	if (select->service.p || select->cgroup.p)
		select->parts |= PART_BIT(PART_CGROUP);
	if (select->filter)
		select->parts |= filter_parts(select->filter);
	return 0;
}

void ps_select_deinit(struct ps_select *select)
{
	free(select->pids);
	free(select->uids);
	for (size_t i = 0; i < select->user_count; i++)
		mem_str_free(&select->users[i]);
	free(select->users);
	if (select->has_name)
		regfree(&select->name);
	filter_free(select->filter);
	*select = (struct ps_select){0};
}

bool ps_select_searches(const struct ps_select *select)
{
	return select->uids || select->users || select->has_name || select->service.p ||
	       select->cgroup.p || select->filter;
}

static bool has_pid(const struct ps_select *select, int32_t pid)
{
	return select->pid_count > 0 &&
	       bsearch(&pid, select->pids, select->pid_count, sizeof *select->pids, compare_pids);
}

static bool has_user(const struct ps_select *select, const struct snapshot *s,
		     const struct field_context *context)
{
	const struct names *names = context->names;
	struct str name;

	if (!snapshot_knows(s, PART_BIT(PART_OWNER)))
		return false;
	for (size_t i = 0; i < select->uid_count; i++)
		if (select->uids[i] == s->euid)
			return true;
	if (select->user_count == 0 || !names || !names->user)
		return false;
	name = names->user(names->context, s->euid);
	for (size_t i = 0; i < select->user_count; i++)
		if (name.p && str_eq(select->users[i], name))
			return true;
	return false;
}

static bool matches(const regex_t *regex, struct str text)
{
	regmatch_t match = {0, (regoff_t)text.n};

	return text.p && regexec(regex, text.p, 1, &match, REG_STARTEND) == 0;
}

/* Its name, or that of the program as it was called. */
static bool has_name(const struct ps_select *select, const struct snapshot *s)
{
	struct str rest = s->cmdline, word;

	if (matches(&select->name, s->stat.comm))
		return true;
	return snapshot_knows(s, PART_BIT(PART_CMDLINE)) && text_next_word(&rest, &word) &&
	       matches(&select->name, str_basename(word));
}

static bool has_group(const struct ps_select *select, const struct snapshot *s)
{
	struct str path;

	if (!snapshot_knows(s, PART_BIT(PART_CGROUP)))
		return false;
	path = cgroup_path(s->cgroup);
	return path.p && (!select->service.p || cgroup_in_unit(path, select->service)) &&
	       (!select->cgroup.p || cgroup_below(path, select->cgroup));
}

/* Is the process chosen for itself, the filter aside? */
static bool is_chosen(const struct ps_select *select, const struct snapshot *s,
		      const struct field_context *context)
{
	return (select->pid_count == 0 || has_pid(select, s->tgid)) &&
	       ((!select->uids && !select->users) || has_user(select, s, context)) &&
	       (!select->has_name || has_name(select, s)) &&
	       ((!select->service.p && !select->cgroup.p) || has_group(select, s));
}

enum mark { MARK_OPEN, MARK_WALKED, MARK_IN, MARK_OUT };

static size_t parent_index(const struct snapshot_list *list, size_t row)
{
	const struct snapshot *parent = snapshot_list_find(list, list->items[row].stat.ppid);

	return parent ? (size_t)(parent - list->items) : list->count;
}

/* Whoever has a chosen ancestor is in. Each row is walked over twice at most; rings end a walk. */
static void add_descendants(const struct snapshot_list *list, unsigned char *marks)
{
	for (size_t i = 0; i < list->count; i++) {
		unsigned char found = MARK_OUT;
		size_t at = i;

		while (at < list->count && marks[at] == MARK_OPEN) {
			marks[at] = MARK_WALKED;
			at = parent_index(list, at);
		}
		if (at < list->count && marks[at] == MARK_IN)
			found = MARK_IN;
		for (at = i; at < list->count && marks[at] == MARK_WALKED;
		     at = parent_index(list, at))
			marks[at] = found;
	}
}

size_t ps_select_rows(const struct ps_select *select, const struct snapshot_list *list,
		      const struct field_context *context, const struct snapshot **ret_rows)
{
	unsigned char *marks = mem_alloc(list->count + 1), in = MARK_OUT;
	size_t count = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct snapshot *s = &list->items[i];

		if (!s->is_thread && is_chosen(select, s, context))
			marks[i] = MARK_IN;
	}
	if (select->children)
		add_descendants(list, marks);
	for (size_t i = 0; i < list->count; i++) {
		const struct snapshot *s = &list->items[i];

		if (!s->is_thread)
			in = marks[i];
		if (in == MARK_IN &&
		    (!select->filter || filter_test(select->filter, s, context) == FILTER_YES))
			ret_rows[count++] = s;
	}
	free(marks);
	return count;
}
