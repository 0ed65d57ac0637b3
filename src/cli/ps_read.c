/*
 * What `pscope ps` reads. Key decision: where a column makes the kernel walk a process's memory
 * (PSS), the choice comes first and such files are read for the chosen alone.
 */
#include "cli/ps.h"

#include "base/mem.h"

#include <errno.h>
#include <stdlib.h>

struct field_context ps_context(struct ps *ps)
{
	return (struct field_context){
		.host = &ps->hosts[ps->now],
		.names = names_cache_names(ps->names),
		.list = &ps->lists[ps->now],
		.arena = &ps->arena,
	};
}

static int open_scan(const struct ps *ps, uint32_t parts, const int32_t *pids, size_t pid_count,
		     struct scan **ret_scan, struct error *err)
{
	struct scan_options options = {
		.root = &ps->env->root,
		.parts = parts & ~PART_BIT(PART_INTERVAL),
		.repeated = ps->options->interval_ns >= 0,
		.threads = ps->options->threads,
		.pids = pids,
		.pid_count = pid_count,
	};

	return scan_new(ret_scan, &options, err);
}

static uint32_t costly_parts(void)
{
	uint32_t parts = 0;

	for (unsigned i = 0; i < field_count; i++)
		if (fields[i].flags & FIELD_COSTLY)
			parts |= fields[i].parts;
	return parts & ~PART_BIT(PART_STAT);
}

/* Is it worth to choose first and to read the rest afterwards? */
static bool reads_in_two(const struct ps *ps)
{
	return ps->options->interval_ns < 0 && ps_select_searches(&ps->select) &&
	       (ps->parts & ~ps->select.parts & costly_parts());
}

int ps_open(struct ps *ps, struct error *err)
{
	bool by_number = ps->select.pid_count > 0 && !ps->select.children;

	snapshot_list_init(&ps->lists[0]);
	snapshot_list_init(&ps->lists[1]);
	ps->names = names_cache_new(&ps->env->root);
	return open_scan(ps, reads_in_two(ps) ? ps->select.parts : ps->parts,
			 by_number ? ps->select.pids : NULL, by_number ? ps->select.pid_count : 0,
			 &ps->scan, err);
}

/* The chosen of the newest list, as what they were chosen: a number may be reused meanwhile. */
static size_t keep_chosen(struct ps *ps, struct ident **ret_chosen, int32_t **ret_pids)
{
	const struct snapshot_list *list = &ps->lists[ps->now];
	const struct snapshot **rows = mem_alloc((list->count + 1) * sizeof *rows);
	struct field_context context = ps_context(ps);
	size_t count = ps_select_rows(&ps->select, list, &context, rows), kept = 0;

	*ret_chosen = mem_alloc((count + 1) * sizeof **ret_chosen);
	*ret_pids = mem_alloc((count + 1) * sizeof **ret_pids);
	for (size_t i = 0; i < count; i++) {
		if (kept > 0 && (*ret_pids)[kept - 1] == rows[i]->tgid)
			continue;
		(*ret_pids)[kept] = rows[i]->tgid;
		(*ret_chosen)[kept++] = snapshot_ident(snapshot_list_find(list, rows[i]->tgid));
	}
	free(rows);
	return kept;
}

static void drop_reused(struct snapshot_list *list, const struct ident *chosen, size_t count)
{
	size_t kept = 0, at = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct snapshot *s = &list->items[i];

		while (at < count && chosen[at].tgid < s->tgid)
			at++;
		if (at < count && chosen[at].tgid == s->tgid &&
		    (s->is_thread || ident_match(chosen[at], snapshot_ident(s))))
			list->items[kept++] = *s;
	}
	list->count = kept;
}

static int read_chosen(struct ps *ps, struct error *err)
{
	struct snapshot_list *list = &ps->lists[ps->now];
	struct scan *scan = NULL;
	struct ident *chosen;
	int32_t *pids;
	size_t count = keep_chosen(ps, &chosen, &pids);
	int r = 0;

	if (count == 0) {
		snapshot_list_clear(list);
	} else {
		r = open_scan(ps, ps->parts, pids, count, &scan, err);
		if (r == 0)
			r = scan_pass(scan, list, err);
		if (r == 0)
			drop_reused(list, chosen, count);
		scan_free(scan);
	}
	free(chosen);
	free(pids);
	return r;
}

static void find_missing(struct ps *ps, const struct snapshot_list *list)
{
	buf_clear(&ps->missing);
	for (size_t i = 0; i < ps->select.pid_count; i++) {
		if (snapshot_list_find(list, ps->select.pids[i]))
			continue;
		buf_add_text(&ps->missing, ps->missing.n ? ", " : "");
		buf_add_i64(&ps->missing, ps->select.pids[i]);
	}
}

int ps_read(struct ps *ps, struct error *err)
{
	bool about_host = ps->options->host || ps->format == ROWS_JSON;
	struct snapshot_list *list = &ps->lists[ps->now];
	struct host *host = &ps->hosts[ps->now];
	int r;

	host_deinit(host);
	arena_clear(&ps->arena);
	r = host_read(&ps->env->root, about_host ? HOST_ALL : HOST_BASIS, host, err);
	if (r == 0)
		r = scan_pass(ps->scan, list, err);
	if (r < 0)
		return r;
	if (list->count == 0 && ps->select.pid_count == 0)
		return error_set(err, ENOENT,
				 "there is no process to be seen%s; is proc mounted there?",
				 ps->env->root.live ? "" : " below the root directory");
	/* a part of the processes says nothing of their sum */
	if (about_host && (ps->select.pid_count == 0 || ps->select.children))
		host->tasks = host_count_tasks(list);
	find_missing(ps, list);
	ps->saw_init = snapshot_list_find(list, 1);
	return reads_in_two(ps) ? read_chosen(ps, err) : 0;
}

/* What was chosen before it was read has only to pass the filter again. */
size_t ps_choose(struct ps *ps, const struct snapshot **ret_rows)
{
	struct field_context context = ps_context(ps);
	struct ps_select filter = {.filter = ps->select.filter};

	return ps_select_rows(reads_in_two(ps) ? &filter : &ps->select, &ps->lists[ps->now],
			      &context, ret_rows);
}

void ps_close(struct ps *ps)
{
	scan_free(ps->scan);
	names_cache_free(ps->names);
	for (unsigned i = 0; i < 2; i++) {
		snapshot_list_deinit(&ps->lists[i]);
		host_deinit(&ps->hosts[i]);
	}
	arena_deinit(&ps->arena);
	buf_deinit(&ps->missing);
}
